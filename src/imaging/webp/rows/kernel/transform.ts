/**
 * Transforms of 4×4 blocks (RFC 6386 §14). A block of samples is one vector of 16 bytes, row by row; its coefficients are 16
 * numbers of 16 bits in memory, row by row.
 */

/** Rows 0 and 1, and rows 2 and 3, of `source - prediction`. */
// @inline
function differenceUpper(source: v128, prediction: v128): v128 {
  return i16x8.sub(i16x8.extend_low_i8x16_u(source), i16x8.extend_low_i8x16_u(prediction));
}

// @inline
function differenceLower(source: v128, prediction: v128): v128 {
  return i16x8.sub(i16x8.extend_high_i8x16_u(source), i16x8.extend_high_i8x16_u(prediction));
}

/** Forward DCT of a difference; the coefficients are at twice the size of an orthonormal transform's. */
export function forwardDct(source: v128, prediction: v128, to: usize): void {
  const upper = differenceUpper(source, prediction);
  const lower = differenceLower(source, prediction);
  // Columns 0 and 1, and columns 3 and 2, of four rows each.
  const x01 = v128.shuffle<i16>(upper, lower, 0, 4, 8, 12, 1, 5, 9, 13);
  const x32 = v128.shuffle<i16>(upper, lower, 3, 7, 11, 15, 2, 6, 10, 14);
  const sum = i16x8.add(x01, x32);
  const difference = i16x8.sub(x01, x32);
  const ab = v128.shuffle<i16>(sum, sum, 0, 4, 1, 5, 2, 6, 3, 7);
  const dc = v128.shuffle<i16>(difference, difference, 0, 4, 1, 5, 2, 6, 3, 7);
  const y0 = i32x4.dot_i16x8_s(ab, i16x8.splat(8));
  const y1 = i32x4.shr_s(
    i32x4.add(i32x4.dot_i16x8_s(dc, i16x8(5352, 2217, 5352, 2217, 5352, 2217, 5352, 2217)), i32x4.splat(1812)),
    9,
  );
  const y2 = i32x4.dot_i16x8_s(ab, i16x8(8, -8, 8, -8, 8, -8, 8, -8));
  const y3 = i32x4.shr_s(
    i32x4.add(i32x4.dot_i16x8_s(dc, i16x8(2217, -5352, 2217, -5352, 2217, -5352, 2217, -5352)), i32x4.splat(937)),
    9,
  );
  const y01 = i16x8.narrow_i32x4_s(y0, y1);
  const y23 = i16x8.narrow_i32x4_s(y2, y3);
  // Rows 0 and 1, and rows 3 and 2, of four columns each.
  const r01 = v128.shuffle<i16>(y01, y23, 0, 4, 8, 12, 1, 5, 9, 13);
  const r32 = v128.shuffle<i16>(y01, y23, 3, 7, 11, 15, 2, 6, 10, 14);
  const rowSum = i16x8.add(r01, r32);
  const rowDifference = i16x8.sub(r01, r32);
  const rowAb = v128.shuffle<i16>(rowSum, rowSum, 0, 4, 1, 5, 2, 6, 3, 7);
  const rowDc = v128.shuffle<i16>(rowDifference, rowDifference, 0, 4, 1, 5, 2, 6, 3, 7);
  const seven = i32x4.splat(7);
  const half = i32x4.splat(32768);
  const z0 = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(rowAb, i16x8.splat(1)), seven), 4);
  const z1 = i32x4.shr_s(
    i32x4.add(i32x4.dot_i16x8_s(rowDc, i16x8(5352, 2217, 5352, 2217, 5352, 2217, 5352, 2217)), half),
    16,
  );
  const z2 = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(rowAb, i16x8(1, -1, 1, -1, 1, -1, 1, -1)), seven), 4);
  const z3 = i32x4.shr_s(
    i32x4.add(i32x4.dot_i16x8_s(rowDc, i16x8(2217, -5352, 2217, -5352, 2217, -5352, 2217, -5352)), half),
    16,
  );
  v128.store(to, i16x8.narrow_i32x4_s(z0, z1));
  v128.store(to, i16x8.narrow_i32x4_s(z2, z3), 16);
}

