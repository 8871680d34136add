/*
 * What takes time in an encode, and how long it typically takes (Node.js 24, photographs and screenshots at speeds 6 to 9).
 * Pointers of libaom are passed on, so that their types do not matter here.
 */
#include "pauses.h"

/* Binary logarithms of the pixels of each BLOCK_SIZE (libaom: av1/common/enums.h, AV1 specification §6.10.4). */
static const uint8_t block_log2[] = {4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11, 11, 12, 13, 13, 14, 6, 6, 8, 8, 10, 10};

static inline int pixels_of(uint8_t block_size) {
  return block_size < sizeof block_log2 ? 1 << block_log2[block_size] : 0;
}

/* The search for the mode of one block, at speeds 6 to 8. */
void __real_av1_rd_pick_intra_mode_sb(void *, void *, void *, uint8_t block_size, void *, int64_t);
void __wrap_av1_rd_pick_intra_mode_sb(void *a, void *b, void *c, uint8_t block_size, void *d, int64_t e) {
  __real_av1_rd_pick_intra_mode_sb(a, b, c, block_size, d, e);
  count_work(20 + pixels_of(block_size) / 2);
}

/* The same without trying, at speeds 8 and 9. */
void __real_av1_nonrd_pick_intra_mode(void *, void *, void *, uint8_t block_size, void *);
void __wrap_av1_nonrd_pick_intra_mode(void *a, void *b, void *c, uint8_t block_size, void *d) {
  __real_av1_nonrd_pick_intra_mode(a, b, c, block_size, d);
  count_work(15 + pixels_of(block_size) / 8);
}

#include "cdef-pause.h"

/* Luma of a row of superblocks whose vertical edges are smoothed; its other edges and planes are in the figure. */
void __real_av1_filter_block_plane_vert_opt(void *, void *, void *, int, int, void *, void *, int);
void __wrap_av1_filter_block_plane_vert_opt(void *a, void *b, void *c, int d, int e, void *f, void *g, int h) {
  __real_av1_filter_block_plane_vert_opt(a, b, c, d, e, f, g, h);
  count_work(250);
}

/* Writing one block. */
void __real_av1_write_intra_coeffs_mb(void *, void *, void *, uint8_t block_size);
void __wrap_av1_write_intra_coeffs_mb(void *a, void *b, void *c, uint8_t block_size) {
  __real_av1_write_intra_coeffs_mb(a, b, c, block_size);
  count_work(2 + pixels_of(block_size) / 64);
}
