import type { KnownSource } from "./known-source.ts";
import type { Recipe, RecompressRecipe } from "../../imaging/model/recipe.ts";
import { type EncodeSettings, isLossyWebp } from "../../imaging/model/settings.ts";
import type { Config } from "../config.ts";
import { noDirectives, type UrlDirectives } from "../dialects/parsed-url.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import { type Target, targets, type VariantId } from "../targets.ts";
import { backgroundWindowMs } from "../limits.ts";
import type { NetworkClass } from "../negotiate/network.ts";
import { firstReason, type Reason } from "../reasons.ts";
import { predictAnimation } from "../../imaging/cost/animation.ts";
import {
  type Cost,
  predictDecode,
  predictEncode,
  predictOptimising,
  predictRecompress,
} from "../../imaging/cost/predict.ts";
import { predictStreamedJxl, predictStreamedWebp } from "../../imaging/cost/stream.ts";
import { chooseOptimising } from "./effort.ts";
import type { Content } from "../../imaging/model/picture.ts";
import { encodeLadder, isUniversal, keepsEveryPixel, type PixelTreatment } from "./encode-ladder.ts";
import {
  type Directives,
  isBestForItsClients,
  refusePixels,
  refuseSource,
  type Treatment,
  treatmentsOf,
} from "./policy.ts";
import { lowerQuality, mapQuality, minLossySourceQuality, requantisedScore, sourceQualityOf } from "./quality-map.ts";
import { isAttachment, isPrintFile } from "./print-file.ts";
import { isStreamable } from "./draft.ts";
import type { PlannedVariant } from "./variant.ts";

/** Decided from the header, before anything is decoded. */
export type Plan =
  | { readonly kind: "pass"; readonly reason: Reason }
  | {
      readonly kind: "make";
      /** Of the decode that all variants share. */
      readonly decode: Cost;
      /** The URL names the source's format, and not as a fallback: a client that cannot show it gets it all the same. */
      readonly isNamed?: boolean;
      /** Why the source stays as it is for those who show it, where it is not for being the best already. */
      readonly unchangedReason?: Reason;
      /** Every format that policy knows for this source: how to make it, or why not. */
      readonly variants: Readonly<Partial<Record<Target, PlannedVariant | Reason>>>;
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
  directives: Directives = noDirectives,
): Plan {
  const refused = refuseSource(facts, config);
  if (refused !== undefined) return { kind: "pass", reason: refused };
  const decode = predictDecode(facts, sourceBytes);
  const source: PlannedSource = { facts, sourceBytes, config, network, directives, decode };
  const treatments = Object.entries(treatmentsOf(facts, sourceBytes, config, directives)) as [Target, Treatment][];
  const variants = treatments.map(([target, treatment]) => [target, planVariant(target, treatment, source)] as const);
  const verdicts = variants.map(([, verdict]) => verdict);
  // Clients that show the source get it as the best, whatever refuses it to others.
  if (!isBestForItsClients(facts.format) && verdicts.every((verdict) => typeof verdict === "string")) {
    const reason = firstReason([...verdicts, refusePixels(facts, config)]);
    if (reason !== undefined && traitsOfSources.includes(reason)) return { kind: "pass", reason };
  }
  return { kind: "make", decode, variants: Object.fromEntries(variants) };
}

/** Reasons that lie in the source alone; all others depend on settings and on what the client accepts. */
const traitsOfSources: readonly Reason[] = ["undecodable", "animated", "bit-depth", "cmyk", "too-large"];

/** The same for a source whose record is kept: with what the origin forbids, and what only decoding showed. */
export function planKnownSource(
  { file, reply, verdict }: KnownSource,
  config: Config,
  network: NetworkClass,
  directives: UrlDirectives,
): Plan {
  const isDownload = isPrintFile(file.facts) && isAttachment(reply.headers);
  if (reply.freshness.noTransform || isDownload) return { kind: "pass", reason: "opted-out" };
  const isNamed = directives.requestedFormat === file.facts.format && directives.optimise !== true;
  const planned = { ...planSource(file.facts, file.bytes, config, network, directives), isNamed };
  // A verdict that only decoding gave comes after all that the header gives, in the order of reasons.
  if (planned.kind === "pass" || verdict === null) return planned;
  if (!isBestForItsClients(file.facts.format)) return { kind: "pass", reason: verdict };
  // A client that cannot show it gets it converted all the same.
  if (verdict === "not-resized") return { ...planned, unchangedReason: verdict };
  const refused = Object.keys(planned.variants).map((target) => [target, verdict] as const);
  return { ...planned, variants: Object.fromEntries(refused) };
}