/** The constants of RFC 6386 §14.3: x × √2 cos(π/8), and x × √2 sin(π/8). */
// @inline
function byCosine(x: v128): v128 {
  return i32x4.add(x, i32x4.shr_s(i32x4.mul(x, i32x4.splat(20091)), 16));
}

// @inline
function bySine(x: v128): v128 {
  return i32x4.shr_s(i32x4.mul(x, i32x4.splat(35468)), 16);
}

/** Inverse DCT added to a prediction, exactly as decoders do it. */
export function reconstruct(coefficients: usize, prediction: v128): v128 {
  const upper = v128.load(coefficients);
  const lower = v128.load(coefficients, 16);
  const i0 = i32x4.extend_low_i16x8_s(upper);
  const i1 = i32x4.extend_high_i16x8_s(upper);
  const i2 = i32x4.extend_low_i16x8_s(lower);
  const i3 = i32x4.extend_high_i16x8_s(lower);
  const a = i32x4.add(i0, i2);
  const b = i32x4.sub(i0, i2);
  const c = i32x4.sub(bySine(i1), byCosine(i3));
  const d = i32x4.add(byCosine(i1), bySine(i3));
  const r0 = i32x4.add(a, d);
  const r1 = i32x4.add(b, c);
  const r2 = i32x4.sub(b, c);
  const r3 = i32x4.sub(a, d);
  const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const t2 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  const c0 = i32x4.add(v128.shuffle<i64>(t0, t1, 0, 2), i32x4.splat(4));
  const c1 = v128.shuffle<i64>(t0, t1, 1, 3);
  const c2 = v128.shuffle<i64>(t2, t3, 0, 2);
  const c3 = v128.shuffle<i64>(t2, t3, 1, 3);
  const e = i32x4.add(c0, c2);
  const f = i32x4.sub(c0, c2);
  const g = i32x4.sub(bySine(c1), byCosine(c3));
  const h = i32x4.add(byCosine(c1), bySine(c3));
  const x01 = i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(e, h), 3), i32x4.shr_s(i32x4.add(f, g), 3));
  const x23 = i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.sub(f, g), 3), i32x4.shr_s(i32x4.sub(e, h), 3));
  return addToPrediction(
    prediction,
    v128.shuffle<i16>(x01, x23, 0, 4, 8, 12, 1, 5, 9, 13),
    v128.shuffle<i16>(x01, x23, 2, 6, 10, 14, 3, 7, 11, 15),
  );
}

/** The same as `reconstruct()` of a block whose only coefficient is `dc`. */
export function reconstructDc(dc: i32, prediction: v128): v128 {
  const added = i16x8.splat(<i16>((dc + 4) >> 3));
  return addToPrediction(prediction, added, added);
}

// @inline
function addToPrediction(prediction: v128, upper: v128, lower: v128): v128 {
  return i8x16.narrow_i16x8_u(
    i16x8.add(i16x8.extend_low_i8x16_u(prediction), upper),
    i16x8.add(i16x8.extend_high_i8x16_u(prediction), lower),
  );
}

