/**
 * Qualities of libwebp's scale, and quantiser indices that score alike here: medians of photographs, by SSIMULACRA 2 beside
 * libwebp's method 4. So what is calibrated for one encoder begins near its target with the other.
 */
const indicesByQuality = [
  [0, 127],
  [20, 72],
  [40, 50],
  [55, 41],
  [65, 35],
  [75, 30],
  [82, 21],
  [88, 14],
  [93, 8],
  [100, 0],
] as const;

/** The base index of a quality, 0–100: linear between the points, never less for a lower quality. */
export function baseIndexOfQuality(quality: number): number {
  const upper = Math.max(
    1,
    indicesByQuality.findIndex(([from]) => from >= quality),
  );
  const [fromQuality, fromIndex] = indicesByQuality[upper - 1];
  const [toQuality, toIndex] = indicesByQuality[upper];
  return Math.round(fromIndex + ((quality - fromQuality) / (toQuality - fromQuality)) * (toIndex - fromIndex));
}
