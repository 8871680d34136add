import { describe, expect, it } from "vitest";
import type { EncodeSettings } from "../../../../src/imaging/model/settings.ts";
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
    [0.25, "webp", 2],
    [0.5, "webp", 2],
    [1, "webp", 2],
    [0.25, "avif", 10],
    [1, "avif", 10],
  ] as const)("hurries an encode of %f MP as %s: effort %i", (megapixels, target, effort) => {
    const facts = sized(jpeg, megapixels);
    const variant = planned(facts, target);
    const draft = draftOf(facts, target);
    expect(draft).toMatchObject({ id: variant.id, target, engine: "pixels", settings: { effort, lossless: false } });
    expect(variant.settings).not.toMatchObject({ effort });
    expect(draft?.cost.ms).toBeLessThanOrEqual(variant.cost.ms - 100);
    expect(draft?.cost.peakBytes).toBeLessThanOrEqual(variant.cost.peakBytes);
  });

  it("aims at the same look, with colour as it is in the variant", () => {
    const facts = sized({ ...jpeg, jpeg: { ...jpegFacts, quality: 85, subsampling: "4:4:4" } }, 0.4);
    const webp = planned(facts, "webp");
    expect(webp.settings).toMatchObject({ fullChroma: true });
    const { quality } = webp.settings as EncodeSettings;
    const inHaste = { format: "webp", lossless: false, quality, effort: 2, fullChroma: true };
    expect(draftOf(facts, "webp")?.settings).toEqual(inHaste);
    // What was calibrated for these settings: a quick AVIF needs a higher number for the same look.
    const avif = planned(facts, "avif").settings;
    const draft = draftOf(facts, "avif")?.settings;
    if (!("quality" in avif) || draft === undefined || !("quality" in draft)) throw new Error("not of pixels");
    expect(draft.quality).toBeGreaterThan(avif.quality);
    expect(avif).toMatchObject({ bitDepth: 10, fullChroma: true });
    expect(draft).toEqual({ format: "avif", lossless: false, quality: draft.quality, effort: 10, fullChroma: true });
  });

  it("hurries what is drawn as well", () => {
    const facts = sized(jpeg, 0.5);
    expect(planned(facts, "avif")).toHaveProperty("screenSettings");
    const draft = draftOf(facts, "avif");
    expect(draft).toMatchObject({ screenSettings: { effort: 10 } });
  });

  it("keeps what a slow connection takes off", () => {
    const facts = sized(jpeg, 0.4);
    const slow = draftOf(facts, "webp", "slow");
    expect(slow?.id).toBe("webp.slow");
    const { quality } = planned(facts, "webp", "slow").settings as EncodeSettings;
    expect(quality).toBeLessThan((planned(facts, "webp").settings as EncodeSettings).quality);
    expect(slow?.settings).toMatchObject({ quality, effort: 2 });
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
    const { look, ...others } = planned(facts, target).settings as EncodeSettings;
    expect(look).toBeGreaterThan(70);
    expect(draftOf(facts, target)?.settings).toMatchObject(others);
    expect(draftOf(facts, target)).not.toHaveProperty("settings.look");
  });

  it("makes none of a lossless WebP", () => {
    const facts = sized(png, 0.4);
    const plan = planSource(facts, sourceBytes, configOf({}));
    const variant = plan.kind === "make" ? plan.variants.webp : undefined;
    if (typeof variant !== "object") throw new Error("no WebP");
    expect(variant.settings.lossless).toBe(true);
    expect(planDraft(variant, facts, sourceBytes)).toBeUndefined();
  });
});
