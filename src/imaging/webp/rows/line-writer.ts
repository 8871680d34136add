import { writeChroma, writeLuma } from "./rgb-planes.ts";
import type { RowPlanes } from "./row-planes.ts";

/** Writes lines of RGBA pixels into the planes of a macroblock row. */
export class LineWriter {
  #planes: RowPlanes;
  readonly #width: number;
  /** The upper one of two lines that share their chroma. */
  readonly #upperLine: Uint8Array;

  constructor(planes: RowPlanes, width: number) {
    this.#planes = planes;
    this.#width = width;
    this.#upperLine = new Uint8Array(4 * width);
  }

  /** The next lines are of another row. */
  goOnIn(planes: RowPlanes): void {
    this.#planes = planes;
  }

  /** Writes line 0 to 15 of the row, 4 bytes for each pixel from `from` on; the last one fills what is outside of the picture. */
  put(rgba: Uint8Array | Uint8ClampedArray, from: number, line: number, isLast: boolean): void {
    const width = this.#width;
    const planes = this.#planes;
    writeLuma(rgba, from, width, planes, line);
    if ((line & 1) === 1) writeChroma(this.#upperLine, 0, rgba, from, width, planes, line >> 1);
    else if (isLast) writeChroma(rgba, from, rgba, from, width, planes, line >> 1);
    else this.#upperLine.set(rgba.subarray(from, from + 4 * width));
    if (isLast) planes.pad(width, line + 1);
  }
}
