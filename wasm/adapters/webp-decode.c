/* RGBA of a still WebP. */
#include <stdint.h>
#include <stdlib.h>
#include "webp/decode.h"
#define EXPORT(name) __attribute__((export_name(#name)))

EXPORT(allocate) uint8_t *allocate(int bytes) { return malloc(bytes); }
EXPORT(release) void release(void *at) { free(at); }

/* Decodes into `rgba`, 4 bytes per pixel; 0 for success, else VP8StatusCode or -1. */
EXPORT(decode) int decode(const uint8_t *file, int bytes, uint8_t *rgba, int width, int height) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return -1;
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = rgba;
  config.output.u.RGBA.stride = 4 * width;
  config.output.u.RGBA.size = (size_t)4 * width * height;
  int error = WebPGetFeatures(file, bytes, &config.input);
  if (error) return error;
  if (config.input.width != width || config.input.height != height || config.input.has_animation) return -1;
  error = WebPDecode(file, bytes, &config);
  WebPFreeDecBuffer(&config.output);
  return error;
}
