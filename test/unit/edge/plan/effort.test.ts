import { describe, expect, it } from "vitest";
import {
  avifSpeedsFrom,
  bitDepthsFor,
  chooseOptimising,
  pngEffortsFrom,
  webpEffortsFrom,
  webpMethodsFrom,
} from "../../../../src/edge/plan/effort.ts";
import { predictEncode, predictOptimising } from "../../../../src/imaging/cost/predict.ts";
import type { EncodeSettings } from "../../../../src/imaging/model/settings.ts";
import { jpeg } from "../../samples.ts";

/** The default of MEMORY_BUDGET_MB. */
const budgetBytes = 96e6;

function factsOf(megapixels: number, alpha = false): typeof jpeg {
  const side = Math.round(Math.sqrt(megapixels * 1e6));
  return { ...jpeg, width: side, height: side, alpha };
}

describe("chooseOptimising()", () => {
  it("never spends more effort on a larger picture, nor longer than the background allows within the default memory", () => {
    const sizes = [0.1, 0.5, 0.51, 2, 2.01, 4];
    expect(sizes.map(chooseOptimising)).toEqual([2, 2, 1, 1, 0, 0]);
    for (const megapixels of sizes) {
      const { ms, peakBytes } = predictOptimising(factsOf(megapixels), 1e6, chooseOptimising(megapixels));
      expect(ms).toBeLessThan(3000);
      expect(peakBytes).toBeLessThan(budgetBytes);
    }
  });
});

describe("the efforts of encoders", () => {
  const sizes = [0.001, 0.4, 0.41, 0.5, 0.51, 1, 1.01, 1.5, 1.85, 2, 30];
  const chromas = ["4:4:4", "4:2:0"] as const;

  function settingsFor(megapixels: number, alpha: boolean): EncodeSettings[] {
    return [
      ...webpMethodsFrom(megapixels, alpha).flatMap((method) =>
        [true, false].map(
          (sharpYuv) => ({ format: "webp", lossless: false, coder: "libwebp", quality: 80, method, sharpYuv }) as const,
        ),
      ),
      ...webpEffortsFrom(megapixels).map((effort) => ({ format: "webp", lossless: true, effort }) as const),
      ...(["natural", "graphics"] as const)
        .flatMap((content) => avifSpeedsFrom(megapixels, alpha, content))
        .flatMap((speed) => bitDepthsFor(alpha).map((bitDepth) => ({ speed, bitDepth })))
        .flatMap((way) => chromas.map((chroma) => ({ format: "avif", quality: 60, chroma, ...way }) as const)),
      ...pngEffortsFrom(megapixels).map((effort) => ({ format: "png", effort }) as const),
    ];
  }

  it.each(sizes)("are all known to the cost model, for pictures of %f MP", (megapixels) => {
    for (const alpha of [false, true]) {
      for (const settings of settingsFor(megapixels, alpha)) {
        const { ms } = predictEncode(settings, factsOf(megapixels, alpha), 0);
        // What a format cannot hold is impossible for another reason.
        if (megapixels < 30) expect(ms, JSON.stringify(settings)).toBeLessThan(Infinity);
      }
    }
  });

  it("fall with the size", () => {
    const some = [0.1, 0.5, 1, 2, 8];
    expect(some.map((size) => webpMethodsFrom(size, false)[0])).toEqual([6, 6, 4, 4, 2]);
    expect(some.map((size) => avifSpeedsFrom(size, false, "natural")[0])).toEqual([6, 6, 7, 8, 10]);
    expect([0.1, 0.3, 1, 2].map((size) => pngEffortsFrom(size)[0])).toEqual([2, 1, 1, "stream"]);
  });

  it("never let the lossless coder of a lossy WebP's transparency search for half a minute", () => {
    for (const size of [0.01, 0.5, 1]) expect(webpMethodsFrom(size, true)[0]).toBe(4);
  });

  it("begin with less for a larger picture, and end with the same for all", () => {
    const lists = [
      sizes.map((size) => webpMethodsFrom(size, false).map((method) => -method)),
      sizes.map((size) => webpMethodsFrom(size, true).map((method) => -method)),
      sizes.map((size) => webpEffortsFrom(size).map((effort) => -effort)),
      sizes.map((size) => [...avifSpeedsFrom(size, false, "natural")]),
      sizes.map((size) => [...avifSpeedsFrom(size, false, "graphics")]),
      sizes.map((size) => [...avifSpeedsFrom(size, true, "natural")]),
      sizes.map((size) => pngEffortsFrom(size).map((effort) => (effort === "stream" ? 0 : -1 - effort))),
    ];
    for (const list of lists) {
      const first = list.map(([effort = NaN]) => effort);
      expect(first).toEqual(first.toSorted((a, b) => a - b));
      expect(new Set(list.map((efforts) => efforts.at(-1))).size).toBe(1);
      for (const efforts of list) expect(efforts).toEqual(efforts.toSorted((a, b) => a - b));
    }
  });
});
