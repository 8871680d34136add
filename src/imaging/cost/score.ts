import type { Chroma, WebpCoder } from "../model/settings.ts";
import { calibratedScore } from "./calibration.generated.ts";

/** What a dissimilarity means depends on the encoder, and on whether colour, which it does not see, was halved. */
export type ScoreScale = keyof typeof calibratedScore;

/** What of an encoder's settings moves its scale. */
type ScaleSettings =
  | { readonly format: "webp"; readonly coder: WebpCoder }
  | { readonly format: "avif"; readonly chroma: Chroma };

/** The scale for these settings. */
export function scoreScaleOf(settings: ScaleSettings): ScoreScale {
  if (settings.format === "webp") return settings.coder === "rows" ? "webp rows" : "webp";
  return settings.chroma === "4:4:4" ? "avif full chroma" : "avif halved chroma";
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
  const [[lowest], [highest]] = [targetBySource[0], targetBySource[targetBySource.length - 1] ?? targetBySource[0]];
  return interpolate(targetBySource, Math.min(highest, Math.max(lowest, sourceQuality)));
}

/** The same for a variant that is encoded with another quality than the calibrated one. */
export function targetScoreFor(scale: ScoreScale, sourceQuality: number, calibrated: number, quality: number): number {
  const { typical } = calibratedScore[scale];
  return targetScore(sourceQuality) + interpolate(typical, quality) - interpolate(typical, calibrated);
}

/** The SSIMULACRA 2 that a variant probably has, by its `measureDissimilarity()`. */
export function predictScore(scale: ScoreScale, dissimilarity: number): number {
  const { factor, power } = calibratedScore[scale];
  return 100 - factor * dissimilarity ** power;
}

/** The `measureDissimilarity()` that a variant of this score probably has. */
export function dissimilarityOfScore(scale: ScoreScale, score: number): number {
  const { factor, power } = calibratedScore[scale];
  return (Math.max(0, 100 - score) / factor) ** (1 / power);
}

/** An encode, and the score that it probably has. */
export interface ScoredEncode {
  readonly quality: number;
  readonly score: number;
}

/** Points of score that are not worth a second encode, and then a third: 3 and 8 % of the bytes. */
const tolerances = [1, 2.5] as const;

/** A measure that is far off is rather wrong than right, and wrong downwards is seen. */
const mostStepsDown = 10;
const mostStepsUp = 14;

/**
 * The quality of the next encode, 1–100; undefined where the last one is near enough to the target, or where two have
 * been made for it. Pictures differ in how much a step of quality does for them: the first correction follows a typical
 * one, the second the picture's own.
 *
 * @param encodes so far, the first one first
 */
export function correctQuality(
  scale: ScoreScale,
  encodes: readonly ScoredEncode[],
  target: number,
): number | undefined {
  const [first, last] = [encodes[0], encodes.at(-1)];
  const tolerance = tolerances[encodes.length - 1];
  if (first === undefined || last === undefined || tolerance === undefined) return undefined;
  if (Math.abs(target - last.score) <= tolerance) return undefined;
  // Where scores do not rise with quality, there is no line to follow.
  if (encodes.length > 1 && (last.score - first.score) * (last.quality - first.quality) <= 0) return undefined;
  const points: Points =
    encodes.length === 1 ? calibratedScore[scale].typical : encodes.map(({ quality, score }) => [quality, score]);
  const wanted = encodes.length === 1 ? interpolate(points, last.quality) + target - last.score : target;
  const ideal = interpolate(
    points.map(([quality, score]) => [score, quality]),
    wanted,
  );
  const least = Math.max(1, first.quality - mostStepsDown);
  const most = Math.min(100, first.quality + mostStepsUp);
  const corrected = Math.min(most, Math.max(least, Math.round(ideal)));
  return encodes.some(({ quality }) => quality === corrected) ? undefined : corrected;
}

type Points = readonly (readonly [x: number, y: number])[];

/** On the line through the two points around `x`, or the nearest two. */
function interpolate(given: Points, x: number): number {
  const points = given.toSorted(([a], [b]) => a - b);
  const found = points.findIndex(([at]) => at >= x);
  const upper = found < 0 ? points.length - 1 : Math.max(1, found);
  const [[x0, y0], [x1, y1]] = [points[upper - 1] ?? [0, 0], points[upper] ?? [1, 1]];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
