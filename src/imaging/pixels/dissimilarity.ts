import { runAtOnce, type Steps } from "../steps.ts";
import type { Pixels } from "../model/picture.ts";

/** Windows of 8 × 8. */
const side = 8;

/** The constants of SSIM, (0.01 L)² and (0.03 L)² for L = 255, which keep flat windows from counting as unlike. */
const lightnessFloor = 6.5;
const contrastFloor = 58.5;

/** One channel, row by row. */
export interface Plane {
  readonly samples: Uint8Array | Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * How far two pictures of the same size are apart, 0 for the same; see `Dissimilarity`. Alpha is ignored. Undefined for
 * pictures of two sizes, or too small for a window.
 */
export function* compareInSteps(a: Pixels, b: Pixels): Steps<number | undefined> {
  if (a.width !== b.width || a.height !== b.height) return undefined;
  const dissimilarity = new Dissimilarity();
  const nsForLuma = a.width * a.height * nsPerPixel.luma;
  const first = lumaOf(a);
  yield nsForLuma;
  const second = lumaOf(b);
  yield nsForLuma;
  yield* dissimilarity.addInSteps(first, second);
  return dissimilarity.value;
}

/** The same without a pause. */
export const measureDissimilarity = (a: Pixels, b: Pixels): number | undefined => runAtOnce(compareInSteps(a, b));

/** Nanoseconds for each pixel of one picture, and for each of a window. */
const nsPerPixel = { luma: 5, halved: 5, window: 1.5 } as const;

/**
 * 1 − SSIM (Wang et al. 2004) of windows of luma, at full and at half resolution. Of the windows of a scale the fourth root
 * of the mean fourth power, so that the worst places count most; of the two scales the geometric mean. Of what was tried,
 * this orders pictures most like SSIMULACRA 2 does (docs/decisions/013).
 */
export class Dissimilarity {
  readonly #full = new WindowSum();
  readonly #half = new WindowSum();

  /** Adds a picture, or a part of it, before and after. */
  add(first: Plane, second: Plane): void {
    runAtOnce(this.addInSteps(first, second));
  }

  *addInSteps(first: Plane, second: Plane): Steps<void> {
    yield* this.#full.add(first, second, side);
    const [halfOfFirst, halfOfSecond] = [halve(first), halve(second)];
    yield 2 * first.width * first.height * nsPerPixel.halved;
    // In both scales the windows begin at the same places.
    yield* this.#half.add(halfOfFirst, halfOfSecond, side / 2);
  }

  /** Undefined where no part was large enough for a window. */
  get value(): number | undefined {
    return this.#half.windows === 0 ? undefined : Math.sqrt(this.#full.mean * this.#half.mean);
  }
}

/** Over all windows of one scale. */
class WindowSum {
  windows = 0;
  #fourthPowers = 0;

  *add(first: Plane, second: Plane, stride: number): Steps<void> {
    const { width, height } = first;
    for (let top = 0; top + side <= height; top += stride) {
      for (let left = 0; left + side <= width; left += stride) {
        this.#fourthPowers += compareWindow(first.samples, second.samples, top * width + left, width) ** 4;
        this.windows++;
      }
      yield (width / stride) * side * side * nsPerPixel.window;
    }
  }

  get mean(): number {
    return (this.#fourthPowers / this.windows) ** 0.25;
  }
}

/** 1 − SSIM of one window. */
function compareWindow(first: Plane["samples"], second: Plane["samples"], start: number, width: number): number {
  let sumA = 0;
  let sumB = 0;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let row = start; row < start + side * width; row += width) {
    for (let at = row; at < row + side; at++) {
      const a = first[at] ?? 0;
      const b = second[at] ?? 0;
      sumA += a;
      sumB += b;
      squaresA += a * a;
      squaresB += b * b;
      products += a * b;
    }
  }
  const count = side * side;
  const meanA = sumA / count;
  const meanB = sumB / count;
  const variances = squaresA / count - meanA * meanA + squaresB / count - meanB * meanB;
  const covariance = products / count - meanA * meanB;
  const lightness = (2 * meanA * meanB + lightnessFloor) / (meanA * meanA + meanB * meanB + lightnessFloor);
  return Math.max(0, 1 - (lightness * (2 * covariance + contrastFloor)) / (variances + contrastFloor));
}

/** Luma of ITU-R BT.601, rounded, which is a quarter of the memory. */
function lumaOf({ data, width, height }: Pixels): Plane {
  const samples = new Uint8Array(width * height);
  for (let at = 0; at < samples.length; at++) {
    const red = data[4 * at] ?? 0;
    const green = data[4 * at + 1] ?? 0;
    const blue = data[4 * at + 2] ?? 0;
    samples[at] = 0.299 * red + 0.587 * green + 0.114 * blue + 0.5;
  }
  return { samples, width, height };
}

/** Each sample the mean of four; an odd last row or column is left out. */
function halve({ samples, width: fullWidth, height: fullHeight }: Plane): Plane {
  const [width, height] = [fullWidth >> 1, fullHeight >> 1];
  const halved = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const above = 2 * y * fullWidth + 2 * x;
      const below = above + fullWidth;
      halved[y * width + x] =
        ((samples[above] ?? 0) + (samples[above + 1] ?? 0) + (samples[below] ?? 0) + (samples[below + 1] ?? 0)) / 4;
    }
  }
  return { samples: halved, width, height };
}
