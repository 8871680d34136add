import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DecodedFormat } from "../../../../src/imaging/model/formats.ts";
import {
  encodedFormats,
  type EncodedFormat,
  type EncodeSettings,
  type OxipngPreset,
} from "../../../../src/imaging/model/settings.ts";
import type { FactsOf, ImageFacts, JpegFacts } from "../../../../src/imaging/model/facts.ts";
import {
  type Cost,
  predictDecode,
  predictEncode,
  predictOptimising,
  predictRecompress,
} from "../../../../src/imaging/cost/predict.ts";
import { chooseEffort, chooseOptimising } from "../../../../src/edge/plan/effort.ts";
import { gif, header, jpeg, png, tiff } from "../../samples.ts";

/** The default of MEMORY_BUDGET_MB. */
const budgetBytes = 96e6;

const jpegFacts: JpegFacts = {
  ...jpeg.jpeg,
  recompress: { pixelBytes: 10e6, jxlBytes: 20e6, jpegBytes: 15e6 },
};

function factsOf(
  width: number | undefined,
  height: number | undefined,
  changes: Partial<FactsOf<"jpeg">> = {},
): FactsOf<"jpeg"> {
  return { ...jpeg, jpeg: jpegFacts, ...changes, width, height };
}

function settingsFor(format: EncodedFormat, lossless: boolean, megapixels: number): EncodeSettings {
  return { format, lossless, quality: 80, effort: chooseEffort(format, lossless, megapixels), fullChroma: false };
}

interface Measured {
  readonly codec: string;
  readonly settings: string;
  readonly encodeSettings?: EncodeSettings;
  readonly oxipngPreset?: OxipngPreset;
  /** Only of what starts from a file. */
  readonly sourceBytes?: number;
  readonly width: number;
  readonly height: number;
  readonly wasmMegabytes: number;
  readonly workerd: { readonly lowest: number };
}

const { results } = JSON.parse(
  readFileSync(new URL("../../../../bench/results/encode.json", import.meta.url), "utf8"),
) as { results: Measured[] };

function measuredFacts(format: DecodedFormat, settings: string): ImageFacts {
  if (format === "jpeg") return { ...jpeg, jpeg: { ...jpegFacts, progressive: settings === "progressive" } };
  if (format === "tiff" && settings === "jpeg")
    return { ...tiff, tiff: { decodable: true, compression: "jpeg", blockPixels: 1 } };
  return { gif, png, tiff }[format];
}

/** What the model says about the very work that was measured. Encoders have no source there, but its pixels. */
function promiseFor({ codec, settings, encodeSettings, oxipngPreset, sourceBytes = 0, width, height }: Measured): Cost {
  if (encodeSettings !== undefined) return predictEncode(encodeSettings, factsOf(width, height), 0);
  const facts = { ...measuredFacts(codec.split(" ")[0] as DecodedFormat, settings), width, height };
  return oxipngPreset === undefined
    ? predictDecode(facts, sourceBytes)
    : predictOptimising(facts, sourceBytes, oxipngPreset);
}

