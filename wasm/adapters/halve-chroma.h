/*
 * Planes with halved chroma that is fitted to what a decoder makes of it: the same numbers as libsharpyuv's, whose place this
 * takes. It computes each sample's light once where libsharpyuv does twice, without a call for each, and pauses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "webp/sharpyuv/sharpyuv.h"
#include "webp/sharpyuv/sharpyuv_csp.h"

/* Samples of 8 bits get two more. Light has 16 bits, of which the upper ones choose a step of the curve back to samples. */
enum { SAMPLE_BITS = 10, EXTRA_BITS = 2, MOST = (1 << SAMPLE_BITS) - 1, STEP_BITS = 7, STEPS = 1 << (16 - STEP_BITS) };
/* Of the coefficients of colour. */
enum { FRACTION_BITS = 16, MOST_ROUNDS = 4, NANOSECONDS_OF_PIXEL = 12 };

/* libsharpyuv's curve of sRGB, which it computes at the start. */
void SharpYuvInitGammaTables(void);
uint32_t SharpYuvGammaToLinear(uint16_t, int bit_depth, int transfer);
uint16_t SharpYuvLinearToGamma(uint32_t, int bit_depth, int transfer);
static uint32_t light_of[MOST + 1];
static uint32_t sample_at[STEPS + 2];

/* libwebp calls this before the conversion. */
void SharpYuvInit(void *cpu_info) {
  if (light_of[MOST]) return;
  SharpYuvInitGammaTables();
  for (int i = 0; i <= MOST; i++) light_of[i] = SharpYuvGammaToLinear(i, SAMPLE_BITS, kSharpYuvTransferFunctionSrgb);
  for (int i = 0; i <= STEPS; i++)
    sample_at[i] = SharpYuvLinearToGamma(i << STEP_BITS, SAMPLE_BITS, kSharpYuvTransferFunctionSrgb);
}

static inline uint32_t sample_of(uint32_t light) {
  uint32_t step = light >> STEP_BITS, rest = light & ((1 << STEP_BITS) - 1), low = sample_at[step];
  return low + (((sample_at[step + 1] - low) * rest + (1 << (STEP_BITS - 1))) >> STEP_BITS);
}

