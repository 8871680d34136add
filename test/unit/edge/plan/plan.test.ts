import { assert, boolean, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { legacyTargets, universalTargets } from "../../../../src/edge/targets.ts";
import { backgroundWindowMs } from "../../../../src/edge/limits.ts";
import { predictEncode } from "../../../../src/imaging/cost/predict.ts";
import { targetScore } from "../../../../src/imaging/encode/score.ts";
import { sourceQualityOf } from "../../../../src/edge/plan/quality-map.ts";
import { type Plan, planSource } from "../../../../src/edge/plan/plan.ts";
import type { PlannedVariant } from "../../../../src/edge/plan/variant.ts";
import { animatedGif, cmykJpeg, configOf, gif, jpeg, jpegFacts, png, recompressible, tiff } from "../../samples.ts";

function variantsOf(plan: Plan): Extract<Plan, { kind: "make" }>["variants"] {
  if (plan.kind === "pass") throw new Error(`passed: ${plan.reason}`);
  return plan.variants;
}

function planned(plan: Plan): PlannedVariant[] {
  return plan.kind === "pass" ? [] : Object.values(plan.variants).filter((verdict) => typeof verdict === "object");
}

describe("planSource()", () => {
  it("makes only a JPEG of a JPEG whose natural size is not that of its pixels, and says why", () => {
    const recompress = { pixelBytes: null, jxlBytes: null, jpegBytes: 1e6 };
    const {
      avif,
      webp,
      jxl,
      jpeg: optimised,
    } = variantsOf(planSource({ ...jpeg, jpeg: { ...jpegFacts, recompress } }, 100_000, configOf()));
    expect([avif, webp, jxl]).toEqual(["undecodable", "undecodable", undefined]);
    expect(optimised).toMatchObject({ engine: "coefficients" });
  });

  it("makes nothing of the pixels beside a profile that browsers do not take, from the header", () => {
    const { webp, jpeg: optimised } = variantsOf(
      planSource(
        {
          ...jpeg,
          profile: "unusable",
          jpeg: { ...jpegFacts, recompress: { pixelBytes: 1e6, jxlBytes: null, jpegBytes: 1e6 } },
        },
        100_000,
        configOf(),
      ),
    );
    expect(webp).toBe("undecodable");
    expect(optimised).toMatchObject({ engine: "coefficients" });
  });

  it("plans lossy WebP and AVIF for a JPEG, halving chroma again only where the picture is large", () => {
    const half = { ...jpeg, jpeg: { ...jpegFacts, subsampling: "4:2:0" } } as const;
    const small = variantsOf(planSource({ ...half, width: 900, height: 900 }, 100_000, configOf()));
    const large = variantsOf(planSource({ ...half, width: 1200, height: 1000 }, 100_000, configOf()));
    for (const variants of [small, large]) {
      expect(variants.webp).toMatchObject({ settings: { lossless: false, fullChroma: true } });
    }
    expect(small.avif).toMatchObject({ settings: { lossless: false, fullChroma: true } });
    expect(large.avif).toMatchObject({ settings: { lossless: false, fullChroma: false } });
  });

  it("spends the slow speed and 10 bits of AVIF on photographs, and holds back where what is drawn would fill the memory", () => {
    const avifAt = (width: number, height: number) => {
      const { avif } = variantsOf(planSource({ ...jpeg, width, height }, 100_000, configOf()));
      if (typeof avif !== "object" || avif.engine !== "pixels") throw new Error("no AVIF is planned");
      return avif;
    };
    const fine = { effort: 6, bitDepth: 10, fullChroma: true };
    expect(avifAt(400, 300)).toMatchObject({ settings: fine });
    expect(avifAt(400, 300)).toMatchObject({ screenSettings: fine });
    expect(avifAt(768, 512)).toMatchObject({ settings: fine, screenSettings: { effort: 6, fullChroma: true } });
    expect(avifAt(768, 512)).not.toHaveProperty("screenSettings.bitDepth");
    expect(avifAt(900, 600)).toMatchObject({ settings: fine, screenSettings: { effort: 8, bitDepth: 10 } });
    expect(avifAt(1000, 1000)).toMatchObject({ settings: { effort: 8, bitDepth: 10, fullChroma: false } });
    expect(avifAt(1400, 1000)).toMatchObject({ settings: { effort: 10, fullChroma: false } });
    expect(avifAt(1400, 1000)).not.toHaveProperty("settings.bitDepth");
  });

  it("wants a look of lossy WebP and AVIF, at least that of what is drawn, and none of transparency and of what loses nothing", () => {
    const lossyPng = configOf({ PNG_MODE: "lossy" });
    for (const target of ["webp", "avif"] as const) {
      const variant = variantsOf(planSource(jpeg, 100_000, configOf()))[target];
      expect(variant).toMatchObject({ settings: { look: targetScore(85) } });
      expect(variant).not.toHaveProperty("settings.isMinimum");
      expect(variant).toMatchObject({ screenSettings: { look: targetScore(85), isMinimum: true } });
      expect(variantsOf(planSource(png, 100_000, lossyPng))[target]).toMatchObject({ settings: { look: 80 } });
      const transparent = variantsOf(planSource({ ...png, alpha: true }, 100_000, lossyPng))[target];
      expect(transparent).toMatchObject({ settings: { lossless: false } });
      expect(transparent).not.toHaveProperty("settings.look");
    }
    expect(variantsOf(planSource(png, 100_000, configOf())).webp).not.toHaveProperty("settings.look");
    expect(variantsOf(planSource(jpeg, 100_000, configOf())).jp2).not.toHaveProperty("settings.look");
  });

  it("wants less of a look for slow networks, and counts the second encode in", () => {
    const [fast, slow] = (["fast", "slow"] as const).map((network) => {
      const { webp } = variantsOf(planSource(jpeg, 100_000, configOf(), network));
      if (typeof webp !== "object" || webp.engine !== "pixels") throw new Error("no WebP is planned");
      return webp;
    });
    expect(slow?.settings.look).toBeLessThan((fast?.settings.look ?? NaN) - 4);
    const { look: _, ...once } = fast?.settings ?? { look: undefined };
    expect(fast?.cost.ms).toBeGreaterThan(2 * predictEncode(once, jpeg, 100_000).ms);
  });

  it("takes a lighter encode rather than none where memory is short, at the quality that it needs for the same look", () => {
    const settingsWithin = (megabytes: string): { effort: number; fullChroma: boolean; quality: number } => {
      const small = { ...jpeg, width: 500, height: 500 };
      const { avif } = variantsOf(planSource(small, 50_000, configOf({ MEMORY_BUDGET_MB: megabytes })));
      if (typeof avif !== "object" || avif.engine !== "pixels") throw new Error("no AVIF is planned");
      return avif.settings;
    };
    const ladder = ["96", "40", "30", "25"].map(settingsWithin);
    expect(ladder).toMatchObject([
      { effort: 6, fullChroma: true, bitDepth: 10 },
      { effort: 6, fullChroma: true },
      { effort: 8, fullChroma: true },
      { effort: 8, fullChroma: false },
    ]);
    expect(ladder.at(-1)?.quality).toBeGreaterThan(ladder[0]?.quality ?? NaN);
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

  it("plans lossless formats and a smaller packing for a PNG", () => {
    const variants = variantsOf(planSource({ ...png, alpha: true }, 100_000, configOf()));
    expect(Object.keys(variants).toSorted()).toEqual(["jp2", "jxr", "jxr-hd", "jxr-ms", "png", "webp"]);
    for (const [target, variant] of Object.entries(variants)) {
      expect(variant).toMatchObject({ id: target, target, settings: { lossless: true } });
      expect(variant).toMatchObject({ engine: target === "png" ? "png-packer" : "pixels" });
    }
  });

  it("gives a JPEG below quality 60 no lossy variant", () => {
    const poor = (quality: number): Plan =>
      planSource({ ...jpeg, jpeg: { ...jpegFacts, quality } }, 100_000, configOf());
    expect(new Set(Object.values(variantsOf(poor(59))))).toEqual(new Set(["low-quality-source"]));
    expect(Object.keys(variantsOf(poor(59)))).toEqual(["avif", "webp", ...legacyTargets]);
    expect(planned(poor(60))).toHaveLength(6);
  });

  it("names each JPEG XR by the rules of its time", () => {
    const variants = variantsOf(planSource(jpeg, 100_000, configOf()));
    expect(variants["jxr-hd"]).toMatchObject({ settings: { format: "jxr", container: "hd-photo" } });
    for (const target of ["jxr", "jxr-ms"] as const) {
      expect(variants[target]).toMatchObject({ settings: { format: "jxr" } });
      expect(variants[target]).not.toHaveProperty("settings.container");
    }
    expect(variants.jp2).toMatchObject({ settings: { format: "jp2", lossless: false } });
  });

  it("makes of a TIFF a PNG or a JPEG, as its pixels turn out to be", () => {
    const { jpeg: photograph, png: drawing, webp } = variantsOf(planSource(tiff, 1_000_000, configOf()));
    expect(photograph).toMatchObject({ engine: "pixels", settings: { only: "photograph", lossless: false } });
    expect(drawing).toMatchObject({ engine: "pixels", settings: { only: "drawing", lossless: true } });
    expect(webp).toMatchObject({ engine: "pixels", settings: { lossless: true } });
    expect(webp).not.toHaveProperty("settings.only");
  });

  it("makes a JPEG in sRGB of inks, and packs them as they are where they are to be passed", () => {
    expect(variantsOf(planSource(cmykJpeg, 100_000, configOf())).jpeg).toMatchObject({
      engine: "pixels",
      settings: { format: "jpeg", lossless: false },
    });
    const passed = variantsOf(planSource(cmykJpeg, 100_000, configOf({ CMYK: "pass" })));
    expect(passed).toMatchObject({ jpeg: { engine: "coefficients" }, webp: "cmyk", avif: "cmyk", jp2: "cmyk" });
    expect(planSource({ ...tiff, colour: "cmyk" }, 100_000, configOf({ CMYK: "pass" }))).toEqual({
      kind: "pass",
      reason: "cmyk",
    });
  });

  it("keeps every frame of a GIF, or passes it for what it is", () => {
    expect(variantsOf(planSource(animatedGif, 100_000, configOf()))).toMatchObject({
      webp: { id: "webp", engine: "animation", settings: { format: "webp", lossless: true } },
    });
    expect(variantsOf(planSource(gif, 100_000, configOf()))).toMatchObject({
      webp: { engine: "pixels", settings: { lossless: true } },
    });
    const unreadable = { ...animatedGif, animation: undefined };
    expect(planSource(unreadable, 100_000, configOf())).toEqual({ kind: "pass", reason: "animated" });
    const huge = { ...animatedGif, width: 3000, height: 3000 };
    expect(planSource(huge, 100_000, configOf())).toEqual({ kind: "pass", reason: "too-large" });
  });

  it("packs a PNG of 16 bits without touching its pixels", () => {
    const variants = variantsOf(planSource({ ...png, bitDepth: 16 }, 1_000_000, configOf()));
    expect(variants).toMatchObject({ webp: "bit-depth", jp2: "bit-depth", png: { engine: "png-packer" } });
    expect(planned(planSource({ ...tiff, bitDepth: 16 }, 1_000_000, configOf())).length).toBeGreaterThan(5);
  });

  it("plans the coefficients of a JPEG beside its pixels, exact ones for FIDELITY=exact alone", () => {
    const { jxl, jpeg: packed, webp } = variantsOf(planSource(recompressible, 100_000, configOf({ METADATA: "keep" })));
    const settings = { lossless: true, exact: false, metadata: "keep" };
    expect(jxl).toMatchObject({ id: "jxl", engine: "coefficients", settings: { ...settings, format: "jxl" } });
    expect(packed).toMatchObject({ id: "jpeg", engine: "coefficients", settings: { ...settings, format: "jpeg" } });
    expect(webp).toMatchObject({ engine: "pixels" });
    const exact = variantsOf(planSource(recompressible, 100_000, configOf({ FIDELITY: "exact" })));
    expect(Object.keys(exact)).toEqual(["jxl", "jpeg"]);
    expect(exact.jxl).toMatchObject({ settings: { exact: true } });
  });

  it("has the same exact variants for slow networks, and for poor sources", () => {
    const poor: ImageFacts = { ...recompressible, jpeg: { ...jpegFacts, ...recompressible.jpeg, quality: 30 } };
    const exactOf = (facts: ImageFacts, network: "fast" | "slow"): unknown[] => {
      const { jxl, jpeg: packed } = variantsOf(planSource(facts, 100_000, configOf(), network));
      return [jxl, packed];
    };
    expect(exactOf(recompressible, "fast")).toMatchObject([{ id: "jxl" }, { id: "jpeg" }]);
    expect(exactOf(recompressible, "slow")).toEqual(exactOf(recompressible, "fast"));
    expect(exactOf(poor, "slow")).toEqual(exactOf(recompressible, "fast"));
    expect(variantsOf(planSource(poor, 100_000, configOf(), "slow"))).toMatchObject({ webp: "low-quality-source" });
  });

  it("makes lossy variants of formats to be proved smaller for slow networks, under names of their own", () => {
    const plans = (["fast", "slow"] as const).map((network) =>
      variantsOf(planSource(cmykJpeg, 100_000, configOf(), network)),
    );
    const [fast, slow] = plans;
    for (const target of ["avif", "webp", ...legacyTargets] as const) {
      const [normal, small] = [fast?.[target], slow?.[target]];
      if (typeof normal !== "object" || typeof small !== "object") throw new Error(`${target} is not planned`);
      expect([normal.id, small.id]).toEqual([target, `${target}.slow`]);
      if (normal.engine !== "pixels" || small.engine !== "pixels") throw new Error(`${target} is not encoded`);
      expect(small.settings.quality).toBeLessThan(normal.settings.quality);
    }
    // What everybody can show is one file for all.
    expect(slow?.jpeg).toEqual(fast?.jpeg);
    const ids = planned(planSource(png, 100_000, configOf(), "slow")).map(({ id }) => id);
    expect(ids.filter((id) => id.endsWith(".slow"))).toEqual([]);
  });

  it("turns and converts a picture instead of leaving it alone", () => {
    for (const change of [{ orientation: 6 }, { profile: "other" }] as const) {
      const variants = variantsOf(planSource({ ...recompressible, ...change }, 100_000, configOf()));
      expect(variants).toMatchObject({ webp: { engine: "pixels" }, jxl: { engine: "coefficients" } });
    }
  });

  it("plans within MEMORY_BUDGET_MB by what the header of the JPEG says", () => {
    const recompress = { pixelBytes: 110e6, jxlBytes: 70e6, jpegBytes: 60e6 };
    const large = { ...recompressible, width: 6000, height: 4000, jpeg: { ...jpegFacts, recompress } };
    expect(variantsOf(planSource(large, 8_000_000, configOf()))).toMatchObject({
      jxl: { engine: "coefficients" },
      avif: "too-large",
      webp: "too-large",
      jp2: "too-large",
      jpeg: { engine: "coefficients" },
    });
    // The file itself counts too.
    expect(variantsOf(planSource(large, 8_000_000, configOf({ MEMORY_BUDGET_MB: "70" })))).toMatchObject({
      jxl: "too-large",
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
    const jxlOnly = variantsOf(planSource(recompressible, 100_000, configOf({ FORMATS: "jxl" })));
    expect(jxlOnly).toMatchObject({
      avif: "format-off",
      webp: "format-off",
      jp2: "format-off",
      "jxr-hd": "format-off",
    });
    expect(jxlOnly).toMatchObject({ jxl: { engine: "coefficients" } });
    const jxrOnly = variantsOf(planSource(recompressible, 100_000, configOf({ FORMATS: "jxr" })));
    for (const target of ["jxr", "jxr-ms", "jxr-hd"] as const) expect(jxrOnly[target]).toMatchObject({ target });
    expect(jxrOnly.jp2).toBe("format-off");
    // What everybody can show needs no switch.
    for (const [facts, target] of [
      [recompressible, "jpeg"],
      [png, "png"],
    ] as const) {
      expect(variantsOf(planSource(facts, 100_000, configOf({ FORMATS: "" })))[target]).toMatchObject({ id: target });
    }
  });

  it("refuses 12 megapixels within the default memory, and anything at all within none", () => {
    const recompress = { pixelBytes: 55e6, jxlBytes: null, jpegBytes: null };
    const large = { ...jpeg, width: 4000, height: 3000, jpeg: { ...jpegFacts, recompress } };
    expect(planSource(large, 5_000_000, configOf())).toEqual({
      kind: "pass",
      reason: "too-large",
    });
    for (const facts of [png, tiff, gif]) {
      expect(planSource({ ...facts, width: 4000, height: 3000 }, 5_000_000, configOf())).toEqual({
        kind: "pass",
        reason: "too-large",
      });
    }
    for (const facts of [jpeg, recompressible, cmykJpeg, png, tiff, gif, animatedGif]) {
      expect(planSource(facts, 100_000, configOf({ MEMORY_BUDGET_MB: "0" }))).toEqual({
        kind: "pass",
        reason: "too-large",
      });
    }
  });

  it("names the header's own reason before any of its own", () => {
    const huge = { ...jpeg, width: 30_000, height: 30_000, animated: true };
    expect(planSource(huge, 5_000_000, configOf({ FORMATS: "" }))).toEqual({ kind: "pass", reason: "animated" });
    const hugeAndPoor = { ...huge, animated: false, jpeg: { ...jpegFacts, quality: 10 } };
    expect(planSource(hugeAndPoor, 5_000_000, configOf())).toEqual({ kind: "pass", reason: "too-large" });
  });

  it("never plans beyond the budget, the window, FORMATS or the quality limit", () => {
    const facts = record({
      base: constantFrom(jpeg, recompressible, cmykJpeg, png, tiff, gif, animatedGif),
      width: integer({ min: 1, max: 20_000 }),
      height: integer({ min: 1, max: 20_000 }),
      alpha: boolean(),
      bitDepth: constantFrom(8, 16),
      progressive: boolean(),
      quality: constantFrom(undefined, 1, 59, 60, 85, 100),
      bytesPerPixel: constantFrom(3, 5, 9),
    }).map(({ base, width, height, alpha, bitDepth, progressive, quality, bytesPerPixel }): ImageFacts => {
      const size = { width, height };
      if (base.format !== "jpeg" || base.jpeg.recompress === undefined) return { ...base, ...size, alpha, bitDepth };
      const needed = width * height * bytesPerPixel;
      const { jxlBytes, jpegBytes } = base.jpeg.recompress;
      const recompress = {
        pixelBytes: needed,
        jxlBytes: jxlBytes === null ? null : needed,
        jpegBytes: jpegBytes === null ? null : needed,
      };
      return { ...base, ...size, jpeg: { ...base.jpeg, progressive, quality, recompress } };
    });
    const env = record({
      FORMATS: constantFrom("avif", "webp", "avif,webp", "jxl,jp2", "jxr", ""),
      PNG_MODE: constantFrom("lossless", "lossy", "auto"),
      FIDELITY: constantFrom("visual", "exact"),
      MEMORY_BUDGET_MB: constantFrom("0", "40", "96"),
    });
    assert(
      property(facts, env, integer({ min: 1, max: 25_000_000 }), (source, settings, bytes) => {
        const plan = planSource(source, bytes, configOf(settings));
        const budget = Number(settings.MEMORY_BUDGET_MB) * 1e6;
        for (const variant of planned(plan)) {
          // Only the pixel engine decodes for it.
          const decode = plan.kind === "make" && variant.engine === "pixels" ? plan.decode : { ms: 0, peakBytes: 0 };
          expect(Math.max(decode.peakBytes, variant.cost.peakBytes)).toBeLessThanOrEqual(budget);
          expect(decode.ms + variant.cost.ms).toBeLessThanOrEqual(backgroundWindowMs);
          const { format, lossless } = variant.settings;
          if (!universalTargets.some((each) => each === variant.target)) {
            expect(settings.FORMATS.split(",")).toContain(format);
          }
          if (!lossless) expect(sourceQualityOf(source)).toBeGreaterThanOrEqual(60);
          if (settings.FIDELITY === "exact") expect(lossless).toBe(true);
          if (settings.PNG_MODE === "lossless" && source.format === "png") expect(lossless).toBe(true);
          if (source.alpha) expect(format).not.toBe("jpeg");
        }
      }),
      { numRuns: 500 },
    );
  });
});
