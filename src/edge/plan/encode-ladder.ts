import { scoreScaleOf, targetScoreFor } from "../../imaging/cost/score.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import type { Content } from "../../imaging/model/picture.ts";
import type { Chroma, EncodeSettings, JxrContainer, LossyWebp, ScoredSettings } from "../../imaging/model/settings.ts";
import type { NetworkClass } from "../negotiate/network.ts";
import { type Target, universalTargets } from "../targets.ts";
import {
  avifFullChromaUpTo,
  avifSpeedsFrom,
  bitDepthsFor,
  pngEffortsFrom,
  webpEffortsFrom,
  webpMethodsFrom,
} from "./effort.ts";
import type { Directives, Treatment } from "./policy.ts";
import { cmykSourceQuality, lowerQuality, mapQuality, type QualityScale, sourceQualityOf } from "./quality-map.ts";

/** The treatments that encode pixels. */
export type PixelTreatment = Exclude<Treatment, "exact" | "requantised" | "optimised" | "animated" | "streamed">;

interface LadderSource {
  readonly facts: ImageFacts;
  readonly network: NetworkClass;
  readonly directives: Directives;
}

const allChromas = ["4:4:4", "4:2:0"] as const satisfies readonly Chroma[];
const halvedChroma = ["4:2:0"] as const satisfies readonly Chroma[];

/**
 * How to encode, from the best way to the lightest; the first that fits is taken. Full colour doubles the memory of an
 * AVIF encode, and so do 10 bits and effort, and to score the result takes memory too; but any variant is better than
 * none.
 */
export function encodeLadder(
  target: Target,
  treatment: PixelTreatment,
  { facts, network, directives }: LadderSource,
  content: Content,
): readonly EncodeSettings[] {
  const lossless = keepsEveryPixel(treatment);
  const { alpha } = facts;
  const megapixels = ((facts.width ?? 0) * (facts.height ?? 0)) / 1e6;
  const hasFullChroma = directives.chromaSubsampling === false || keepsFullChroma(facts);
  const statedQuality = sourceQualityOf(facts);
  const sourceQuality = facts.colour === "cmyk" ? Math.max(statedQuality, cmykSourceQuality) : statedQuality;
  const isLowered = network === "slow" && !isUniversal(target);
  const qualityOf = (scale: QualityScale): number => {
    const mapped = mapQuality(scale, sourceQuality);
    return isLowered ? lowerQuality(scale.format, mapped, sourceQuality) : mapped;
  };
  const targeted = <Settings extends ScoredSettings | LossyWebp<"rows">>(settings: Settings): Settings => {
    const mapped = mapQuality(settings, sourceQuality);
    const score = targetScoreFor(scoreScaleOf(settings), sourceQuality, mapped, settings.quality);
    // Graphics suffer in colour as well, which luma does not show: they may score better, never worse.
    return { ...settings, target: { score, isMinimum: content === "graphics" } };
  };
  // Beside transparency, luma says nothing.
  const scored = (settings: ScoredSettings): readonly EncodeSettings[] =>
    alpha ? [settings] : [targeted(settings), settings];
  const jxr = (container: JxrContainer): EncodeSettings =>
    lossless
      ? { format: "jxr", container, lossless }
      : { format: "jxr", container, lossless, quality: qualityOf({ format: "jxr" }) };

  switch (target) {
    case "avif": {
      const chromas = hasFullChroma || megapixels <= avifFullChromaUpTo ? allChromas : halvedChroma;
      return avifSpeedsFrom(megapixels, alpha, content)
        .flatMap((speed) => chromas.map((chroma) => ({ speed, chroma })))
        .flatMap((way) => bitDepthsFor(alpha).map((bitDepth) => ({ format: target, ...way, bitDepth })))
        .flatMap((scale) => scored({ ...scale, quality: qualityOf(scale) }));
    }
    case "webp":
      if (lossless) return webpEffortsFrom(megapixels).map((effort) => ({ format: target, lossless, effort }));
      return lossyWebpLadder(content, alpha, megapixels).flatMap((scale): readonly EncodeSettings[] => {
        const quality = qualityOf(scale);
        return scale.coder === "rows" ? [targeted({ ...scale, quality })] : scored({ ...scale, quality });
      });
    case "jp2":
      return [
        lossless ? { format: target, lossless } : { format: target, lossless, quality: qualityOf({ format: target }) },
      ];
    case "jxr":
    case "jxr-ms":
      return [jxr("jpeg-xr")];
    case "jxr-hd":
      return [jxr("hd-photo")];
    case "jpeg":
      return (hasFullChroma ? allChromas : halvedChroma).map((chroma) => ({
        format: target,
        quality: qualityOf({ format: target }),
        chroma,
      }));
    case "png":
      return pngEffortsFrom(megapixels).map((effort) => ({ format: target, effort }));
    case "jxl":
      // Only made of coefficients.
      return [];
    default:
      return target satisfies never;
  }
}

/** Whether the source has colour for each pixel. */
function keepsFullChroma(facts: ImageFacts): boolean {
  switch (facts.format) {
    case "jpeg":
      return facts.jpeg.subsampling === "4:4:4";
    case "webp":
      return facts.lossless;
    case "avif":
      return facts.avif.decodable && facts.avif.hasFullChroma;
    default:
      return true;
  }
}

/**
 * Rows have neither transparency nor colour that is fitted to what a decoder makes of its halves, which text needs. They take
 * so little memory that they are also what is left for large graphics.
 */
function lossyWebpLadder(
  content: Content,
  alpha: boolean,
  megapixels: number,
): readonly (Omit<LossyWebp<"rows">, "quality"> | Omit<LossyWebp<"libwebp">, "quality">)[] {
  const lossy = { format: "webp", lossless: false } as const;
  const rows = { ...lossy, coder: "rows" } as const;
  if (content === "natural" && !alpha) return [rows];
  const libwebp = webpMethodsFrom(megapixels, alpha).flatMap((method) =>
    [true, false].map((sharpYuv) => ({ ...lossy, coder: "libwebp", method, sharpYuv }) as const),
  );
  return alpha ? libwebp : [...libwebp, rows];
}

export function keepsEveryPixel(treatment: PixelTreatment): boolean {
  return treatment === "lossless" || treatment === "graphics";
}

/** What all clients can show is no answer to a request for fewer bytes: there is one of it for all. */
export function isUniversal(target: Target): boolean {
  return universalTargets.some((universal) => universal === target);
}