/* ITU-R BT.709. */
static inline uint32_t gray_of(uint32_t red, uint32_t green, uint32_t blue) {
  return (13933 * red + 46871 * green + 4732 * blue + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS;
}

static inline int within(int value, int most) { return value < 0 ? 0 : value > most ? most : value; }

/*
 * Of two rows, three channels each: the gray that is as light as each pixel, and how much the mean light of 2 × 2 pixels
 * differs from its gray, in three channels of half the width.
 */
static void see(const uint16_t *rows, int width, uint16_t *gray, int16_t *chroma) {
  int half = width / 2;
  for (int x = 0; x < half; x++) {
    uint32_t red = 2, green = 2, blue = 2;
    for (int i = 0; i < 4; i++) {
      const uint16_t *at = rows + (i >> 1) * 3 * width + 2 * x + (i & 1);
      uint32_t r = light_of[at[0]], g = light_of[at[width]], b = light_of[at[2 * width]];
      gray[(i >> 1) * width + 2 * x + (i & 1)] = sample_of(gray_of(r, g, b));
      red += r;
      green += g;
      blue += b;
    }
    red = sample_of(red >> 2);
    green = sample_of(green >> 2);
    blue = sample_of(blue >> 2);
    int mean = gray_of(red, green, blue);
    chroma[x] = red - mean;
    chroma[x + half] = green - mean;
    chroma[x + 2 * half] = blue - mean;
  }
}

/* One row, three channels, as a decoder shows it: a quarter of the chroma comes from the row beside, and of each side. */
static void show(const uint16_t *gray, const int16_t *chroma, const int16_t *beside, int width, uint16_t *row) {
  int half = width / 2;
  for (int channel = 0; channel < 3; channel++, row += width, chroma += half, beside += half) {
    row[0] = within(gray[0] + ((3 * chroma[0] + beside[0] + 2) >> 2), MOST);
    for (int x = 0; x < half - 1; x++) {
      int left = 3 * chroma[x] + beside[x], right = 3 * chroma[x + 1] + beside[x + 1];
      row[2 * x + 1] = within(gray[2 * x + 1] + ((3 * left + right + 8) >> 4), MOST);
      row[2 * x + 2] = within(gray[2 * x + 2] + ((left + 3 * right + 8) >> 4), MOST);
    }
    row[width - 1] = within(gray[width - 1] + ((3 * chroma[half - 1] + beside[half - 1] + 2) >> 2), MOST);
  }
}

/* A row of pixels of 8 bits, as three channels; an odd width is filled up with the last pixel. */
static void read_row(const uint8_t *red, const uint8_t *green, const uint8_t *blue, int step, int pixels, uint16_t *row) {
  int width = (pixels + 1) & ~1;
  for (int x = 0; x < width; x++) {
    int at = (x < pixels ? x : pixels - 1) * step;
    row[x] = red[at] << EXTRA_BITS;
    row[x + width] = green[at] << EXTRA_BITS;
    row[x + 2 * width] = blue[at] << EXTRA_BITS;
  }
}

static void write_sample(void *plane, int at, int bit_depth, const int factors[4], int red, int green, int blue) {
  int shift = FRACTION_BITS + EXTRA_BITS;
  int sum = factors[0] * red + factors[1] * green + factors[2] * blue + factors[3] + (1 << (shift - 1));
  int value = within(sum >> shift, (1 << bit_depth) - 1);
  if (bit_depth > 8)
    ((uint16_t *)plane)[at] = value;
  else
    ((uint8_t *)plane)[at] = value;
}

static void scale(const int factors[4], int bit_depth, int scaled[4]) {
  for (int i = 0; i < 3; i++)
    scaled[i] = bit_depth == 8 ? factors[i] : (factors[i] * ((1 << bit_depth) - 1) + 128) / 255;
  scaled[3] = factors[3] << EXTRA_BITS;
}

typedef struct {
  int width, height, half;
  /* Of the whole picture: what is shown at last, and what is to be seen of it. Chroma has three channels for each two rows. */
  uint16_t *gray, *wanted_gray;
  int16_t *chroma, *wanted_chroma;
  /* Of two rows. */
  uint16_t *rows, *seen_gray;
  int16_t *seen_chroma;
} Planes;

static int allocate_planes(Planes *p, int width, int height) {
  p->width = (width + 1) & ~1;
  p->height = (height + 1) & ~1;
  p->half = p->width / 2;
  size_t area = (size_t)p->width * p->height;
  p->gray = malloc(2 * area);
  p->wanted_gray = malloc(2 * area);
  p->chroma = malloc(area / 4 * 6);
  p->wanted_chroma = malloc(area / 4 * 6);
  p->rows = malloc(12 * p->width);
  p->seen_gray = malloc(4 * p->width);
  p->seen_chroma = malloc(6 * p->half);
  return p->gray && p->wanted_gray && p->chroma && p->wanted_chroma && p->rows && p->seen_gray && p->seen_chroma;
}

static void free_planes(Planes *p) {
  free(p->gray);
  free(p->wanted_gray);
  free(p->chroma);
  free(p->wanted_chroma);
  free(p->rows);
  free(p->seen_gray);
  free(p->seen_chroma);
}

/* Corrects two rows by how what is seen of them differs from what is wanted, and returns by how much gray did. */
static uint32_t correct(Planes *p, int y) {
  int width = p->width, chroma_row = 3 * p->half;
  uint16_t *gray = p->gray + (size_t)y * width, *wanted_gray = p->wanted_gray + (size_t)y * width;
  int16_t *chroma = p->chroma + (size_t)y / 2 * chroma_row, *wanted_chroma = p->wanted_chroma + (size_t)y / 2 * chroma_row;
  show(gray, chroma, y > 0 ? chroma - chroma_row : chroma, width, p->rows);
  show(gray + width, chroma, y + 2 < p->height ? chroma + chroma_row : chroma, width, p->rows + 3 * width);
  see(p->rows, width, p->seen_gray, p->seen_chroma);
  uint32_t difference = 0;
  for (int x = 0; x < 2 * width; x++) {
    int lacking = wanted_gray[x] - p->seen_gray[x];
    gray[x] = within(gray[x] + lacking, MOST);
    difference += abs(lacking);
  }
  for (int x = 0; x < chroma_row; x++) chroma[x] += wanted_chroma[x] - p->seen_chroma[x];
  return difference;
}

/* For pixels of 8 bits. Returns 0 when there is no memory. */
int SharpYuvConvert(const void *red, const void *green, const void *blue, int step, int stride, int rgb_bits, void *y_plane,
                    int y_stride, void *u_plane, int u_stride, void *v_plane, int v_stride, int bits, int columns, int rows,
                    const SharpYuvConversionMatrix *matrix) {
  SharpYuvInit(NULL);
  Planes p;
  int has_memory = allocate_planes(&p, columns, rows), width = p.width, chroma_row = 3 * p.half;
  for (int y = 0; has_memory && y < p.height; y += 2) {
    for (int i = 0; i < 2; i++) {
      size_t at = (size_t)(y + i < rows ? y + i : rows - 1) * stride;
      uint16_t *row = p.rows + 3 * i * width, *gray = p.gray + (size_t)(y + i) * width;
      read_row((const uint8_t *)red + at, (const uint8_t *)green + at, (const uint8_t *)blue + at, step, columns, row);
      for (int x = 0; x < width; x++) gray[x] = gray_of(row[x], row[x + width], row[x + 2 * width]);
    }
    int16_t *wanted = p.wanted_chroma + (size_t)y / 2 * chroma_row;
    see(p.rows, width, p.wanted_gray + (size_t)y * width, wanted);
    memcpy(p.chroma + (size_t)y / 2 * chroma_row, wanted, 2 * chroma_row);
    count_nanoseconds(NANOSECONDS_OF_PIXEL * 2 * width);
  }

  uint64_t before = UINT64_MAX, enough = 3 * (uint64_t)width * p.height;
  for (int round = 0; has_memory && round < MOST_ROUNDS; round++) {
    uint64_t difference = 0;
    for (int y = 0; y < p.height; y += 2) {
      difference += correct(&p, y);
      count_nanoseconds(NANOSECONDS_OF_PIXEL * 2 * width);
    }
    if (round > 0 && (difference < enough || difference > before)) break;
    before = difference;
  }

  int to_y[4], to_u[4], to_v[4];
  scale(matrix->rgb_to_y, bits, to_y);
  scale(matrix->rgb_to_u, bits, to_u);
  scale(matrix->rgb_to_v, bits, to_v);
  for (int y = 0; has_memory && y < rows; y++) {
    const uint16_t *gray = p.gray + (size_t)y * width;
    const int16_t *chroma = p.chroma + (size_t)(y / 2) * chroma_row;
    uint8_t *y_row = (uint8_t *)y_plane + (size_t)y * y_stride;
    for (int x = 0; x < columns; x++) {
      const int16_t *at = chroma + x / 2;
      write_sample(y_row, x, bits, to_y, gray[x] + at[0], gray[x] + at[p.half], gray[x] + at[2 * p.half]);
    }
    uint8_t *u_row = (uint8_t *)u_plane + (size_t)(y / 2) * u_stride, *v_row = (uint8_t *)v_plane + (size_t)(y / 2) * v_stride;
    for (int x = 0; y % 2 == 0 && x < p.half; x++) {
      const int16_t *at = chroma + x;
      /* Without gray: the coefficients of chroma sum up to nothing. */
      write_sample(u_row, x, bits, to_u, at[0], at[p.half], at[2 * p.half]);
      write_sample(v_row, x, bits, to_v, at[0], at[p.half], at[2 * p.half]);
    }
    count_nanoseconds(NANOSECONDS_OF_PIXEL / 2 * width);
  }
  free_planes(&p);
  return has_memory;
}
