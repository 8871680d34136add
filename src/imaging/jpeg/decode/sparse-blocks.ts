import { releaseBuffers } from "../../bytes/release.ts";
import { jpegBeyondLimit } from "../error.ts";
import type { JpegFrame } from "../frame.ts";
import type { Requantiser } from "../requantise/requantiser.ts";
import type { Steps } from "../../steps.ts";
import type { BlockConsumer } from "./sequential-scan.ts";

/** Entries per chunk: growing by chunks never copies, and never holds an old and a new array at once. */
const chunkBits = 16;
const chunkEntries = 1 << chunkBits;
const offsetMask = chunkEntries - 1;

/**
 * Coefficients that are not 0 per byte of the JPEG, at most: 1.8 was the most that any photograph, screenshot or noise
 * had at any quality. The code allows 4, so a file made for it would take more memory than was planned.
 */
export const maxCoefficientsPerByte = 2;

/** The coefficients of one component: DC of every block, and where its other coefficients are. */
export interface SparseComponent {
  readonly blocksWide: number;
  readonly blocksHigh: number;
  readonly dc: Int16Array;
  /** Chunk number << 16 | offset of the block's first AC entry. */
  readonly starts: Uint32Array;
  /** Number of AC entries. */
  readonly counts: Uint8Array;
}

/**
 * The coefficients that are not 0, of the blocks that hold samples of the picture, as value × 64 + zigzag position. Most
 * coefficients of a photograph are 0, so this takes about 6 bytes per byte of the JPEG instead of 2 per coefficient,
 * and a pass over it takes as much less time. Blocks may arrive in any order.
 */
export class SparseBlocks implements BlockConsumer {
  readonly chunks: Int32Array[] = [];
  readonly components: readonly SparseComponent[];
  readonly nanosecondsPerBlock = 60;
  private used = chunkEntries;
  private readonly maxChunks: number;

  /** `sourceBytes`: size of the JPEG, which bounds what is held. */
  constructor(frame: JpegFrame, sourceBytes: number) {
    this.maxChunks = maxChunkCount(frame, sourceBytes);
    this.components = frame.components.map(({ blocksWide, blocksHigh }) => ({
      blocksWide,
      blocksHigh,
      dc: new Int16Array(blocksWide * blocksHigh),
      starts: new Uint32Array(blocksWide * blocksHigh),
      counts: new Uint8Array(blocksWide * blocksHigh),
    }));
  }

  /** Padding blocks, which are never shown, are left out. Throws an `ImagingError` above the bound. */
  putBlock(component: number, x: number, y: number, entries: Int32Array, count: number): void {
    const { blocksWide, blocksHigh, dc, starts, counts } = this.components[component];
    if (x >= blocksWide || y >= blocksHigh) return;
    if (this.used + count - 1 > chunkEntries) {
      if (this.chunks.length === this.maxChunks) throw jpegBeyondLimit("too-many-coefficients");
      this.chunks.push(new Int32Array(chunkEntries));
      this.used = 0;
    }
    const block = y * blocksWide + x;
    const chunk = this.chunks[this.chunks.length - 1];
    let at = this.used;
    dc[block] = entries[0] >> 6;
    starts[block] = ((this.chunks.length - 1) << chunkBits) | at;
    counts[block] = count - 1;
    for (let i = 1; i < count; i++) chunk[at++] = entries[i];
    this.used = at;
  }

  /** Gives the memory of all coefficients back. */
  release(): void {
    releaseBuffers(this.chunks);
    for (const { dc, starts, counts } of this.components) releaseBuffers([dc, starts, counts]);
  }

  /** Quantises all coefficients again, in place. */
  *requantise(requantiser: Requantiser): Steps<void> {
    for (const [index, { blocksWide, dc, starts, counts }] of this.components.entries()) {
      for (let row = 0; row < dc.length; row += blocksWide) {
        let entries = 0;
        for (let block = row; block < row + blocksWide; block++) {
          dc[block] = requantiser.dc(index, dc[block]);
          const first = offsetOf(starts[block]);
          const chunk = this.chunks[chunkOf(starts[block])];
          entries += counts[block];
          counts[block] = requantiser.ac(index, chunk, first, first + counts[block]) - first;
        }
        yield blocksWide * nanosecondsPerRequantisedBlock + entries * nanosecondsPerRequantisedEntry;
      }
    }
  }
}

const nanosecondsPerRequantisedBlock = 50;
const nanosecondsPerRequantisedEntry = 15;

/** What grows while coefficients arrive, at most, and what is there from the start. */
export interface GrowingMemory {
  readonly kept: number;
  readonly fixed: number;
}

/** Bytes that the coefficients of a JPEG take. */
export function estimateSparseParts(frame: JpegFrame, sourceBytes: number): GrowingMemory {
  return {
    kept: maxChunkCount(frame, sourceBytes) * chunkEntries * Int32Array.BYTES_PER_ELEMENT,
    // dc, starts, counts
    fixed: countBlocks(frame) * (2 + 4 + 1),
  };
}

function maxChunkCount(frame: JpegFrame, sourceBytes: number): number {
  const entries = Math.min(countBlocks(frame) * 63, sourceBytes * maxCoefficientsPerByte);
  // A block is not spread over two chunks, so up to 63 entries of each stay empty.
  return Math.ceil((entries + 1) / (chunkEntries - 63));
}

function countBlocks({ components }: JpegFrame): number {
  return components.reduce((sum, { blocksWide, blocksHigh }) => sum + blocksWide * blocksHigh, 0);
}

/** The chunk and offset of a block's AC entries. */
export function chunkOf(start: number): number {
  return start >>> chunkBits;
}

export function offsetOf(start: number): number {
  return start & offsetMask;
}
