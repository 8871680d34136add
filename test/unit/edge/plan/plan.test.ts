import { assert, boolean, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { type EncodeRecipe, formatOf, isLossless } from "../../../../src/imaging/model/recipe.ts";
import { isScored } from "../../../../src/imaging/model/settings.ts";
import { legacyTargets, universalTargets } from "../../../../src/edge/targets.ts";
import { backgroundWindowMs } from "../../../../src/edge/limits.ts";
import { predictEncode } from "../../../../src/imaging/cost/predict.ts";
import { targetScore } from "../../../../src/imaging/cost/score.ts";
import { sourceQualityOf } from "../../../../src/edge/plan/quality-map.ts";
import { type Plan, planSource } from "../../../../src/edge/plan/plan.ts";
import { animatedGif, cmykJpeg, configOf, gif, jpeg, jpegFacts, png, recompressible, tiff } from "../../samples.ts";
import { encodeRecipe, planned, qualityOf, variantsOf } from "./planned.ts";

describe("planSource()", () => {
  it("works row by row on a PNG of one column, and makes of such a TIFF a PNG row by row", () => {
    const column = { width: 1, height: 300_000 };
    expect(variantsOf(planSource({ ...png, ...column }, 58_000, configOf())).png).toMatchObject({
      recipe: { kind: "optimise", effort: "stream" },
    });
    expect(variantsOf(planSource({ ...tiff, ...column }, 58_000, configOf())).png).toMatchObject({
      recipe: { settings: { format: "png", effort: "stream" } },
    });
    const short = { width: 1, height: 10_000 };
    expect(variantsOf(planSource({ ...png, ...short }, 58_000, configOf())).png).toMatchObject({ target: "png" });
  });

  it("makes only a JPEG of a JPEG whose natural size is not that of its pixels, and says why", () => {
    const recompress = {
      pixelBytes: null,
      jxlBytes: null,
      jpegBytes: 1e6,
      streamedWebpBytes: null,
      isRequantisable: true,
    };
    const {
      avif,
      webp,
      jxl,
      jpeg: optimised,
    } = variantsOf(planSource({ ...jpeg, jpeg: { ...jpegFacts, recompress } }, 100_000, configOf()));
    expect([avif, webp, jxl]).toEqual(["undecodable", "undecodable", undefined]);
    expect(optimised).toMatchObject({ recipe: { kind: "recompress" } });
  });

  it("makes nothing of the pixels beside a profile that browsers do not take, from the header", () => {
    const { webp, jpeg: optimised } = variantsOf(
      planSource(
        {
          ...jpeg,
          profile: "unusable",
          jpeg: {
            ...jpegFacts,
            recompress: {
              pixelBytes: 1e6,
              jxlBytes: null,
              jpegBytes: 1e6,
              streamedWebpBytes: null,
              isRequantisable: true,
            },
          },
        },
        100_000,
        configOf(),
      ),
    );
    expect(webp).toBe("undecodable");
    expect(optimised).toMatchObject({ recipe: { kind: "recompress" } });
  });

  it("plans lossy WebP and AVIF for a JPEG, halving chroma again only where the picture is large", () => {
    const half = { ...jpeg, jpeg: { ...jpegFacts, subsampling: "4:2:0" } } as const;
    const small = variantsOf(planSource({ ...half, width: 900, height: 900 }, 100_000, configOf()));
    const large = variantsOf(planSource({ ...half, width: 1200, height: 1000 }, 100_000, configOf()));
    for (const variants of [small, large]) {
      expect(variants.webp).toMatchObject({
        recipe: { settings: { lossless: false, coder: "rows" }, forGraphics: { coder: "libwebp", sharpYuv: true } },
      });
    }
    expect(small.avif).toMatchObject({ recipe: { settings: { chroma: "4:4:4" } } });
    expect(large.avif).toMatchObject({ recipe: { settings: { chroma: "4:2:0" } } });
  });

  it("spends the slow speed and 10 bits of AVIF on photographs, and holds back sooner with what is drawn", () => {
    const avifAt = (width: number, height: number): EncodeRecipe =>
      encodeRecipe(planSource({ ...jpeg, width, height }, 100_000, configOf()), "avif");
    const fine = { speed: 6, bitDepth: 10, chroma: "4:4:4" };
    expect(avifAt(400, 300)).toMatchObject({ settings: fine, forGraphics: fine });
    expect(avifAt(768, 512)).toMatchObject({ settings: fine, forGraphics: fine });
    expect(avifAt(900, 600)).toMatchObject({ settings: fine, forGraphics: { speed: 8, bitDepth: 10 } });
    expect(avifAt(1000, 1000)).toMatchObject({ settings: { speed: 7, bitDepth: 10, chroma: "4:2:0" } });
    expect(avifAt(1400, 1000)).toMatchObject({ settings: { speed: 8, bitDepth: 10, chroma: "4:2:0" } });
  });

  it("wants a look of lossy WebP and AVIF, at least that of what is drawn, and none of transparency and of what loses nothing", () => {
    const lossyPng = configOf({ PNG_MODE: "lossy" });
    for (const target of ["webp", "avif"] as const) {
      const recipe = encodeRecipe(planSource(jpeg, 100_000, configOf()), target);
      const score = targetScore(85);
      expect(recipe).toMatchObject({ settings: { target: { score, isMinimum: false } } });
      expect(recipe).toMatchObject({ forGraphics: { target: { score, isMinimum: true } } });
      const ofPng = encodeRecipe(planSource(png, 100_000, lossyPng), target);
      expect(ofPng).toMatchObject({ settings: { target: { score: 80 } } });
      const transparent = encodeRecipe(planSource({ ...png, alpha: true }, 100_000, lossyPng), target);
      expect(isLossless(transparent)).toBe(false);
      expect(transparent).not.toHaveProperty("settings.target");
    }
    expect(encodeRecipe(planSource(png, 100_000, configOf()), "webp")).not.toHaveProperty("settings.target");
    expect(encodeRecipe(planSource(jpeg, 100_000, configOf()), "jp2")).not.toHaveProperty("settings.target");
  });

  it.each(["webp", "avif"] as const)("wants less of a look for slow networks: of %s", (target) => {
    const [fast, slow] = (["fast", "slow"] as const).map((network) => {
      const variant = variantsOf(planSource(jpeg, 100_000, configOf(), network))[target];
      if (typeof variant !== "object" || variant.recipe.kind !== "encode" || !("target" in variant.recipe.settings))
        throw new Error(`no lossy ${target} is planned`);
      return { ...variant, settings: variant.recipe.settings };
    });
    if (fast === undefined || slow === undefined) throw new Error("two networks");
    expect(slow.settings.target?.score).toBeLessThan((fast.settings.target?.score ?? NaN) - 4);
    const { target: _, ...once } = fast.settings;
    // An AVIF is compared with its picture, and a second encode is counted in; rows search before they encode.
    const { ms } = predictEncode(once, jpeg, 100_000, "natural");
    if (isScored(fast.settings)) expect(fast.cost.ms).toBeGreaterThan(2 * ms);
    else expect(fast.cost.ms).toBe(ms);
  });

  it("encodes WebP with libwebp where there is transparency, and large graphics by rows too", () => {
    const lossyPng = configOf({ PNG_MODE: "lossy" });
    const recipeOf = (facts: ImageFacts) => encodeRecipe(planSource(facts, 100_000, lossyPng), "webp");
    const transparent = recipeOf({ ...png, alpha: true });
    expect(transparent).toMatchObject({ settings: { coder: "libwebp" } });
    expect(transparent).not.toHaveProperty("forGraphics");
    expect(recipeOf({ ...recompressible, width: 4000, height: 2000 })).toMatchObject({
      settings: { coder: "rows", target: { isMinimum: false } },
      forGraphics: { coder: "rows", target: { isMinimum: true } },
    });
  });

  it("takes a lighter encode rather than none where memory is short, at the quality that it needs for the same look", () => {
    const recipeWithin = (megabytes: string): EncodeRecipe => {
      const small = { ...jpeg, width: 500, height: 500 };
      return encodeRecipe(planSource(small, 50_000, configOf({ MEMORY_BUDGET_MB: megabytes })), "avif");
    };
    const ladder = ["96", "28", "21", "15"].map(recipeWithin);
    expect(ladder.map(({ settings }) => settings)).toMatchObject([
      { speed: 6, chroma: "4:4:4", bitDepth: 10 },
      { speed: 6, chroma: "4:4:4", bitDepth: 8 },
      { speed: 6, chroma: "4:2:0", bitDepth: 10 },
      { speed: 8, chroma: "4:2:0", bitDepth: 8 },
    ]);
    const [best, lightest] = [ladder[0], ladder.at(-1)];
    if (best === undefined || lightest === undefined) throw new Error("no ladder");
    expect(qualityOf(lightest)).toBeGreaterThan(qualityOf(best));
  });

  it("keeps full chroma for a JPEG in 4:4:4 and for a lossless source", () => {
    const full = { ...jpeg, jpeg: { ...jpegFacts, subsampling: "4:4:4" } } as const;
    for (const plan of [
      planSource(full, 100_000, configOf()),
      planSource(png, 100_000, configOf({ PNG_MODE: "lossy" })),
    ])
      expect(encodeRecipe(plan, "avif")).toMatchObject({ settings: { chroma: "4:4:4" } });
  });

  it("gives a better source a better variant", () => {
    const qualityFor = (quality: number): number => {
      const plan = planSource({ ...jpeg, jpeg: { ...jpegFacts, quality } }, 100_000, configOf());
      return qualityOf(encodeRecipe(plan, "avif"));
    };
    expect(qualityFor(95)).toBeGreaterThan(qualityFor(75));
  });

  it("plans lossless formats and a smaller packing for a PNG", () => {
    const variants = variantsOf(planSource({ ...png, alpha: true }, 100_000, configOf()));
    expect(Object.keys(variants).toSorted()).toEqual(["jp2", "jxr", "jxr-hd", "jxr-ms", "png", "webp"]);
    for (const [target, variant] of Object.entries(variants)) {
      if (typeof variant === "string") throw new Error(`${target}: ${variant}`);
      expect(variant).toMatchObject({ id: target, target });
      expect(isLossless(variant.recipe)).toBe(true);
      expect(variant.recipe.kind).toBe(target === "png" ? "optimise" : "encode");
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
    expect(variants["jxr-hd"]).toMatchObject({ recipe: { settings: { format: "jxr", container: "hd-photo" } } });
    for (const target of ["jxr", "jxr-ms"] as const)
      expect(variants[target]).toMatchObject({ recipe: { settings: { format: "jxr", container: "jpeg-xr" } } });
    expect(variants.jp2).toMatchObject({ recipe: { settings: { format: "jp2", lossless: false } } });
  });

  it("makes of a TIFF a PNG or a JPEG, as its pixels turn out to be", () => {
    const plan = planSource(tiff, 1_000_000, configOf());
    expect(encodeRecipe(plan, "jpeg")).toMatchObject({ only: "photograph", settings: { format: "jpeg" } });
    expect(encodeRecipe(plan, "png")).toMatchObject({ only: "graphics", settings: { format: "png" } });
    const webp = encodeRecipe(plan, "webp");
    expect(isLossless(webp)).toBe(true);
    expect(webp).not.toHaveProperty("only");
  });

  it("makes a JPEG in sRGB of CMYK, and optimises it as it is where it is to be passed", () => {
    expect(encodeRecipe(planSource(cmykJpeg, 100_000, configOf()), "jpeg").settings.format).toBe("jpeg");
    const passed = variantsOf(planSource(cmykJpeg, 100_000, configOf({ CMYK: "pass" })));
    expect(passed).toMatchObject({ jpeg: { recipe: { kind: "recompress" } }, webp: "cmyk", avif: "cmyk", jp2: "cmyk" });
    expect(planSource({ ...tiff, colour: "cmyk" }, 100_000, configOf({ CMYK: "pass" }))).toEqual({
      kind: "pass",
      reason: "cmyk",
    });
  });

  it("keeps every frame of a GIF, or passes it for what it is", () => {
    expect(variantsOf(planSource(animatedGif, 100_000, configOf()))).toMatchObject({
      webp: { id: "webp", recipe: { kind: "animate", format: "webp" } },
    });
    expect(variantsOf(planSource(gif, 100_000, configOf()))).toMatchObject({
      webp: { recipe: { kind: "encode", settings: { lossless: true } } },
    });
    const unreadable = { ...animatedGif, animation: undefined };
    expect(planSource(unreadable, 100_000, configOf())).toEqual({ kind: "pass", reason: "animated" });
    const huge = { ...animatedGif, width: 3000, height: 3000 };
    expect(planSource(huge, 100_000, configOf())).toEqual({ kind: "pass", reason: "too-large" });
  });

  it("optimises a PNG of 16 bits without touching its pixels", () => {
    const variants = variantsOf(planSource({ ...png, bitDepth: 16 }, 1_000_000, configOf()));
    expect(variants).toMatchObject({ webp: "bit-depth", jp2: "bit-depth", png: { recipe: { kind: "optimise" } } });
    expect(planned(planSource({ ...tiff, bitDepth: 16 }, 1_000_000, configOf())).length).toBeGreaterThan(5);
  });

  it("plans the coefficients of a JPEG beside its pixels, exact ones for FIDELITY=exact alone", () => {
    const {
      jxl,
      jpeg: optimised,
      webp,
    } = variantsOf(planSource(recompressible, 100_000, configOf({ METADATA: "keep" })));
    const exactly = { kind: "recompress", exact: true };
    const lossily = { kind: "recompress", exact: false };
    // Quality 85: between the targets of 82 and 90.
    expect(jxl).toMatchObject({ id: "jxl", recipe: { ...lossily, format: "jxl", targetScore: 77.5 } });
    const { jpeg: lossy } = variantsOf(planSource(recompressible, 100_000, configOf({ JPEG_FALLBACK: "lossy" })));
    expect(lossy).toMatchObject({ id: "jpeg", recipe: { ...lossily, format: "jpeg", targetScore: 81.5 } });
    expect(optimised).toMatchObject({ id: "jpeg", recipe: { ...exactly, format: "jpeg" } });
    expect(webp).toMatchObject({ recipe: { kind: "encode" } });
    const exact = variantsOf(planSource(recompressible, 100_000, configOf({ FIDELITY: "exact" })));
    expect(Object.keys(exact)).toEqual(["jxl", "jpeg"]);
    expect(exact.jxl).toMatchObject({ recipe: { ...exactly, unbiased: true } });
    const poor = { ...recompressible, jpeg: { ...recompressible.jpeg, quality: 59 } };
    expect(variantsOf(planSource(poor, 100_000, configOf())).jxl).toMatchObject({
      recipe: { ...exactly, unbiased: false },
    });
  });

  it("has the same exact variants for slow networks, and for poor sources", () => {
    const poor: ImageFacts = { ...recompressible, jpeg: { ...jpegFacts, ...recompressible.jpeg, quality: 30 } };
    const exactOf = (facts: ImageFacts, network: "fast" | "slow", FIDELITY = "visual"): unknown[] => {
      const { jxl, jpeg: optimised } = variantsOf(planSource(facts, 100_000, configOf({ FIDELITY }), network));
      return [jxl, optimised];
    };
    for (const [facts, FIDELITY] of [
      [recompressible, "exact"],
      [poor, "visual"],
    ] as const) {
      const exact = { recipe: { kind: "recompress", exact: true } };
      expect(exactOf(facts, "fast", FIDELITY)).toMatchObject([
        { id: "jxl", ...exact },
        { id: "jpeg", ...exact },
      ]);
      expect(exactOf(facts, "slow", FIDELITY)).toEqual(exactOf(facts, "fast", FIDELITY));
    }
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
      if (normal.recipe.kind !== "encode" || small.recipe.kind !== "encode")
        throw new Error(`${target} is not encoded`);
      expect(qualityOf(small.recipe)).toBeLessThan(qualityOf(normal.recipe));
    }
    const lowered = variantsOf(planSource(recompressible, 100_000, configOf(), "slow"));
    expect(lowered.jxl).toMatchObject({ id: "jxl.slow", target: "jxl", recipe: { targetScore: 69.5 } });
    // What everybody can show is one file for all.
    expect(slow?.jpeg).toEqual(fast?.jpeg);
    const ids = planned(planSource(png, 100_000, configOf(), "slow")).map(({ id }) => id);
    expect(ids.filter((id) => id.endsWith(".slow"))).toEqual([]);
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
        streamedWebpBytes: null,
        isRequantisable: bytesPerPixel !== 5,
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
          const decode =
            plan.kind === "make" && variant.recipe.kind === "encode" ? plan.decode : { ms: 0, peakBytes: 0 };
          expect(Math.max(decode.peakBytes, variant.cost.peakBytes)).toBeLessThanOrEqual(budget);
          expect(decode.ms + variant.cost.ms).toBeLessThanOrEqual(backgroundWindowMs);
          const format = formatOf(variant.recipe);
          const lossless = isLossless(variant.recipe);
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
