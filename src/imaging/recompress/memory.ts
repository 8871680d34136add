import { maxKeptTokens } from "../jpeg/optimise/choose-scans.ts";
import { estimateDenseMemory } from "../jpeg/decode/dense-coefficients.ts";
import { blockCoefficients, countPaddedBlocks } from "../jpeg/frame.ts";
import type { JpegFrame } from "../jpeg/frame.ts";
import { estimateJxlParts } from "../jpeg-xl/memory.ts";
import { estimateSparseParts } from "../jpeg/decode/sparse-blocks.ts";
import type { GrowingMemory } from "../jpeg/decode/sparse-blocks.ts";

/** What does not grow with the picture: tables, buffers, frequencies. */
const fixedBytes = 1 << 20;

/** Released bands that are not collected yet: resident memory of an optimisation was up to 9 MB above what is live. */
const uncollectedBytes = 10_000_000;

/** Bytes that each way of using a JPEG allocates at its peak, the source itself not counted. */
export interface MemoryEstimate {
  /** `streamBands()`; undefined for the dense shape. */
  readonly bands: number | undefined;
  /** `readDense()`. */
  readonly dense: number;
  /** `readSparseBlocks()` and `writeOptimised()`, result included. */
  readonly jpeg: number;
  /** `writeJxl()` from `streamBands()` or, in the dense shape, `readDense()`; result included. */
  readonly jxl: number;
}

/** Upper bounds from the header alone, to be judged before anything is decoded. `sourceBytes`: size of the file. */
export function estimateMemory(frame: JpegFrame, sourceBytes: number): MemoryEstimate {
  const { shape, mcusHigh, bandBlockRows, maxVerticalSampling, progressive } = frame;
  const blocks = countPaddedBlocks(frame);
  const planeBytes = 2 * blockCoefficients * blocks;
  const bands = Math.ceil(planeBytes * Math.min(1, bandBlockRows / maxVerticalSampling / mcusHigh));
  const { bytesPerBlock, pageBytes } = estimateDenseMemory(frame);
  const dense = bytesPerBlock * blocks + pageBytes;
  const sparse = estimateSparseParts(frame, sourceBytes);
  const jxl = estimateJxlParts(frame, sourceBytes);
  // The writer's buffer grows by doubling, beside which the finished copy is made.
  const written = Math.ceil(2.2 * sourceBytes) + 200_000;

  /** A band is released once all of it was taken over. */
  const bandShare = bands / planeBytes;

  /**
   * The coefficients while they are handed over: bands are released as `kept` bytes grow, which is by at most
   * `mostPerBlock` for a block, so much is gone when `kept` has its full size.
   */
  const handOver = ({ kept, mostPerBlock }: GrowingMemory): number => {
    const gone = Math.max(0, Math.min(blocks, kept / mostPerBlock) - bandShare * blocks);
    return dense - bytesPerBlock * gone + kept;
  };

  return {
    bands: shape === "streamed" ? bands + fixedBytes : undefined,
    dense: dense + fixedBytes,
    jpeg:
      sparse.fixed +
      Math.max(progressive ? handOver(sparse) + uncollectedBytes : 0, sparse.kept + 4 * maxKeptTokens + written) +
      fixedBytes,
    jxl:
      jxl.fixed +
      Math.max(bands + (shape === "streamed" ? jxl.kept : handOver(jxl)), jxl.kept + jxl.written) +
      fixedBytes,
  };
}
