import type { Config } from "../config.ts";
import type { DecodedFormat } from "../codecs/codec.ts";
import { decodedFormats } from "../codecs/codec.ts";
import { noWishes, type UrlWishes } from "../dialects/parsed-url.ts";
import type { ImageFacts } from "../formats/facts.ts";
import type { FormatId, ProducedFormat } from "../formats/formats.ts";
import type { Reason } from "../reasons.ts";

/** What a lossless source's variant keeps: every pixel, or the look. */
type Treatment = "lossy" | "lossless";

/** What a URL can ask of the encoders. It is all in the cache key. */
export type Wishes = Pick<UrlWishes, "lossless" | "chromaSubsampling">;

/** What is made from what (DESIGN). A source without a row is passed through. */
export function treatmentsOf(
  facts: ImageFacts,
  sourceBytes: number,
  config: Config,
  wishes: Wishes = noWishes,
): Partial<Record<ProducedFormat, Treatment>> {
  const isLossless = wishes.lossless === true;
  if (facts.format === "jpeg" && !isLossless) return { avif: "lossy", webp: "lossy" };
  if (facts.format !== "png") return {};
  if (isLossless) return { webp: "lossless" };
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

interface Refusal {
  readonly reason: Reason;
  readonly applies: (facts: ImageFacts) => boolean;
}

/** Why a source is left alone, whoever asks; in the order of the reasons. Each row is decided from the header alone. */
const refusals: readonly Refusal[] = [
  { reason: "undecodable", applies: (facts) => isDecodedUnfaithfully(facts) },
  { reason: "animated", applies: (facts) => facts.animated },
  { reason: "hdr", applies: (facts) => facts.hdr },
  { reason: "bit-depth", applies: (facts) => isDecoded(facts.format) && (facts.bitDepth ?? 0) > 8 },
  { reason: "cmyk", applies: (facts) => isDecoded(facts.format) && facts.colour === "cmyk" },
  { reason: "already-best", applies: (facts) => modernFormats.includes(facts.format) },
];

/**
 * A still image that no decoder here shows as a browser would. What has a reason of its own further down (animation,
 * ink colours, …) is left to that one, so that the more telling reason is given.
 */
function isDecodedUnfaithfully(facts: ImageFacts): boolean {
  if (modernFormats.includes(facts.format) || facts.animated || facts.hdr) return false;
  if (!isDecoded(facts.format)) return true;
  if (facts.width === undefined || facts.height === undefined || facts.bitDepth === undefined) return true;
  if (facts.bitDepth > 8 || facts.colour === "cmyk") return false;
  const isKnownColour = facts.colour !== "unknown" && facts.colour !== "other";
  return !isKnownColour || facts.profile === "other" || facts.orientation !== 1 || facts.jpeg?.decodable === false;
}

/** The first reason for which this source is passed through, or undefined when variants can be made. */
export function refuseSource(facts: ImageFacts): Reason | undefined {
  return refusals.find((refusal) => refusal.applies(facts))?.reason;
}
