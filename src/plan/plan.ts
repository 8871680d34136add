import type { Meta } from "../cache/meta.ts";
import type { EncodedFormat, EncodeSettings } from "../codecs/codec.ts";
import type { RepackSettings } from "../coefficients/repack.ts";
import type { Config } from "../config.ts";
import { noWishes } from "../dialects/parsed-url.ts";
import type { ImageFacts } from "../formats/facts.ts";
import { negotiatedFormats, type ProducedFormat } from "../formats/formats.ts";
import { backgroundWindowMs } from "../limits.ts";
import type { NetworkClass } from "../negotiate/network.ts";
import { firstReason, type Reason } from "../reasons.ts";
import { type Cost, predictDecode, predictEncode, predictRepack } from "./cost-model.ts";
import { chooseEffort } from "./effort.ts";
import { refusePixels, refuseSource, type Treatment, treatmentsOf, type Wishes } from "./policy.ts";
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
  const refused = refuseSource(facts, config);
  if (refused !== undefined) return { kind: "pass", reason: refused };
  const source: PlannedSource = {
    facts,
    sourceBytes,
    config,
    network,
    wishes,
    decode: predictDecode(facts, sourceBytes),
  };
  const treatments = Object.entries(treatmentsOf(facts, sourceBytes, config, wishes)) as [ProducedFormat, Treatment][];
  const variants = treatments.map(([format, treatment]) => [format, planVariant(format, treatment, source)] as const);
  const verdicts = variants.map(([, verdict]) => verdict);
  if (verdicts.every((verdict) => typeof verdict === "string")) {
    const pixels = refusePixels(facts);
    const reason = firstReason([...verdicts, ...(pixels === undefined ? [] : [pixels])]);
    if (reason !== undefined && traitsOfSources.includes(reason)) return { kind: "pass", reason };
  }
  return { kind: "make", decode: source.decode, variants: Object.fromEntries(variants) };
}

/** Reasons that lie in the source alone; all others depend on settings and on what the client accepts. */
const traitsOfSources: readonly Reason[] = ["undecodable", "bit-depth", "cmyk", "too-large"];

/** The same for a source whose record is kept: with what the origin forbids, and what only decoding could tell. */
export function planKnownSource(meta: Meta, config: Config, network: NetworkClass, wishes: Wishes): Plan {
  if (meta.freshness.noTransform) return { kind: "pass", reason: "opted-out" };
  const planned = planSource(meta.source.facts, meta.source.bytes, config, network, wishes);
  // A verdict that only decoding gave has its place in the order of reasons: behind none that the header gives.
  return planned.kind === "make" && meta.verdict !== null ? { kind: "pass", reason: meta.verdict } : planned;
}

/** What the plan of each variant reads. */
interface PlannedSource {
  readonly facts: ImageFacts;
  readonly sourceBytes: number;
  readonly config: Config;
  readonly network: NetworkClass;
  readonly wishes: Wishes;
  readonly decode: Cost;
}

function planVariant(format: ProducedFormat, treatment: Treatment, source: PlannedSource): PlannedVariant | Reason {
  const isOff = negotiatedFormats.some((negotiated) => negotiated === format) && !isSwitchedOn(format, source.config);
  if (isOff) return "format-off";
  return format === "jxl" || format === "jpeg"
    ? planRepack(format, source)
    : planEncode(format, treatment === "lossless", source);
}

function isSwitchedOn(format: ProducedFormat, { FORMATS }: Config): boolean {
  return FORMATS.some((allowed) => allowed === format);
}

/** The same coefficients in another packing. */
function planRepack(
  format: RepackSettings["format"],
  { facts, sourceBytes, config }: PlannedSource,
): PlannedVariant | Reason {
  const cost = predictRepack(format, facts, sourceBytes);
  if (!fits(cost, config)) return "too-large";
  const { FIDELITY, METADATA } = config;
  const settings = { format, lossless: true, exact: FIDELITY === "exact", metadata: METADATA } as const;
  return { id: format, engine: "coefficients", settings, cost };
}

/** A new encode of the pixels. */
function planEncode(format: EncodedFormat, lossless: boolean, source: PlannedSource): PlannedVariant | Reason {
  const { facts, network } = source;
  const refused = refusePixels(facts);
  if (refused !== undefined) return refused;
  const settings = settingsFor(format, lossless, source);
  const cost = predictWithin(settings, source);
  // Full chroma doubles the memory of an AVIF encode; halved chroma is better than no variant at all.
  const halved = { ...settings, fullChroma: false };
  const halvedCost = cost === undefined && settings.fullChroma ? predictWithin(halved, source) : undefined;
  const isPoor = facts.jpeg?.quality !== undefined && facts.jpeg.quality < minLossySourceQuality;
  const id: VariantId = network === "slow" && !lossless ? `${format}.slow` : format;
  if (cost === undefined && halvedCost === undefined) return "too-large";
  if (isPoor && !lossless) return "low-quality-source";
  return cost === undefined
    ? { id, engine: "pixels", settings: halved, cost: halvedCost ?? source.decode }
    : { id, engine: "pixels", settings, cost };
}

function settingsFor(
  format: EncodedFormat,
  lossless: boolean,
  { facts, network, wishes }: PlannedSource,
): EncodeSettings {
  const sourceQuality = facts.jpeg?.quality ?? losslessSourceQuality;
  const quality = mapQuality(format, sourceQuality);
  const megapixels = ((facts.width ?? 0) * (facts.height ?? 0)) / 1e6;
  return {
    format,
    lossless,
    quality: network === "slow" ? lowerQuality(quality) : quality,
    effort: chooseEffort(format, lossless, megapixels),
    fullChroma: wishes.chromaSubsampling === false || facts.jpeg === undefined || facts.jpeg.subsampling === "4:4:4",
  };
}

/** The cost of an encode; undefined when it exceeds what one job may take, with the decode before it. */
function predictWithin(
  settings: EncodeSettings,
  { facts, sourceBytes, decode, config }: PlannedSource,
): Cost | undefined {
  const cost = predictEncode(settings, facts, sourceBytes);
  const together = { ms: decode.ms + cost.ms, peakBytes: Math.max(decode.peakBytes, cost.peakBytes) };
  return fits(together, config) ? cost : undefined;
}

function fits({ ms, peakBytes }: Cost, config: Config): boolean {
  return peakBytes <= config.MEMORY_BUDGET_MB * 1e6 && ms <= backgroundWindowMs;
}
