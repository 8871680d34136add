/* One WebP from RGBA. */
#include "webp-encode-pauses.h"
#include "halve-chroma.h"
#include <stdlib.h>
#include "webp/encode.h"
#define EXPORT(name) __attribute__((export_name(#name)))

static WebPMemoryWriter output;

EXPORT(allocate) uint8_t *allocate(int bytes) { return malloc(bytes); }
EXPORT(outputAt) uint8_t *output_at(void) { return output.mem; }
EXPORT(outputBytes) int output_length(void) { return (int)output.size; }
EXPORT(discard) void discard(void) { WebPMemoryWriterClear(&output); }

/* Frees `rgba` as soon as it is read. Returns 0, libwebp's error number (WebPEncodingError), or -1 before libwebp begins. */
static int encode(uint8_t *rgba, int width, int height, const WebPConfig *config) {
  WebPPicture picture;
  if (!WebPPictureInit(&picture)) return -1;
  picture.use_argb = config->lossless || config->use_sharp_yuv;
  picture.width = width;
  picture.height = height;
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &output;
  WebPMemoryWriterInit(&output);
  pixels = width * height;
  int is_read = WebPPictureImportRGBA(&picture, rgba, 4 * width);
  free(rgba);
  count_nanoseconds(3 * pixels);
  if (is_read) WebPEncode(config, &picture);
  WebPPictureFree(&picture);
  return is_read ? (int)picture.error_code : -1;
}

/* `search` is how hard it tries, 0 to 100. Keeps the colour of fully transparent pixels. */
EXPORT(encodeLossless) int encode_lossless(uint8_t *rgba, int width, int height, int method, float search) {
  WebPConfig config;
  if (!WebPConfigInit(&config)) return -1;
  config.lossless = 1;
  config.exact = 1;
  config.method = method;
  config.quality = search;
  return encode(rgba, width, height, &config);
}

/* The alpha of a lossy picture is stored without loss. */
EXPORT(encodeLossy) int encode_lossy(uint8_t *rgba, int width, int height, int method, float quality, int sharp_yuv) {
  WebPConfig config;
  if (!WebPConfigInit(&config)) return -1;
  config.method = method;
  config.quality = quality;
  config.use_sharp_yuv = sharp_yuv;
  return encode(rgba, width, height, &config);
}
