import type { Pixels } from "../model/picture.ts";

/** A difference of Cb or Cr (of 255) within 2 × 2 pixels that halving them makes visible: lines and letters of strong colours. */
const strongDifference = 48;

/**
 * Share of such places from which they matter. Of 33 photographs none has more than one in 7000; a few lines of red text on
 * two megapixels of white are one in 600.
 */
const minShare = 1 / 2000;

/** Places that are examined, about: rows of them, spread evenly. */
const sampledPlaces = 250_000;

/** Whether halving a picture's colour would show, as in red text and in user interfaces. Alpha is ignored. */
export function hasFineColour({ data, width, height }: Pixels): boolean {
  const colours = new FineColour({ width, height });
  for (let y = 0; y < height; y++) colours.putLine(data, 4 * y * width);
  return colours.isFine;
}

/** The same of a picture whose lines come one after the other, none of which stays. */
export class FineColour {
  readonly #width: number;
  /** Every so many lines, one and the next are compared. */
  readonly #step: number;
  readonly #above: Uint8ClampedArray;
  #line = 0;
  #places = 0;
  #strong = 0;

  constructor({ width, height }: Pick<Pixels, "width" | "height">) {
    this.#width = width;
    this.#step = 2 * Math.max(1, Math.round((width * height) / 4 / sampledPlaces));
    this.#above = new Uint8ClampedArray(4 * width);
  }

  /** The next line, 4 bytes for each pixel from `from` on. */
  putLine(rgba: Samples, from: number): void {
    const place = this.#line++ % this.#step;
    if (place === 0) this.#above.set(rgba.subarray(from, from + 4 * this.#width));
    else if (place === 1) this.#compare(rgba, from);
  }

  get isFine(): boolean {
    return this.#strong > minShare * this.#places;
  }

  #compare(rgba: Samples, from: number): void {
    const above = this.#above;
    for (let at = 0, end = 4 * (this.#width - 1); at < end; at += 8) {
      this.#places++;
      if (isStrong(above, at, rgba, from + at)) this.#strong++;
    }
  }
}

type Samples = Uint8Array | Uint8ClampedArray;

/** Of two pixels of one line and two of the next. */
function isStrong(above: Samples, at: number, below: Samples, from: number): boolean {
  return (
    spread(cb(above, at), cb(above, at + 4), cb(below, from), cb(below, from + 4)) ||
    spread(cr(above, at), cr(above, at + 4), cr(below, from), cr(below, from + 4))
  );
}

function spread(a: number, b: number, c: number, d: number): boolean {
  return Math.max(a, b, c, d) - Math.min(a, b, c, d) > strongDifference;
}

/** ITU-R BT.601, from an arbitrary zero. */
function cb(data: Samples, at: number): number {
  return 0.5 * data[at + 2] - 0.169 * data[at] - 0.331 * data[at + 1];
}

function cr(data: Samples, at: number): number {
  return 0.5 * data[at] - 0.419 * data[at + 1] - 0.081 * data[at + 2];
}
