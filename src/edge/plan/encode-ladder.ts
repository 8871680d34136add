import type { EncodedFormat, EncodeSettings } from "../../imaging/model/settings.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import { type Target, targets, universalTargets } from "../targets.ts";
import type { NetworkClass } from "../negotiate/network.ts";
import { bitDepthsFor, effortsFrom, prefersFullChroma } from "./effort.ts";
import type { Content } from "../../imaging/model/picture.ts";
import { targetScoreFor, scoreScaleOf } from "../../imaging/encode/score.ts";
import type { Treatment, Directives } from "./policy.ts";
import { cmykSourceQuality, lowerQuality, mapQuality, sourceQualityOf } from "./quality-map.ts";

/** The treatments that encode pixels. */
export type PixelTreatment = Exclude<Treatment, "exact" | "packed" | "animated">;

interface LadderSource {
  readonly facts: ImageFacts;
  readonly network: NetworkClass;
  readonly directives: Directives;
}

/**
 * How to encode, from the best way to the lightest; the first that fits is taken. Full colour doubles the memory of an
 * AVIF encode, and so do 10 bits and effort, and to look at the result takes memory too; but any variant is better than
 * none.
 */
export function encodeLadder(
  target: Target,
  treatment: PixelTreatment,
  { facts, network, directives }: LadderSource,
  content: Content,
): readonly EncodeSettings[] {
  const format = targets[target].format as EncodedFormat;
  const lossless = treatment === "lossless" || treatment === "drawing";
  const megapixels = ((facts.width ?? 0) * (facts.height ?? 0)) / 1e6;
  const hasFullChroma =
    directives.chromaSubsampling === false || facts.format !== "jpeg" || facts.jpeg.subsampling === "4:4:4";
  const chromas = hasFullChroma || prefersFullChroma(format, megapixels) ? [true, false] : [false];
  const statedQuality = sourceQualityOf(facts);
  const sourceQuality = facts.colour === "cmyk" ? Math.max(statedQuality, cmykSourceQuality) : statedQuality;
  // Beside transparency, luma tells nothing.
  const isScored = !lossless && !facts.alpha;
  const isLowered = network === "slow" && !isUniversal(target);
  const ways = effortsFrom(format, lossless, megapixels, facts.alpha ? "alpha" : content).flatMap((effort) =>
    chromas.flatMap((fullChroma) =>
      bitDepthsFor(format, effort, facts.alpha).map((bitDepth) => ({ effort, fullChroma, bitDepth })),
    ),
  );
  return ways.flatMap(({ effort, fullChroma, bitDepth }) => {
    const mapped = mapQuality({ format, effort, fullChroma, bitDepth }, sourceQuality);
    const quality = isLowered ? lowerQuality(format, mapped, sourceQuality) : mapped;
    const unseen: EncodeSettings = {
      format,
      lossless,
      quality,
      effort,
      fullChroma,
      ...(bitDepth === 8 ? {} : { bitDepth }),
      ...(target === "jxr-hd" ? { container: "hd-photo" } : {}),
      ...(treatment === "photograph" || treatment === "drawing" ? { only: treatment } : {}),
    };
    const scale = isScored ? scoreScaleOf(unseen) : undefined;
    if (scale === undefined) return [unseen];
    const look = targetScoreFor(scale, sourceQuality, mapped, quality);
    // What is drawn suffers in colour as well, which luma does not tell: it may be better than it looks, never worse.
    return [{ ...unseen, look, ...(content === "screen" ? { isMinimum: true } : {}) }, unseen];
  });
}

/** What everybody can show is no answer to a wish for fewer bytes: there is one of it for all. */
export function isUniversal(target: Target): boolean {
  return universalTargets.some((universal) => universal === target);
}
