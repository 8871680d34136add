import type { SampleDepth } from "./header.ts";
import { modularGroupSide } from "./modular-group.ts";

/** Distributions, their tables, histograms; what is read of a profile. */
const fixedBytes = 4_000_000;

/** Of a group: contexts, values, fields and widths, and its bits. */
const bytesPerSample = 2 + 4 + 4 + 1 + 2;

/** Bytes that `ModularEncoder` allocates at its peak, without the groups that are written. */
export function estimateModularMemory(
  width: number,
  height: number,
  channels: number,
  bitDepth: SampleDepth = 8,
): number {
  const rows = Math.min(height, modularGroupSide);
  const band = (bitDepth === 16 ? 4 : 2) * width * rows * channels;
  const group = bytesPerSample * Math.min(width, modularGroupSide) * rows * channels;
  // The next band may be begun before one is encoded.
  return 2 * band + group + fixedBytes;
}
