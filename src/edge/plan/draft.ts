import type { EncodedFormat, EncodeSettings } from "../../imaging/model/settings.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import { predictEncode } from "../../imaging/cost/predict.ts";
import { mapQuality, sourceQualityOf } from "./quality-map.ts";
import type { PlannedVariant } from "./variant.ts";

/** The efforts of drafts, on the encoders' own scales: below them, time is not saved any more (see `effort.ts`). */
const draftEfforts: Partial<Record<EncodedFormat, number>> = { webp: 2, avif: 10 };

/** Milliseconds that a draft has to spare its client: less is not felt, and the draft is another encode. */
const minSparedMs = 100;

/** Below it any encode is quick: what the cost model predicts is mostly the start of an encoder, which may have been started. */
const minPixels = 100_000;

/**
 * The same variant in haste, to be sent until the variant itself is there: as good a look in more bytes. Undefined where
 * it would not be ready clearly sooner.
 */
export function planDraft(variant: PlannedVariant, facts: ImageFacts, sourceBytes: number): PlannedVariant | undefined {
  if (variant.engine !== "pixels" || variant.settings.lossless) return undefined;
  if ((facts.width ?? 0) * (facts.height ?? 0) < minPixels) return undefined;
  const effort = draftEfforts[variant.settings.format];
  if (effort === undefined) return undefined;
  const settings = hasten(variant.settings, effort, facts);
  const cost = predictEncode(settings, facts, sourceBytes);
  if (variant.cost.ms - cost.ms < minSparedMs) return undefined;
  const { screenSettings } = variant;
  return {
    ...variant,
    settings,
    ...(screenSettings && { screenSettings: hasten(screenSettings, effort, facts) }),
    cost,
  };
}

/**
 * Without all that takes time, the check of the result included. Fewer tools need a higher number for the same look; how
 * much higher depends little on what the number is for.
 */
function hasten(settings: EncodeSettings, effort: number, facts: ImageFacts): EncodeSettings {
  const { format, lossless, quality, fullChroma, only } = settings;
  const quick: EncodeSettings = { format, lossless, quality, effort, fullChroma, ...(only && { only }) };
  const sourceQuality = sourceQualityOf(facts);
  const difference = mapQuality(quick, sourceQuality) - mapQuality(settings, sourceQuality);
  return { ...quick, quality: quality + difference };
}
