import type { Orientation } from "../model/facts.ts";
import { releaseBuffers } from "../bytes/release.ts";
import { BitWriter } from "./bit-writer.ts";
import { createHistograms } from "./context-histograms.ts";
import { buildEntropyCode, writeEntropyCode } from "./entropy-code.ts";
import { type ImageShape, writeImageHeader, writeModularFrameHeader, writeSectionSizes } from "./header.ts";
import { predictor, writeMaTree } from "./ma-tree.ts";
import {
  type Band,
  groupSizeShift,
  modularGroupSide,
  ModularGroupWriter,
  type Samples,
  type Transforms,
  writeModularHeader,
} from "./modular-group.ts";
import { runAtOnce, type Steps } from "../steps.ts";

/** Groups of LF coefficients, of which a modular frame has none, are still counted (ISO/IEC 18181-1 §F.1). */
const lfGroupSide = 8 * modularGroupSide;

/** Into memory that is touched for the first time. */
const nanosecondsPerCopiedByte = 1;

/** Samples of a row, after each other: gray or red, green, blue, and then alpha. */
export type SampleRow = Uint8Array | Uint16Array;

/**
 * Writes a lossless JPEG XL (ISO/IEC 18181-1), of whose rows one band is held at a time. Lines are put in as they come, and
 * `encodeWaiting()` works on what has become complete.
 */
export class ModularEncoder {
  readonly #shape: ImageShape;
  readonly #channels: number;
  readonly #groups: ModularGroupWriter;
  readonly #waiting: Band[] = [];
  readonly #sections: Uint8Array[] = [];
  /** Encoded; what comes next is written over it, since a band of a large picture has megabytes. */
  #spare: Band | undefined;
  #band: Band | undefined;
  #filled = 0;
  #row = 0;
  #bytes = 0;

