import { ceilLog2, packSigned, writeU32 } from "./bit-writer.ts";
import type { BitWriter } from "./bit-writer.ts";
import { writeContextMap } from "./entropy-code.ts";
import type { JxlLayout } from "./layout.ts";

/** What the context of a block's coefficients depends on: its channel, and the luma DC where it lies. */
export interface BlockContexts {
  /** Ascending cuts of the quantised luma DC. */
  readonly thresholds: readonly number[];
  /** Number of different contexts, at most 16. */
  readonly count: number;
  /** For Y, Cb, Cr and each of the `thresholds.length + 1` buckets: the context. */
  readonly contextOf: Uint8Array;
  /** Bucket of a luma DC, at DC + 2048. */
  readonly bucketOf: Uint8Array;
}

const dcRange = 2048;
const maxThresholds = 7;

/** Thresholds of an uninformed choice: equal steps of gray. */
export function equalThresholds(layout: JxlLayout): number[] {
  const count = thresholdCount(layout);
  const quantiser = layout.channels[0].quantisation[0];
  // DC is 8 × the mean of samples from −128 to 127.
  const cuts = Array.from({ length: count }, (_, i) => Math.round((((i + 1) / (count + 1)) * 2048 - 1024) / quantiser));
  return [...new Set(cuts)];
}

/** Thresholds that divide the luma blocks into parts of equal number. */
export function balancedThresholds(layout: JxlLayout, lumaDc: Int16Array): number[] {
  const count = thresholdCount(layout);
  const histogram = new Uint32Array(2 * dcRange);
  for (const dc of lumaDc) histogram[dc + dcRange]++;
  const cuts: number[] = [];
  let below = 0;
  for (let dc = 0; dc < histogram.length && cuts.length < count; dc++) {
    below += histogram[dc];
    if (below * (count + 1) >= lumaDc.length * (cuts.length + 1)) cuts.push(dc - dcRange);
    while (below * (count + 1) >= lumaDc.length * (cuts.length + 1) && cuts.length < count) cuts.push(dc - dcRange);
  }
  return [...new Set(cuts)];
}

/** The more luma blocks, and the finer chroma is quantised, the more contexts pay. */
function thresholdCount({ channels: [y, cb] }: JxlLayout): number {
  const blocks = (y.component?.paddedBlocksWide ?? 1) * (y.component?.paddedBlocksHigh ?? 1);
  // The five lowest frequencies after DC in the first column.
  let sum = 0;
  for (let i = 1; i <= 5; i++) sum += cb.quantisation[i * 8];
  return Math.min(Math.max(ceilLog2(blocks) - ceilLog2(sum) - 7, 1), maxThresholds);
}

/** Luma has a context per bucket, each chroma channel one per two buckets; the empty channels of a gray picture one. */
export function buildBlockContexts(layout: JxlLayout, thresholds: readonly number[]): BlockContexts {
  const buckets = thresholds.length + 1;
  const halves = ((buckets - 1) >> 1) + 1;
  const contextOf = new Uint8Array(3 * buckets);
  for (let bucket = 0; bucket < buckets; bucket++) {
    contextOf[bucket] = bucket;
    contextOf[buckets + bucket] = layout.gray ? buckets : buckets + (bucket >> 1);
    contextOf[2 * buckets + bucket] = layout.gray ? buckets : buckets + halves + (bucket >> 1);
  }
  const bucketOf = Uint8Array.from({ length: 2 * dcRange }, (_, i) =>
    thresholds.reduce((bucket, cut) => bucket + (i - dcRange > cut ? 1 : 0), 0),
  );
  return { thresholds, count: buckets + (layout.gray ? 1 : 2 * halves), contextOf, bucketOf };
}

/** Coefficient orders that the map has rows for; only that of DCT8, the first, is used. */
const orders = 13;

/** ISO/IEC 18181-1 §I.2.2. */
export function writeBlockContexts(writer: BitWriter, { thresholds, count, contextOf }: BlockContexts): void {
  writer.write(1, 0);
  // Thresholds of Cb, Y, Cr, then of the quantisation field.
  writer.write(4, 0);
  writer.write(4, thresholds.length);
  for (const threshold of thresholds) {
    writeU32(writer, packSigned(threshold), [
      [4, 0],
      [8, 16],
      [16, 272],
      [32, 65808],
    ]);
  }
  writer.write(4, 0);
  writer.write(4, 0);
  const buckets = thresholds.length + 1;
  const map = new Uint8Array(3 * orders * buckets);
  for (let row = 0; row < 3; row++) {
    map.set(contextOf.subarray(row * buckets, (row + 1) * buckets), row * orders * buckets);
  }
  writeContextMap(writer, map, count);
}
