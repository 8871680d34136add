/*
 * What takes time in an encode, and how long it typically takes (Node.js 24; screenshots, logos and photographs with and
 * without transparency). Pointers of libwebp are passed on, so that their types do not matter here.
 */
#include "pauses.h"

/* Pixels of the picture, for what goes through all of them in one piece. */
static int pixels;

/* Lossy: one macroblock of 16 × 16 pixels, once when it is analysed and once when it is coded. */
void __real_VP8IteratorImport(void *, void *);
void __wrap_VP8IteratorImport(void *a, void *b) {
  count_nanoseconds(12000);
  __real_VP8IteratorImport(a, b);
}

/* Lossy: one bit of the file. */
int __real_VP8PutBit(void *, int, int);
int __wrap_VP8PutBit(void *a, int b, int c) {
  count_nanoseconds(8);
  return __real_VP8PutBit(a, b, c);
}

/* Lossless: a pixel that is linked with earlier ones, and one whose best match is looked for. Nobody asks for progress. */
int __wrap_WebPReportProgress(void *picture, int percent, int *stored) {
  count_nanoseconds(140);
  return 1;
}

/* Lossless: whether there are few colours. What transforms promise is computed of all pixels after it. */
int __real_GetColorPalette(void *, void *);
int __wrap_GetColorPalette(void *a, void *b) {
  count_nanoseconds(3 * pixels);
  return __real_GetColorPalette(a, b);
}

/* A literal or a match that is noted. */
void __real_VP8LBackwardRefsCursorAdd(void *, void *);
void __wrap_VP8LBackwardRefsCursorAdd(void *a, void *b) {
  count_nanoseconds(30);
  __real_VP8LBackwardRefsCursorAdd(a, b);
}

/* Of ten sizes for the cache of colours, or for the one that was chosen: all pixels follow in one piece … */
int __real_VP8LColorCacheInit(void *, int);
int __wrap_VP8LColorCacheInit(void *a, int b) {
  count_nanoseconds(pixels);
  return __real_VP8LColorCacheInit(a, b);
}

/* … and what they cost with each of them comes after. */
uint64_t __real_VP8LHistogramEstimateBits(void *);
uint64_t __wrap_VP8LHistogramEstimateBits(void *a) {
  count_nanoseconds(2 * pixels);
  return __real_VP8LHistogramEstimateBits(a);
}

/* A match whose costs are followed. */
int __real_VP8LDistanceToPlaneCode(int, int);
int __wrap_VP8LDistanceToPlaneCode(int a, int b) {
  count_nanoseconds(500);
  return __real_VP8LDistanceToPlaneCode(a, b);
}

/* One code of a block's five. */
void __real_VP8LCreateHuffmanTree(void *, int, void *, void *, void *);
void __wrap_VP8LCreateHuffmanTree(void *a, int b, void *c, void *d, void *e) {
  count_nanoseconds(2000);
  __real_VP8LCreateHuffmanTree(a, b, c, d, e);
}

/* A sixteenth of what was noted, where histograms are made of it, and where it is written. */
void __real_VP8LRefsCursorNextBlock(void *);
void __wrap_VP8LRefsCursorNextBlock(void *a) {
  count_nanoseconds(pixels);
  __real_VP8LRefsCursorNextBlock(a);
}

/* libwebp calls these through variables, which it fills with what suits the processor. Then they are replaced by ours. */
typedef int Mismatch(const uint32_t *, const uint32_t *, int length);
typedef void Predict(const uint32_t *, const uint32_t *, int length, uint32_t *);
typedef uint64_t Entropy(const uint32_t *, const uint32_t *);
typedef void CollectBlue(const uint32_t *, int stride, int width, int height, int, int, void *);
typedef void CombinedEntropy(const uint32_t *, const uint32_t *, int length, void *, void *);
extern Mismatch *VP8LVectorMismatch;
extern Predict *VP8LPredictorsSub[16];
extern Entropy *VP8LCombinedShannonEntropy;
extern CollectBlue *VP8LCollectColorBlueTransforms;
extern CombinedEntropy *VP8LGetCombinedEntropyUnrefined;
static Mismatch *mismatch;
static Predict *predict;
static Entropy *entropy;
static CollectBlue *collect_blue;
static CombinedEntropy *combined_entropy;

/* How long a match is. */
static int counted_mismatch(const uint32_t *a, const uint32_t *b, int length) {
  int same = mismatch(a, b, length);
  count_nanoseconds(30 + same / 2);
  return same;
}

/* One of the fourteen predictions: where one is tried with a row of a tile, all are. */
enum { COUNTED_PREDICTION = 11 };
static void counted_predict(const uint32_t *a, const uint32_t *b, int length, uint32_t *c) {
  count_nanoseconds(40 * length);
  predict(a, b, length, c);
}

/* What one of the predictions or transforms of colour is worth that are tried for a tile, after its pixels. */
static uint64_t counted_entropy(const uint32_t *a, const uint32_t *b) {
  count_nanoseconds(500);
  return entropy(a, b);
}

/* A transform of blue is tried with all pixels of a tile. */
static void counted_blue(const uint32_t *a, int stride, int width, int height, int c, int d, void *e) {
  count_nanoseconds(width * height);
  collect_blue(a, stride, width, height, c, d, e);
}

/* Whether two histograms are better as one. */
static void counted_combined_entropy(const uint32_t *a, const uint32_t *b, int length, void *c, void *d) {
  count_nanoseconds(3 * length);
  combined_entropy(a, b, length, c, d);
}

void __real_VP8LEncDspInit(void);
void __wrap_VP8LEncDspInit(void) {
  __real_VP8LEncDspInit();
  if (VP8LVectorMismatch == counted_mismatch) return;
  mismatch = VP8LVectorMismatch;
  predict = VP8LPredictorsSub[COUNTED_PREDICTION];
  entropy = VP8LCombinedShannonEntropy;
  collect_blue = VP8LCollectColorBlueTransforms;
  combined_entropy = VP8LGetCombinedEntropyUnrefined;
  VP8LVectorMismatch = counted_mismatch;
  VP8LPredictorsSub[COUNTED_PREDICTION] = counted_predict;
  VP8LCombinedShannonEntropy = counted_entropy;
  VP8LCollectColorBlueTransforms = counted_blue;
  VP8LGetCombinedEntropyUnrefined = counted_combined_entropy;
}
