import type { Config } from "../config.ts";
import type { ClientClass } from "../negotiate/client-class.ts";
import { noDirectives, type UrlDirectives } from "../dialects/parsed-url.ts";
import { type ImageFacts, type JpegFacts, isDecoded } from "../../imaging/model/facts.ts";
import type { FormatId } from "../../imaging/model/formats.ts";
import { legacyTargets, type Target } from "../targets.ts";
import type { Reason } from "../reasons.ts";
import { minLossySourceQuality } from "./quality-map.ts";

/**
 * What a variant keeps and how it is made.
 * - `lossy`: the appearance; `lossless`: every pixel.
 * - `exact`: the same coefficients of a JPEG; `requantised`: the appearance, from fewer of them. `optimised`: the same pixels of a PNG, in the same format.
 * - `animated`: every frame. `streamed`: every sample, row by row.
 * - `photograph`: the appearance, where the pixels are a photograph; `graphics`: every pixel, where they are not.
 */
export type Treatment =
  | "lossy"
  | "lossless"
  | "exact"
  | "requantised"
  | "optimised"
  | "animated"
  | "streamed"
  | "photograph"
  | "graphics";

type Treatments = Partial<Record<Target, Treatment>>;

/** What a URL can ask of the encoders. It is all in the cache key. */
export type Directives = Pick<UrlDirectives, "lossless" | "chromaSubsampling">;

const everyLegacy = (treatment: Treatment): Treatments =>
  Object.fromEntries(legacyTargets.map((target) => [target, treatment]));

const lossy: Treatments = { avif: "lossy", webp: "lossy", ...everyLegacy("lossy") };
const lossless: Treatments = { webp: "lossless", ...everyLegacy("lossless") };

/** What is made from what (DESIGN). A source without a row is passed through. */
export function treatmentsOf(
  facts: ImageFacts,
  sourceBytes: number,
  config: Config,
  directives: Directives = noDirectives,
): Treatments {
  const isExact = directives.lossless === true || config.FIDELITY === "exact";
  const isLossyAllowed =
    !isExact && (config.PNG_MODE === "lossy" || (config.PNG_MODE === "auto" && isPhotograph(facts, sourceBytes)));
  switch (facts.format) {
    case "jpeg":
      return {
        ...recompressionsOf(facts.jpeg, config, isExact),
        ...(isExact ? {} : lossy),
        ...cmykFallback(facts, config, isExact),
      };
    case "png":
      return {
        ...(isLossyAllowed ? lossy : lossless),
        ...(isStreamedToJxl(facts, sourceBytes, isLossyAllowed) ? { jxl: "streamed" } : {}),
        png: "optimised",
      };
    case "gif":
      return facts.animated ? { webp: "animated" } : { webp: "lossless" };
    case "tiff": {
      const photograph: Treatments = isExact || facts.alpha ? {} : { jpeg: "photograph" };
      // 16-bit and CMYK sources become 8-bit sRGB, so no variant of them is lossless.
      const isReduced = (facts.bitDepth ?? 0) > 8 || facts.colour === "cmyk";
      if (isReduced) return isExact ? {} : { ...lossy, ...(facts.alpha ? {} : { jpeg: "lossy" }) };
      return {
        ...(isLossyAllowed ? lossy : lossless),
        ...photograph,
        png: facts.alpha || isExact ? "lossless" : "graphics",
      };
    }
    case "webp":
      if (facts.lossless) return { ...(isLossyAllowed ? { avif: "lossy" } : {}), png: "lossless" };
      return conversionsOf(facts, isExact);
    case "avif":
      // 8 of its bits are not all of it.
      if (isExact && (facts.bitDepth ?? 0) > 8) return {};
      return { webp: isExact ? "lossless" : "lossy", ...conversionsOf(facts, isExact) };
    default:
      return {};
  }
}

/** What clients get of a lossy file whose format they do not show. */
function conversionsOf({ alpha }: ImageFacts, isExact: boolean): Treatments {
  return alpha || isExact ? { png: "lossless" } : { jpeg: "lossy" };
}

/**
 * What may be made of files of these formats also for clients that show them: they are smaller than what else could be
 * made, and a second lossy encode would show. A format without a row is as good as any other.
 */
const improvements: Partial<Record<FormatId, readonly Target[]>> = { avif: [], webp: ["avif"] };

/** Whether a source of this format is left as it is for those who show it, unless an improvement is planned. */
export function isBestForItsClients(format: FormatId): boolean {
  return improvements[format] !== undefined;
}

/** Whether a target is for clients that show a source of this format, too. */
export function isImprovement(format: FormatId, target: Target): boolean {
  return improvements[format]?.includes(target) ?? true;
}

/** Formats that are sent unchanged only to clients that name them. */
const shownWhenNamed: readonly FormatId[] = ["tiff", "webp", "avif"];

/** A file that the client cannot show is worse than any that it can. */
export function mustBeConverted(format: FormatId, { formats }: ClientClass): boolean {
  return shownWhenNamed.includes(format) && !formats.some((shown) => shown === format);
}

function recompressionsOf({ recompress, quality }: JpegFacts, { JPEG_FALLBACK }: Config, isExact: boolean): Treatments {
  if (recompress === undefined) return {};
  const { jxlBytes, jpegBytes, isRequantisable } = recompress;
  const isLossy = !isExact && isRequantisable && quality !== undefined && quality >= minLossySourceQuality;
  const jpeg = isLossy && JPEG_FALLBACK === "lossy" ? "requantised" : "exact";
  return {
    ...(jxlBytes === null ? {} : { jxl: isLossy ? "requantised" : "exact" }),
    ...(jpegBytes === null ? {} : { jpeg }),
  };
}

