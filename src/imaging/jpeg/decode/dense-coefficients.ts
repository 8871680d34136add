import { releaseBuffers } from "../../bytes/release.ts";
import { isChroma } from "../colour-model.ts";
import { jpegBeyondLimit } from "../error.ts";
import { blockCoefficients, naturalOrder } from "../frame.ts";
import type { BandConsumer, JpegComponent, JpegFrame } from "../frame.ts";
import type { Requantiser } from "../requantise/requantiser.ts";
import type { Steps } from "../../steps.ts";

/** Largest magnitude of an AC coefficient that one byte holds. */
const maxLow = 127;

/** Pages allocated at once, where a band has as many blocks. */
const chunkPages = 256;

/**
 * All coefficients of a JPEG whose scans do not allow it to be streamed, in little more than one byte each. They lie in
 * bands, as `streamBands()` passes them on, so that finished ones can be released.
 */
export class DenseCoefficients {
  /** Per component: DC of the blocks of the padded grid, in raster order. */
  readonly dc: readonly Int16Array[];
  readonly #frame: JpegFrame;
  readonly #components: readonly (DenseBand | undefined)[][];

  constructor(frame: JpegFrame) {
    this.#frame = frame;
    this.dc = frame.components.map((c) => new Int16Array(c.paddedBlocksWide * c.paddedBlocksHigh));
    this.#components = frame.components.map((component, index) => {
      const rows = bandRows(frame, component);
      const limit = new PageLimit(maxPages(frame, index));
      return Array.from(
        { length: Math.ceil(component.paddedBlocksHigh / rows) },
        (_, band) =>
          new DenseBand(component.paddedBlocksWide * Math.min(rows, component.paddedBlocksHigh - band * rows), limit),
      );
    });
  }

  /** Block rows of a component in each band but the last. */
  bandRows(component: number): number {
    return bandRows(this.#frame, this.#frame.components[component]);
  }

  /** Throws `RangeError` for a band that was released. */
  band(component: number, index: number): DenseBand {
    const band = this.#components[component][index];
    if (band === undefined) throw new RangeError("this band of coefficients was released");
    return band;
  }

  /** Releases a band. Its DC coefficients stay. */
  drop(component: number, index: number): void {
    this.#components[component][index]?.release();
    this.#components[component][index] = undefined;
  }

  /** Quantises the DC coefficients again; `takeBands()` does it to the others. */
  *requantiseDc(requantiser: Requantiser): Steps<void> {
    for (const [component, plane] of this.dc.entries()) {
      for (let first = 0; first < plane.length; first += dcPerPiece) {
        const piece = plane.subarray(first, first + dcPerPiece);
        for (let i = 0; i < piece.length; i++) piece[i] = requantiser.dc(component, piece[i]);
        yield piece.length * nanosecondsPerDc;
      }
    }
  }

  /** Passes on all bands like `streamBands()`, AC coefficients requantised, and releases each after its consumer. */
  *takeBands(consume: BandConsumer, requantiser?: Requantiser): Steps<void> {
    const { components, bandBlockRows } = this.#frame;
    const planes = this.#components.map(([first]) => new Int16Array((first?.blocks ?? 0) * blockCoefficients));
    const bands = this.#components[0].length;
    for (let index = 0; index < bands; index++) {
      for (let c = 0; c < components.length; c++) {
        const plane = planes[c].fill(0);
        const band = this.band(c, index);
        const dc = this.dc[c].subarray(index * this.bandRows(c) * components[c].paddedBlocksWide);
        for (let first = 0; first < band.blocks; first += blocksPerPiece) {
          const end = Math.min(first + blocksPerPiece, band.blocks);
          if (requantiser === undefined) band.expandInto(plane, dc, first, end);
          else band.requantiseInto(plane, dc, first, end, (entries, count) => requantiser.ac(c, entries, 0, count));
          const places = band.countPlaces(first, end);
          yield (end - first) * nanosecondsPerBlock + places * nanosecondsPerPlace;
        }
      }
      yield* consume(index, index * bandBlockRows, planes);
      for (let c = 0; c < components.length; c++) this.drop(c, index);
    }
    releaseBuffers(planes);
  }
}

/** Time to expand a block, for each place up to its last coefficient, and to requantise a DC coefficient. */
const nanosecondsPerBlock = 50;
const nanosecondsPerPlace = 10;
const blocksPerPiece = 4096;
const nanosecondsPerDc = 10;
const dcPerPiece = 1 << 17;

/** Bytes that `DenseCoefficients` takes at most. */
export function estimateDenseMemory(frame: JpegFrame): { readonly bytesPerBlock: number; readonly pageBytes: number } {
  const pages = frame.components.reduce((sum, _, index) => sum + maxPages(frame, index), 0);
  // Coefficients, DC, last position, number of the page.
  return { bytesPerBlock: blockCoefficients + 2 + 1 + 4, pageBytes: pages * blockCoefficients };
}

function bandRows({ bandBlockRows, maxVerticalSampling }: JpegFrame, { verticalSampling }: JpegComponent): number {
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

  /** Places of the blocks from `first` to `end` up to the last coefficient of each. */
  countPlaces(first: number, end: number): number {
    let places = 0;
    for (let block = first; block < end; block++) places += this.lastPositions[block];
    return places;
  }

  /** Writes the blocks from `first` to `end` to a plane that is 0, in natural order, with their DC coefficients. */
  expandInto(plane: Int16Array, dc: Int16Array, first: number, end: number): void {
    const { low, lastPositions } = this;
    for (let block = first, at = first * blockCoefficients; block < end; block++, at += blockCoefficients) {
      plane[at] = dc[block];
      const last = lastPositions[block];
      const paged = this.hasPage(block);
      for (let k = 1; k <= last; k++) {
        const place = naturalOrder[k];
        plane[at + place] = paged ? this.get(block, place) : low[at + place];
      }
    }
  }

  /** The same, with what `change` leaves of the entries of `readBlock()`; it returns their number. */
  requantiseInto(
    plane: Int16Array,
    dc: Int16Array,
    first: number,
    end: number,
    change: (entries: Int32Array, count: number) => number,
  ): void {
    const entries = new Int32Array(blockCoefficients);
    for (let block = first, at = first * blockCoefficients; block < end; block++, at += blockCoefficients) {
      plane[at] = dc[block];
      const count = change(entries, this.readBlock(block, entries));
      for (let i = 0; i < count; i++) plane[at + naturalOrder[entries[i] & 63]] = entries[i] >> 6;
    }
  }

  /** Gives its memory back. */
  release(): void {
    releaseBuffers([
      this.low,
      this.lastPositions,
      ...(this.#pageOf === undefined ? [] : [this.#pageOf]),
      ...this.#chunks,
    ]);
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