  /** @param kernel the compiled module of `kernel/` */
  constructor(kernel: WebAssembly.Module, shape: ImageShape) {
    this.#shape = shape;
    this.#channels = (shape.gray ? 1 : 3) + (shape.alpha === true ? 1 : 0);
    this.#groups = new ModularGroupWriter(
      kernel,
      Math.min(shape.width, modularGroupSide) * Math.min(shape.height, modularGroupSide) * this.#channels,
      shape.bitDepth ?? 8,
    );
  }

  /** Bytes of the groups that are written. */
  get writtenBytes(): number {
    return this.#bytes;
  }

  /** The next row, whose samples begin at `start`. */
  putRow(row: SampleRow, start: number): void {
    const { width, height, gray } = this.#shape;
    const rows = Math.min(modularGroupSide, height - (this.#row - this.#filled));
    const band = (this.#band ??= this.#beginBand(rows));
    if (gray) copyRow(row, start, this.#channels, 0, band.channels[0], this.#filled * width, width);
    else separateColours(row, start, this.#channels, band.channels, this.#filled * width, width);
    const alpha = this.#channels - 1;
    if (this.#shape.alpha === true) {
      copyRow(row, start, this.#channels, alpha, band.channels[alpha], this.#filled * width, width);
    }
    this.#row++;
    if (++this.#filled < rows) return;
    this.#waiting.push(band);
    this.#band = undefined;
    this.#filled = 0;
  }

  /** Encodes the bands that are complete. */
  *encodeWaiting(): Steps<void> {
    for (let [band] = this.#waiting; band !== undefined; [band] = this.#waiting) {
      for (let left = 0; left < band.width; left += modularGroupSide) {
        const writer = new BitWriter(Math.min(modularGroupSide, band.width - left) * band.rows);
        const isWhole = band.width <= modularGroupSide && this.#shape.height <= modularGroupSide;
        if (isWhole) writeGlobalWithoutTree(writer);
        const width = Math.min(modularGroupSide, band.width - left);
        yield* this.#groups.write(writer, band, left, width, isWhole ? this.#transforms() : "none");
        this.#sections.push(writer.bytes().slice());
        this.#bytes += writer.byteLength;
        writer.release();
      }
      this.#spare = this.#waiting.shift();
    }
  }

  #beginBand(rows: number): Band {
    const { width } = this.#shape;
    const channels = this.#spare?.channels ?? this.#allocate(width * rows);
    this.#spare = undefined;
    return { width, rows, channels };
  }

  #allocate(samples: number): Samples[] {
    const Store = this.#shape.bitDepth === 16 ? Int32Array : Int16Array;
    return Array.from({ length: this.#channels }, () => new Store(samples));
  }

  /**
   * The file, after all rows.
   * @param iccProfile carried byte by byte
   */
  *finish(orientation: Orientation, iccProfile: Uint8Array | undefined): Steps<Uint8Array<ArrayBuffer>> {
    const { width, height } = this.#shape;
    const lfGroups = Math.ceil(width / lfGroupSide) * Math.ceil(height / lfGroupSide);
    const empty = new Uint8Array(0);
    const sections =
      this.#sections.length === 1
        ? this.#sections
        : // Nothing of LF, and nothing for the high frequencies of all groups.
          [this.#global(), ...Array.from({ length: lfGroups + 1 }, () => empty), ...this.#sections];
    const writer = new BitWriter(4096 + 4 * sections.length + (iccProfile?.length ?? 0));
    yield* writeImageHeader(writer, this.#shape, orientation, iccProfile);
    writeModularFrameHeader(writer, this.#shape, groupSizeShift);
    writeSectionSizes(
      writer,
      sections.map(({ length }) => length),
    );
    const head = writer.bytes();
    const file = new Uint8Array(sections.reduce((sum, { length }) => sum + length, head.length));
    file.set(head);
    let at = head.length;
    for (const section of sections) {
      file.set(section, at);
      at += section.length;
      const { length } = section;
      // All empty ones are the same.
      if (length > 0) releaseBuffers([section]);
      yield length * nanosecondsPerCopiedByte;
    }
    return file;
  }

  /** Gives its memory back, also in the middle of the work. */
  close(): void {
    const bands = [this.#spare, this.#band, ...this.#waiting].flatMap((band) => band?.channels ?? []);
    releaseBuffers([...this.#sections, ...bands]);
    this.#groups.close();
  }

  #transforms(): Transforms {
    return this.#shape.gray ? "none" : "YCoCg";
  }

  /** Before the groups: a tree that no sample has, and what was done with all channels. */
  #global(): Uint8Array {
    const writer = new BitWriter();
    writer.write(1, 1);
    writer.write(1, 1);
    writeMaTree(writer, { predictor: predictor.zero, id: 0 });
    const code = runAtOnce(buildEntropyCode(createHistograms(1)));
    writeEntropyCode(writer, code);
    writeModularHeader(writer, "global tree", this.#transforms());
    return writer.bytes();
  }
}

/** Default steps of LF; no tree for all streams. */
function writeGlobalWithoutTree(writer: BitWriter): void {
  writer.write(1, 1);
  writer.write(1, 0);
}

function copyRow(
  row: SampleRow,
  start: number,
  step: number,
  offset: number,
  samples: Samples,
  first: number,
  width: number,
): void {
  for (let x = 0, at = start + offset; x < width; x++, at += step) samples[first + x] = row[at];
}

/** Red, green and blue as luma and two differences, which can be undone exactly (ISO/IEC 18181-1 §H.6.3, YCoCg). */
function separateColours(
  row: SampleRow,
  start: number,
  step: number,
  [luma, orange, green]: readonly Samples[],
  first: number,
  width: number,
): void {
  for (let x = 0, at = start, to = first; x < width; x++, at += step, to++) {
    const co = row[at] - row[at + 2];
    const middle = row[at + 2] + (co >> 1);
    const cg = row[at + 1] - middle;
    luma[to] = middle + (cg >> 1);
    orange[to] = co;
    green[to] = cg;
  }
}
