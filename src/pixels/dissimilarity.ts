import type { Pixels } from "../codecs/codec.ts";

/** Windows of 8 × 8, each half over the next. */
const side = 8;
const stride = 4;

/** The constants of SSIM, (0.01 L)² and (0.03 L)² for L = 255, which keep flat windows from counting as unlike. */
const lightnessFloor = 6.5;
const contrastFloor = 58.5;

/**
 * How far two pictures of the same size are apart, 0 for the same: 1 − SSIM (Wang et al. 2004) of each window of luma at
 * half the resolution, and of these the fourth root of the mean fourth power, so that the worst places count most. Of the
 * scales, channels and means tried, this orders pictures most like SSIMULACRA 2 does (docs/decisions/013). Alpha is not
 * looked at. Undefined for pictures of two sizes, or too small for a window.
 */
export function measureDissimilarity(a: Pixels, b: Pixels): number | undefined {
  if (a.width !== b.width || a.height !== b.height) return undefined;
  const width = a.width >> 1;
  const height = a.height >> 1;
  if (width < side || height < side) return undefined;
  const first = halvedLuma(a, width, height);
  const second = halvedLuma(b, width, height);
  let fourthPowers = 0;
  let windows = 0;
  for (let top = 0; top + side <= height; top += stride) {
    for (let left = 0; left + side <= width; left += stride) {
      fourthPowers += compareWindow(first, second, top * width + left, width) ** 4;
      windows++;
    }
  }
  return (fourthPowers / windows) ** 0.25;
}

function compareWindow(first: Float32Array, second: Float32Array, start: number, width: number): number {
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

/** Luma (ITU-R BT.601, 0–255), each sample the mean of four pixels. */
function halvedLuma({ data, width: fullWidth }: Pixels, width: number, height: number): Float32Array {
  const luma = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const above = 4 * (2 * y * fullWidth + 2 * x);
      const below = above + 4 * fullWidth;
      luma[y * width + x] =
        (lumaAt(data, above) + lumaAt(data, above + 4) + lumaAt(data, below) + lumaAt(data, below + 4)) / 4;
    }
  }
  return luma;
}

function lumaAt(data: Uint8ClampedArray, at: number): number {
  return 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
}
