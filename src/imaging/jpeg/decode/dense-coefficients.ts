import { releaseBuffers } from "../../bytes/release.ts";
import { isChroma } from "../colour-model.ts";
import { jpegBeyondLimit } from "../error.ts";
import { blockCoefficients, naturalOrder } from "../frame.ts";
import type { JpegComponent, JpegFrame } from "../frame.ts";

/** Largest magnitude of an AC coefficient that one byte holds. */
const maxLow = 127;

/** Pages allocated at once, where a band has as many blocks. */
const chunkPages = 256;

/**
 * The AC coefficients of one component whose scans bring them bit by bit, in little more than one byte each. They lie in
 * bands, so that finished ones can be released.
 */
export class DenseComponent {
  /** Block rows in each band but the last. */
  readonly bandRows: number;
  readonly #bands: (DenseBand | undefined)[];

  constructor(frame: JpegFrame, index: number) {
    const component = frame.components[index];
    const { paddedBlocksWide, paddedBlocksHigh } = component;
    const rows = bandRows(frame, component);
    const limit = new PageLimit(maxPages(frame, index));
    this.bandRows = rows;
    this.#bands = Array.from(
      { length: Math.ceil(paddedBlocksHigh / rows) },
      (_, band) => new DenseBand(paddedBlocksWide * Math.min(rows, paddedBlocksHigh - band * rows), limit),
    );
  }

  get bands(): number {
    return this.#bands.length;
  }

  /** Throws `RangeError` for a band that was released. */
  band(index: number): DenseBand {
    const band = this.#bands[index];
    if (band === undefined) throw new RangeError("this band of coefficients was released");
    return band;
  }

  /** Of the bands that were not released. */
  get heldBytes(): number {
    return this.#bands.reduce((sum, band) => sum + (band?.heldBytes ?? 0), 0);
  }

  /** Releases a band. */
  drop(index: number): void {
    this.#bands[index]?.release();
    this.#bands[index] = undefined;
  }
}

/** Bytes that a component takes at most. */
export function estimateDenseComponent(frame: JpegFrame, index: number): number {
  const { paddedBlocksWide, paddedBlocksHigh } = frame.components[index];
  // Coefficients, last position, number of the page; and the pages.
  const bytesPerBlock = blockCoefficients + 1 + 4;
  return bytesPerBlock * paddedBlocksWide * paddedBlocksHigh + maxPages(frame, index) * blockCoefficients;
}

/** Bytes that the components take at most that are dense at the same time: one, or those of a scan that brings whole blocks. */
export function estimateDenseMemory(frame: JpegFrame): number {
  const bytes = frame.components.map((_, index) => estimateDenseComponent(frame, index));
  if (frame.progressive) return Math.max(...bytes);
  const ofScan = frame.layout.scans.map(({ components }) => components.reduce((sum, index) => sum + bytes[index], 0));
  return Math.max(0, ...ofScan);
}

/** Block rows of a component in each band but the last. */
export function bandRows(
  { bandBlockRows, maxVerticalSampling }: JpegFrame,
  { verticalSampling }: JpegComponent,
): number {
  return (bandBlockRows / maxVerticalSampling) * verticalSampling;
}

/** How many blocks of a component may have a coefficient above one byte. */
class PageLimit {
  #left: number;

  constructor(pages: number) {
    this.#left = pages;
  }

