/* What takes time in a decode, and how long it typically takes (Node.js 24, photographs). */
#include "pauses.h"

/* One block: its mode here, its coefficients and samples after it. Its size is in units of 4 × 4 pixels. */
void __real_av1_read_mode_info(void *, void *, void *, int width, int height);
void __wrap_av1_read_mode_info(void *a, void *b, void *c, int width, int height) {
  count_work(3 + width * height);
  __real_av1_read_mode_info(a, b, c, width, height);
}

#include "cdef-pause.h"

/* Luma of a row of superblocks whose vertical edges are smoothed; its other edges and planes are in the figure. */
void __real_av1_filter_block_plane_vert(void *, void *, int, void *, int, int);
void __wrap_av1_filter_block_plane_vert(void *a, void *b, int c, void *d, int e, int f) {
  __real_av1_filter_block_plane_vert(a, b, c, d, e, f);
  count_work(20);
}
