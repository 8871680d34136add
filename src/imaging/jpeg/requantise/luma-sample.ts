import { blockCoefficients } from "../frame.ts";
import type { JpegFrame } from "../frame.ts";
import { HuffmanTables } from "../decode/huffman-tables.ts";
import type { PackedCoefficients } from "../decode/packed-coefficients.ts";
import { decodeSequentialScan } from "../decode/sequential-scan.ts";
import { chunkOf, offsetOf } from "../decode/sparse-blocks.ts";
import type { SparseBlocks } from "../decode/sparse-blocks.ts";
import type { Steps } from "../../steps.ts";

/** Blocks that a sample has at least, where the picture has as many; it has less than twice as many. */
const sampledBlocks = 2048;

/** Luma blocks from all over a picture, by which the effect of other quantisation steps is judged. */
export class LumaSample {
  readonly frame: JpegFrame;
  /** 64 per block, in zigzag order, without DC. */
  readonly coefficients: Int16Array;
  #blocks = 0;
  readonly #interval: number;

  constructor(frame: JpegFrame) {
    this.frame = frame;
    const { blocksWide, blocksHigh } = frame.components[0];
    const blocks = blocksWide * blocksHigh;
    const interval = Math.max(1, Math.floor(blocks / sampledBlocks));
    // An odd one does not stay in the same columns, however wide the picture.
    this.#interval = interval % 2 === 0 ? interval + 1 : interval;
    this.coefficients = new Int16Array(Math.ceil(blocks / this.#interval) * blockCoefficients);
  }

  get blocks(): number {
    return this.#blocks;
  }

  /** Whether this block belongs to the sample. */
  has(blockX: number, blockY: number): boolean {
    const { blocksWide, blocksHigh } = this.frame.components[0];
    return blockX < blocksWide && blockY < blocksHigh && (blockY * blocksWide + blockX) % this.#interval === 0;
  }

  /** Adds a block that `has()` named: AC coefficients as value × 64 + zigzag position. */
  add(entries: Int32Array, start: number, end: number): void {
    const at = this.#blocks++ * blockCoefficients;
    for (let i = start; i < end; i++) this.coefficients[at + (entries[i] & 63)] = entries[i] >> 6;
  }
}

/** Reads the sample of a JPEG of the `streamed` shape, which takes as long as reading all of it. */
export function* sampleStreamed(bytes: Uint8Array, frame: JpegFrame): Steps<LumaSample> {
  const sample = new LumaSample(frame);
  yield* decodeSequentialScan(bytes, frame, frame.layout.scans[0], new HuffmanTables(bytes, frame), {
    nanosecondsPerBlock: 10,
    putBlock(component, x, y, entries, count) {
      if (component === 0 && sample.has(x, y)) sample.add(entries, 1, count);
    },
  });
  return sample;
}

/** The sample of coefficients that are held already. */
export function* samplePacked(frame: JpegFrame, packed: PackedCoefficients): Steps<LumaSample> {
  const sample = new LumaSample(frame);
  const { paddedBlocksWide, blocksHigh } = frame.components[0];
  const bandRows = packed.bandRows(0);
  const entries = new Int32Array(blockCoefficients);
  for (let firstRow = 0; firstRow < blocksHigh; firstRow += bandRows) {
    const reader = packed.read(0, firstRow / bandRows);
    for (let y = firstRow; y < Math.min(firstRow + bandRows, blocksHigh); y++) {
      for (let x = 0; x < paddedBlocksWide; x++) {
        const count = reader.next(entries);
        if (sample.has(x, y)) sample.add(entries, 0, count);
      }
      yield paddedBlocksWide * nanosecondsPerReadBlock;
    }
  }
  return sample;
}

/** The same. */
export function* sampleSparse(frame: JpegFrame, { components: [luma], chunks }: SparseBlocks): Steps<LumaSample> {
  const sample = new LumaSample(frame);
  const { blocksWide, blocksHigh, starts, counts } = luma;
  for (let y = 0; y < blocksHigh; y++) {
    for (let x = 0; x < blocksWide; x++) {
      if (!sample.has(x, y)) continue;
      const block = y * blocksWide + x;
      const first = offsetOf(starts[block]);
      sample.add(chunks[chunkOf(starts[block])], first, first + counts[block]);
    }
    yield blocksWide * nanosecondsPerBlock;
  }
  return sample;
}

/** Time to find out whether a block is in the sample, and to read it for that. */
const nanosecondsPerBlock = 20;
const nanosecondsPerReadBlock = 60;
