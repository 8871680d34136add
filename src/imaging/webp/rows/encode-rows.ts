import { ImagingError } from "../../model/error.ts";
import type { Pixels } from "../../model/picture.ts";
import type { Steps } from "../../steps.ts";
import { LineWriter } from "./line-writer.ts";
import { maxLevelBytes } from "./memory.ts";
import { PictureEncoder } from "./picture-encoder.ts";
import { createRowPlanes, type RowPlanes } from "./row-planes.ts";
import { writePicture } from "./write-picture.ts";

/** Sizes have 14 bits (RFC 6386 §9.1). */
const maxSide = 16_383;

/** With more macroblocks, even the shortest modes may not fit into the first partition. */
const maxMacroblocks = 381_000;

/** To convert a pixel takes about so long. */
const nanosecondsPerPixel = 16;

export interface WebpRowsSettings {
  readonly width: number;
  readonly height: number;
  /** The quantiser index of busy areas, 0–127: 0 is the finest; see `baseIndexOfQuality()`. */
  readonly baseIndex: number;
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
  /** Rows whose lines are all there, and one that is being filled. */
  readonly #waiting: RowPlanes[] = [];
  #filled: RowPlanes;
  /** For lines to come: a row of a large picture has more than 100 KB. */
  readonly #spare: RowPlanes[] = [];
  readonly #writer: LineWriter;
  /** Lines taken. */
  #lines = 0;

  /**
   * `kernel` is the module compiled from `kernel/`.
   * @throws ImagingError of the kind `limit` where the format cannot hold the picture
   */
  constructor(kernel: WebAssembly.Module, { width, height, baseIndex }: WebpRowsSettings) {
    const macroblocksWide = Math.ceil(width / 16);
    const macroblocksHigh = Math.ceil(height / 16);
    if (width > maxSide || height > maxSide || macroblocksWide * macroblocksHigh > maxMacroblocks) {
      throw new ImagingError("limit", "webp", `${width} × ${height} pixels`);
    }
    this.#width = width;
    this.#height = height;
    this.#picture = new PictureEncoder(kernel, macroblocksWide, macroblocksHigh, baseIndex);
    this.#filled = createRowPlanes(macroblocksWide);
    this.#writer = new LineWriter(this.#filled, width);
  }

  /**
   * Takes the next line, 4 bytes for each pixel from `from` on, the fourth without meaning. Lines wait until
   * `encodeWaiting()` is called, which is to be done after every few of them.
   */
  putLine(rgba: Uint8Array | Uint8ClampedArray, from: number): void {
    const line = this.#lines & 15;
    this.#lines++;
    const isLast = line === 15 || this.#lines === this.#height;
    this.#writer.put(rgba, from, line, isLast);
    if (!isLast) return;
    this.#waiting.push(this.#filled);
    this.#filled = this.#spare.pop() ?? createRowPlanes(this.#picture.macroblocksWide);
    this.#writer.goOnIn(this.#filled);
  }

  /**
   * Encodes the macroblock rows whose lines are all there.
   * @throws ImagingError of the kind `limit` for a picture with so much detail that more is to be kept than may be
   */
  *encodeWaiting(): Steps<void> {
    const picture = this.#picture;
    for (let planes = this.#waiting.shift(); planes !== undefined; planes = this.#waiting.shift()) {
      picture.planes.copyFrom(planes);
      this.#spare.push(planes);
      yield 16 * this.#width * nanosecondsPerPixel;
      yield* picture.encodeRow();
      if (picture.heldBytes > maxLevelBytes(this.#width, this.#height)) {
        throw new ImagingError("limit", "webp", "too much detail");
      }
    }
  }

  /**
   * Writes the file, after the last line.
   * @throws ImagingError of the kind `limit` where the format cannot hold the picture
   */
  *finish(): Steps<Uint8Array<ArrayBuffer>> {
    if (this.#lines !== this.#height) throw new RangeError(`${this.#lines} of ${this.#height} lines`);
    yield* this.encodeWaiting();
    return yield* writePicture(this.#picture, this.#width, this.#height);
  }
}

/** Encodes pixels in memory, without their alpha. */
export function* encodeWebpRows(
  kernel: WebAssembly.Module,
  { data, width, height }: Pixels,
  baseIndex: number,
): Steps<Uint8Array<ArrayBuffer>> {
  const encoder = new WebpRowsEncoder(kernel, { width, height, baseIndex });
  for (let line = 0; line < height; line++) {
    encoder.putLine(data, 4 * width * line);
    yield* encoder.encodeWaiting();
  }
  return yield* encoder.finish();
}
