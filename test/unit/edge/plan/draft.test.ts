import { describe, expect, it } from "vitest";
import { isLossless } from "../../../../src/imaging/model/recipe.ts";
import { type EncodeSettings, isScored } from "../../../../src/imaging/model/settings.ts";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import type { Target } from "../../../../src/edge/targets.ts";
import { planDraft } from "../../../../src/edge/plan/draft.ts";
import { planSource } from "../../../../src/edge/plan/plan.ts";
import type { PlannedVariant } from "../../../../src/edge/plan/variant.ts";
import { animatedGif, configOf, jpeg, jpegFacts, png, recompressible } from "../../samples.ts";

const sourceBytes = 200_000;

function sized<Facts extends ImageFacts>(facts: Facts, megapixels: number): Facts {
  return { ...facts, width: 1000, height: Math.round(megapixels * 1000) };
}

function settingsOf(variant: PlannedVariant | undefined): EncodeSettings | undefined {
  return variant?.recipe.kind === "encode" ? variant.recipe.settings : undefined;
}

function qualityOf(variant: PlannedVariant | undefined): number {
  const settings = settingsOf(variant);
  return settings !== undefined && "quality" in settings ? settings.quality : Number.NaN;
}

function planned(facts: ImageFacts, target: Target, network: "fast" | "slow" = "fast"): PlannedVariant {
  const plan = planSource(facts, sourceBytes, configOf({ PNG_MODE: "lossy" }), network);
  const variant = plan.kind === "make" ? plan.variants[target] : undefined;
  if (typeof variant !== "object") throw new Error(`no ${target} of this source: ${variant}`);
  return variant;
}

function draftOf(facts: ImageFacts, target: Target, network?: "fast" | "slow") {
  return planDraft(planned(facts, target, network), facts, sourceBytes);
}

describe("planDraft()", () => {
  it.each([
    [0.25, "webp", { method: 2 }],
    [0.5, "webp", { method: 2 }],
    [1, "webp", { method: 2 }],
    [0.25, "avif", { speed: 10 }],
    [1, "avif", { speed: 10 }],
  ] as const)("hurries an encode of %f MP as %s: %j", (megapixels, target, quick) => {
    const facts = sized(jpeg, megapixels);
    const variant = planned(facts, target);
    const draft = draftOf(facts, target);
    expect(draft).toMatchObject({ id: variant.id, target, recipe: { kind: "encode", settings: quick } });
    expect(settingsOf(variant)).not.toMatchObject(quick);
    expect(draft?.cost.ms).toBeLessThanOrEqual(variant.cost.ms - 100);
    expect(draft?.cost.peakBytes).toBeLessThanOrEqual(variant.cost.peakBytes);
  });

  it("aims at the same look, with colour as it is in the variant", () => {
    const facts = sized({ ...jpeg, jpeg: { ...jpegFacts, quality: 85, subsampling: "4:4:4" } }, 0.4);
    const webp = planned(facts, "webp");
    expect(settingsOf(webp)).toMatchObject({ sharpYuv: true });
    const quick = { format: "webp", lossless: false, quality: qualityOf(webp), method: 2, sharpYuv: true };
    expect(settingsOf(draftOf(facts, "webp"))).toEqual(quick);
    // What was calibrated for these settings: a quick AVIF needs a higher number for the same look.
    const avif = planned(facts, "avif");
    const draft = draftOf(facts, "avif");
    const quality = qualityOf(draft);
    expect(quality).toBeGreaterThan(qualityOf(avif));
    expect(settingsOf(avif)).toMatchObject({ bitDepth: 10, chroma: "4:4:4" });
    expect(settingsOf(draft)).toEqual({ format: "avif", quality, speed: 10, chroma: "4:4:4", bitDepth: 8 });
  });

  it("hurries what is drawn as well", () => {
    const facts = sized(jpeg, 0.5);
    expect(planned(facts, "avif")).toHaveProperty("recipe.forGraphics");
    const draft = draftOf(facts, "avif");
    expect(draft).toMatchObject({ recipe: { forGraphics: { speed: 10 } } });
    expect(draft).not.toHaveProperty("recipe.forGraphics.target");
  });

  it("keeps what a slow connection takes off", () => {
    const facts = sized(jpeg, 0.4);
    const slow = draftOf(facts, "webp", "slow");
    expect(slow?.id).toBe("webp.slow");
    const quality = qualityOf(planned(facts, "webp", "slow"));
    expect(quality).toBeLessThan(qualityOf(planned(facts, "webp")));
    expect(settingsOf(slow)).toMatchObject({ quality, method: 2 });
  });

  it.each([
    ["small", sized(jpeg, 0.05), "webp"],
    ["small, whatever an encoder's start may take", sized(jpeg, 0.05), "avif"],
    ["without loss", sized({ ...recompressible, jpeg: { ...jpegFacts, ...recompressible.jpeg } }, 0.4), "jxl"],
    ["of a codec without efforts", sized(jpeg, 0.4), "jp2"],
    ["an animation", animatedGif, "webp"],
  ] as const)("makes none of what is %s", (_, facts, target) => {
    expect(draftOf(facts, target)).toBeUndefined();
  });

  it.each([
    [2.5, "webp"],
    [1.5, "avif"],
  ] as const)("does not look at what it makes: of %f MP as %s nothing else is left out", (megapixels, target) => {
    const facts = sized(jpeg, megapixels);
    const settings = settingsOf(planned(facts, target));
    if (settings === undefined || !isScored(settings)) throw new Error("not scored");
    const { target: score, ...others } = settings;
    expect(score?.score).toBeGreaterThan(70);
    expect(settingsOf(draftOf(facts, target))).toEqual(others);
  });

  it("makes none of a lossless WebP", () => {
    const facts = sized(png, 0.4);
    const plan = planSource(facts, sourceBytes, configOf({}));
    const variant = plan.kind === "make" ? plan.variants.webp : undefined;
    if (typeof variant !== "object") throw new Error("no WebP");
    expect(isLossless(variant.recipe)).toBe(true);
    expect(planDraft(variant, facts, sourceBytes)).toBeUndefined();
  });
});
