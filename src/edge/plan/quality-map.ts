import type { ImageFacts } from "../../imaging/model/facts.ts";
import type { Chroma, SettingsOf, WebpCoder } from "../../imaging/model/settings.ts";
import { calibratedQuality } from "../../imaging/cost/calibration.generated.ts";
import { targetScore } from "../../imaging/cost/score.ts";

/** Below this JPEG quality a second lossy step shows: the source's own damage is encoded once more. */
export const minLossySourceQuality = 60;

/** Assumed for a lossy variant of a lossless source: a score at which no difference is seen. */
const losslessSourceQuality = 90;

/** The JPEG quality, 1–100, that the pixels of this source are worth. */
export function sourceQualityOf(facts: ImageFacts): number {
  return facts.format === "jpeg" ? (facts.jpeg.quality ?? losslessSourceQuality) : losslessSourceQuality;
}

/**
 * The least for CMYK: converted colours are to be those of the profile, and most of the bytes are saved by the
 * conversion already.
 */
export const cmykSourceQuality = 95;

/** High enough that the second encode does not show: SSIMULACRA 2 of 84 and more against the source's pixels. */
const fallbackJpegQuality = 92;

type SupportPoints = readonly (readonly [sourceQuality: number, encoderQuality: number])[];

/** What of an encoder's settings moves its scale of quality. */
export type QualityScale =
  | Pick<SettingsOf<"avif">, "format" | "speed" | "chroma" | "bitDepth">
  | { readonly format: "webp"; readonly coder: WebpCoder }
  | { readonly format: "jp2" | "jxr" | "jpeg" };

/** AVIF speeds below this spend bits so much better that a lower number gives the same score. */
const fastAvifSpeed = 8;

function supportPoints(scale: QualityScale): SupportPoints {
  switch (scale.format) {
    case "avif":
      return avifPoints(scale.speed < fastAvifSpeed, scale.chroma, scale.bitDepth === 10);
    case "webp":
      return calibratedQuality[scale.coder === "rows" ? "webp rows" : "webp"];
    case "jpeg":
      return [[100, fallbackJpegQuality]];
    default:
      return calibratedQuality[scale.format];
  }
}

function avifPoints(isSlow: boolean, chroma: Chroma, isDeep: boolean): SupportPoints {
  if (chroma === "4:2:0") return calibratedQuality[isDeep ? "avif halved chroma, 10 bits" : "avif halved chroma"];
  if (isSlow) return calibratedQuality[isDeep ? "avif full chroma, slow, 10 bits" : "avif full chroma, slow"];
  return calibratedQuality[isDeep ? "avif full chroma, 10 bits" : "avif full chroma"];
}

/**
 * Points of the encoder's scale by which a slow connection's variants are below the others: a quarter fewer bytes, and no
 * photograph below SSIMULACRA 2 of 60 (docs/decisions/011).
 */
const slowQualitySteps: Readonly<Record<QualityScale["format"], number>> = {
  webp: 9,
  avif: 9,
  jp2: 6,
  jxr: 8,
  jpeg: 0,
};

/**
 * Up to `from` nothing is subtracted, from `to` on the full step: variants of poor sources are already near the lowest
 * acceptable quality.
 */
const slowStepsRange = { from: 65, to: 85 } as const;

/** How much of the full step is subtracted for a source of the given JPEG quality, 0 to 1. */
function slowShare(sourceQuality: number): number {
  const { from, to } = slowStepsRange;
  return Math.min(1, Math.max(0, (sourceQuality - from) / (to - from)));
}

/** The encoder's quality for a slow connection, for a source of the given JPEG quality. */
export function lowerQuality(format: QualityScale["format"], quality: number, sourceQuality: number): number {
  return Math.max(1, Math.round(quality - slowQualitySteps[format] * slowShare(sourceQuality)));
}

/** Points of score by which a slow connection's requantised coefficients are below the others: a fifth fewer bytes. */
const slowScoreStep = 8;

/** Points by which a requantised JPEG is above the usual score: a visitor who saves the picture keeps it for good. */
const jpegScoreStep = 4;

/** SSIMULACRA 2 that the coefficients of a source of the given JPEG quality are quantised again for. */
export function requantisedScore(format: "jxl" | "jpeg", sourceQuality: number, isLowered: boolean): number {
  const target = targetScore(sourceQuality) + (format === "jpeg" ? jpegScoreStep : 0);
  return isLowered ? target - slowScoreStep * slowShare(sourceQuality) : target;
}

/**
 * The encoder's quality (0–100, its own scale) for a source of the given JPEG quality (1–100): between the calibrated
 * support points in a straight line, beyond them the nearest.
 */
export function mapQuality(scale: QualityScale, sourceQuality: number): number {
  const points = supportPoints(scale);
  const upper = points.findIndex(([source]) => source >= sourceQuality);
  const [source1, encoder1] = points[upper] ?? points[points.length - 1] ?? [0, 0];
  const [source0, encoder0] = points[upper - 1] ?? [source1, encoder1];
  if (source1 === source0 || sourceQuality >= source1) return encoder1;
  return Math.round(encoder0 + ((encoder1 - encoder0) * (sourceQuality - source0)) / (source1 - source0));
}