describe("predictDecode(), predictEncode() and predictOptimising()", () => {
  it.each(results)(
    "promise enough memory and time for what was measured: $codec $settings $width × $height",
    (measured) => {
      const { codec, settings, encodeSettings, oxipngPreset, width, height } = measured;
      const { ms, peakBytes } = promiseFor(measured);
      // Packing needs no pixels beside those in its own memory.
      const rgbaBytes = oxipngPreset === undefined ? 4 * width * height : 0;
      // The memory of a JPEG's decoder is told by the file's own header.
      if (codec !== "jpeg decode") {
        expect(peakBytes).toBeGreaterThanOrEqual(measured.wasmMegabytes * 1e6 + rgbaBytes);
        // Careful, yet not so careful that nothing would ever be made: a kept decoder and a step of growth on top.
        // The slow speed of AVIF is promised for what is drawn, which takes several times what the bench's photographs do.
        const isForGraphics = encodeSettings?.format === "avif" && encodeSettings.effort < 8;
        const most = (isForGraphics ? 4 : 1.5) * (measured.wasmMegabytes * 1e6 + rgbaBytes) + 25e6;
        expect(peakBytes).toBeLessThan(most);
      }
      const sameWork = results.filter((each) => each.codec === codec && each.settings === settings);
      const fastest = Math.min(...sameWork.map((each) => each.workerd.lowest));
      expect(ms).toBeGreaterThan((fastest * width * height) / 1e6);
    },
  );

  it("let a JPEG of 4 megapixels become lossy WebP within the default budget, and none of 12", () => {
    const four = factsOf(2449, 1633);
    const twelve = factsOf(4000, 3000);
    expect(predictDecode(four, 1.2e6).peakBytes).toBeLessThan(budgetBytes);
    expect(predictEncode(settingsFor("webp", false, 4), four, 1.2e6).peakBytes).toBeLessThan(budgetBytes);
    for (const format of ["webp", "avif"] as const) {
      expect(predictEncode(settingsFor(format, false, 12), twelve, 4e6).peakBytes).toBeGreaterThan(budgetBytes);
    }
  });

  it("let a Full HD picture become AVIF, and a Full HD PNG lossless WebP", () => {
    const facts = factsOf(1920, 1080);
    expect(predictEncode(settingsFor("avif", false, 2.07), facts, 1e6).peakBytes).toBeLessThan(budgetBytes);
    expect(
      predictEncode(settingsFor("webp", true, 2.07), { ...png, width: 1920, height: 1080 }, 1e6).peakBytes,
    ).toBeLessThan(budgetBytes);
  });

  it("take from a JPEG's header what its decoder needs, the file and the conversions beside it", () => {
    const facts = factsOf(2000, 2000);
    expect(predictDecode(facts, 1e6).peakBytes).toBe(10e6 + 1e6);
    const needy = { ...jpegFacts, recompress: { pixelBytes: 60e6, jxlBytes: null, jpegBytes: null } };
    expect(predictDecode(factsOf(2000, 2000, { jpeg: needy }), 1e6).peakBytes).toBe(61e6);
    const inks = factsOf(2000, 2000, { colour: "cmyk", components: 4 });
    expect(predictDecode(inks, 1e6).peakBytes).toBeGreaterThan(predictDecode(facts, 1e6).peakBytes + 10e6);
    const unreadable = factsOf(2000, 2000, { jpeg: { ...jpegFacts, recompress: undefined } });
    expect(predictDecode(unreadable, 1e6).peakBytes).toBe(Infinity);
  });

  it("ask more for progressive scans, full chroma, transparency and a longer source", () => {
    const facts = factsOf(2000, 2000);
    const progressive = factsOf(2000, 2000, { jpeg: { ...jpegFacts, progressive: true } });
    expect(predictDecode(progressive, 1e6).ms).toBeGreaterThan(predictDecode(facts, 1e6).ms);
    for (const other of [jpeg, png, gif, tiff]) {
      const each = { ...other, width: 2000, height: 2000 };
      expect(predictDecode(each, 4e6).peakBytes).toBeGreaterThan(predictDecode(each, 1e6).peakBytes);
    }
    const avif = settingsFor("avif", false, 4);
    expect(predictEncode({ ...avif, fullChroma: true }, facts, 0).peakBytes).toBeGreaterThan(
      predictEncode(avif, facts, 0).peakBytes,
    );
    const webp = settingsFor("webp", false, 4);
    expect(predictEncode(webp, { ...facts, alpha: true }, 0).peakBytes).toBeGreaterThan(
      predictEncode(webp, facts, 0).peakBytes,
    );
  });

  it("ask more where colours are converted or the picture is turned", () => {
    const facts = { ...tiff, width: 1000, height: 1000 };
    const plain = predictDecode(facts, 1e6);
    for (const change of [{ colour: "cmyk" }, { colour: "gray", profile: "other" }, { orientation: 5 }] as const) {
      const { ms, peakBytes } = predictDecode({ ...facts, ...change }, 1e6);
      expect(ms).toBeGreaterThan(plain.ms);
      expect(peakBytes).toBeGreaterThan(plain.peakBytes);
    }
    // An RGB profile is handed on as it is.
    expect(predictDecode({ ...facts, profile: "other" }, 1e6)).toEqual(plain);
  });

  it("are infinite for an unknown size, a format without decoder, and a side that WebP cannot hold", () => {
    const impossible = { ms: Infinity, peakBytes: Infinity };
    const webp = settingsFor("webp", false, 1);
    expect(predictDecode(factsOf(undefined, 100), 1)).toEqual(impossible);
    expect(predictEncode(webp, factsOf(100, undefined), 1)).toEqual(impossible);
    expect(predictDecode({ ...header, format: "webp" }, 1)).toEqual(impossible);
    expect(predictRecompress("jxl", factsOf(undefined, 100), 1)).toEqual(impossible);
    expect(predictOptimising(factsOf(undefined, 100), 1, 0)).toEqual(impossible);
    expect(predictEncode(settingsFor("jpeg", false, 1), factsOf(65_536, 10), 1)).toEqual(impossible);
    expect(predictEncode(settingsFor("avif", false, 1), factsOf(65_536, 10), 1)).toEqual(impossible);
    expect(predictEncode(settingsFor("png", true, 1), factsOf(65_536, 10), 1).ms).toBeLessThan(5000);
    expect(predictEncode(webp, factsOf(16_384, 10), 1)).toEqual(impossible);
    expect(predictEncode(webp, factsOf(16_383, 10), 1).ms).toBeLessThan(1000);
    expect(predictEncode({ ...webp, format: "avif", lossless: true }, factsOf(10, 10), 1)).toEqual(impossible);
  });
});