/** What the plan of each variant reads. */
interface PlannedSource {
  readonly facts: ImageFacts;
  readonly sourceBytes: number;
  readonly config: Config;
  readonly network: NetworkClass;
  readonly directives: Directives;
  readonly decode: Cost;
}

function planVariant(target: Target, treatment: Treatment, source: PlannedSource): PlannedVariant | Reason {
  if (!isSwitchedOn(target, source.config)) return "format-off";
  switch (treatment) {
    case "exact":
      return planRecompress(target === "jxl" ? "jxl" : "jpeg", source);
    case "requantised":
      return planRequantise(target === "jxl" ? "jxl" : "jpeg", source);
    case "optimised":
      return planOptimising(source);
    case "animated":
      return planAnimation(source);
    case "streamed":
      return planStreamedJxl(source);
    default: {
      const planned = planEncode(target, treatment, source);
      if (target !== "webp" || treatment !== "lossy" || !isBetterStreamed(planned, source.facts)) return planned;
      const streamed = planStream(source);
      return typeof streamed === "string" && typeof planned === "object" ? planned : streamed;
    }
  }
}

/** `FORMATS` names what clients have to prove; what everybody can show is not in it. */
function isSwitchedOn(target: Target, { FORMATS }: Config): boolean {
  const { format } = targets[target];
  return isUniversal(target) || FORMATS.some((allowed) => allowed === format);
}

/** The same coefficients in another packing. */
function planRecompress(format: RecompressRecipe["format"], source: PlannedSource): PlannedVariant | Reason {
  const { facts, sourceBytes, config } = source;
  const cost = predictRecompress({ format, exact: true }, facts, sourceBytes);
  if (!fits(cost, config)) return "too-large";
  const recipe: Recipe =
    format === "jxl"
      ? { kind: "recompress", format, exact: true, unbiased: config.FIDELITY === "exact" }
      : { kind: "recompress", format, exact: true };
  return { id: format, target: format, recipe, cost, optimisedBytes: facts.pictureBytes ?? sourceBytes };
}

/** Fewer coefficients, so that the picture still looks the same. */
function planRequantise(format: RecompressRecipe["format"], source: PlannedSource): PlannedVariant | Reason {
  const { facts, sourceBytes, config, network } = source;
  const cost = predictRecompress({ format, exact: false }, facts, sourceBytes);
  if (!fits(cost, config)) return "too-large";
  const isLowered = network === "slow" && !isUniversal(format);
  const targetScore = requantisedScore(format, sourceQualityOf(facts), isLowered);
  const recipe: Recipe = { kind: "recompress", format, exact: false, targetScore };
  return { id: isLowered ? `${format}.slow` : format, target: format, recipe, cost };
}

/** The same pixels in a smaller PNG. */
function planOptimising({ facts, sourceBytes, config }: PlannedSource): PlannedVariant | Reason {
  const efforts = [chooseOptimising(megapixelsOf(facts)), "stream"] as const;
  const fitting = efforts
    .map((effort) => ({ effort, cost: predictOptimising(facts, sourceBytes, effort) }))
    .find(({ cost }) => fits(cost, config));
  if (fitting === undefined) return "too-large";
  const { effort, cost } = fitting;
  const recipe: Recipe = { kind: "optimise", format: "png", effort };
  // Of 16 bits the low ones may follow from the high ones: deflate sees that, no other format does.
  if ((facts.bitDepth ?? 8) > 8) return { id: "png", target: "png", recipe, cost };
  return { id: "png", target: "png", recipe, cost, optimisedBytes: facts.pictureBytes ?? sourceBytes };
}

/** Every sample of a PNG as JPEG XL. */
function planStreamedJxl({ facts, sourceBytes, config }: PlannedSource): PlannedVariant | Reason {
  // All bits are kept: more than 8 are no obstacle here, and hide no other one.
  const refused = refusePixels({ ...facts, bitDepth: 8 }, config);
  if (refused !== undefined) return refused;
  const cost = predictStreamedJxl(facts, sourceBytes);
  if (!fits(cost, config)) return "too-large";
  return { id: "jxl", target: "jxl", recipe: { kind: "stream", format: "jxl" }, cost };
}

