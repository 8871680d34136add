/** Lobes of the window: 3 keeps more detail than 2, and rings less than 4 (Turkowski, Graphics Gems, 1990). */
const lobes = 3;

/** The Lanczos window: sinc(x) · sinc(x / 3) between −3 and 3. */
function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= lobes) return 0;
  const angle = Math.PI * x;
  return (lobes * Math.sin(angle) * Math.sin(angle / lobes)) / (angle * angle);
}

/** Which samples along one side make a sample of the result, and how much each counts. */
export interface Taps {
  /** By sample of the result: the first sample that counts, and how many do. */
  readonly first: Int32Array;
  readonly counts: Int32Array;
  /** `stride` weights for each, whose sum is 1. */
  readonly weights: Float32Array;
  readonly stride: number;
}

/**
 * The weights along one side. For a smaller picture the window is as much wider as the picture gets smaller, so that it
 * removes what the result cannot show. At the edges only the samples that there are count.
 *
 * @param start of the part that is shown, and @param scale how many samples of the source one of the result covers, at least 1
 */
export function lanczosTaps(sourceLength: number, resultLength: number, start: number, scale: number): Taps {
  const stride = tapsFor(scale);
  const first = new Int32Array(resultLength);
  const counts = new Int32Array(resultLength);
  const weights = new Float32Array(resultLength * stride);
  const width = Math.max(1, scale);
  const reach = lobes * width;
  for (let index = 0; index < resultLength; index++) {
    // Samples are in the middle of their pixels.
    const centre = start + (index + 0.5) * scale - 0.5;
    const from = Math.min(sourceLength - 1, Math.max(0, Math.ceil(centre - reach)));
    const to = Math.max(from, Math.min(sourceLength - 1, Math.floor(centre + reach)));
    const row = Array.from({ length: to - from + 1 }, (_, tap) => lanczos((from + tap - centre) / width));
    const sum = row.reduce((total, weight) => total + weight, 0);
    first[index] = from;
    counts[index] = row.length;
    weights.set(
      row.map((weight) => weight / sum),
      index * stride,
    );
  }
  return { first, counts, weights, stride };
}

/** The most samples that count for one of the result. */
export function tapsFor(scale: number): number {
  return 2 * Math.ceil(lobes * Math.max(1, scale)) + 1;
}
