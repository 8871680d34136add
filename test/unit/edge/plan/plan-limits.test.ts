import type { NetworkClass } from "../../../../src/edge/negotiate/network.ts";
import { describe, expect, it } from "vitest";
import type { FactsOf, ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { slicedPatience } from "../../../../src/edge/limits.ts";
import { planSource } from "../../../../src/edge/plan/plan.ts";
import { animatedGif, cmykJpeg, configOf, gif, jpeg, jpegFacts, png, recompressible, tiff } from "../../samples.ts";
import { variantsOf } from "./planned.ts";

describe("planSource() of large pictures and little memory", () => {
  it("turns and converts a picture instead of leaving it alone", () => {
    for (const change of [{ orientation: 6 }, { profile: "other" }] as const) {
      const variants = variantsOf(planSource({ ...recompressible, ...change }, 100_000, configOf()));
      expect(variants).toMatchObject({ webp: { recipe: { kind: "encode" } }, jxl: { recipe: { kind: "recompress" } } });
    }
  });

  it("makes WebP row by row of a JPEG whose pixels are too many to be held", () => {
    const recompress = {
      pixelBytes: 110e6,
      jxlBytes: 70e6,
      jpegBytes: 60e6,
      streamedWebpBytes: 28e6,
      isRequantisable: true,
    };
    const large: FactsOf<"jpeg"> = {
      ...recompressible,
      width: 6000,
      height: 4000,
      jpeg: { ...jpegFacts, recompress },
    };
    const webpOf = (facts: FactsOf<"jpeg">, network: NetworkClass = "fast") =>
      variantsOf(planSource(facts, 8_000_000, configOf(), network)).webp;
    expect(webpOf(large)).toMatchObject({ id: "webp", recipe: { kind: "stream", format: "webp" } });
    const [fast, slow] = [webpOf(large), webpOf(large, "slow")];
    if (typeof fast !== "object" || typeof slow !== "object") throw new Error("not planned");
    expect(slow.id).toBe("webp.slow");
    expect(slow.recipe).not.toEqual(fast.recipe);
    // A smaller one is encoded of its pixels, and corrected.
    const small = {
      ...large,
      width: 900,
      height: 600,
      jpeg: { ...jpegFacts, recompress: { ...recompress, pixelBytes: 5e6 } },
    };
    expect(webpOf(small)).toMatchObject({ recipe: { kind: "encode" } });
    // Turning and converting need all of the picture.
    for (const change of [{ orientation: 6 }, { profile: "other" }] as const) {
      expect(webpOf({ ...large, ...change })).toBe("too-large");
    }
    const poor = { ...large, jpeg: { ...large.jpeg, quality: 45 } };
    expect(webpOf(poor)).toBe("low-quality-source");
  });

  it("makes WebP row by row of a photograph in a PNG whose pixels are too many to be held", () => {
    const large = { ...png, width: 4000, height: 3000 };
    const webpOf = (facts: ImageFacts, env = { PNG_MODE: "auto" }) => {
      const plan = planSource(facts, 17_000_000, configOf(env));
      return plan.kind === "pass" ? plan.reason : plan.variants.webp;
    };
    expect(webpOf(large)).toMatchObject({ id: "webp", recipe: { kind: "stream", format: "webp" } });
    expect(webpOf({ ...large, width: 1200, height: 1000 }, { PNG_MODE: "lossy" })).toMatchObject({
      recipe: { kind: "encode", settings: { coder: "rows" } },
    });
    expect(webpOf(large, { PNG_MODE: "lossless" })).toBe("too-large");
    for (const change of [
      { orientation: 6 },
      { profile: "other" },
      { alpha: true },
      { colour: "palette" },
      { interlaced: true },
    ] as const) {
      expect(webpOf({ ...large, ...change }, { PNG_MODE: "lossy" })).toBe("too-large");
    }
  });

  it("makes lossless JPEG XL row by row of a large photograph in a PNG", () => {
    const large = { ...png, width: 4000, height: 3000 };
    const jxlOf = (facts: ImageFacts, bytes = 14_000_000, env = {}) => {
      const plan = planSource(facts, bytes, configOf(env));
      return plan.kind === "pass" ? plan.reason : plan.variants.jxl;
    };
    expect(jxlOf(large)).toMatchObject({ id: "jxl", recipe: { kind: "stream", format: "jxl" } });
    for (const same of [{ orientation: 6 }, { profile: "other" }, { alpha: true }] as const) {
      expect(jxlOf({ ...large, ...same })).toMatchObject({ recipe: { kind: "stream" } });
    }
    expect(jxlOf(large, 14_000_000, { FIDELITY: "exact", PNG_MODE: "lossy" })).toMatchObject({
      recipe: { kind: "stream" },
    });
    // Lossless WebP is nearly as small, or lossy formats are much smaller.
    expect(jxlOf({ ...large, width: 1200, height: 1000 })).toBeUndefined();
    expect(jxlOf(large, 14_000_000, { PNG_MODE: "lossy" })).toBeUndefined();
    // Graphics, which repeat themselves.
    expect(jxlOf(large, 2_000_000)).toBeUndefined();
    expect(jxlOf({ ...large, colour: "palette" })).toBeUndefined();
    expect(jxlOf({ ...large, bitDepth: 4 })).toBe("too-large");
    expect(jxlOf({ ...large, interlaced: true })).toBe("too-large");
    expect(jxlOf(large, 30_000_000)).toBe("too-large");
    expect(jxlOf(large, 14_000_000, { FORMATS: "webp" })).toBe("format-off");
  });

  it("keeps all bits of a PNG of 16 in JPEG XL, whatever else is allowed", () => {
    const deep = { ...png, width: 1200, height: 1000, bitDepth: 16 };
    const planned = (facts: ImageFacts, bytes: number, env = {}) => variantsOf(planSource(facts, bytes, configOf(env)));
    for (const env of [{}, { PNG_MODE: "lossy" }, { PNG_MODE: "auto" }, { FIDELITY: "exact" }]) {
      expect(planned(deep, 5_000_000, env)).toMatchObject({
        webp: "bit-depth",
        jxl: { recipe: { kind: "stream", format: "jxl" } },
        png: { recipe: { kind: "optimise" } },
      });
    }
    // How much smaller the PNG can be is not known, so that it is made as well.
    expect(planned(deep, 5_000_000).png).not.toHaveProperty("optimisedBytes");
    expect(planned({ ...deep, bitDepth: 8 }, 5_000_000).png).toHaveProperty("optimisedBytes");
    // Graphics, and icons.
    expect(planned(deep, 600_000)).not.toHaveProperty("jxl");
    expect(planned({ ...deep, width: 200, height: 200 }, 200_000)).not.toHaveProperty("jxl");
    // Colours that nobody here can read cannot be written, either, at any depth.
    expect(planned({ ...deep, profile: "unusable" }, 5_000_000)).toMatchObject({ jxl: "undecodable" });
    // Bands of it have twice the bytes.
    const wide = { ...png, width: 6000, height: 2000 };
    expect(planned(wide, 23_000_000)).toMatchObject({ jxl: { recipe: { kind: "stream" } } });
    expect(planned({ ...wide, bitDepth: 16 }, 23_000_000)).toMatchObject({ jxl: "too-large" });
  });

  it("makes it before the first answer up to 12 megapixels", () => {
    const msOf = (width: number, height: number, bytes: number) => {
      const { jxl } = variantsOf(planSource({ ...png, width, height }, bytes, configOf({})));
      return typeof jxl === "object" ? jxl.cost.ms : Infinity;
    };
    const budgetMs = configOf({}).INLINE_BUDGET_MS * slicedPatience;
    expect(msOf(4000, 3000, 24_000_000)).toBeLessThan(budgetMs);
    expect(msOf(5000, 3500, 24_000_000)).toBeGreaterThan(budgetMs);
  });

  it("plans within MEMORY_BUDGET_MB by what the header of the JPEG says", () => {
    const recompress = {
      pixelBytes: 110e6,
      jxlBytes: 70e6,
      jpegBytes: 60e6,
      streamedWebpBytes: null,
      isRequantisable: true,
    };
    const large = { ...recompressible, width: 6000, height: 4000, jpeg: { ...jpegFacts, recompress } };
    expect(variantsOf(planSource(large, 8_000_000, configOf()))).toMatchObject({
      jxl: { recipe: { kind: "recompress" } },
      avif: "too-large",
      webp: "too-large",
      jp2: "too-large",
      jpeg: { recipe: { kind: "recompress" } },
    });
    // The file itself counts too.
    expect(variantsOf(planSource(large, 8_000_000, configOf({ MEMORY_BUDGET_MB: "70" })))).toMatchObject({
      jxl: "too-large",
      jpeg: { recipe: { kind: "recompress" } },
    });
    expect(planSource(large, 8_000_000, configOf({ MEMORY_BUDGET_MB: "20" }))).toEqual({
      kind: "pass",
      reason: "too-large",
    });
  });

  it("names what FORMATS leaves out", () => {
    expect(variantsOf(planSource(jpeg, 100_000, configOf({ FORMATS: "webp" })))).toMatchObject({
      avif: "format-off",
      webp: { recipe: {} },
    });
    const jxlOnly = variantsOf(planSource(recompressible, 100_000, configOf({ FORMATS: "jxl" })));
    expect(jxlOnly).toMatchObject({
      avif: "format-off",
      webp: "format-off",
      jp2: "format-off",
      "jxr-hd": "format-off",
    });
    expect(jxlOnly).toMatchObject({ jxl: { recipe: { kind: "recompress" } } });
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

  it("encodes WebP of 12 megapixels that have to be turned, refuses 24, and anything at all within no memory", () => {
    const recompress = {
      pixelBytes: 55e6,
      jxlBytes: null,
      jpegBytes: null,
      streamedWebpBytes: null,
      isRequantisable: true,
    };
    const large = { ...jpeg, width: 4000, height: 3000, orientation: 6, jpeg: { ...jpegFacts, recompress } } as const;
    expect(variantsOf(planSource(large, 5_000_000, configOf())).webp).toMatchObject({ recipe: { kind: "encode" } });
    const larger = {
      ...large,
      width: 6000,
      height: 4000,
      jpeg: { ...jpegFacts, recompress: { ...recompress, pixelBytes: 110e6 } },
    };
    expect(planSource(larger, 5_000_000, configOf())).toEqual({
      kind: "pass",
      reason: "too-large",
    });
    const ofPng = variantsOf(planSource({ ...png, width: 4000, height: 3000 }, 5_000_000, configOf()));
    expect(ofPng).toMatchObject({ webp: "too-large", png: { recipe: { kind: "optimise", effort: "stream" } } });
    // Its rows come in another order: known from the header, not by trying.
    const interlaced: ImageFacts = { ...png, width: 4000, height: 3000, interlaced: true };
    expect(planSource(interlaced, 5_000_000, configOf())).toEqual({ kind: "pass", reason: "too-large" });
    for (const facts of [tiff, gif]) {
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
});
