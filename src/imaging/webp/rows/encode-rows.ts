import { ImagingError } from "../../model/error.ts";
import type { Pixels } from "../../model/picture.ts";
import { maxLevelBytes } from "./memory.ts";
import { PictureEncoder } from "./picture-encoder.ts";
import { baseIndexOfQuality } from "./quality.ts";
import { writeChroma, writeLuma } from "./rgb-planes.ts";
import { writePicture } from "./write-picture.ts";

/** Sizes have 14 bits (RFC 6386 §9.1). */
const maxSide = 16_383;

/** With more macroblocks, even the shortest modes may not fit into the first partition. */
const maxMacroblocks = 381_000;

/** Macroblocks after which a step ends, whole rows: some 8 to 15 ms of work, a third of it for each when they are written. */
const macroblocksPerStep = 384;
const writtenPerStep = 3 * macroblocksPerStep;

export interface WebpRowsSettings {
  readonly width: number;
  readonly height: number;
  /** 0–100, on a scale that is near libwebp's. */
  readonly quality: number;
}

/**
 * Encodes a lossy WebP without alpha (RFC 9649 §2.5) from lines of pixels, of which it holds 16. What is kept until the last
 * line are levels of coefficients, some two to three times the file's bytes: only then the probabilities are known that code
 * them best.
 */
export class WebpRowsEncoder {
  readonly #width: number;
  readonly #height: number;
  readonly #picture: PictureEncoder;
  /** The upper one of two lines that share their chroma. */
  readonly #upperLine: Uint8Array;
  /** Lines taken. */
  #lines = 0;

  /**
   * `kernel` is the module compiled from `kernel/`.
   * @throws ImagingError of the kind `limit` where the format cannot hold the picture
   */
  constructor(kernel: WebAssembly.Module, { width, height, quality }: WebpRowsSettings) {
    const macroblocksWide = Math.ceil(width / 16);
    const macroblocksHigh = Math.ceil(height / 16);
    if (width > maxSide || height > maxSide || macroblocksWide * macroblocksHigh > maxMacroblocks) {
      throw new ImagingError("limit", "webp", `${width} × ${height} pixels`);
    }
    this.#width = width;
    this.#height = height;
    this.#upperLine = new Uint8Array(4 * width);
    this.#picture = new PictureEncoder(kernel, macroblocksWide, macroblocksHigh, baseIndexOfQuality(quality));
  }

  /**
   * Takes the next line, 4 bytes for each pixel from `from` on, the fourth without meaning. With the last line of a macroblock
   * row, the row is encoded. Returns whether that ended a step, after which other work is to have its turn.
   *
   * @throws ImagingError of the kind `limit` for a picture with so much detail that more is to be kept than may be
   */
  putLine(rgba: Uint8Array | Uint8ClampedArray, from: number): boolean {
    const { planes } = this.#picture;
    const width = this.#width;
    const line = this.#lines & 15;
    this.#lines++;
    const isLast = this.#lines === this.#height;
    writeLuma(rgba, from, width, planes, line);
    if ((line & 1) === 1) writeChroma(this.#upperLine, 0, rgba, from, width, planes, line >> 1);
    else if (isLast) writeChroma(rgba, from, rgba, from, width, planes, line >> 1);
    else this.#upperLine.set(rgba.subarray(from, from + 4 * width));
    if (line < 15 && !isLast) return false;
    planes.pad(width, line + 1);
    return this.#encodeRow();
  }

  #encodeRow(): boolean {
    const picture = this.#picture;
    picture.encodeRow();
    if (picture.heldBytes > maxLevelBytes(this.#width, this.#height)) {
      throw new ImagingError("limit", "webp", "too much detail");
    }
    return picture.levels.length % rowsOf(macroblocksPerStep, picture.macroblocksWide) === 0;
  }

  /**
   * Writes the file, after the last line. Pauses after each step.
   * @throws ImagingError of the kind `limit` where the format cannot hold the picture
   */
  finish(): Generator<void, Uint8Array<ArrayBuffer>> {
    if (this.#lines !== this.#height) throw new RangeError(`${this.#lines} of ${this.#height} lines`);
    return writePicture(
      this.#picture,
      this.#width,
      this.#height,
      rowsOf(writtenPerStep, this.#picture.macroblocksWide),
    );
  }
}

/** Whole rows of some macroblocks, at least one. */
function rowsOf(macroblocks: number, macroblocksWide: number): number {
  return Math.max(1, Math.floor(macroblocks / macroblocksWide));
}

/** Encodes pixels in memory, without their alpha. Pauses after each step; otherwise as `WebpRowsEncoder`. */
export function* encodeWebpRows(
  kernel: WebAssembly.Module,
  { data, width, height }: Pixels,
  quality: number,
): Generator<void, Uint8Array<ArrayBuffer>> {
  const encoder = new WebpRowsEncoder(kernel, { width, height, quality });
  for (let line = 0; line < height; line++) if (encoder.putLine(data, 4 * width * line)) yield;
  return yield* encoder.finish();
}
