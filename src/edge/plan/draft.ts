import type { ImageFacts } from "../../imaging/model/facts.ts";
import { predictStreamedWebp } from "../../imaging/cost/stream.ts";
import { mapQuality, sourceQualityOf } from "./quality-map.ts";
import type { PlannedVariant } from "./variant.ts";

/**
 * A lossy WebP of a JPEG row by row, where no codec for whole pictures is at hand; undefined where it cannot be.
 */
export function planSlicedDraft(
  variant: PlannedVariant,
  facts: ImageFacts,
  sourceBytes: number,
): PlannedVariant | undefined {
  const { recipe } = variant;
  if (recipe.kind !== "encode" || recipe.settings.format !== "webp" || recipe.settings.lossless) return undefined;
  if (facts.format !== "jpeg" || !isStreamable(facts)) return undefined;
  const quality = mapQuality({ format: "webp", coder: "rows" }, sourceQualityOf(facts));
  return {
    ...variant,
    recipe: { kind: "stream", format: "webp", quality },
    cost: predictStreamedWebp(facts, sourceBytes),
  };
}

/** Whether rows of it can be encoded as they come: turning, and converting colours, needs all of the picture. */
export function isStreamable({ orientation, profile }: ImageFacts): boolean {
  return orientation === 1 && (profile === "none" || profile === "srgb");
}
