/** Luma quantisation table of ITU T.81 Annex K, Table K.1, in zigzag order (the order of a DQT segment). */
// prettier-ignore
const annexKLuma = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
  56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
] as const;

/** The same for chroma, Table K.2. */
const annexKChroma = [17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66].concat(
  Array.from({ length: 50 }, () => 99),
);

/** The quantisation tables of a quality, 1–100, in zigzag order: those of Annex K as the IJG library scales them, of 8 bits. */
export function quantisationTables(quality: number): Readonly<Record<"luma" | "chroma", readonly number[]>> {
  const scaled = (table: readonly number[]) => table.map((base) => scaleDivisor(base, quality, baselineMaximum));
  return { luma: scaled(annexKLuma), chroma: scaled(annexKChroma) };
}

function scaleDivisor(base: number, quality: number, maximum: number): number {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return Math.min(Math.max(Math.floor((base * percent + 50) / 100), 1), maximum);
}

const baselineMaximum = 255;
const extendedMaximum = 32767;

/**
 * The IJG quality, 1–100, whose scaled Annex K luma table is nearest to this one (64 values in zigzag order). The IJG
 * library scales by 5000/q per cent below 50 and by 200 − 2q from there.
 *
 * Nearest means the smallest sum of differences *relative to Annex K*: tables of other encoders (Photoshop, cameras,
 * mozjpeg) are shaped differently, mostly in the high frequencies whose entries are large; a plain sum would let those
 * few decide, while the eye judges the low ones. For a table of the IJG library the difference is 0 either way.
 */
export function estimateQuality(lumaTable: ArrayLike<number>): number {
  let maximum = baselineMaximum;
  for (let i = 0; i < annexKLuma.length; i++) if ((lumaTable[i] ?? 0) > baselineMaximum) maximum = extendedMaximum;
  let best = 100;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let quality = 100; quality >= 1; quality--) {
    const distance = relativeDistance(lumaTable, quality, maximum, bestDistance);
    if (distance < bestDistance) {
      best = quality;
      bestDistance = distance;
    }
  }
  return best;
}

/** Gives up once it is clear that `limit` is exceeded. */
function relativeDistance(table: ArrayLike<number>, quality: number, maximum: number, limit: number): number {
  let distance = 0;
  for (let i = 0; i < annexKLuma.length && distance < limit; i++) {
    const base = annexKLuma[i] ?? 1;
    distance += Math.abs(scaleDivisor(base, quality, maximum) - (table[i] ?? 0)) / base;
  }
  return distance;
}
