import { contextStride, endToken, extraCosts, moreToken, tokenCosts, tokenOfLevel } from "./layout";

/** Bytes from a type's costs to those of the band of each coding position (RFC 6386 §13.3), u16; the 17th is not used. */
const bandStarts: usize = memory.data<u16>([
  0, 192, 384, 576, 1152, 768, 960, 1152, 1152, 1152, 1152, 1152, 1152, 1152, 1152, 1344, 0,
]);
/** Place in a block, row by row, of each coding position (RFC 6386 §13). */
const zigzag: usize = memory.data<u8>([0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15]);

/** A block in coding order: coefficients, magnitudes, nearest levels, i16 each. */
const ordered: usize = memory.data(32, 16);
const magnitudes: usize = memory.data(32, 16);
const nearestLevels: usize = memory.data(32, 16);
/** By coding position and kind of level (0, 1, more), 8 bytes a position: the best level (u16), and the kind before it. */
const chosenLevels: usize = memory.data(8 * 16, 16);
const chosenBefore: usize = memory.data(4 * 16, 16);

/** More than any path costs, and so far from overflow that one step can be added. */
const unreachable: i32 = 1 << 30;

/** What the bits of the block that was quantised last cost by `quantiseByTrellis()`, times its lambda. */
export let pathCost: i32 = 0;

// @inline
export function bandOf(costs: usize, position: i32): usize {
  return costs + load<u16>(bandStarts + ((<usize>position) << 1));
}

/** The context that a level makes for the one after it. */
// @inline
function rowAfter(costs: usize, position: i32, magnitude: i32): usize {
  return bandOf(costs, position + 1) + contextStride * <usize>min(magnitude, 2);
}

/**
 * Cost of a block in 1/256 bit: `levels` in coding order from position `first` to before `end`, which is 0 of an empty one.
 */
export function blockCost(type: usize, context: i32, levels: usize, first: i32, end: i32): i32 {
  const costs = tokenCosts + type;
  let row = bandOf(costs, first) + contextStride * <usize>context;
  if (end == 0) return load<i32>(row, endToken);
  let cost = context == 0 ? load<i32>(row, moreToken) : 0;
  for (let n = first; n < end; n++) {
    const magnitude = <i32>abs<i32>(load<i16>(levels + ((<usize>n) << 1)));
    cost +=
      load<i32>(row + ((<usize>load<u8>(tokenOfLevel + magnitude)) << 2)) +
      load<i32>(extraCosts + ((<usize>magnitude) << 2));
    row = rowAfter(costs, n, magnitude);
  }
  return end < 16 ? cost + load<i32>(row, endToken) : cost;
}

// @inline
function firstEight(upper: v128, lower: v128): v128 {
  return v128.shuffle<i16>(upper, lower, 0, 1, 4, 8, 5, 2, 3, 6);
}

// @inline
function lastEight(upper: v128, lower: v128): v128 {
  return v128.shuffle<i16>(upper, lower, 9, 12, 13, 10, 7, 11, 14, 15);
}

/** Magnitudes × reciprocal + rounding, in 17 binary places, as whole numbers. */
// @inline
function divide(magnitude: v128, reciprocal: v128, rounding: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_u(i32x4.add(i32x4.extmul_low_i16x8_u(magnitude, reciprocal), rounding), 17),
    i32x4.shr_u(i32x4.add(i32x4.extmul_high_i16x8_u(magnitude, reciprocal), rounding), 17),
  );
}

/** Bits of the coding positions whose numbers, in two vectors, are not 0. */
// @inline
function nonZeroMask(first: v128, last: v128): i32 {
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.ne(first, i16x8.splat(0)), i16x8.ne(last, i16x8.splat(0))));
}

/**
 * Quantises each coefficient for itself, with rounding at `bias`/256 of a step (`dcBias` for the first). Writes levels in coding
 * order, and coefficients as decoders get them. Position 0 is left out, and 0, where `first` is 1. Returns the position after
 * the last level that is not 0, or 0.
 */
