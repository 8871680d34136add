/**
 * The samples of a group of JPEG XL's modular mode, each as its difference from the self-correcting predictor with default
 * parameters (ISO/IEC 18181-1 §H.5.2): four predictions, weighted by how well each did nearby, in eighths of a level.
 * There is no allocation: what does not grow with the group is in static data, the tokens begin at `__heap_base`.
 */

/** Samples of a row of a group, at most; and those beside its ends that are read. */
const mostColumns: usize = 256;
const paddedColumns: usize = mostColumns + 4;

/** Written by the host: the row, i32; once, the context of each error from −`binRange` to `binRange`, u8. */
export const row: usize = memory.data(4 * 260, 16);
export const errorBins: usize = memory.data(1201, 16);
const binRange: i32 = 600;

/** Read by the host: u32, how often each token occurs, in rows of `tokensPerContext`. */
export const counts: usize = memory.data(4 * 132 * 152, 16);
const countsBytes: usize = 4 * 132 * 152;
const tokensPerContext: usize = 152;

/** Read by the host: of each sample its context, u16, and its difference made positive, u32. */
export let contexts: usize = 0;
export let values: usize = 0;
let largest: u32 = 0;

/** The row above, i32. */
const above: usize = memory.data(4 * 260, 16);

/** Of two rows, alternating: errors of the whole, i32, and those of the four predictions, four i32 for each sample. */
const errors: usize = memory.data(2 * 4 * 260, 16);
const subErrors: usize = memory.data(2 * 16 * 260, 16);

/** 2²⁴ / (i + 1), u32. */
const reciprocals: usize = memory.data(4 * 64, 16);

/** Once, for groups of at most so many samples in all channels. */
export function begin(mostSamples: i32): void {
  for (let i: u32 = 0; i < 64; i++) store<u32>(reciprocals + ((<usize>i) << 2), (1 << 24) / (i + 1));
  contexts = (__heap_base + 15) & ~15;
  values = (contexts + 2 * <usize>mostSamples + 15) & ~15;
  const missing = <i32>((values + 4 * <usize>mostSamples + 0xffff) >> 16) - memory.size();
  if (missing > 0) memory.grow(missing);
}

/** Nothing is counted. */
export function beginGroup(): void {
  memory.fill(counts, 0, countsBytes);
  largest = 0;
}

/** Largest of the values since `beginGroup()`. */
export function largestValue(): u32 {
  return largest;
}

/** Falls with the error of a prediction, from `most` × 2²⁴ on. */
// @inline
function weightOf(error: i32, most: u32): i32 {
  const shift: u32 = max<i32>(26 - clz<i32>(error + 1), 0);
  return 4 + <i32>((most * load<u32>(reciprocals + ((<usize>(error >> shift)) << 2))) >> shift);
}

/** The token of a value with a split of 5, two bits after the leading one and the lowest one (ISO/IEC 18181-1 §C.3.3). */
// @inline
function tokenOf(value: u32): u32 {
  if (value < 32) return value;
  const exponent: u32 = 31 - clz<u32>(value);
  return 32 + ((exponent - 5) << 3) + (((value >> (exponent - 2)) & 3) << 1) + (value & 1);
}

// @inline
function larger(a: i32, b: i32): i32 {
  return abs<i32>(b) > abs<i32>(a) ? b : a;
}

/**
 * The row `y` of a channel, whose samples are in `row`; the values go to the place `next`. Errors are divided by 2^`errorShift`, rounded
 * up, before their context is looked up.
 */
