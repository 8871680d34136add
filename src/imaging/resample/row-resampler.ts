import type { Framing, Size } from "../model/rendering.ts";
import type { Pixels } from "../model/picture.ts";
import { lanczosTaps, type Taps } from "./lanczos.ts";
import { type Light, lightSteps } from "./light.ts";

/** What an addition of one weighted sample takes, and what the conversion of a sample takes. */
const nanosecondsPerTap = 1.2;
const nanosecondsPerSample = 3;

/**
 * Draws a picture in another size from its rows, top to bottom: Lanczos with three lobes, in linear light, colours weighted by
 * their opacity (Porter and Duff, "Compositing digital images", SIGGRAPH 1984, §3), so that what cannot be seen does not
 * show at edges. Of the source no more rows are held than one row of the result needs.
 */
export class RowResampler {
  readonly #across: Taps;
  readonly #down: Taps;
  readonly #light: Light;
  /** 3 for opaque pictures, whose fourth bytes mean nothing; 4 for others. */
  readonly #channels: 3 | 4;
  readonly #sourceWidth: number;
  /** One source row, as light. */
  readonly #row: Float32Array;
  /** Rows that are as wide as the result; row n of the source is at n modulo their number. */
  readonly #rows: readonly Float32Array[];
  readonly #sums: Float32Array;
  readonly #result: Pixels;
  #received = 0;
  #drawn = 0;

  constructor(source: Size, framing: Framing, light: Light, isOpaque: boolean) {
    const { width, height, left, top, scaleX, scaleY } = framing;
    this.#across = lanczosTaps(source.width, width, left, scaleX);
    this.#down = lanczosTaps(source.height, height, top, scaleY);
    this.#light = light;
    this.#channels = isOpaque ? 3 : 4;
    this.#sourceWidth = source.width;
    this.#row = new Float32Array(this.#channels * source.width);
    this.#rows = Array.from({ length: this.#down.stride }, () => new Float32Array(this.#channels * width));
    this.#sums = new Float32Array(this.#channels * width);
    this.#result = { data: new Uint8ClampedArray(4 * width * height), width, height };
  }

  /**
   * Takes the next row of the source: RGBA from `start` on.
   * @returns nanoseconds that it typically took.
   */
  putRow(line: Uint8ClampedArray | Uint8Array, start: number): number {
    const at = this.#received++;
    const { height, width } = this.#result;
    const isWanted = this.#drawn < height && at >= this.#down.first[this.#drawn];
    if (!isWanted) return 0;
    this.#readLight(line, start);
    this.#narrow(this.#rows[at % this.#rows.length]);
    let taps = width * this.#across.stride;
    while (this.#drawn < height && this.#lastOf(this.#drawn) <= at) {
      this.#draw(this.#drawn++);
      taps += width * this.#down.stride;
    }
    return this.#channels * (taps * nanosecondsPerTap + this.#sourceWidth * nanosecondsPerSample);
  }

  /** The picture, once all rows of the source have been taken. */
  finish(): Pixels {
    if (this.#drawn < this.#result.height) throw new RangeError("rows of the source are missing");
    return this.#result;
  }

  /** The last row of the source that a row of the result needs. */
  #lastOf(row: number): number {
    return this.#down.first[row] + this.#down.counts[row] - 1;
  }

  #readLight(line: Uint8ClampedArray | Uint8Array, start: number): void {
    const row = this.#row;
    const { ofLevel } = this.#light;
    const end = start + 4 * this.#sourceWidth;
    if (this.#channels === 3) {
      for (let from = start, to = 0; from < end; from += 4, to += 3) {
        row[to] = ofLevel[line[from]];
        row[to + 1] = ofLevel[line[from + 1]];
        row[to + 2] = ofLevel[line[from + 2]];
      }
      return;
    }
    for (let from = start, to = 0; from < end; from += 4, to += 4) {
      const opacity = line[from + 3] / 255;
      row[to] = ofLevel[line[from]] * opacity;
      row[to + 1] = ofLevel[line[from + 1]] * opacity;
      row[to + 2] = ofLevel[line[from + 2]] * opacity;
      row[to + 3] = opacity;
    }
  }

  /** The source row in the width of the result. */
  #narrow(output: Float32Array): void {
    if (this.#channels === 3) narrowOpaque(this.#row, this.#across, output);
    else narrowTransparent(this.#row, this.#across, output);
  }

  #draw(y: number): void {
    const { first, counts, weights, stride } = this.#down;
    const sums = this.#sums;
    sums.fill(0);
    for (let tap = 0; tap < counts[y]; tap++) {
      addWeighted(sums, this.#rows[(first[y] + tap) % this.#rows.length], weights[y * stride + tap]);
    }
    const { data, width } = this.#result;
    const { levelOf } = this.#light;
    const isOpaque = this.#channels === 3;
    for (let x = 0, from = 0, to = 4 * width * y; x < width; x++, from += this.#channels, to += 4) {
      // Beside an edge it may be more than 1, and the colours with it.
      const opacity = isOpaque ? 1 : sums[from + 3];
      const share = opacity > 0 ? lightSteps / opacity : 0;
      data[to] = levelOf[step(sums[from] * share)];
      data[to + 1] = levelOf[step(sums[from + 1] * share)];
      data[to + 2] = levelOf[step(sums[from + 2] * share)];
      data[to + 3] = 255 * opacity;
    }
  }
}

/** One loop for each number of channels: the innermost of all. */
function narrowOpaque(row: Float32Array, { first, counts, weights, stride }: Taps, output: Float32Array): void {
  for (let x = 0, to = 0; to < output.length; x++, to += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    const end = x * stride + counts[x];
    for (let tap = x * stride, from = 3 * first[x]; tap < end; tap++, from += 3) {
      const weight = weights[tap];
      red += weight * row[from];
      green += weight * row[from + 1];
      blue += weight * row[from + 2];
    }
    output[to] = red;
    output[to + 1] = green;
    output[to + 2] = blue;
  }
}

function narrowTransparent(row: Float32Array, { first, counts, weights, stride }: Taps, output: Float32Array): void {
  for (let x = 0, to = 0; to < output.length; x++, to += 4) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let opacity = 0;
    const end = x * stride + counts[x];
    for (let tap = x * stride, from = 4 * first[x]; tap < end; tap++, from += 4) {
      const weight = weights[tap];
      red += weight * row[from];
      green += weight * row[from + 1];
      blue += weight * row[from + 2];
      opacity += weight * row[from + 3];
    }
    output[to] = red;
    output[to + 1] = green;
    output[to + 2] = blue;
    output[to + 3] = opacity;
  }
}

export function addWeighted(sums: Float32Array, row: Float32Array, weight: number): void {
  for (let at = 0; at < sums.length; at++) sums[at] += weight * row[at];
}

/** The window has negative lobes, so that sums beside a strong edge leave the range. */
function step(amount: number): number {
  return amount <= 0 ? 0 : amount >= lightSteps ? lightSteps : Math.round(amount);
}
