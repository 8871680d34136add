import { releaseBuffers } from "../../bytes/release.ts";
import { jpegBeyondLimit } from "../error.ts";
import { blockCoefficients, countPaddedBlocks, naturalOrder } from "../frame.ts";
import type { BandConsumer, JpegFrame } from "../frame.ts";
import type { Requantiser } from "../requantise/requantiser.ts";
import type { Steps } from "../../steps.ts";
import { bandRows, estimateDenseMemory } from "./dense-coefficients.ts";
import type { DenseComponent } from "./dense-coefficients.ts";
import { maxCoefficientsPerByte } from "./sparse-blocks.ts";

/** An entry is value × 64 + zigzag position in 16 bits; this value stands for the one that the next entry is. */
const longValue = -512;

/** Time to take over a block, to expand one, for each of its coefficients, and to requantise a DC coefficient. */
const nanosecondsPerPackedBlock = 150;
const nanosecondsPerBlock = 50;
const nanosecondsPerEntry = 15;
const nanosecondsPerDc = 10;

/** Blocks and DC coefficients that are read without a pause. */
const blocksPerPiece = 4096;
const dcPerPiece = 1 << 17;

/**
 * All coefficients of a JPEG whose scans do not allow it to be streamed, two bytes for each that is not 0: its components are
 * read one after the other, so that one of them at a time is dense. They lie in bands, as `streamBands()` passes them on,
 * so that finished ones can be released.
 */
export class PackedCoefficients {
  /** Per component: DC of the blocks of the padded grid, in raster order. */
  readonly dc: readonly Int16Array[];
  readonly #frame: JpegFrame;
  readonly #components: (PackedBand | undefined)[][];
  #mayKeep: number;

  constructor(frame: JpegFrame) {
    this.#frame = frame;
    this.dc = createDcPlanes(frame);
    this.#components = frame.components.map(() => []);
    this.#mayKeep = maxEntries(frame);
  }

