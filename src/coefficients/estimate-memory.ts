import { maxKeptTokens } from "./choose-scans.ts";
import type { JpegFrame } from "./jpeg-frame.ts";
import { estimateSparseMemory } from "./sparse-blocks.ts";

/** What does not grow with the picture: tables, buffers, frequencies. */
const fixedBytes = 1 << 20;

/** Bytes that each way of reading allocates at its peak, the source itself not counted. */
export interface MemoryEstimate {
  /** `streamBands()`; undefined for the dense shape. */
  readonly bands: number | undefined;
  /** `readPlanes()`. */
  readonly planes: number;
  /** `packJpeg()`, result included. */
  readonly pack: number;
}

/** Upper bounds from the header alone, to be judged before anything is decoded. `sourceBytes`: size of the file. */
export function estimateMemory(frame: JpegFrame, sourceBytes: number): MemoryEstimate {
  const { components, shape, mcusHigh, bandBlockRows, maxVerticalSampling } = frame;
  const planeBytes = components.reduce(
    (sum, { paddedBlocksWide, paddedBlocksHigh }) => sum + paddedBlocksWide * paddedBlocksHigh * 128,
    0,
  );
  const bandShare = Math.min(1, bandBlockRows / maxVerticalSampling / mcusHigh);
  const sparse = estimateSparseMemory(frame, sourceBytes);
  // The writer's buffer grows by doubling, beside which the finished copy is made.
  const written = Math.ceil(2.2 * sourceBytes) + 200_000;
  return {
    bands: shape === "streamed" ? Math.ceil(planeBytes * bandShare) + fixedBytes : undefined,
    planes: planeBytes + fixedBytes,
    pack: sparse + Math.max(frame.progressive ? planeBytes : 0, 4 * maxKeptTokens + written) + fixedBytes,
  };
}
