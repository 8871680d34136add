/* The planes of one AV1 still picture. */
#include "stdio-stubs.h"
#include "avif-decode-pauses.h"
#include <stdlib.h>
#include "aom/aom_decoder.h"
#include "aom/aomdx.h"

static aom_codec_ctx_t codec;
static int is_open;
static aom_image_t *image;
static uint8_t *input;

EXPORT(discard) void discard(void) {
  if (is_open) aom_codec_destroy(&codec);
  free(input);
  is_open = 0;
  image = NULL;
  input = NULL;
}

/* Room for the compressed picture; 0 when there is no memory. */
EXPORT(prepare) uint8_t *prepare(int bytes) {
  discard();
  input = malloc(bytes);
  return input;
}

/* Returns 0, libaom's error number (aom_codec_err_t), or -1 when there is no picture in it. */
EXPORT(decode) int decode(int bytes) {
  aom_codec_dec_cfg_t config = { .threads = 1, .allow_lowbitdepth = 1 };
  int error = aom_codec_dec_init(&codec, aom_codec_av1_dx(), &config, 0);
  if (error) return error;
  is_open = 1;
  error = aom_codec_decode(&codec, input, bytes, NULL);
  if (error) return error;
  aom_codec_iter_t at = NULL;
  image = aom_codec_get_frame(&codec, &at);
  return image ? 0 : -1;
}

/* Facts of the decoded picture, by the caller's numbers. */
EXPORT(fact) int fact(int which) {
  switch (which) {
    case 0: return image->d_w;
    case 1: return image->d_h;
    case 2: return image->bit_depth;
    case 3: return image->monochrome;
    case 4: return image->x_chroma_shift;
    case 5: return image->y_chroma_shift;
    case 6: return (image->fmt & AOM_IMG_FMT_HIGHBITDEPTH) != 0;
    case 7: return image->cp;
    case 8: return image->tc;
    case 9: return image->mc;
    default: return image->range;
  }
}

EXPORT(planeAt) uint8_t *plane_at(int plane) { return image->planes[plane]; }
EXPORT(strideOf) int stride_of(int plane) { return image->stride[plane]; }