/** Every frame of a GIF. */
function planAnimation({ facts, sourceBytes, config }: PlannedSource): PlannedVariant | Reason {
  const { width, height } = facts;
  const animation = facts.format === "gif" ? facts.animation : undefined;
  // Browsers do not agree about it, or it has more frames than are worth the time.
  if (width === undefined || height === undefined || animation === undefined) return "animated";
  const cost = predictAnimation({ width, height }, animation, sourceBytes);
  if (!fits(cost, config)) return "too-large";
  return { id: "webp", target: "webp", recipe: { kind: "animate", format: "webp" }, cost };
}

/** A new encode of the pixels. */
function planEncode(target: Target, treatment: PixelTreatment, source: PlannedSource): PlannedVariant | Reason {
  const { facts, network, config } = source;
  const refused = refusePixels(facts, config);
  if (refused !== undefined) return refused;
  const lossless = keepsEveryPixel(treatment);
  const natural = bestWithin(encodeLadder(target, treatment, source, "natural"), source, "natural");
  const graphics = bestWithin(encodeLadder(target, treatment, source, "graphics"), source, "graphics");
  const isPoor = sourceQualityOf(facts) < minLossySourceQuality;
  if (natural === undefined || graphics === undefined) return "too-large";
  if (isPoor && !lossless) return "low-quality-source";
  const variesByNetwork = !lossless && !isUniversal(target);
  const id: VariantId = network === "slow" && variesByNetwork ? `${target}.slow` : target;
  // Which settings apply is known only after decoding. Rows are so much quicker that their cost would never count.
  const cost = {
    ms: isLossyWebp(natural.settings, "rows") ? natural.cost.ms : Math.max(natural.cost.ms, graphics.cost.ms),
    peakBytes: Math.max(natural.cost.peakBytes, graphics.cost.peakBytes),
  };
  const { settings } = natural;
  const differs = JSON.stringify(settings) !== JSON.stringify(graphics.settings);
  const recipe: Recipe = {
    kind: "encode",
    settings,
    ...(differs && { forGraphics: graphics.settings }),
    ...((treatment === "photograph" || treatment === "graphics") && { only: treatment }),
  };
  return { id, target, recipe, cost };
}

/** Largest picture, in megapixels, whose pixels are held although rows would do: they show what quality it needs. */
const heldPixelsUpTo = 4;

function isBetterStreamed(planned: PlannedVariant | Reason, facts: ImageFacts): boolean {
  if (planned === "too-large") return true;
  return typeof planned === "object" && facts.format === "jpeg" && megapixelsOf(facts) > heldPixelsUpTo;
}

/** A JPEG or PNG becomes WebP row by row, without being held. */
function planStream(source: PlannedSource): PlannedVariant | Reason {
  const { facts, sourceBytes, config, network } = source;
  const cost = predictStreamedWebp(facts, sourceBytes);
  if (!isStreamable(facts) || !fits(cost, config)) return "too-large";
  const sourceQuality = sourceQualityOf(facts);
  if (sourceQuality < minLossySourceQuality) return "low-quality-source";
  const quality = mapQuality({ format: "webp", coder: "rows" }, sourceQuality);
  const recipe = (lowered: number): Recipe => ({ kind: "stream", format: "webp", quality: lowered });
  return network === "slow"
    ? { id: "webp.slow", target: "webp", recipe: recipe(lowerQuality("webp", quality, sourceQuality)), cost }
    : { id: "webp", target: "webp", recipe: recipe(quality), cost };
}

/** The best way to encode that, with the decode before it, takes no more than one job may. */
function bestWithin(
  ladder: readonly EncodeSettings[],
  { facts, sourceBytes, decode, config }: PlannedSource,
  content: Content,
): { settings: EncodeSettings; cost: Cost } | undefined {
  return ladder
    .map((settings) => ({ settings, cost: predictEncode(settings, facts, sourceBytes, content) }))
    .find(({ cost }) =>
      fits({ ms: decode.ms + cost.ms, peakBytes: Math.max(decode.peakBytes, cost.peakBytes) }, config),
    );
}

function fits({ ms, peakBytes }: Cost, config: Config): boolean {
  return peakBytes <= config.MEMORY_BUDGET_MB * 1e6 && ms <= backgroundWindowMs;
}

function megapixelsOf({ width = 0, height = 0 }: ImageFacts): number {
  return (width * height) / 1e6;
}
