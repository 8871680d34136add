/**
 * Place of each frequency (row by row: 1–3 the rest of the first row, 4, 8, 12 the rest of the first column) after
 * `transformBlock()`.
 */
export const frequencyPlaces = Uint8Array.of(0, 2, 1, 7, 8, 15, 12, 11, 4, 3, 5, 6, 13, 14, 9, 10);

/** 2×2 Hadamard step on four places; `rounding` is 0 or 1. */
export function hadamard(x: Int32Array, ia: number, ib: number, ic: number, id: number, rounding: number): void {
  const a = x[ia] + x[id];
  const b = x[ib] - x[ic];
  const half = (a - b + rounding) >> 1;
  const c = half - x[id];
  const d = half - x[ic];
  x[ia] = a - d;
  x[ib] = b + c;
  x[ic] = c;
  x[id] = d;
}

/** Rotation of the frequencies that are odd in one direction. */
function rotateOdd(x: Int32Array, ia: number, ib: number, ic: number, id: number): void {
  let a = x[ia];
  let b = x[ib];
  let c = x[ic];
  let d = x[id];
  b -= c;
  a += d;
  c += (b + 1) >> 1;
  d = ((a + 1) >> 1) - d;
  b -= (3 * a + 4) >> 3;
  a += (3 * b + 4) >> 3;
  d -= (3 * c + 4) >> 3;
  c += (3 * d + 4) >> 3;
  d += b >> 1;
  c -= (a + 1) >> 1;
  x[ia] = a + c;
  x[ib] = b - d;
  x[ic] = c;
  x[id] = d;
}

/** Rotation of the frequencies that are odd in both directions, on places 10, 11, 14 and 15. */
function rotateOddOdd(x: Int32Array): void {
  let a = x[10];
  let b = -x[11];
  let c = -x[14];
  let d = x[15];
  d += a;
  c -= b;
  const halfD = d >> 1;
  const halfC = c >> 1;
  a -= halfD;
  b += halfC;
  a += (3 * b + 4) >> 3;
  b -= (3 * a + 3) >> 2;
  a += (3 * b + 3) >> 3;
  b -= halfC;
  a += halfD;
  x[10] = a;
  x[11] = b;
  x[14] = c + b;
  x[15] = d - a;
}

/** The 4×4 photo core transform (ITU-T T.832, PCT), in place; both stages use it. Results lie at `frequencyPlaces`. */
export function transformBlock(x: Int32Array): void {
  hadamard(x, 0, 3, 12, 15, 0);
  hadamard(x, 1, 2, 13, 14, 0);
  hadamard(x, 4, 7, 8, 11, 0);
  hadamard(x, 5, 6, 9, 10, 0);
  hadamard(x, 0, 1, 4, 5, 1);
  rotateOddOdd(x);
  rotateOdd(x, 2, 3, 6, 7);
  rotateOdd(x, 8, 12, 9, 13);
}
