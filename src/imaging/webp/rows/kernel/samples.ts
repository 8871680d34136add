import {
  canvasOrigin,
  canvasStride,
  edgeCorner,
  edgeLeft,
  lumaEdges,
  lumaLine,
  lumaPlane,
  macroblocksWide,
  samplesOffset,
  source,
  transformed,
  uEdges,
  uLine,
  uPlane,
  vEdges,
  vLine,
  vPlane,
} from "./layout";
import { findMean } from "./predict";
import { hadamard } from "./transform";

/** Samples above the picture, and at the left of it (RFC 6386 §12.2). */
const sampleAbove: i32 = 127;
const sampleLeft: i32 = 129;

/** Puts what is around a macroblock in place. The edges still are those of the macroblock before it. */
export function beginEdges(column: i32, row: i32): void {
  beginPlaneEdges(lumaEdges, lumaLine + 16 * <usize>column, 16, column, row);
  beginPlaneEdges(uEdges, uLine + 8 * <usize>column, 8, column, row);
  beginPlaneEdges(vEdges, vLine + 8 * <usize>column, 8, column, row);
  findMean(lumaEdges, 4, row > 0, column > 0);
  findMean(uEdges, 3, row > 0, column > 0);
  findMean(vEdges, 3, row > 0, column > 0);

  const above = canvasOrigin - canvasStride;
  store<u8>(above - 1, load<i32>(lumaEdges, edgeCorner));
  v128.store(above, v128.load(lumaEdges));
  // Right of the last macroblock the line goes on as it ends.
  let aboveRight = load<u32>(lumaLine + 16 * <usize>column + 16);
  if (row == 0) aboveRight = sampleAbove * 0x01010101;
  else if (column == <i32>macroblocksWide - 1) aboveRight = <u32>load<u8>(lumaEdges, 15) * 0x01010101;
  store<u32>(above + 16, aboveRight);
  for (let i: usize = 0; i < 16; i++) {
    store<u8>(canvasOrigin - 1 + i * canvasStride, load<u8>(lumaEdges + i, edgeLeft));
  }
}

function beginPlaneEdges(edges: usize, line: usize, size: usize, column: i32, row: i32): void {
  if (column == 0) {
    store<i32>(edges, row == 0 ? sampleAbove : sampleLeft, edgeCorner);
    v128.store(edges, i8x16.splat(<i8>sampleLeft), edgeLeft);
  } else {
    store<i32>(edges, load<u8>(edges + size - 1), edgeCorner);
  }
  v128.store(edges, row == 0 ? i8x16.splat(<i8>sampleAbove) : v128.load(line));
}

/** Copies a macroblock of the row into `source`, and transforms its blocks. */
export function copySource(column: i32): void {
  const stride = macroblocksWide << 4;
  const luma = lumaPlane + 16 * <usize>column;
  for (let y: usize = 0; y < 4; y++) copyBlocks(luma + 4 * y * stride, stride, source + 64 * y);
  copyHalfBlocks(uPlane + 8 * <usize>column, source + 256);
  copyHalfBlocks(vPlane + 8 * <usize>column, source + 320);
  for (let block: usize = 0; block < 24; block++) {
    hadamard(v128.load(source + (block << 4)), transformed + (block << 5));
  }
}

/** Copies four lines of 16 samples as four blocks. */
function copyBlocks(from: usize, stride: usize, to: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + stride);
  const r2 = v128.load(from + 2 * stride);
  const r3 = v128.load(from + 3 * stride);
  const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const t2 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(t0, t1, 0, 2));
  v128.store(to, v128.shuffle<i64>(t0, t1, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(t2, t3, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(t2, t3, 1, 3), 48);
}

/** Copies eight lines of eight samples as four blocks. */
function copyHalfBlocks(from: usize, to: usize): void {
  const stride = macroblocksWide << 3;
  for (let y: usize = 0; y < 2; y++) {
    const at = from + 4 * y * stride;
    for (let line: usize = 0; line < 4; line++) {
      store<u32>(to + 32 * y + 4 * line, load<u32>(at + line * stride));
      store<u32>(to + 32 * y + 4 * line, load<u32>(at + line * stride, 4), 16);
    }
  }
}

/** Puts the reconstruction where the source was, and its edges where the neighbours to come find them. */
export function keepSamples(column: i32, luma: usize, chroma: usize): void {
  const stride = macroblocksWide << 4;
  const plane = lumaPlane + 16 * <usize>column;
  for (let y: usize = 0; y < 16; y++) {
    const from = luma + samplesOffset + 64 * (y >> 2) + 4 * (y & 3);
    const to = plane + y * stride;
    store<u32>(to, load<u32>(from));
    store<u32>(to, load<u32>(from, 16), 4);
    store<u32>(to, load<u32>(from, 32), 8);
    store<u32>(to, load<u32>(from, 48), 12);
    store<u8>(lumaEdges + y, load<u8>(from, 51), edgeLeft);
  }
  v128.store(lumaLine + 16 * <usize>column, v128.load(plane + 15 * stride));
  keepChroma(uPlane + 8 * <usize>column, uLine + 8 * <usize>column, uEdges, chroma + samplesOffset);
  keepChroma(vPlane + 8 * <usize>column, vLine + 8 * <usize>column, vEdges, chroma + samplesOffset + 64);
}

function keepChroma(plane: usize, line: usize, edges: usize, samples: usize): void {
  const stride = macroblocksWide << 3;
  for (let y: usize = 0; y < 8; y++) {
    const from = samples + 32 * (y >> 2) + 4 * (y & 3);
    const to = plane + y * stride;
    store<u32>(to, load<u32>(from));
    store<u32>(to, load<u32>(from, 16), 4);
    store<u8>(edges + y, load<u8>(from, 19), edgeLeft);
  }
  store<u64>(line, load<u64>(plane + 7 * stride));
}
