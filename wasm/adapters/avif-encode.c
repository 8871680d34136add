/* One AV1 still picture from planes that the caller writes straight into this memory: no RGBA passes through here. */
#include "stdio-stubs.h"
#include "avif-encode-pauses.h"
#include "halve-chroma.h"
#include <stdlib.h>
#include <string.h>
#include "aom/aom_encoder.h"
#include "aom/aomcx.h"

/* Layouts of the planes: the caller's numbers. */
enum { MONOCHROME, HALF_CHROMA, FULL_CHROMA };

/* libaom reads beyond the last column and row of a plane only as far as this alignment. */
enum { PLANE_ALIGNMENT = 32 };

static aom_image_t *image;
static uint8_t *output;
static size_t output_bytes;

EXPORT(discard) void discard(void) {
  if (image) aom_img_free(image);
  free(output);
  image = NULL;
  output = NULL;
  output_bytes = 0;
}

/* Room for the planes of one picture; 0 when there is no memory. Samples of 10 bits take two bytes, little-endian. */
EXPORT(prepare) int prepare(int width, int height, int layout, int bit_depth) {
  discard();
  aom_img_fmt_t format = layout == FULL_CHROMA ? AOM_IMG_FMT_I444 : AOM_IMG_FMT_I420;
  if (bit_depth > 8) format |= AOM_IMG_FMT_HIGHBITDEPTH;
  image = aom_img_alloc(NULL, format, width, height, PLANE_ALIGNMENT);
  if (!image) return 0;
  image->bit_depth = bit_depth;
  image->monochrome = layout == MONOCHROME;
  image->range = AOM_CR_FULL_RANGE;
  /* Of colours, only the coefficients are known here (ITU-T H.273): the file says the rest, or its profile does. */
  image->cp = AOM_CICP_CP_UNSPECIFIED;
  image->tc = AOM_CICP_TC_UNSPECIFIED;
  image->mc = AOM_CICP_MC_BT_601;
  if (image->monochrome)
    for (int plane = 1; plane < 3; plane++) {
      int rows = (height + 1) >> 1;
      if (bit_depth > 8) {
        uint16_t *at = (uint16_t *)image->planes[plane];
        for (size_t i = 0; i < (size_t)rows * image->stride[plane] / 2; i++) at[i] = 1 << (bit_depth - 1);
      } else
        memset(image->planes[plane], 128, (size_t)rows * image->stride[plane]);
    }
  return 1;
}

EXPORT(allocate) uint8_t *allocate(int bytes) { return malloc(bytes); }

/*
 * Fills the planes of what `prepare` made room for with halved chroma, from 4 bytes a pixel, which are freed. Chroma is
 * fitted to what a decoder makes of it, or coloured text would fade. Returns 0 when there is no memory.
 */
EXPORT(halveChroma) int halve_chroma(uint8_t *rgba) {
  SharpYuvColorSpace bt601 = {0.299f, 0.114f, image->bit_depth, kSharpYuvRangeFull};
  SharpYuvConversionMatrix matrix;
  SharpYuvComputeConversionMatrix(&bt601, &matrix);
  int done = SharpYuvConvert(rgba, rgba + 1, rgba + 2, 4, 4 * image->d_w, 8, image->planes[0], image->stride[0],
                             image->planes[1], image->stride[1], image->planes[2], image->stride[2], image->bit_depth,
                             image->d_w, image->d_h, &matrix);
  free(rgba);
  return done;
}

EXPORT(planeAt) uint8_t *plane_at(int plane) { return image->planes[plane]; }
EXPORT(strideOf) int stride_of(int plane) { return image->stride[plane]; }
EXPORT(outputAt) uint8_t *output_at(void) { return output; }
EXPORT(outputBytes) int output_length(void) { return (int)output_bytes; }

static int append(const void *bytes, size_t length) {
  uint8_t *grown = realloc(output, output_bytes + length);
  if (!grown) return 0;
  memcpy(grown + output_bytes, bytes, length);
  output = grown;
  output_bytes += length;
  return 1;
}

/* Encodes what `prepare` made room for. Returns 0 or libaom's error number (aom_codec_err_t), or -1 without memory. */
EXPORT(encode) int encode(int quantizer, int speed, int tune) {
  aom_codec_enc_cfg_t config;
  aom_codec_ctx_t codec;
  aom_codec_iface_t *av1 = aom_codec_av1_cx();
  int error = aom_codec_enc_config_default(av1, &config, AOM_USAGE_ALL_INTRA);
  if (error) return error;
  config.g_profile = !image->monochrome && image->x_chroma_shift == 0 ? 1 : 0;
  config.g_w = image->d_w;
  config.g_h = image->d_h;
  config.g_limit = 1;
  config.g_lag_in_frames = 0;
  config.g_threads = 1;
  config.g_bit_depth = image->bit_depth;
  config.g_input_bit_depth = image->bit_depth;
  config.rc_end_usage = AOM_Q;
  config.kf_mode = AOM_KF_DISABLED;
  config.rc_min_quantizer = 0;
  config.rc_max_quantizer = 63;
  config.monochrome = image->monochrome;
  error = aom_codec_enc_init(&codec, av1, &config, image->bit_depth > 8 ? AOM_CODEC_USE_HIGHBITDEPTH : 0);
  if (error) return error;
  error = aom_codec_control(&codec, AOME_SET_CPUUSED, speed);
  if (!error) error = aom_codec_control(&codec, AOME_SET_CQ_LEVEL, quantizer);
  if (!error && tune >= 0) error = aom_codec_control(&codec, AOME_SET_TUNING, tune);
  if (!error) error = aom_codec_control(&codec, AV1E_SET_COLOR_RANGE, AOM_CR_FULL_RANGE);
  if (!error) error = aom_codec_control(&codec, AV1E_SET_COLOR_PRIMARIES, AOM_CICP_CP_UNSPECIFIED);
  if (!error) error = aom_codec_control(&codec, AV1E_SET_TRANSFER_CHARACTERISTICS, AOM_CICP_TC_UNSPECIFIED);
  if (!error) error = aom_codec_control(&codec, AV1E_SET_MATRIX_COEFFICIENTS, AOM_CICP_MC_BT_601);
  /* The picture first, then nothing: that flushes. */
  for (int flush = 0; !error && flush < 2; flush++) {
    error = aom_codec_encode(&codec, flush ? NULL : image, 0, 1, 0);
    aom_codec_iter_t at = NULL;
    const aom_codec_cx_pkt_t *packet;
    while (!error && (packet = aom_codec_get_cx_data(&codec, &at)))
      if (packet->kind == AOM_CODEC_CX_FRAME_PKT && !append(packet->data.frame.buf, packet->data.frame.sz)) error = -1;
  }
  aom_codec_destroy(&codec);
  return error;
}
