import type { Config } from "../config.ts";
import type { DecodedFormat } from "../codecs/codec.ts";
import { decodedFormats } from "../codecs/codec.ts";
import { noWishes, type UrlWishes } from "../dialects/parsed-url.ts";
import type { ImageFacts } from "../formats/facts.ts";
import type { FormatId, ProducedFormat } from "../formats/formats.ts";
import type { Reason } from "../reasons.ts";

/** What a variant keeps: the look, every pixel, or the very coefficients of a JPEG. */
export type Treatment = "lossy" | "lossless" | "exact";

/** What a URL can ask of the encoders. It is all in the cache key. */
export type Wishes = Pick<UrlWishes, "lossless" | "chromaSubsampling">;

/** What is made from what (DESIGN). A source without a row is passed through. */
export function treatmentsOf(
  facts: ImageFacts,
  sourceBytes: number,
  config: Config,
  wishes: Wishes = noWishes,
): Partial<Record<ProducedFormat, Treatment>> {
  const isExact = wishes.lossless === true || config.FIDELITY === "exact";
  if (facts.format === "jpeg") {
    const { jxlBytes, jpegBytes } = facts.jpeg?.repack ?? { jxlBytes: null, jpegBytes: null };
    return {
      ...(jxlBytes === null ? {} : { jxl: "exact" }),
      ...(isExact ? {} : { avif: "lossy", webp: "lossy" }),
      ...(jpegBytes === null ? {} : { jpeg: "exact" }),
    };
  }
  if (facts.format !== "png") return {};
  if (isExact) return { webp: "lossless" };
  const isLossy = config.PNG_MODE === "lossy" || (config.PNG_MODE === "auto" && isPhotograph(facts, sourceBytes));
  return isLossy ? { avif: "lossy", webp: "lossy" } : { webp: "lossless" };
}

/** Bits per pixel from which a PNG is taken for a photograph: screenshots need about 0.5, drawings 2, photographs 10 and more. */
const photographBitsPerPixel = 7;

/** Smaller pictures are icons, whatever they show. */
const photographMinPixels = 64 * 1024;

function isPhotograph(facts: ImageFacts, sourceBytes: number): boolean {
  if (facts.width === undefined || facts.height === undefined || facts.colour === "palette") return false;
  const pixels = facts.width * facts.height;
  return pixels >= photographMinPixels && (sourceBytes * 8) / pixels >= photographBitsPerPixel;
}

/** Formats that are as good as what could be made of them, or better. */
const modernFormats: readonly FormatId[] = ["avif", "webp", "jxl", "heic", "svg"];

export function isDecoded(format: FormatId): format is DecodedFormat {
  return decodedFormats.some((decoded) => decoded === format);
}

interface Refusal<Subject extends unknown[]> {
  readonly reason: Reason;
  readonly applies: (...subject: Subject) => boolean;
}

/** Why a source is left alone, whoever asks; in the order of the reasons. Each row is decided from the header alone. */
const sourceRefusals: readonly Refusal<[ImageFacts, Config]>[] = [
  { reason: "undecodable", applies: (facts) => isUnreadable(facts) },
  { reason: "animated", applies: (facts) => facts.animated },
  // Of a JPEG this is a gain map: a second picture beside the one that is read here.
  { reason: "hdr", applies: (facts, config) => facts.hdr && !(facts.format === "jpeg" && config.METADATA === "none") },
  { reason: "already-best", applies: (facts) => modernFormats.includes(facts.format) },
];

/** Why nothing is made of a source's pixels, although its bytes may be packed better. */
const pixelRefusals: readonly Refusal<[ImageFacts]>[] = [
  { reason: "undecodable", applies: (facts) => isDecodedUnfaithfully(facts) },
  { reason: "bit-depth", applies: (facts) => (facts.bitDepth ?? 0) > 8 },
  { reason: "cmyk", applies: (facts) => facts.colour === "cmyk" },
];

/** A still image whose header cannot be believed, or of a format without decoder. */
function isUnreadable(facts: ImageFacts): boolean {
  if (modernFormats.includes(facts.format) || facts.animated || facts.hdr) return false;
  const { width, height, bitDepth } = facts;
  return !isDecoded(facts.format) || width === undefined || height === undefined || bitDepth === undefined;
}

/**
 * A picture that no decoder here shows as a browser would. What has a reason of its own further down is left to that
 * one, so that the more telling reason is given.
 */
function isDecodedUnfaithfully(facts: ImageFacts): boolean {
  if ((facts.bitDepth ?? 0) > 8 || facts.colour === "cmyk") return false;
  const isKnownColour = facts.colour !== "unknown" && facts.colour !== "other";
  return !isKnownColour || facts.profile === "other" || facts.orientation !== 1 || facts.jpeg?.decodable === false;
}

/** The first reason for which this source is passed through, or undefined when variants may be made. */
export function refuseSource(facts: ImageFacts, config: Config): Reason | undefined {
  return sourceRefusals.find((refusal) => refusal.applies(facts, config))?.reason;
}

/** The first reason for which the pixels of this source are left alone. */
export function refusePixels(facts: ImageFacts): Reason | undefined {
  return pixelRefusals.find((refusal) => refusal.applies(facts))?.reason;
}