export function quantisePlainly(
  coefficients: usize,
  first: i32,
  steps: usize,
  dcBias: i32,
  acBias: i32,
  levels: usize,
  dequantised: usize,
): i32 {
  const upper = v128.load(coefficients);
  const lower = v128.load(coefficients, 16);
  const step = i16x8.replace_lane(i16x8.splat(<i16>load<i32>(steps, 4)), 0, <i16>load<i32>(steps));
  const acReciprocal = i16x8.splat(<i16>load<i32>(steps, 12));
  const reciprocal = i16x8.replace_lane(acReciprocal, 0, <i16>load<i32>(steps, 8));
  const acRounding = i32x4.splat(acBias << 9);
  const rounding = i32x4.replace_lane(acRounding, 0, dcBias << 9);
  const signsUpper = i16x8.shr_s(upper, 15);
  const signsLower = i16x8.shr_s(lower, 15);
  const magnitudeUpper = i16x8.abs(upper);
  const cap = i16x8.splat(2047);
  let sizeUpper = i16x8.narrow_i32x4_s(
    i32x4.shr_u(i32x4.add(i32x4.extmul_low_i16x8_u(magnitudeUpper, reciprocal), rounding), 17),
    i32x4.shr_u(i32x4.add(i32x4.extmul_high_i16x8_u(magnitudeUpper, reciprocal), acRounding), 17),
  );
  sizeUpper = i16x8.min_s(sizeUpper, cap);
  const sizeLower = i16x8.min_s(divide(i16x8.abs(lower), acReciprocal, acRounding), cap);
  if (first == 1) sizeUpper = i16x8.replace_lane(sizeUpper, 0, 0);
  const levelsUpper = i16x8.sub(v128.xor(sizeUpper, signsUpper), signsUpper);
  const levelsLower = i16x8.sub(v128.xor(sizeLower, signsLower), signsLower);
  v128.store(dequantised, i16x8.mul(levelsUpper, step));
  v128.store(dequantised, i16x8.mul(levelsLower, i16x8.splat(<i16>load<i32>(steps, 4))), 16);
  const early = firstEight(levelsUpper, levelsLower);
  const late = lastEight(levelsUpper, levelsLower);
  v128.store(levels, early);
  v128.store(levels, late, 16);
  return 32 - clz(nonZeroMask(early, late));
}

/**
 * Quantises a block by the cheapest path of levels, over the kinds of level that make the next context: 64 × squared errors of
 * coefficients and `lambda` × bits. The other arguments are those of `quantisePlainly()` and `blockCost()`. All sums stay
 * below 2^30: errors are bounded by the samples, and bits by those of a block of zeros, which is among the paths.
 */
