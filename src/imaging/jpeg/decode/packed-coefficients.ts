import { releaseBuffers } from "../../bytes/release.ts";
import { jpegBeyondLimit } from "../error.ts";
import { blockCoefficients, countPaddedBlocks, naturalOrder } from "../frame.ts";
import type { BandConsumer, JpegFrame, JpegScan } from "../frame.ts";
import type { Requantiser } from "../requantise/requantiser.ts";
import type { Steps } from "../../steps.ts";
import { bandRows, estimateDenseComponent, estimateDenseMemory } from "./dense-coefficients.ts";
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
  /** Bytes of AC coefficients. */
  #held = 0;
  /** How many there may be, together with a component that is being read. */
  readonly #mayHold: number;

  constructor(frame: JpegFrame) {
    this.#frame = frame;
    this.dc = createDcPlanes(frame);
    this.#components = frame.components.map(() => []);
    this.#mayKeep = maxEntries(frame);
    this.#mayHold = estimateReading(frame);
  }

  /** Bytes of the AC coefficients of all bands that were not released. */
  get heldBytes(): number {
    return this.#held;
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
      this.#held += packed.bytes;
      let next = 0;
      for (let block = 0; block < band.blocks; block++) {
        next = packed.put(next, row, band.readBlock(block, row));
        if (block % paddedBlocksWide === 0) yield paddedBlocksWide * nanosecondsPerPackedBlock;
      }
      this.#components[index].push(packed);
      dense.drop(at);
      // What is full of detail grows while it is packed; few pictures have all of that in their first rows.
      if (this.#held + dense.heldBytes > this.#mayHold) throw jpegBeyondLimit("too-many-coefficients");
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
    if (band !== undefined) {
      this.#held -= band.bytes;
      releaseBuffers([band.counts, band.entries]);
    }
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

  /** Passes on all bands like `streamBands()`, AC coefficients requantised, and releases each before its consumer gets it. */
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
      for (let c = 0; c < components.length; c++) this.drop(c, index);
      yield* consume(index, index * bandBlockRows, planes);
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

  get bytes(): number {
    return this.counts.byteLength + this.entries.byteLength;
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
  const blocks = countPaddedBlocks(frame);
  return { reading: estimateReading(frame) + dcBytes * blocks, kept: 2 * maxEntries(frame) + (1 + dcBytes) * blocks };
}

const dcBytes = 2;

/**
 * AC coefficients alone: a component that is read, and those that were packed before. While one is packed, it is released band by
 * band, so that the larger one of its two forms counts, and a band.
 */
function estimateReading(frame: JpegFrame): number {
  if (!frame.progressive) return estimateDenseMemory(frame) + 2 * maxEntries(frame) + countPaddedBlocks(frame);
  let [most, before] = [0, 0];
  for (const [index, { paddedBlocksWide, paddedBlocksHigh }] of frame.components.entries()) {
    const blocks = paddedBlocksWide * paddedBlocksHigh;
    const packed =
      2 *
        mostEntries(
          frame.layout.scans.filter((scan) => isOwnScan(scan, index)),
          blocks,
        ) +
      blocks;
    const band = (blockCoefficients + 1) * paddedBlocksWide * bandRows(frame, frame.components[index]);
    most = Math.max(most, before + Math.max(estimateDenseComponent(frame, index), packed) + band);
    before += packed;
  }
  return most;
}

/** A scan of AC coefficients, which has one component (ITU T.81 §G.1.1.1.1). */
function isOwnScan({ spectralStart, components }: JpegScan, index: number): boolean {
  return spectralStart > 0 && components[0] === index;
}

function maxEntries(frame: JpegFrame): number {
  return mostEntries(frame.layout.scans, countPaddedBlocks(frame));
}

function mostEntries(scans: readonly JpegScan[], blocks: number): number {
  const bytes = scans.reduce((sum, { dataStart, dataEnd }) => sum + dataEnd - dataStart, 0);
  return Math.min(maxCoefficientsPerByte * bytes, 2 * (blockCoefficients - 1) * blocks);
}
