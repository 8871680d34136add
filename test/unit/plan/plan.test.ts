import { assert, boolean, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../../src/formats/facts.ts";
import { backgroundWindowMs } from "../../../src/limits.ts";
import { type Plan, planSource } from "../../../src/plan/plan.ts";
import type { PlannedVariant } from "../../../src/plan/variant.ts";
import { configOf, jpeg, jpegFacts, png, repackable } from "../samples.ts";

function variantsOf(plan: Plan): Extract<Plan, { kind: "make" }>["variants"] {
  if (plan.kind === "pass") throw new Error(`passed: ${plan.reason}`);
  return plan.variants;
}

function planned(plan: Plan): PlannedVariant[] {
  return plan.kind === "pass" ? [] : Object.values(plan.variants).filter((verdict) => typeof verdict === "object");
}

describe("planSource()", () => {
  it("plans lossy WebP and AVIF for a JPEG, at half chroma as the source has it", () => {
    const { webp, avif } = variantsOf(planSource(jpeg, 100_000, configOf()));
    for (const variant of [webp, avif]) {
      expect(variant).toMatchObject({ settings: { lossless: false, fullChroma: false } });
    }
  });

  it("keeps full chroma for a JPEG in 4:4:4 and for a lossless source", () => {
    const full = { ...jpeg, jpeg: { ...jpegFacts, subsampling: "4:4:4" } } as const;
    expect(variantsOf(planSource(full, 100_000, configOf())).avif).toMatchObject({ settings: { fullChroma: true } });
    expect(variantsOf(planSource(png, 100_000, configOf({ PNG_MODE: "lossy" }))).avif).toMatchObject({
      settings: { fullChroma: true },
    });
  });

  it("gives a better source a better variant", () => {
    const qualityFor = (quality: number): number => {
      const [variant] = planned(planSource({ ...jpeg, jpeg: { ...jpegFacts, quality } }, 100_000, configOf()));
      return variant?.engine === "pixels" ? variant.settings.quality : 0;
    };
    expect(qualityFor(95)).toBeGreaterThan(qualityFor(75));
  });

  it("plans lossless WebP alone for a PNG", () => {
    const variants = variantsOf(planSource({ ...png, alpha: true }, 100_000, configOf()));
    expect(Object.keys(variants)).toEqual(["webp"]);
    expect(variants.webp).toMatchObject({ settings: { lossless: true } });
  });

  it("gives a JPEG below quality 60 no lossy variant", () => {
    const poor = (quality: number): Plan =>
      planSource({ ...jpeg, jpeg: { ...jpegFacts, quality } }, 100_000, configOf());
    expect(variantsOf(poor(59))).toEqual({ avif: "low-quality-source", webp: "low-quality-source" });
    expect(planned(poor(60))).toHaveLength(2);
  });

  it("plans the coefficients of a JPEG beside its pixels, exact ones for FIDELITY=exact alone", () => {
    const { jxl, jpeg: packed, webp } = variantsOf(planSource(repackable, 100_000, configOf({ METADATA: "keep" })));
    const settings = { lossless: true, exact: false, metadata: "keep" };
    expect(jxl).toMatchObject({ id: "jxl", engine: "coefficients", settings: { ...settings, format: "jxl" } });
    expect(packed).toMatchObject({ id: "jpeg", engine: "coefficients", settings: { ...settings, format: "jpeg" } });
    expect(webp).toMatchObject({ engine: "pixels" });
    const exact = variantsOf(planSource(repackable, 100_000, configOf({ FIDELITY: "exact" })));
    expect(Object.keys(exact)).toEqual(["jxl", "jpeg"]);
    expect(exact.jxl).toMatchObject({ settings: { exact: true } });
  });

  it("has the same exact variants for slow networks, poor sources and pixels that are left alone", () => {
    for (const change of [
      { orientation: 6 },
      { profile: "other" },
      { colour: "cmyk" },
      { jpeg: { ...repackable.jpeg, ...{ quality: 30 } } },
    ]) {
      const facts = { ...repackable, ...change } as ImageFacts;
      const { jxl, jpeg: packed, webp } = variantsOf(planSource(facts, 100_000, configOf(), "slow"));
      expect([jxl, packed]).toMatchObject([{ id: "jxl" }, { id: "jpeg" }]);
      expect(typeof webp).toBe("string");
    }
  });

  it("plans within MEMORY_BUDGET_MB by what the header of the JPEG says", () => {
    const large = { ...repackable, width: 6000, height: 4000 };
    expect(variantsOf(planSource(large, 8_000_000, configOf()))).toMatchObject({
      jxl: { engine: "coefficients" },
      avif: "too-large",
      webp: "too-large",
      jpeg: { engine: "coefficients" },
    });
    expect(planSource(large, 8_000_000, configOf({ MEMORY_BUDGET_MB: "20" }))).toEqual({
      kind: "pass",
      reason: "too-large",
    });
  });

  it("names what FORMATS leaves out", () => {
    expect(variantsOf(planSource(jpeg, 100_000, configOf({ FORMATS: "webp" })))).toMatchObject({
      avif: "format-off",
      webp: { settings: {} },
    });
    expect(variantsOf(planSource(jpeg, 100_000, configOf({ FORMATS: "jxl" })))).toEqual({
      avif: "format-off",
      webp: "format-off",
    });
  });

  it("refuses 12 megapixels within the default memory, and anything at all within none", () => {
    expect(planSource({ ...jpeg, width: 4000, height: 3000 }, 5_000_000, configOf())).toEqual({
      kind: "pass",
      reason: "too-large",
    });
    expect(planSource({ ...png, width: 4000, height: 3000 }, 5_000_000, configOf())).toEqual({
      kind: "pass",
      reason: "too-large",
    });
    expect(planSource(jpeg, 100_000, configOf({ MEMORY_BUDGET_MB: "0" }))).toEqual({
      kind: "pass",
      reason: "too-large",
    });
  });

  it("names the header's own reason before any of its own", () => {
    const huge = { ...jpeg, width: 30_000, height: 30_000, animated: true };
    expect(planSource(huge, 5_000_000, configOf({ FORMATS: "" }))).toEqual({ kind: "pass", reason: "animated" });
    const hugeAndPoor = { ...huge, animated: false, jpeg: { ...jpegFacts, quality: 10 } };
    expect(planSource(hugeAndPoor, 5_000_000, configOf())).toEqual({ kind: "pass", reason: "too-large" });
  });

  it("never plans beyond the budget, the window, FORMATS or the quality limit", () => {
    const facts = record({
      format: constantFrom("jpeg" as const, "png" as const),
      width: integer({ min: 1, max: 20_000 }),
      height: integer({ min: 1, max: 20_000 }),
      alpha: boolean(),
      progressive: boolean(),
      quality: constantFrom(undefined, 1, 59, 60, 85, 100),
    }).map(({ format, width, height, alpha, progressive, quality }): ImageFacts => {
      const own = format === "jpeg" ? { ...jpegFacts, progressive, quality } : undefined;
      return { ...jpeg, format, width, height, alpha: alpha && format === "png", jpeg: own };
    });
    const env = record({
      FORMATS: constantFrom("avif", "webp", "avif,webp", ""),
      PNG_MODE: constantFrom("lossless", "lossy", "auto"),
      MEMORY_BUDGET_MB: constantFrom("0", "40", "96"),
    });
    assert(
      property(facts, env, integer({ min: 1, max: 25_000_000 }), (source, settings, bytes) => {
        const config = configOf(settings);
        const plan = planSource(source, bytes, config);
        for (const variant of planned(plan)) {
          const decode = plan.kind === "make" ? plan.decode : variant.cost;
          expect(Math.max(decode.peakBytes, variant.cost.peakBytes)).toBeLessThanOrEqual(
            Number(settings.MEMORY_BUDGET_MB) * 1e6,
          );
          expect(decode.ms + variant.cost.ms).toBeLessThanOrEqual(backgroundWindowMs);
          expect(settings.FORMATS.split(",")).toContain(variant.settings.format);
          if (!variant.settings.lossless) expect(source.jpeg?.quality ?? 100).toBeGreaterThanOrEqual(60);
          if (settings.PNG_MODE === "lossless" && source.format === "png") expect(variant.settings.lossless).toBe(true);
        }
      }),
    );
  });
});