describe("predictRecompress()", () => {
  it("takes memory from the JPEG's header, and time from its pixels and its bytes", () => {
    const facts = factsOf(2000, 2000);
    expect(predictRecompress("jxl", facts, 1e6).peakBytes).toBe(21e6);
    expect(predictRecompress("jpeg", facts, 1e6).peakBytes).toBe(16e6);
    for (const format of ["jxl", "jpeg"] as const) {
      const { ms } = predictRecompress(format, facts, 1e6);
      expect(predictRecompress(format, factsOf(4000, 2000), 1e6).ms).toBeGreaterThan(ms);
      expect(predictRecompress(format, facts, 2e6).ms).toBeGreaterThan(ms);
      // The promise of the coefficient engine: less than any encode of the pixels takes, with a cold start counted in.
      expect(ms).toBeLessThan(predictEncode(settingsFor("webp", false, 4), facts, 1e6).ms);
    }
  });

  it("is infinite where a JPEG has no exact form", () => {
    const refused = { ...jpegFacts, recompress: { pixelBytes: 1, jxlBytes: null, jpegBytes: 1 } };
    expect(predictRecompress("jxl", factsOf(10, 10, { jpeg: refused }), 1).peakBytes).toBe(Infinity);
    expect(predictRecompress("jpeg", factsOf(10, 10, { jpeg: refused }), 1).ms).toBeLessThan(1000);
    expect(predictRecompress("jpeg", png, 1).ms).toBe(Infinity);
  });
});

describe("predictOptimising()", () => {
  it("asks twice as much for 16 bits, and more for more effort", () => {
    const facts = { ...png, width: 1000, height: 1000 };
    const deep = { ...facts, bitDepth: 16 };
    const costs = ([0, 1, 2] as const).map((effort) => predictOptimising(facts, 1e6, effort));
    expect(costs.map(({ ms }) => ms)).toEqual(costs.map(({ ms }) => ms).toSorted((a, b) => a - b));
    expect(predictOptimising(deep, 1e6, 0).ms).toBeCloseTo(2 * predictOptimising(facts, 1e6, 0).ms);
    expect(predictOptimising(deep, 1e6, 0).peakBytes).toBeGreaterThan(1.5 * predictOptimising(facts, 1e6, 0).peakBytes);
  });
});

describe("chooseOptimising()", () => {
  it("never spends more effort on a larger picture, nor longer than the background allows within the default memory", () => {
    const sizes = [0.1, 0.5, 0.51, 2, 2.01, 4];
    expect(sizes.map(chooseOptimising)).toEqual([2, 2, 1, 1, 0, 0]);
    for (const megapixels of sizes) {
      const side = Math.round(Math.sqrt(megapixels * 1e6));
      const { ms, peakBytes } = predictOptimising(factsOf(side, side), 1e6, chooseOptimising(megapixels));
      expect(ms).toBeLessThan(3000);
      expect(peakBytes).toBeLessThan(budgetBytes);
    }
  });
});

describe("chooseEffort()", () => {
  const kinds = encodedFormats.flatMap((format) =>
    ({ avif: [false], jpeg: [false], png: [true], webp: [false, true], jp2: [false, true], jxr: [false, true] })[
      format
    ].map((lossless) => [format, lossless] as const),
  );

  it.each(kinds)("names only efforts that the cost model knows: %s lossless %s", (format, lossless) => {
    for (const megapixels of [0.001, 0.4, 0.41, 0.5, 0.51, 1, 1.01, 1.5, 1.85, 2, 30]) {
      const side = Math.round(Math.sqrt(megapixels * 1e6));
      for (const alpha of [false, true]) {
        for (const fullChroma of [false, true]) {
          const effort = chooseEffort(format, lossless, megapixels, alpha ? "alpha" : "natural");
          const settings = { ...settingsFor(format, lossless, megapixels), effort, fullChroma };
          expect(predictEncode(settings, factsOf(side, side, { alpha }), 0).ms).toBeLessThan(Infinity);
        }
      }
    }
  });

  it("never spends more effort on a larger picture", () => {
    const sizes = [0.1, 0.5, 1, 2, 8];
    expect(sizes.map((megapixels) => chooseEffort("webp", false, megapixels))).toEqual([6, 6, 4, 4, 2]);
    expect([0.1, 0.3, 1, 2].map((megapixels) => chooseEffort("png", true, megapixels))).toEqual([3, 2, 2, 0]);
    for (const format of ["jp2", "jxr", "jpeg"] as const) expect(chooseEffort(format, false, 1)).toBe(0);
    // AVIF counts the other way: a higher speed is less effort.
    expect(sizes.map((megapixels) => chooseEffort("avif", false, megapixels))).toEqual([6, 6, 8, 10, 10]);
  });

  it("never lets the lossless coder of a lossy WebP's transparency search for half a minute", () => {
    for (const megapixels of [0.01, 0.5, 1]) expect(chooseEffort("webp", false, megapixels, "alpha")).toBe(4);
  });
});
