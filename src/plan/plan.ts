import type { EncodeSettings } from "../codecs/codec.ts";
import type { Config } from "../config.ts";
import type { ImageFacts } from "../formats/facts.ts";
import type { ProducedFormat } from "../formats/formats.ts";
import { backgroundWindowMs } from "../limits.ts";
import type { Reason } from "../reasons.ts";
import { type Cost, predictDecode, predictEncode } from "./cost-model.ts";
import { chooseEffort } from "./effort.ts";
import { refuseSource, treatmentsOf } from "./policy.ts";
import { losslessSourceQuality, mapQuality, minLossySourceQuality } from "./quality-map.ts";

/** One variant that can be made, with what it is predicted to take. */
export interface PlannedVariant {
  readonly settings: EncodeSettings;
  /** Of the encode alone. */
  readonly cost: Cost;
}

/** Decided from the header, before anything is decoded. */
export type Plan =
  | { readonly kind: "pass"; readonly reason: Reason }
  | {
      readonly kind: "make";
      /** Of the decode that all variants share. */
      readonly decode: Cost;
      /** Every format that policy knows for this source: how to make it, or why not. */
      readonly variants: Readonly<Partial<Record<ProducedFormat, PlannedVariant | Reason>>>;
    };

/** What can be made of a source under these settings. Pure: the client is looked at later, by `chooseAnswer()`. */
export function planSource(facts: ImageFacts, sourceBytes: number, config: Config): Plan {
  const refused = refuseSource(facts);
  if (refused !== undefined) return { kind: "pass", reason: refused };
  const decode = predictDecode(facts, sourceBytes);
  const treatments = Object.entries(treatmentsOf(facts, sourceBytes, config)) as [ProducedFormat, "lossy" | "lossless"][];
  const variants = treatments.map(([format, treatment]) => {
    const settings = settingsFor(format, treatment, facts);
    const verdict = verdictOn(settings, facts, sourceBytes, decode, config);
    // Full chroma doubles the memory of an AVIF encode; halved chroma is better than no variant at all.
    const isTooLarge = verdict === "too-large" && settings.fullChroma;
    const halved = { ...settings, fullChroma: false };
    return [format, isTooLarge ? verdictOn(halved, facts, sourceBytes, decode, config) : verdict] as const;
  });
  const verdicts = variants.map(([, verdict]) => verdict);
  if (verdicts.length > 0 && verdicts.every((verdict) => verdict === "too-large")) return { kind: "pass", reason: "too-large" };
  return { kind: "make", decode, variants: Object.fromEntries(variants) };
}

function settingsFor(format: ProducedFormat, treatment: "lossy" | "lossless", facts: ImageFacts): EncodeSettings {
  const lossless = treatment === "lossless";
  const sourceQuality = facts.jpeg?.quality ?? losslessSourceQuality;
  const megapixels = pixelsOf(facts) / 1e6;
  return {
    format,
    lossless,
    quality: mapQuality(format, sourceQuality),
    effort: chooseEffort(format, lossless, megapixels),
    fullChroma: facts.jpeg === undefined || facts.jpeg.subsampling === "4:4:4",
  };
}

function verdictOn(
  settings: EncodeSettings,
  facts: ImageFacts,
  sourceBytes: number,
  decode: Cost,
  config: Config,
): PlannedVariant | Reason {
  if (!config.FORMATS.includes(settings.format)) return "format-off";
  const cost = predictEncode(settings, facts, sourceBytes);
  const peakBytes = Math.max(decode.peakBytes, cost.peakBytes);
  if (peakBytes > config.MEMORY_BUDGET_MB * 1e6 || decode.ms + cost.ms > backgroundWindowMs) return "too-large";
  const isPoor = facts.jpeg?.quality !== undefined && facts.jpeg.quality < minLossySourceQuality;
  return isPoor && !settings.lossless ? "low-quality-source" : { settings, cost };
}

function pixelsOf(facts: ImageFacts): number {
  return (facts.width ?? 0) * (facts.height ?? 0);
}