// @inline
function sumOfLanes(x: v128): i32 {
  const pairs = i32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** Sum of squared errors. */
export function squaredError(a: v128, b: v128): i32 {
  const upper = differenceUpper(a, b);
  const lower = differenceLower(a, b);
  return sumOfLanes(i32x4.add(i32x4.dot_i16x8_s(upper, upper), i32x4.dot_i16x8_s(lower, lower)));
}

/** 16 times the sum of squares less the square of the sum, which is 256 times the variance. */
export function scaledVariance(block: v128): i32 {
  const upper = i16x8.extend_low_i8x16_u(block);
  const lower = i16x8.extend_high_i8x16_u(block);
  const squares = sumOfLanes(i32x4.add(i32x4.dot_i16x8_s(upper, upper), i32x4.dot_i16x8_s(lower, lower)));
  const sum = sumOfLanes(i32x4.extadd_pairwise_i16x8_s(i16x8.add(upper, lower)));
  return 16 * squares - sum * sum;
}

/**
 * All of a block's Hadamard transform but its last butterfly, in two vectors: sums and differences of columns, whose pairs
 * of neighbours are what is left to add and subtract. It is linear, so that of the source is made once for all predictions.
 */
export function hadamard(block: v128, to: usize): void {
  const upper = i16x8.extend_low_i8x16_u(block);
  const lower = i16x8.extend_high_i8x16_u(block);
  const sum = i16x8.add(upper, lower);
  const difference = i16x8.sub(upper, lower);
  const x = v128.shuffle<i64>(sum, difference, 0, 2);
  const y = v128.shuffle<i64>(sum, difference, 1, 3);
  const p = i16x8.add(x, y);
  const q = i16x8.sub(x, y);
  const left = v128.shuffle<i32>(p, q, 0, 2, 4, 6);
  const right = v128.shuffle<i32>(p, q, 1, 3, 5, 7);
  v128.store(to, i16x8.add(left, right));
  v128.store(to, i16x8.sub(left, right), 16);
}

/** Sum of absolute transformed differences of a source, of which `sums` and `differences` are known, and a prediction. */
// @inline
export function satd(sums: v128, differences: v128, prediction: v128): i32 {
  const upper = i16x8.extend_low_i8x16_u(prediction);
  const lower = i16x8.extend_high_i8x16_u(prediction);
  const sum = i16x8.add(upper, lower);
  const difference = i16x8.sub(upper, lower);
  const x = v128.shuffle<i64>(sum, difference, 0, 2);
  const y = v128.shuffle<i64>(sum, difference, 1, 3);
  const p = i16x8.add(x, y);
  const q = i16x8.sub(x, y);
  const left = v128.shuffle<i32>(p, q, 0, 2, 4, 6);
  const right = v128.shuffle<i32>(p, q, 1, 3, 5, 7);
  const s = i16x8.sub(sums, i16x8.add(left, right));
  const d = i16x8.sub(differences, i16x8.sub(left, right));
  const even = i16x8.abs(v128.shuffle<i16>(s, d, 0, 2, 4, 6, 8, 10, 12, 14));
  const odd = i16x8.abs(v128.shuffle<i16>(s, d, 1, 3, 5, 7, 9, 11, 13, 15));
  // |a + b| + |a - b| is twice the larger of |a| and |b|.
  return 2 * sumOfLanes(i32x4.extadd_pairwise_i16x8_s(i16x8.max_s(even, odd)));
}

/** Forward Walsh-Hadamard transform of the means of 16 blocks (RFC 6386 §14.3), 16 numbers of 16 bits each. */
export function forwardWht(from: usize, to: usize): void {
  wht(from, to, 0, 1);
}

export function inverseWht(from: usize, to: usize): void {
  wht(from, to, 3, 3);
}

// @inline
function wht(from: usize, to: usize, rounding: i32, shift: i32): void {
  const upper = v128.load(from);
  const lower = v128.load(from, 16);
  const i0 = i32x4.extend_low_i16x8_s(upper);
  const i1 = i32x4.extend_high_i16x8_s(upper);
  const i2 = i32x4.extend_low_i16x8_s(lower);
  const i3 = i32x4.extend_high_i16x8_s(lower);
  const a0 = i32x4.add(i0, i3);
  const a1 = i32x4.add(i1, i2);
  const a2 = i32x4.sub(i1, i2);
  const a3 = i32x4.sub(i0, i3);
  const r0 = i32x4.add(a0, a1);
  const r1 = i32x4.add(a3, a2);
  const r2 = i32x4.sub(a0, a1);
  const r3 = i32x4.sub(a3, a2);
  const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const t2 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  const c0 = i32x4.add(v128.shuffle<i64>(t0, t1, 0, 2), i32x4.splat(rounding));
  const c1 = v128.shuffle<i64>(t0, t1, 1, 3);
  const c2 = v128.shuffle<i64>(t2, t3, 0, 2);
  const c3 = v128.shuffle<i64>(t2, t3, 1, 3);
  const b0 = i32x4.add(c0, c3);
  const b1 = i32x4.add(c1, c2);
  const b2 = i32x4.sub(c1, c2);
  const b3 = i32x4.sub(c0, c3);
  const x01 = i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(b0, b1), shift), i32x4.shr_s(i32x4.add(b3, b2), shift));
  const x23 = i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.sub(b0, b1), shift), i32x4.shr_s(i32x4.sub(b3, b2), shift));
  v128.store(to, v128.shuffle<i16>(x01, x23, 0, 4, 8, 12, 1, 5, 9, 13));
  v128.store(to, v128.shuffle<i16>(x01, x23, 2, 6, 10, 14, 3, 7, 11, 15), 16);
}