  /** Block rows of a component in each band but the last. */
  bandRows(component: number): number {
    return bandRows(this.#frame, this.#frame.components[component]);
  }

  /** Takes over the AC coefficients of a component, and releases them there. Throws an `ImagingError` for too many of them. */
  *pack(index: number, dense: DenseComponent): Steps<void> {
    const { paddedBlocksWide } = this.#frame.components[index];
    const row = new Int32Array(blockCoefficients);
    for (let at = 0; at < dense.bands; at++) {
      const band = dense.band(at);
      const counts = new Uint8Array(band.blocks);
      let length = 0;
      for (let block = 0; block < band.blocks; block++) {
        counts[block] = band.readBlock(block, row);
        length += packedLength(row, counts[block]);
        if (block % paddedBlocksWide === 0) yield paddedBlocksWide * nanosecondsPerPackedBlock;
      }
      this.#mayKeep -= length;
      if (this.#mayKeep < 0) throw jpegBeyondLimit("too-many-coefficients");
      const packed = new PackedBand(counts, length);
      let next = 0;
      for (let block = 0; block < band.blocks; block++) {
        next = packed.put(next, row, band.readBlock(block, row));
        if (block % paddedBlocksWide === 0) yield paddedBlocksWide * nanosecondsPerPackedBlock;
      }
      this.#components[index].push(packed);
      dense.drop(at);
    }
  }

  /** Reads the blocks of a band, each of which has a row of the padded grid's. Throws `RangeError` for one that was released. */
  read(component: number, index: number): PackedReader {
    const band = this.#components[component][index];
    if (band === undefined) throw new RangeError("this band of coefficients was released");
    return new PackedReader(band);
  }

  /** Releases a band. Its DC coefficients stay. */
  drop(component: number, index: number): void {
    const band = this.#components[component][index];
    if (band !== undefined) releaseBuffers([band.counts, band.entries]);
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
    const planes = this.#components.map(([first]) => new Int16Array((first?.counts.length ?? 0) * blockCoefficients));
    const bands = this.#components[0].length;
    for (let index = 0; index < bands; index++) {
      for (let c = 0; c < components.length; c++) {
        const plane = planes[c].fill(0);
        const dc = this.dc[c].subarray(index * this.bandRows(c) * components[c].paddedBlocksWide);
        const change = requantiser && ((entries: Int32Array, count: number) => requantiser.ac(c, entries, 0, count));
        yield* expand(this.read(c, index), plane, dc, change);
      }
      yield* consume(index, index * bandBlockRows, planes);
      for (let c = 0; c < components.length; c++) this.drop(c, index);
    }
    releaseBuffers(planes);
  }
}

/** Writes all blocks of a band to a plane that is 0, in natural order, with their DC coefficients. */
function* expand(
  reader: PackedReader,
  plane: Int16Array,
  dc: Int16Array,
  change: ((entries: Int32Array, count: number) => number) | undefined,
): Steps<void> {
  const entries = new Int32Array(blockCoefficients);
  for (let first = 0; first < reader.blocks; first += blocksPerPiece) {
    const end = Math.min(first + blocksPerPiece, reader.blocks);
    let read = 0;
    for (let block = first, at = first * blockCoefficients; block < end; block++, at += blockCoefficients) {
      plane[at] = dc[block];
      let count = reader.next(entries);
      read += count;
      if (change !== undefined) count = change(entries, count);
      for (let i = 0; i < count; i++) plane[at + naturalOrder[entries[i] & 63]] = entries[i] >> 6;
    }
    yield (end - first) * nanosecondsPerBlock + read * nanosecondsPerEntry;
  }
}

/** Some block rows of a component. */
class PackedBand {
  /** Of each block its AC coefficients that are not 0. */
  readonly counts: Uint8Array;
  readonly entries: Int16Array;

  constructor(counts: Uint8Array, length: number) {
    this.counts = counts;
    this.entries = new Int16Array(length);
  }

  /** Writes the entries of a block; returns where those of the next one begin. */
  put(start: number, row: Int32Array, count: number): number {
    const { entries } = this;
    let next = start;
    for (let i = 0; i < count; i++) {
      const value = row[i] >> 6;
      if (isShort(value)) {
        entries[next++] = row[i];
      } else {
        entries[next++] = (longValue << 6) | (row[i] & 63);
        entries[next++] = value;
      }
    }
    return next;
  }
}

/** Reads the blocks of a band, one after the other. */
class PackedReader {
  readonly blocks: number;
  readonly #band: PackedBand;
  #block = 0;
  #at = 0;

  constructor(band: PackedBand) {
    this.#band = band;
    this.blocks = band.counts.length;
  }

  /** Writes the AC coefficients of the next block that are not 0, as value × 64 + zigzag position; returns their number. */
  next(row: Int32Array): number {
    const { counts, entries } = this.#band;
    const count = counts[this.#block++];
    let at = this.#at;
    for (let i = 0; i < count; i++) {
      const entry = entries[at++];
      row[i] = entry >> 6 === longValue ? (entries[at++] << 6) | (entry & 63) : entry;
    }
    this.#at = at;
    return count;
  }
}

function isShort(value: number): boolean {
  return value > longValue && value < -longValue;
}

function packedLength(row: Int32Array, count: number): number {
  let length = count;
  for (let i = 0; i < count; i++) if (!isShort(row[i] >> 6)) length++;
  return length;
}

/** DC coefficients of the blocks of the padded grid, per component. */
export function createDcPlanes({ components }: JpegFrame): Int16Array[] {
  return components.map((c) => new Int16Array(c.paddedBlocksWide * c.paddedBlocksHigh));
}

/** Bytes that `PackedCoefficients` takes at most: while the last component is read, and then. */
export function estimatePackedMemory(frame: JpegFrame): { readonly reading: number; readonly kept: number } {
  // DC and the number of AC coefficients.
  const kept = 2 * maxEntries(frame) + 3 * countPaddedBlocks(frame);
  return { reading: estimateDenseMemory(frame) + kept, kept };
}

function maxEntries(frame: JpegFrame): number {
  const scanBytes = frame.layout.scans.reduce((sum, { dataStart, dataEnd }) => sum + dataEnd - dataStart, 0);
  return Math.min(maxCoefficientsPerByte * scanBytes, 2 * (blockCoefficients - 1) * countPaddedBlocks(frame));
}
