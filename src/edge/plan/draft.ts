import { isScored, type ScoredSettings } from "../../imaging/model/settings.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import { predictEncode, predictStream } from "../../imaging/cost/predict.ts";
import { mapQuality, sourceQualityOf } from "./quality-map.ts";
import type { PlannedVariant } from "./variant.ts";

/** Milliseconds that a draft has to spare its client: less is not felt, and the draft is another encode. */
const minSparedMs = 100;

/** Below it any encode is quick: what the cost model predicts is mostly the start of an encoder, which may have been started. */
const minPixels = 100_000;

/**
 * The same variant in haste, to be sent until the variant itself is there: as good a look in more bytes. Undefined where
 * it would not be ready clearly sooner.
 */
export function planDraft(variant: PlannedVariant, facts: ImageFacts, sourceBytes: number): PlannedVariant | undefined {
  const { recipe } = variant;
  if (recipe.kind !== "encode" || !isScored(recipe.settings)) return undefined;
  if ((facts.width ?? 0) * (facts.height ?? 0) < minPixels) return undefined;
  const sourceQuality = sourceQualityOf(facts);
  const settings = hasten(recipe.settings, sourceQuality);
  const cost = predictEncode(settings, facts, sourceBytes);
  if (variant.cost.ms - cost.ms < minSparedMs) return undefined;
  const { forGraphics } = recipe;
  const isHastened = forGraphics !== undefined && isScored(forGraphics);
  return {
    ...variant,
    recipe: { ...recipe, settings, ...(isHastened && { forGraphics: hasten(forGraphics, sourceQuality) }) },
    cost,
  };
}

/**
 * A lossy WebP of a JPEG row by row, where no codec for whole pictures is at hand; undefined where it cannot be.
 */
export function planSlicedDraft(
  variant: PlannedVariant,
  facts: ImageFacts,
  sourceBytes: number,
): PlannedVariant | undefined {
  const { recipe } = variant;
  if (recipe.kind !== "encode" || recipe.settings.format !== "webp" || recipe.settings.lossless) return undefined;
  if (facts.format !== "jpeg" || !isStreamable(facts)) return undefined;
  const quality = mapQuality({ format: "webp" }, sourceQualityOf(facts));
  return {
    ...variant,
    recipe: { kind: "stream", format: "webp", quality },
    cost: predictStream(facts, sourceBytes),
  };
}

/** Whether rows of it can be encoded as they come: turning, and converting colours, needs all of the picture. */
export function isStreamable({ orientation, profile }: ImageFacts): boolean {
  return orientation === 1 && (profile === "none" || profile === "srgb");
}

/**
 * Without all that takes time, the scoring of the result included. Fewer tools need a higher number for the same score;
 * how much higher depends little on what the number is for.
 */
function hasten(settings: ScoredSettings, sourceQuality: number): ScoredSettings {
  const quick = quicken(settings);
  const difference = mapQuality(quick, sourceQuality) - mapQuality(settings, sourceQuality);
  return { ...quick, quality: quick.quality + difference };
}

/** The quickest encoder settings: below these efforts, time is not saved any more (see `effort.ts`). */
function quicken(scored: ScoredSettings): ScoredSettings {
  const { target: _, ...settings } = scored;
  return settings.format === "avif" ? { ...settings, speed: 10, bitDepth: 8 } : { ...settings, method: 2 };
}
