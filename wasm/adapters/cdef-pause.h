/*
 * 64 × 64 pixels of a plane (CDEF, AV1 specification §7.15): an encode tries some filters and applies one, a decode applies
 * one.
 */
void __real_av1_cdef_filter_fb(void *, void *, int, void *, int, int, int, void *, void *, int, void *, int, int, int, int,
                               int);
void __wrap_av1_cdef_filter_fb(void *a, void *b, int c, void *d, int e, int f, int g, void *h, void *i, int j, void *k,
                               int l, int m, int n, int o, int p) {
  __real_av1_cdef_filter_fb(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  count_work(55);
}
