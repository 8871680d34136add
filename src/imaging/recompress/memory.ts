import { maxKeptTokens } from "../jpeg/optimise/choose-scans.ts";
import { estimateDenseMemory } from "../jpeg/decode/dense-coefficients.ts";
import { estimatePackedMemory } from "../jpeg/decode/packed-coefficients.ts";
import { blockCoefficients, countPaddedBlocks } from "../jpeg/frame.ts";
import type { JpegFrame } from "../jpeg/frame.ts";
import { estimateJxlParts } from "../jpeg-xl/memory.ts";
import { estimateSparseParts } from "../jpeg/decode/sparse-blocks.ts";

/** What does not grow with the picture: tables, buffers, frequencies. */
const fixedBytes = 1 << 20;

/** Bytes that each way of using a JPEG allocates at its peak, the source itself not counted. */
export interface MemoryEstimate {
  /** `streamBands()`; undefined for the dense shape. */
  readonly bands: number | undefined;
  /** `readPacked()`. */
  readonly packed: number;
  /** `readSparseBlocks()` and `writeOptimised()`, result included. */
  readonly jpeg: number;
  /** `writeJxl()` from `streamBands()` or, in the dense shape, `readPacked()`; result included. */
  readonly jxl: number;
}

/** Upper bounds from the header alone, to be judged before anything is decoded. `sourceBytes`: size of the file. */
export function estimateMemory(frame: JpegFrame, sourceBytes: number): MemoryEstimate {
  const { shape, mcusHigh, bandBlockRows, maxVerticalSampling, progressive } = frame;
  const blocks = countPaddedBlocks(frame);
  const planeBytes = 2 * blockCoefficients * blocks;
  const bands = Math.ceil(planeBytes * Math.min(1, bandBlockRows / maxVerticalSampling / mcusHigh));
  const packed = estimatePackedMemory(frame);
  const sparse = estimateSparseParts(frame, sourceBytes);
  const jxl = estimateJxlParts(frame, sourceBytes);
  // The writer's buffer grows by doubling, beside which the finished copy is made.
  const written = Math.ceil(2.2 * sourceBytes) + 200_000;

  const handedOver = shape === "streamed" ? 0 : packed.kept;
  return {
    bands: shape === "streamed" ? bands + fixedBytes : undefined,
    packed: packed.reading + fixedBytes,
    jpeg:
      sparse.fixed +
      Math.max(
        progressive ? estimateDenseMemory(frame) + dcBytes * blocks + sparse.kept : 0,
        sparse.kept + 4 * maxKeptTokens + written,
      ) +
      fixedBytes,
    jxl:
      Math.max(
        shape === "streamed" ? 0 : packed.reading,
        // Bands are released while those before them are kept in the other form.
        jxl.fixed + Math.max(bands + Math.max(handedOver, jxl.kept), jxl.kept + jxl.written),
      ) + fixedBytes,
  };
}

/** A DC coefficient in a plane. */
const dcBytes = 2;