export function tokeniseRow(width: i32, y: i32, firstContext: i32, errorShift: i32, next: i32): void {
  if (y == 0) {
    memory.fill(errors, 0, 2 * 4 * paddedColumns);
    memory.fill(subErrors, 0, 2 * 16 * paddedColumns);
  }
  const isOdd = (y & 1) != 0;
  let error: usize = isOdd ? errors + 4 * paddedColumns : errors;
  let errorAbove: usize = isOdd ? errors : errors + 4 * paddedColumns;
  let subError: usize = isOdd ? subErrors + 16 * paddedColumns : subErrors;
  let subErrorAbove: usize = isOdd ? subErrors : subErrors + 16 * paddedColumns;
  let context: usize = contexts + ((<usize>next) << 1);
  let packed: usize = values + ((<usize>next) << 2);
  let sample: usize = row;
  let north: usize = above;
  let errorWest: i32 = 0;
  let west: i32 = y > 0 ? load<i32>(above) : 0;
  let most: u32 = largest;
  const three = i32x4.splat(3);
  for (let x: i32 = 0; x < width; x++) {
    const isLast = x + 1 == width;
    const n: i32 = y > 0 ? load<i32>(north) : west;
    const ne: i32 = y > 0 && !isLast ? load<i32>(north, 4) : n;
    const value: i32 = load<i32>(sample);

    const errorNorth = load<i32>(errorAbove);
    const errorNorthWest = x > 0 ? load<i32>(errorAbove - 4) : errorNorth;
    const errorNorthEast = isLast ? errorNorth : load<i32>(errorAbove, 4);
    const maxError = larger(larger(larger(errorWest, errorNorth), errorNorthWest), errorNorthEast);

    const n8 = n << 3;
    const w8 = west << 3;
    const ne8 = ne << 3;
    const both = errorNorth + errorWest;
    const first = w8 + ne8 - n8;
    const second = n8 - (((both + errorNorthEast) * 16) >> 5);
    const third = w8 - (((both + errorNorthWest) * 10) >> 5);
    const fourth = n8 - (((errorNorthWest + errorNorth + errorNorthEast) * 7) >> 5);

    const subNorth = v128.load(subErrorAbove);
    const subNorthEast = isLast ? subNorth : v128.load(subErrorAbove, 16);
    const subNorthWest = x > 0 ? v128.load(subErrorAbove - 16) : subNorth;
    const sub = i32x4.add(i32x4.add(subNorth, subNorthEast), subNorthWest);
    let weight1 = weightOf(i32x4.extract_lane(sub, 0), 13);
    let weight2 = weightOf(i32x4.extract_lane(sub, 1), 12);
    let weight3 = weightOf(i32x4.extract_lane(sub, 2), 12);
    let weight4 = weightOf(i32x4.extract_lane(sub, 3), 12);
    const shift = 27 - clz<i32>(weight1 + weight2 + weight3 + weight4);
    weight1 >>= shift;
    weight2 >>= shift;
    weight3 >>= shift;
    weight4 >>= shift;
    const sum = weight1 + weight2 + weight3 + weight4;
    const weighted = (sum >> 1) - 1 + first * weight1 + second * weight2 + third * weight3 + fourth * weight4;
    // Beyond 32 bits.
    let prediction = <i32>((<i64>weighted * <i64>load<u32>(reciprocals + ((<usize>(sum - 1)) << 2))) >> 24);
    // Where the errors agree in sign, the prediction may leave the range of the neighbours.
    if (((errorNorth ^ errorWest) | (errorNorth ^ errorNorthWest)) <= 0) {
      prediction = max(min(prediction, max(max(w8, ne8), n8)), min(min(w8, ne8), n8));
    }

    const difference = value - ((prediction + 3) >> 3);
    const coded: u32 = (difference << 1) ^ (difference >> 31);
    most = max(most, coded);
    const bin = load<u8>(
      errorBins + <usize>(max(-binRange, min(((maxError - 1) >> errorShift) + 1, binRange)) + binRange),
    );
    const itsContext = <usize>(firstContext + <i32>bin);
    store<u16>(context, <u16>itsContext);
    store<u32>(packed, coded);
    const count = counts + ((itsContext * tokensPerContext + <usize>min<u32>(tokenOf(coded), 151)) << 2);
    store<u32>(count, load<u32>(count) + 1);

    const scaled = value << 3;
    errorWest = prediction - scaled;
    store<i32>(error, errorWest);
    const off = i32x4.sub(
      i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(first), 1, second), 2, third), 3, fourth),
      i32x4.splat(scaled),
    );
    const found = i32x4.shr_s(i32x4.add(i32x4.abs(off), three), 3);
    v128.store(subError, found);
    v128.store(subErrorAbove, i32x4.add(v128.load(subErrorAbove, 16), found), 16);

    west = value;
    error += 4;
    errorAbove += 4;
    subError += 16;
    subErrorAbove += 16;
    context += 2;
    packed += 4;
    sample += 4;
    north += 4;
  }
  largest = most;
  memory.copy(above, row, (<usize>width) << 2);
}