/** Clients that only take JPEG get an sRGB JPEG in place of CMYK. */
function cmykFallback({ colour }: ImageFacts, { CMYK }: Config, isExact: boolean): Treatments {
  return colour === "cmyk" && CMYK === "convert" && !isExact ? { jpeg: "lossy" } : {};
}

/**
 * Bits per pixel from which a lossless file is taken for a photograph. As a PNG, screenshots need about 0.5, graphics 2,
 * photographs 10 and more; lossless WebP needs three quarters of that.
 */
const photographBitsPerPixel = { png: 7, webp: 5 } as const;

/** Smaller pictures are icons, whatever they show. */
const photographMinPixels = 64 * 1024;

function isPhotograph(facts: ImageFacts, sourceBytes: number): boolean {
  if (facts.width === undefined || facts.height === undefined || facts.colour === "palette") return false;
  const pixels = facts.width * facts.height;
  const leastBits = photographBitsPerPixel[facts.format === "webp" ? "webp" : "png"];
  return pixels >= photographMinPixels && (sourceBytes * 8) / pixels >= leastBits;
}

/** Largest picture, in megapixels, that lossless WebP has the time for to be nearly as small as JPEG XL. */
const losslessWebpUpTo = 1.85;

/**
 * Share of the bits of its samples of colour that a PNG takes, from which it is worth a try: graphics need less, and repeat
 * themselves.
 */
const streamedShare = 1.5 / 8;

/** Of 16 bits there is nothing else: all other formats that are made here have 8. */
function isStreamedToJxl(facts: ImageFacts, sourceBytes: number, isLossyAllowed: boolean): boolean {
  const { width = 0, height = 0, colour, bitDepth = 8 } = facts;
  const samples = width * height * (colour === "gray" ? 1 : 3);
  const pixels = width * height;
  const isAlone = bitDepth > 8 ? pixels >= photographMinPixels : !isLossyAllowed && pixels > losslessWebpUpTo * 1e6;
  return colour !== "palette" && isAlone && sourceBytes >= (samples * bitDepth * streamedShare) / 8;
}

/** Formats without a decoder that are as good as what could be made of them, or better. */
const bestFormats: readonly FormatId[] = ["jxl", "heic", "svg"];

interface Refusal {
  readonly reason: Reason;
  readonly applies: (facts: ImageFacts, config: Config) => boolean;
}

/** Why a source is left alone for every client; in the order of the reasons. Each row is decided from the header alone. */
const sourceRefusals: readonly Refusal[] = [
  { reason: "opted-out", applies: (facts, config) => facts.provenance && config.METADATA !== "none" },
  { reason: "undecodable", applies: (facts) => isUnreadable(facts) },
  { reason: "animated", applies: (facts) => facts.animated && facts.format !== "gif" },
  // Of a JPEG this is a gain map: a second picture beside the one that is read here.
  { reason: "hdr", applies: (facts, config) => facts.hdr && !(facts.format === "jpeg" && config.METADATA === "none") },
  { reason: "already-best", applies: (facts) => bestFormats.includes(facts.format) },
];

/** Why a source's pixels are left alone, although its bytes may be optimised. */
const pixelRefusals: readonly Refusal[] = [
  { reason: "undecodable", applies: (facts) => isDecodedUnfaithfully(facts) },
  { reason: "bit-depth", applies: hasTooManyBits },
  { reason: "cmyk", applies: (facts, config) => facts.colour === "cmyk" && config.CMYK === "pass" },
];

/** A still image whose header cannot be believed, or of a format without decoder. */
function isUnreadable(facts: ImageFacts): boolean {
  if (bestFormats.includes(facts.format) || facts.animated || facts.hdr) return false;
  return !isBestForItsClients(facts.format) && (!isDecoded(facts) || isHeaderCut(facts));
}

function isHeaderCut({ width, height, bitDepth }: ImageFacts): boolean {
  return width === undefined || height === undefined || bitDepth === undefined;
}

/** Where a file cannot be shown, 8 of its bits are better than none. */
function hasTooManyBits({ format, bitDepth }: ImageFacts): boolean {
  return (bitDepth ?? 0) > 8 && !shownWhenNamed.includes(format);
}

/**
 * A picture that no decoder here shows as a browser would. What has a reason of its own further down is left to that
 * one, so that the more telling reason is given.
 */
function isDecodedUnfaithfully(facts: ImageFacts): boolean {
  if (hasTooManyBits(facts)) return false;
  if (isHeaderCut(facts)) return true;
  if (facts.format === "jpeg" && !(facts.jpeg.decodable && hasPixelForm(facts.jpeg))) return true;
  if (facts.format === "tiff" && !facts.tiff.decodable) return true;
  if (facts.format === "avif" && !facts.avif.decodable) return true;
  return facts.profile === "unusable" || facts.colour === "unknown" || facts.colour === "other";
}

/** Undefined for what cannot be read, null for what no other format can say. */
function hasPixelForm({ recompress }: JpegFacts): boolean {
  return (recompress?.pixelBytes ?? null) !== null;
}

/** The first reason for which this source is passed through, or undefined when variants may be made. */
export function refuseSource(facts: ImageFacts, config: Config): Reason | undefined {
  return sourceRefusals.find((refusal) => refusal.applies(facts, config))?.reason;
}

/** The first reason for which the pixels of this source are left alone. */
export function refusePixels(facts: ImageFacts, config: Config): Reason | undefined {
  return pixelRefusals.find((refusal) => refusal.applies(facts, config))?.reason;
}
