import { releaseBuffers } from "../../bytes/release.ts";
import { HuffmanTables } from "./huffman-tables.ts";
import { InverseDct } from "./inverse-dct.ts";
import { blockEdge } from "../frame.ts";
import type { JpegComponent, JpegFrame } from "../frame.ts";
import { estimatePackedMemory } from "./packed-coefficients.ts";
import type { PackedCoefficients } from "./packed-coefficients.ts";
import { readPacked } from "./read-coefficients.ts";
import { decodeSequentialScan } from "./sequential-scan.ts";
import { chooseUpsampling } from "./upsample.ts";
import type { Upsampling } from "./upsample.ts";
import type { Steps } from "../../steps.ts";

/**
 * Takes one row of the picture, top to bottom: per component an array whose first `frame.width` bytes are its samples,
 * interpolated to the picture's size. The arrays are overwritten after the call.
 */
export type RowConsumer = (row: number, samples: readonly Uint8Array[]) => void;

/** Time to take a block out of packed coefficients, to transform it, and to interpolate and convert a pixel. */
const nanosecondsPerBlock = 50;
const nanosecondsPerTransform = 250;
const nanosecondsPerPixel = 10;

/** Rows of samples kept of the MCU row above: what is still to be shown, and its neighbour. */
const keptRows = 2;

/** Rows of the picture that wait for the MCU row below them: the two that one row of half-high components covers. */
const waitingRows = 2;

/**
 * Decodes a JPEG to samples, without any change of colour, and hands on its rows. Of the `streamed` shape never more
 * than one MCU row is held. A fault may show only after rows were handed on: nothing may be done with them before
 * this returns.
 *
 * Throws an `ImagingError`.
 */
export function* streamSamples(bytes: Uint8Array, frame: JpegFrame, consume: RowConsumer): Steps<void> {
  const strips = new SampleStrips(frame, consume);
  if (frame.shape === "dense") {
    yield* putPacked(frame, yield* readPacked(bytes, frame), strips);
    return;
  }
  yield* decodeSequentialScan(bytes, frame, frame.layout.scans[0], new HuffmanTables(bytes, frame), {
    nanosecondsPerBlock: nanosecondsPerTransform,
    putBlock(component, x, y, entries, count) {
      strips.putBlock(component, x, y, entries[0] >> 6, entries, 1, count);
    },
    endMcuRow() {
      return strips.endMcuRow();
    },
  });
}

/** Bytes that `streamSamples()` allocates at its peak, from the header alone; the file is not counted. */
export function estimateSampleMemory(frame: JpegFrame): number {
  const { components, mcusWide, maxHorizontalSampling, maxVerticalSampling } = frame;
  const rowBytes = mcusWide * maxHorizontalSampling * blockEdge;
  const strips = components.length * rowBytes * (maxVerticalSampling * blockEdge + keptRows + 1);
  if (frame.shape === "streamed") return strips + fixedBytes;
  return strips + estimatePackedMemory(frame).reading + fixedBytes;
}

/** What does not grow with the picture: Huffman tables and scratch space. */
const fixedBytes = 1 << 20;

/** Where the samples of one component are put until they are shown. */
class ComponentStrip {
  readonly component: JpegComponent;
  readonly stride: number;
  /** Rows of the component per MCU row. */
  readonly rows: number;
  /** Rows of the component that show something. */
  readonly height: number;
  /** `keptRows` rows from above, then those of the current MCU row. */
  readonly samples: Uint8ClampedArray<ArrayBuffer>;
  readonly rowViews: readonly Uint8Array[];
  readonly upsampling: Upsampling | undefined;
  /** One row of the picture; empty where there is nothing to interpolate. */
  readonly output: Uint8Array;

  constructor(frame: JpegFrame, component: JpegComponent) {
    const { width, height, maxHorizontalSampling, maxVerticalSampling, mcusWide } = frame;
    const { horizontalSampling, verticalSampling } = component;
    this.component = component;
    this.stride = component.paddedBlocksWide * blockEdge;
    this.rows = verticalSampling * blockEdge;
    this.height = Math.ceil((height * verticalSampling) / maxVerticalSampling);
    this.samples = new Uint8ClampedArray(this.stride * (keptRows + this.rows));
    this.rowViews = Array.from(
      { length: keptRows + this.rows },
      (_, row) => new Uint8Array(this.samples.buffer, row * this.stride, this.stride),
    );
    this.upsampling = chooseUpsampling(
      horizontalSampling,
      maxHorizontalSampling,
      verticalSampling,
      maxVerticalSampling,
      width,
    );
    this.output = new Uint8Array(this.upsampling === undefined ? 0 : mcusWide * maxHorizontalSampling * blockEdge);
  }
}