  take(): void {
    if (this.#left-- === 0) throw jpegBeyondLimit("too-many-coefficients");
  }
}

/** Blocks that have a page, at most: share of all, by the smallest divisor of an AC coefficient. */
const maxShare = 0.65;
const maxChromaShare = 0.1;
const shareAtDivisorOne = 1.5;

/** What a small picture may have whatever its shares. */
const freePages = 4096;

/**
 * Photographs and screenshots have a coefficient above one byte in up to 47 % of their luma blocks where the smallest
 * divisor is 1, and in 18, 5, 1 and 0 % where it is 2 to 5; in less than 1 % of their chroma blocks. A file made for it
 * would take more memory than was planned.
 */
function maxPages(frame: JpegFrame, index: number): number {
  const { quantisation, paddedBlocksWide, paddedBlocksHigh } = frame.components[index];
  const blocks = paddedBlocksWide * paddedBlocksHigh;
  const smallest = quantisation.reduce((least, divisor, i) => (i > 0 ? Math.min(least, divisor) : least), 65_535);
  const share = Math.min(isChroma(frame, index) ? maxChromaShare : maxShare, shareAtDivisorOne / smallest ** 2);
  return Math.min(blocks, Math.ceil(share * blocks) + freePages);
}

/**
 * The AC coefficients of some block rows of a component. A coefficient is a byte in `low`, which is 0 only where the
 * coefficient is. Larger magnitudes are `low + 127 × page`; few blocks need a page.
 */
export class DenseBand {
  readonly blocks: number;
  /** 64 per block, in natural order. */
  readonly low: Int8Array;
  /**
   * Per block: the last zigzag position that is not 0. Positions after it, which are most of a block, need no reading.
   */
  readonly lastPositions: Uint8Array;
  readonly #limit: PageLimit;
  /** Per block: number of its page from 1 on, or 0. Allocated when there is a page. */
  #pageOf: Uint32Array | undefined;
  /** Pages of 64 multiples of 127, several to a chunk. */
  readonly #chunks: Uint8Array[] = [];
  readonly #pagesPerChunk: number;
  #pages = 0;

  constructor(blocks: number, limit: PageLimit) {
    this.blocks = blocks;
    this.low = new Int8Array(blocks * blockCoefficients);
    this.lastPositions = new Uint8Array(blocks);
    this.#limit = limit;
    this.#pagesPerChunk = Math.min(chunkPages, blocks);
  }

  hasPage(block: number): boolean {
    return this.#pageOf !== undefined && this.#pageOf[block] !== 0;
  }

  /** Sets a coefficient that is 0 so far, or of smaller magnitude. Throws an `ImagingError` when too many are large. */
  set(block: number, place: number, value: number): void {
    const at = block * blockCoefficients + place;
    const magnitude = Math.abs(value);
    if (magnitude <= maxLow) {
      this.low[at] = value;
      return;
    }
    const high = Math.floor((magnitude - 1) / maxLow);
    const low = magnitude - maxLow * high;
    this.low[at] = value < 0 ? -low : low;
    const page = this.#findPage(block);
    this.#chunks[Math.floor(page / this.#pagesPerChunk)][this.#placeOf(page, place)] = high;
  }

  get(block: number, place: number): number {
    const low = this.low[block * blockCoefficients + place];
    if (low === 0 || this.#pageOf === undefined) return low;
    const page = this.#pageOf[block] - 1;
    if (page < 0) return low;
    const high = maxLow * this.#chunks[Math.floor(page / this.#pagesPerChunk)][this.#placeOf(page, place)];
    return low < 0 ? low - high : low + high;
  }

  /** Writes the AC coefficients that are not 0 to `entries`, as value × 64 + zigzag position; returns their number. */
  readBlock(block: number, entries: Int32Array): number {
    const { low } = this;
    const at = block * blockCoefficients;
    const last = this.lastPositions[block];
    const paged = this.hasPage(block);
    let count = 0;
    for (let k = 1; k <= last; k++) {
      const value = low[at + naturalOrder[k]];
      if (value !== 0) entries[count++] = ((paged ? this.get(block, naturalOrder[k]) : value) << 6) | k;
    }
    return count;
  }

  get heldBytes(): number {
    return this.#buffers().reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Gives its memory back. */
  release(): void {
    releaseBuffers(this.#buffers());
  }

  #buffers(): readonly (Int8Array | Uint8Array | Uint32Array)[] {
    return [this.low, this.lastPositions, ...(this.#pageOf === undefined ? [] : [this.#pageOf]), ...this.#chunks];
  }

  #findPage(block: number): number {
    this.#pageOf ??= new Uint32Array(this.blocks);
    if (this.#pageOf[block] > 0) return this.#pageOf[block] - 1;
    this.#limit.take();
    if (this.#pages === this.#chunks.length * this.#pagesPerChunk)
      this.#chunks.push(new Uint8Array(this.#pagesPerChunk * blockCoefficients));
    this.#pageOf[block] = ++this.#pages;
    return this.#pages - 1;
  }

  #placeOf(page: number, place: number): number {
    return (page % this.#pagesPerChunk) * blockCoefficients + place;
  }
}
