import type { Meta } from "../cache/meta.ts";
import type { EncodeSettings } from "../codecs/codec.ts";
import type { Config } from "../config.ts";
import { noWishes } from "../dialects/parsed-url.ts";
import type { ImageFacts } from "../formats/facts.ts";
import type { ProducedFormat } from "../formats/formats.ts";
import { backgroundWindowMs } from "../limits.ts";
import type { NetworkClass } from "../negotiate/network.ts";
import type { Reason } from "../reasons.ts";
import { type Cost, predictDecode, predictEncode } from "./cost-model.ts";
import { chooseEffort } from "./effort.ts";
import { refuseSource, treatmentsOf, type Wishes } from "./policy.ts";
import { losslessSourceQuality, lowerQuality, mapQuality, minLossySourceQuality } from "./quality-map.ts";
import type { PlannedVariant, VariantId } from "./variant.ts";

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

/**
 * What can be made of a source under these settings for one kind of network. Pure; which of it a client gets is decided
 * by `chooseAnswer()`.
 */
export function planSource(
  facts: ImageFacts,
  sourceBytes: number,
  config: Config,
  network: NetworkClass = "fast",
  wishes: Wishes = noWishes,
): Plan {
  const refused = refuseSource(facts);
  if (refused !== undefined) return { kind: "pass", reason: refused };
  const decode = predictDecode(facts, sourceBytes);
  const treatments = Object.entries(treatmentsOf(facts, sourceBytes, config, wishes)) as [
    ProducedFormat,
    "lossy" | "lossless",
  ][];
  const variants = treatments.map(([format, treatment]) => {
    const settings = settingsFor(format, treatment, facts, network, wishes);
    const verdict = verdictOn(settings, facts, sourceBytes, decode, config);
    // Full chroma doubles the memory of an AVIF encode; halved chroma is better than no variant at all.
    const isTooLarge = verdict === "too-large" && settings.fullChroma;
    const halved = { ...settings, fullChroma: false };
    const final = isTooLarge ? verdictOn(halved, facts, sourceBytes, decode, config) : verdict;
    const id: VariantId = network === "slow" && !settings.lossless ? `${format}.slow` : format;
    return [format, typeof final === "string" ? final : { ...final, id }] as const;
  });
  const verdicts = variants.map(([, verdict]) => verdict);
  if (verdicts.length > 0 && verdicts.every((verdict) => verdict === "too-large"))
    return { kind: "pass", reason: "too-large" };
  return { kind: "make", decode, variants: Object.fromEntries(variants) };
}

/** The same for a source whose record is kept: with what the origin forbids, and what only decoding could tell. */
export function planKnownSource(meta: Meta, config: Config, network: NetworkClass, wishes: Wishes): Plan {
  if (meta.freshness.noTransform) return { kind: "pass", reason: "opted-out" };
  const planned = planSource(meta.source.facts, meta.source.bytes, config, network, wishes);
  // A verdict that only decoding gave has its place in the order of reasons: behind none that the header gives.
  return planned.kind === "make" && meta.verdict !== null ? { kind: "pass", reason: meta.verdict } : planned;
}

function settingsFor(
  format: ProducedFormat,
  treatment: "lossy" | "lossless",
  facts: ImageFacts,
  network: NetworkClass,
  wishes: Wishes,
): EncodeSettings {
  const lossless = treatment === "lossless";
  const sourceQuality = facts.jpeg?.quality ?? losslessSourceQuality;
  const quality = mapQuality(format, sourceQuality);
  const megapixels = pixelsOf(facts) / 1e6;
  return {
    format,
    lossless,
    quality: network === "slow" ? lowerQuality(quality) : quality,
    effort: chooseEffort(format, lossless, megapixels),
    fullChroma: wishes.chromaSubsampling === false || facts.jpeg === undefined || facts.jpeg.subsampling === "4:4:4",
  };
}

function verdictOn(
  settings: EncodeSettings,
  facts: ImageFacts,
  sourceBytes: number,
  decode: Cost,
  config: Config,
): Omit<PlannedVariant, "id"> | Reason {
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