/** Takes the blocks of one MCU row after the other, and shows the rows of the picture that they complete. */
class SampleStrips {
  readonly #frame: JpegFrame;
  readonly #strips: readonly ComponentStrip[];
  readonly #consume: RowConsumer;
  readonly #dct = new InverseDct();
  readonly #shown: Uint8Array[] = [];
  #mcuRow = 0;
  /** Rows of the picture handed on. */
  #done = 0;

  constructor(frame: JpegFrame, consume: RowConsumer) {
    this.#frame = frame;
    this.#strips = frame.components.map((component) => new ComponentStrip(frame, component));
    this.#consume = consume;
  }

  /** A block of the current MCU row; padding blocks are passed over. Arguments as in `InverseDct.transform()`. */
  putBlock(index: number, x: number, y: number, dc: number, entries: Int32Array, from: number, to: number): void {
    const { component, samples, stride } = this.#strips[index];
    const { verticalSampling, quantisation, blocksWide, blocksHigh } = component;
    if (x >= blocksWide || y >= blocksHigh) return;
    const row = keptRows + (y - this.#mcuRow * verticalSampling) * blockEdge;
    this.#dct.transform(dc, entries, from, to, quantisation, samples, row * stride + x * blockEdge, stride);
  }

  *endMcuRow(): Steps<void> {
    const { width, height, mcusHigh, maxVerticalSampling } = this.#frame;
    const last = this.#mcuRow + 1 === mcusHigh;
    const end = last ? height : (this.#mcuRow + 1) * maxVerticalSampling * blockEdge - waitingRows;
    for (; this.#done < end; this.#done++) {
      this.#showRow(this.#done);
      yield width * nanosecondsPerPixel;
    }
    for (const { samples, stride, rows } of this.#strips) samples.copyWithin(0, rows * stride);
    this.#mcuRow++;
  }

  #showRow(row: number): void {
    const { maxVerticalSampling } = this.#frame;
    const shown = this.#shown;
    for (let index = 0; index < this.#strips.length; index++) {
      const { component, rows, height, rowViews, upsampling, output } = this.#strips[index];
      const position = row * component.verticalSampling;
      const near = Math.floor(position / maxVerticalSampling);
      const first = this.#mcuRow * rows - keptRows;
      if (upsampling === undefined) {
        shown[index] = rowViews[near - first];
        continue;
      }
      const lower = 2 * (position - near * maxVerticalSampling) >= maxVerticalSampling;
      const far = upsampling.blendsRows ? Math.min(Math.max(near + (lower ? 1 : -1), 0), height - 1) : near;
      upsampling.writeRow(rowViews[near - first], rowViews[far - first], lower, output);
      shown[index] = output;
    }
    this.#consume(row, shown);
  }
}

/** Passes on the samples of a file that had to be read whole, and releases its coefficients on the way. */
function* putPacked(frame: JpegFrame, packed: PackedCoefficients, strips: SampleStrips): Steps<void> {
  const { components, mcusHigh, bandBlockRows, maxVerticalSampling } = frame;
  const mcuRowsPerBand = bandBlockRows / maxVerticalSampling;
  const entries = new Int32Array(64);
  let readers = components.map((_, index) => packed.read(index, 0));
  for (let mcuRow = 0; mcuRow < mcusHigh; mcuRow++) {
    const bandIndex = Math.floor(mcuRow / mcuRowsPerBand);
    if (mcuRow > 0 && mcuRow % mcuRowsPerBand === 0)
      readers = components.map((_, index) => packed.read(index, bandIndex));
    for (let index = 0; index < components.length; index++) {
      const { verticalSampling, paddedBlocksWide } = components[index];
      const dc = packed.dc[index];
      for (let y = mcuRow * verticalSampling; y < (mcuRow + 1) * verticalSampling; y++) {
        for (let x = 0; x < paddedBlocksWide; x++) {
          const count = readers[index].next(entries);
          strips.putBlock(index, x, y, dc[y * paddedBlocksWide + x], entries, 0, count);
        }
        yield paddedBlocksWide * (nanosecondsPerTransform + nanosecondsPerBlock);
      }
      if ((mcuRow + 1) % mcuRowsPerBand === 0) packed.drop(index, bandIndex);
    }
    yield* strips.endMcuRow();
  }
  for (const [index] of components.entries()) packed.drop(index, Math.floor((mcusHigh - 1) / mcuRowsPerBand));
  releaseBuffers(packed.dc);
}
