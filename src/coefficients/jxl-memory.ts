import type { JpegFrame } from "./jpeg-frame.ts";
import { maxKeptPerByte } from "./jxl-ac.ts";

/** Histograms of 7,920 contexts, tokens of one group, tables of 128 distributions; what else does not grow with the picture. */
const fixedBytes = 12_000_000;

/** DC coefficients: themselves, then their tokens. */
const bytesPerBlock = 2 + 4;

/**
 * Upper bound of the bytes that `writeJxl()` allocates at its peak, result included; neither the JPEG of `sourceBytes`
 * nor what its reader holds (a band, or all planes) is counted.
 */
export function estimateJxlMemory(
  { components, mcusWide, mcusHigh, maxHorizontalSampling, maxVerticalSampling }: JpegFrame,
  sourceBytes: number,
): number {
  const blocks = components.reduce(
    (sum, { paddedBlocksWide, paddedBlocksHigh }) => sum + paddedBlocksWide * paddedBlocksHigh,
    0,
  );
  const gridBlocks = mcusWide * maxHorizontalSampling * mcusHigh * maxVerticalSampling;
  // Beside what is kept of AC: the frame, and the file made of it.
  const kept = Math.min(3 * gridBlocks + maxKeptPerByte * sourceBytes, 3 * 64 * blocks);
  return bytesPerBlock * blocks + kept + 2 * sourceBytes + fixedBytes;
}
