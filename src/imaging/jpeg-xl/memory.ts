import { countPaddedBlocks } from "../jpeg/frame.ts";
import type { JpegFrame } from "../jpeg/frame.ts";
import { maxKeptPerByte } from "./hf.ts";
import type { GrowingMemory } from "../jpeg/decode/sparse-blocks.ts";

/** Histograms of 7,920 contexts, tokens of one group, tables of 128 distributions; what else does not grow with the picture. */
const fixedBytes = 12_000_000;

/** Values of a block, three bytes for a long one. */
const mostPerBlock = 3 * 64;

/** DC coefficients: themselves, then their tokens. */
const bytesPerBlock = 2 + 4;

/**
 * Bytes that `writeJxl()` allocates, result included; neither the JPEG of `sourceBytes` nor what its reader holds (a
 * band, or all coefficients) is counted. `written`, the frame and the file made of it, comes when all is read.
 */
export function estimateJxlParts(frame: JpegFrame, sourceBytes: number): GrowingMemory & { readonly written: number } {
  const { mcusWide, mcusHigh, maxHorizontalSampling, maxVerticalSampling } = frame;
  const blocks = countPaddedBlocks(frame);
  const gridBlocks = mcusWide * maxHorizontalSampling * mcusHigh * maxVerticalSampling;
  return {
    kept: Math.min(3 * gridBlocks + maxKeptPerByte * sourceBytes, mostPerBlock * blocks),
    fixed: bytesPerBlock * blocks + fixedBytes,
    written: 2 * sourceBytes,
  };
}
