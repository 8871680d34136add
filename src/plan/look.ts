import type { EncodeSettings } from "../codecs/codec.ts";
import { calibratedLook } from "./quality-map.generated.ts";

/** What a dissimilarity means depends on the encoder, and on whether colour, which it does not see, was halved. */
export type LookScale = keyof typeof calibratedLook;

/** The scale for these settings; undefined where nobody looks at the result. */
export function lookScaleOf({
  format,
  fullChroma,
}: Pick<EncodeSettings, "format" | "fullChroma">): LookScale | undefined {
  if (format === "webp") return format;
  if (format === "avif") return fullChroma ? "avif full chroma" : "avif halved chroma";
  return undefined;
}

/**
 * SSIMULACRA 2 that a variant is to have against the decoded source, by the source's JPEG quality. It rises, because what
 * a better source shows without damage is seen to be missing; docs/decisions/011 has the reasons.
 */
const targetBySource = [
  [50, 70],
  [60, 71],
  [70, 72.5],
  [82, 76],
  [90, 80],
  [95, 85],
  [100, 90],
] as const;

/** The target for a source of the given JPEG quality, 1–100: between the points in a straight line. */
export function targetScore(sourceQuality: number): number {
  let [from, score]: readonly [number, number] = targetBySource[0];
  for (const [to, scoreThere] of targetBySource) {
    if (sourceQuality <= to)
      return to === from ? scoreThere : score + ((scoreThere - score) * (sourceQuality - from)) / (to - from);
    [from, score] = [to, scoreThere];
  }
  return score;
}

/** The same for a variant whose quality is so many steps of its encoder's scale below the calibrated one. */
export function lookFor(scale: LookScale, sourceQuality: number, stepsBelow: number): number {
  return targetScore(sourceQuality) - stepsBelow * calibratedLook[scale].pointsPerStep;
}

/** The SSIMULACRA 2 that a variant probably has, by its `measureDissimilarity()`. */
export function predictScore(scale: LookScale, dissimilarity: number): number {
  const { factor, power } = calibratedLook[scale];
  return 100 - factor * dissimilarity ** power;
}

/** Points of score that are not worth another encode: 3 % of the bytes, and less than the measure's own error. */
const tolerance = 1;

/** A measure that is far off is rather wrong than right, and wrong downwards is seen. */
const mostStepsDown = 10;
const mostStepsUp = 14;

/**
 * The quality at which the variant would have had the look that it was to have; the same quality where it is near enough.
 *
 * @param quality that it was encoded with, 0–100
 * @param score that it has, as predicted
 */
export function correctQuality(scale: LookScale, quality: number, score: number, target: number): number {
  if (Math.abs(target - score) <= tolerance) return quality;
  const steps = (target - score) / calibratedLook[scale].pointsPerStep;
  return Math.min(100, Math.max(1, Math.round(quality + Math.min(mostStepsUp, Math.max(-mostStepsDown, steps)))));
}
