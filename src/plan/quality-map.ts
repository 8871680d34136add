import type { EncodedFormat } from "../codecs/codec.ts";

/** Below this JPEG quality a second lossy step shows: the source's own damage is encoded once more. */
export const minLossySourceQuality = 60;

/** Assumed for a lossy variant of a lossless source: a look that one cannot tell apart. */
export const losslessSourceQuality = 90;

/** High enough that the second encode does not show: SSIMULACRA 2 of 84 and more against the source's pixels. */
const fallbackJpegQuality = 92;

const nearSource = [
  [60, 68],
  [75, 75],
  [82, 80],
  [90, 86],
  [95, 90],
  [100, 95],
] as const;

/**
 * Encoder quality by JPEG source quality, as support points of a line. A first map, chosen so that the variant's
 * damage stays below the source's own: better sources get better variants.
 */
const qualityBySource: Readonly<Record<EncodedFormat, readonly (readonly [source: number, encoder: number])[]>> = {
  webp: nearSource,
  avif: [
    [60, 50],
    [75, 56],
    [82, 60],
    [90, 68],
    [95, 76],
    [100, 86],
  ],
  jp2: nearSource,
  jxr: nearSource,
  jpeg: [[100, fallbackJpegQuality]],
  // Lossless.
  png: [[100, 100]],
};

/**
 * Points of the encoder's scale by which a slow connection's variants are below the others: a quarter fewer bytes or so,
 * still a good look.
 */
const slowQualityStep = 15;

/** The encoder's quality for a slow connection. */
export function lowerQuality(quality: number): number {
  return Math.max(1, quality - slowQualityStep);
}

/** The encoder's quality (0–100, its own scale) for a source of the given JPEG quality (1–100). */
export function mapQuality(format: EncodedFormat, sourceQuality: number): number {
  const points = qualityBySource[format];
  const upper = points.findIndex(([source]) => source >= sourceQuality);
  const [source1, encoder1] = points[upper] ?? points[points.length - 1] ?? [0, 0];
  const [source0, encoder0] = points[upper - 1] ?? [source1, encoder1];
  if (source1 === source0 || sourceQuality >= source1) return encoder1;
  return Math.round(encoder0 + ((encoder1 - encoder0) * (sourceQuality - source0)) / (source1 - source0));
}
