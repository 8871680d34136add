import type { Pixels } from "../model/picture.ts";
import type { UnsharpMask } from "../model/rendering.ts";
import type { Steps } from "../steps.ts";
import { addWeighted } from "./row-resampler.ts";

/** Standard deviations of the blur after which its weights, below one in 90, no longer show. */
const reachInDeviations = 3;

/** What an addition of one weighted sample takes. */
const nanosecondsPerTap = 3.5;

/**
 * Sharpens a picture in place by an unsharp mask, on the encoded levels and each colour by itself, as image services and
 * picture editors do; there, steps of equal size look equal. The blur weighs colours by their opacity, and opacity itself
 * stays.
 */
export function* sharpen({ data, width, height }: Pixels, { amount, radius, threshold }: UnsharpMask): Steps<void> {
  const kernel = gaussian(radius);
  const reach = (kernel.length - 1) / 2;
  // Rows that are blurred across, with the weights that went into them; row n is at n modulo their number.
  const rows = Array.from({ length: kernel.length }, () => new Float32Array(4 * width));
  const sums = new Float32Array(4 * width);
  const nanosecondsPerRow = 4 * width * kernel.length * nanosecondsPerTap;
  let blurred = 0;
  for (let y = 0; y < height; y++) {
    for (; blurred < height && blurred <= y + reach; blurred++) {
      blurAcross(data.subarray(4 * width * blurred, 4 * width * (blurred + 1)), kernel, rows[blurred % rows.length]);
      yield nanosecondsPerRow;
    }
    sums.fill(0);
    for (let tap = 0; tap < kernel.length; tap++) {
      const from = y - reach + tap;
      if (from < 0 || from >= height) continue;
      addWeighted(sums, rows[from % rows.length], kernel[tap]);
    }
    addDifferences(data.subarray(4 * width * y, 4 * width * (y + 1)), sums, amount, threshold);
    yield nanosecondsPerRow;
  }
}

/** Weights that add up to 1. */
function gaussian(deviation: number): Float32Array {
  const reach = Math.max(1, Math.ceil(reachInDeviations * deviation));
  const weights = Array.from({ length: 2 * reach + 1 }, (_, tap) =>
    Math.exp(-((tap - reach) ** 2) / 2 / deviation ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}

function addDifferences(row: Uint8ClampedArray, blurred: Float32Array, amount: number, threshold: number): void {
  for (let at = 0; at < row.length; at++) {
    const weight = blurred[at | 3];
    // The fourth is the opacity, and what cannot be seen has no colour.
    if ((at & 3) === 3 || weight <= 0) continue;
    const difference = row[at] - blurred[at] / weight;
    if (Math.abs(difference) >= threshold) row[at] += amount * difference;
  }
}

/** One row, in which every colour counts by its opacity; the fourth sums are those of the weights. */
function blurAcross(row: Uint8ClampedArray, kernel: Float32Array, output: Float32Array): void {
  const reach = (kernel.length - 1) / 2;
  for (let at = 0; at < row.length; at += 4) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let weights = 0;
    // Beyond the edges there is nothing.
    const first = Math.max(0, reach - (at >> 2));
    const end = Math.min(kernel.length, reach + (row.length - at) / 4);
    for (let tap = first, from = at + 4 * (first - reach); tap < end; tap++, from += 4) {
      const weight = kernel[tap] * row[from + 3];
      red += weight * row[from];
      green += weight * row[from + 1];
      blue += weight * row[from + 2];
      weights += weight;
    }
    output[at] = red;
    output[at + 1] = green;
    output[at + 2] = blue;
    output[at + 3] = weights;
  }
}

/** How much a radius costs, for predictions: samples that are added for each pixel of the picture. */
export function tapsOfSharpening(radius: number): number {
  return 2 * (2 * Math.max(1, Math.ceil(reachInDeviations * radius)) + 1);
}
