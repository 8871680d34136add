import { hadamard } from "./block-transform.ts";

/** Rows of one channel, kept in a ring: row r begins at `base` + (r & `rowMask`) × `stride`. */
export interface RowRing {
  readonly data: Int16Array | Int32Array;
  readonly base: number;
  readonly stride: number;
  readonly rowMask: number;
}

const window = new Int32Array(16);

function scale(x: Int32Array, ip: number, iq: number): void {
  let p = x[ip];
  let q = x[iq];
  q -= p >> 7;
  q += p >> 10;
  q -= (3 * p) >> 4;
  p -= (3 * q) >> 3;
  q = (p >> 1) - q;
  x[ip] = p - q;
  x[iq] = q;
}

/** Hadamard step with its scaling, on a group's top left, top right, bottom left and bottom right. */
function hadamardScaled(
  x: Int32Array,
  topLeft: number,
  topRight: number,
  bottomLeft: number,
  bottomRight: number,
): void {
  let a = x[topLeft] + x[bottomRight];
  let b = x[topRight] - x[bottomLeft];
  const c = ((a - b) >> 1) - x[bottomRight];
  const d = x[bottomLeft] + (b >> 1);
  b += c;
  a -= (3 * d + 4) >> 3;
  x[topLeft] = a;
  x[topRight] = b;
  x[bottomLeft] = c;
  x[bottomRight] = d;
  scale(x, topLeft, bottomRight);
}

function rotate(x: Int32Array, ip: number, iq: number): void {
  x[iq] -= (x[ip] + 1) >> 1;
  x[ip] += (x[iq] + 1) >> 1;
}

function rotateOddOdd(x: Int32Array): void {
  let a = x[10];
  let b = x[11];
  let c = x[14];
  let d = x[15];
  d += a;
  c -= b;
  const halfD = d >> 1;
  const halfC = c >> 1;
  a -= halfD;
  b += halfC;
  a += (3 * b + 4) >> 3;
  b -= (3 * a + 2) >> 2;
  a += (3 * b + 6) >> 3;
  b -= halfC;
  a += halfD;
  x[10] = a;
  x[11] = b;
  x[14] = c + b;
  x[15] = d - a;
}

/** Filters the 4×4 window in `x`: the 2×2 groups at the same distance from its centre belong together. */
function filterWindow(x: Int32Array): void {
  hadamardScaled(x, 5, 6, 9, 10);
  hadamardScaled(x, 4, 7, 8, 11);
  hadamardScaled(x, 1, 2, 13, 14);
  hadamardScaled(x, 0, 3, 12, 15);
  rotate(x, 13, 12);
  rotate(x, 9, 8);
  rotate(x, 7, 3);
  rotate(x, 6, 2);
  rotateOddOdd(x);
  hadamard(x, 5, 6, 9, 10, 0);
  hadamard(x, 4, 7, 8, 11, 0);
  hadamard(x, 1, 2, 13, 14, 0);
  hadamard(x, 0, 3, 12, 15, 0);
}

function scaleEdge(x: Int32Array, ip: number, iq: number): void {
  let p = x[ip];
  let q = -x[iq];
  p -= q;
  q += p >> 1;
  p -= (3 * q + 4) >> 3;
  x[ip] = p;
  x[iq] = q;
  scale(x, ip, iq);
}

/** Filters the four samples in places 0–3 of `x`: a piece of the picture's edge, or a corner. */
function filterFour(x: Int32Array): void {
  let a = x[0] + x[3];
  let b = x[1] + x[2];
  let d = x[3] - ((a + 1) >> 1);
  let c = x[2] - ((b + 1) >> 1);
  d -= (c + 1) >> 1;
  c += (d + 1) >> 1;
  x[0] = a;
  x[1] = b;
  x[2] = c;
  x[3] = d;
  scaleEdge(x, 0, 3);
  scaleEdge(x, 1, 2);
  a = x[0];
  b = x[1];
  d = x[3] + ((a + 1) >> 1);
  c = x[2] + ((b + 1) >> 1);
  x[0] = a - d;
  x[1] = b - c;
  x[2] = c;
  x[3] = d;
}

function filterFourAt(data: RowRing["data"], i0: number, i1: number, i2: number, i3: number): void {
  window[0] = data[i0];
  window[1] = data[i1];
  window[2] = data[i2];
  window[3] = data[i3];
  filterFour(window);
  data[i0] = window[0];
  data[i1] = window[1];
  data[i2] = window[2];
  data[i3] = window[3];
}

/** Filters the plane's first or last two rows, of which `row` is the upper one (ITU-T T.832, overlap pre-filter). */
export function filterEdgeRows({ data, base, stride, rowMask }: RowRing, row: number): void {
  const upper = base + (row & rowMask) * stride;
  const lower = base + ((row + 1) & rowMask) * stride;
  for (let i = 0; i < 2; i++) {
    const at = i * (stride - 2);
    filterFourAt(data, upper + at, upper + at + 1, lower + at, lower + at + 1);
  }
  for (let x = 2; x + 4 <= stride - 2; x += 4) {
    filterFourAt(data, upper + x, upper + x + 1, upper + x + 2, upper + x + 3);
    filterFourAt(data, lower + x, lower + x + 1, lower + x + 2, lower + x + 3);
  }
}

/** Filters the four rows from `row` on, which straddle two rows of 4×4 blocks; `stride` is the plane's width. */
export function filterInnerRows({ data, base, stride, rowMask }: RowRing, row: number): void {
  const row0 = base + (row & rowMask) * stride;
  const row1 = base + ((row + 1) & rowMask) * stride;
  const row2 = base + ((row + 2) & rowMask) * stride;
  const row3 = base + ((row + 3) & rowMask) * stride;
  for (let i = 0; i < 2; i++) {
    filterFourAt(data, row0 + i, row1 + i, row2 + i, row3 + i);
    const right = stride - 2 + i;
    filterFourAt(data, row0 + right, row1 + right, row2 + right, row3 + right);
  }
  for (let x = 2; x + 4 <= stride - 2; x += 4) {
    for (let i = 0; i < 4; i++) {
      window[i] = data[row0 + x + i];
      window[4 + i] = data[row1 + x + i];
      window[8 + i] = data[row2 + x + i];
      window[12 + i] = data[row3 + x + i];
    }
    filterWindow(window);
    for (let i = 0; i < 4; i++) {
      data[row0 + x + i] = window[i];
      data[row1 + x + i] = window[4 + i];
      data[row2 + x + i] = window[8 + i];
      data[row3 + x + i] = window[12 + i];
    }
  }
}
