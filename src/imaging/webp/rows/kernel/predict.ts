import { canvasStride, edgeCorner, edgeLeft, edgeMean } from "./layout";

/** Modes of whole planes. */
const modeDc: i32 = 0;
const modeTrueMotion: i32 = 1;
const modeVertical: i32 = 2;

/** Samples 4i to 4i + 3, four times; and each of them four times. */
// @inline
function repeatedRow(samples: v128, i: i32): v128 {
  return i8x16.swizzle(
    samples,
    i8x16.add(i8x16(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3), i8x16.splat(<i8>(i << 2))),
  );
}

// @inline
function repeatedColumn(samples: v128, i: i32): v128 {
  return i8x16.swizzle(
    samples,
    i8x16.add(i8x16(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3), i8x16.splat(<i8>(i << 2))),
  );
}

/** "Left + above - corner", clamped. */
// @inline
function trueMotion(above: v128, left: v128, corner: v128): v128 {
  return i8x16.narrow_i16x8_u(
    i16x8.sub(i16x8.add(i16x8.extend_low_i8x16_u(above), i16x8.extend_low_i8x16_u(left)), corner),
    i16x8.sub(i16x8.add(i16x8.extend_high_i8x16_u(above), i16x8.extend_high_i8x16_u(left)), corner),
  );
}

/** The prediction of block (x, y) of a plane by one of its four modes (RFC 6386 §12.2). */
// @inline
export function predictBlock(edges: usize, mode: i32, x: i32, y: i32): v128 {
  if (mode == modeDc) return i8x16.splat(<i8>load<i32>(edges, edgeMean));
  if (mode == modeVertical) return repeatedRow(v128.load(edges), x);
  const left = repeatedColumn(v128.load(edges, edgeLeft), y);
  if (mode != modeTrueMotion) return left;
  return trueMotion(repeatedRow(v128.load(edges), x), left, i16x8.splat(<i16>load<i32>(edges, edgeCorner)));
}

/** Writes the mean of those edges of a plane that are in the picture; 128 without any. `shift` is 4 or 3: its size. */
export function findMean(edges: usize, shift: i32, hasAbove: bool, hasLeft: bool): void {
  const size = 1 << shift;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    if (hasAbove) sum += load<u8>(edges + i);
    if (hasLeft) sum += load<u8>(edges + i, edgeLeft);
  }
  const both = hasAbove && hasLeft ? 1 : 0;
  const mean = hasAbove || hasLeft ? (sum + ((size << both) >> 1)) >> (shift + both) : 128;
  store<i32>(edges, mean, edgeMean);
}

/**
 * Writes the predictions of a 4×4 block by its ten modes (RFC 6386 §12.3), one vector each, from the samples around it.
 * `at` is where the block begins in the canvas.
 */
export function predictSubblock(at: usize, to: usize): void {
  const above = at - canvasStride;
  const left = at - 1;
  const l = load<u8>(left + 3 * canvasStride);
  const k = load<u8>(left + 2 * canvasStride);
  const j = load<u8>(left + canvasStride);
  const i = load<u8>(left);
  const corner = load<u8>(above - 1);
  const upper = load<u64>(above);
  // The edge from the lower left, its first and last sample repeated: L L K J I X A B C D E F G H H H.
  const first =
    <u64>l |
    ((<u64>l) << 8) |
    ((<u64>k) << 16) |
    ((<u64>j) << 24) |
    ((<u64>i) << 32) |
    ((<u64>corner) << 40) |
    (upper << 48);
  const last = (upper >> 16) | ((upper >> 56) << 48) | ((upper >> 56) << 56);
  const e = i64x2.replace_lane(i64x2.splat(first), 1, last);
  const next = v128.shuffle<i8>(e, e, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15);
  const second = v128.shuffle<i8>(e, e, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15);
  // Means of two neighbours and of three, the middle one twice, from each place on.
  const two = i8x16.avgr_u(e, next);
  const outer = i8x16.sub(i8x16.avgr_u(e, second), v128.and(v128.xor(e, second), i8x16.splat(1)));
  const three = i8x16.avgr_u(outer, next);

  const row = v128.shuffle<i8>(e, e, 6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9);
  const column = v128.shuffle<i8>(e, e, 4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1);
  const a = <u32>upper;
  const sum = (a & 255) + ((a >> 8) & 255) + ((a >> 16) & 255) + (a >> 24) + i + j + k + l;
  v128.store(to, i8x16.splat(<i8>((sum + 4) >> 3)));
  v128.store(to, trueMotion(row, column, i16x8.splat(<i16>corner)), 16);
  v128.store(to, v128.shuffle<i8>(three, three, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8), 32);
  v128.store(to, v128.shuffle<i8>(three, three, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0), 48);
  v128.store(to, v128.shuffle<i8>(three, three, 4, 5, 6, 7, 3, 4, 5, 6, 2, 3, 4, 5, 1, 2, 3, 4), 64);
  v128.store(to, v128.shuffle<i8>(two, three, 5, 6, 7, 8, 20, 21, 22, 23, 19, 5, 6, 7, 18, 20, 21, 22), 80);
  v128.store(to, v128.shuffle<i8>(three, three, 6, 7, 8, 9, 7, 8, 9, 10, 8, 9, 10, 11, 9, 10, 11, 12), 96);
  v128.store(to, v128.shuffle<i8>(two, three, 6, 7, 8, 9, 22, 23, 24, 25, 7, 8, 9, 26, 23, 24, 25, 27), 112);
  v128.store(to, v128.shuffle<i8>(two, three, 4, 20, 21, 22, 3, 19, 4, 20, 2, 18, 3, 19, 1, 17, 2, 18), 128);
  v128.store(to, v128.shuffle<i8>(two, three, 3, 18, 2, 17, 2, 17, 1, 16, 1, 16, 0, 0, 0, 0, 0, 0), 144);
}