export function quantiseByTrellis(
  coefficients: usize,
  first: i32,
  steps: usize,
  lambda: i32,
  type: usize,
  context: i32,
  levels: usize,
  dequantised: usize,
): i32 {
  const costs = tokenCosts + type;
  const firstRow = bandOf(costs, first) + contextStride * <usize>context;
  let best = lambda * load<i32>(firstRow, endToken);
  pathCost = best;

  const dcStep = load<i32>(steps);
  const acStep = load<i32>(steps, 4);
  const zero = i16x8.splat(0);
  v128.store(levels, zero);
  v128.store(levels, zero, 16);
  v128.store(dequantised, zero);
  v128.store(dequantised, zero, 16);
  const upper = v128.load(coefficients);
  const lower = v128.load(coefficients, 16);
  const early = firstEight(upper, lower);
  const late = lastEight(upper, lower);
  const earlySize = i16x8.abs(early);
  const lateSize = i16x8.abs(late);
  const limit = i16x8.splat(<i16>(acStep >> 1));
  // Twice the magnitude is more than the step where the magnitude is more than half the step, rounded down.
  let mask: i32 = i8x16.bitmask(
    i8x16.narrow_i16x8_s(
      i16x8.gt_s(earlySize, i16x8.replace_lane(limit, 0, <i16>(dcStep >> 1))),
      i16x8.gt_s(lateSize, limit),
    ),
  );
  if (first == 1) mask &= ~1;
  if (mask == 0) return 0;
  const last = 31 - clz(mask);
  v128.store(ordered, early);
  v128.store(ordered, late, 16);
  v128.store(magnitudes, earlySize);
  v128.store(magnitudes, lateSize, 16);
  const acReciprocal = i16x8.splat(<i16>load<i32>(steps, 12));
  const half = i32x4.splat(65536);
  v128.store(nearestLevels, divide(earlySize, i16x8.replace_lane(acReciprocal, 0, <i16>load<i32>(steps, 8)), half));
  v128.store(nearestLevels, divide(lateSize, acReciprocal, half), 16);

  let bestEnd = -1;
  let bestKind = 0;
  const start = context == 0 ? lambda * load<i32>(firstRow, moreToken) : 0;
  let score0 = context == 0 ? start : unreachable;
  let score1 = context == 1 ? start : unreachable;
  let score2 = context == 2 ? start : unreachable;
  let step = first == 0 ? dcStep : acStep;
  for (let n = first; n <= last; n++) {
    const magnitude = <i32>load<u16>(magnitudes + ((<usize>n) << 1));
    const nearest = <i32>load<u16>(nearestLevels + ((<usize>n) << 1));
    const row = bandOf(costs, n);
    const before = chosenBefore + ((<usize>n) << 2);

    let next0 = score0 + lambda * load<i32>(row);
    let kind0 = 0;
    let other = score1 + lambda * load<i32>(row, contextStride);
    if (other < next0) {
      next0 = other;
      kind0 = 1;
    }
    other = score2 + lambda * load<i32>(row, 2 * contextStride);
    if (other < next0) {
      next0 = other;
      kind0 = 2;
    }
    store<u8>(before, kind0);

    let next1 = unreachable;
    let next2 = unreachable;
    if (nearest > 0) {
      const square = magnitude * magnitude;
      const nextRow = bandOf(costs, n + 1);
      for (let level = max(nearest - 1, 1); level <= nearest; level++) {
        const token = row + ((<usize>load<u8>(tokenOfLevel + level)) << 2);
        let score = score0 + lambda * load<i32>(token);
        kind0 = 0;
        other = score1 + lambda * load<i32>(token, contextStride);
        if (other < score) {
          score = other;
          kind0 = 1;
        }
        other = score2 + lambda * load<i32>(token, 2 * contextStride);
        if (other < score) {
          score = other;
          kind0 = 2;
        }
        const error = magnitude - level * step;
        score += lambda * load<i32>(extraCosts + ((<usize>level) << 2)) + 64 * (error * error - square);
        const kind = level > 1 ? 2 : 1;
        if (score >= (kind == 1 ? next1 : next2)) continue;
        if (kind == 1) next1 = score;
        else next2 = score;
        store<u16>(chosenLevels + ((<usize>n) << 3) + ((<usize>kind) << 1), level);
        store<u8>(before + kind, kind0);
        if (n < 15) score += lambda * load<i32>(nextRow + contextStride * <usize>kind, endToken);
        if (score < best) {
          best = score;
          bestEnd = n;
          bestKind = kind;
        }
      }
    }
    score0 = next0;
    score1 = next1;
    score2 = next2;
    step = acStep;
  }

  let saved = 0;
  for (let n = bestEnd, kind = bestKind; n >= first; n--) {
    if (kind != 0) {
      const size = <i32>load<u16>(chosenLevels + ((<usize>n) << 3) + ((<usize>kind) << 1));
      const coefficient = <i32>load<i16>(ordered + ((<usize>n) << 1));
      const sign = coefficient >> 31;
      const value = (n == 0 ? dcStep : acStep) * size;
      store<i16>(levels + ((<usize>n) << 1), (size ^ sign) - sign);
      store<i16>(dequantised + ((<usize>load<u8>(zigzag + n)) << 1), (value ^ sign) - sign);
      const magnitude = (coefficient ^ sign) - sign;
      saved += (magnitude - value) * (magnitude - value) - magnitude * magnitude;
    }
    kind = load<u8>(chosenBefore + ((<usize>n) << 2) + kind);
  }
  pathCost = best - 64 * saved;
  return bestEnd + 1;
}
