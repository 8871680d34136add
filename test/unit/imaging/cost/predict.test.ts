import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DecodedFormat } from "../../../../src/imaging/model/formats.ts";
import type { EncodeSettings, OxipngPreset } from "../../../../src/imaging/model/settings.ts";
import type { FactsOf, ImageFacts, JpegFacts } from "../../../../src/imaging/model/facts.ts";
import {
  type Cost,
  predictDecode,
  predictEncode,
  predictOptimising,
  predictRecompress,
} from "../../../../src/imaging/cost/predict.ts";
import { avif as avifSource, gif, header, jpeg, losslessWebp, png, tiff } from "../../samples.ts";

/** The default of MEMORY_BUDGET_MB. */
const budgetBytes = 96e6;

const jpegFacts: JpegFacts = {
  ...jpeg.jpeg,
  recompress: { pixelBytes: 10e6, jxlBytes: 20e6, jpegBytes: 15e6, streamedWebpBytes: null, isRequantisable: true },
};

function factsOf(
  width: number | undefined,
  height: number | undefined,
  changes: Partial<FactsOf<"jpeg">> = {},
): FactsOf<"jpeg"> {
  return { ...jpeg, jpeg: jpegFacts, ...changes, width, height };
}

const webp = { format: "webp", lossless: false, coder: "libwebp", quality: 80, method: 2, sharpYuv: false } as const;
const avif = { format: "avif", quality: 80, speed: 10, chroma: "4:2:0", bitDepth: 8 } as const;

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
  if (format === "tiff" && settings === "jpeg") return { ...tiff, tiff: { decodable: true, compression: "jpeg" } };
  if (format === "avif" && settings.startsWith("10")) return { ...avifSource, bitDepth: 10 };
  return { gif, png, tiff, webp: losslessWebp, avif: avifSource }[format];
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
      const { codec, settings, oxipngPreset, width, height } = measured;
      const { ms, peakBytes } = promiseFor(measured);
      // Packing needs no pixels beside those in its own memory.
      const rgbaBytes = oxipngPreset === undefined ? 4 * width * height : 0;
      // The memory of a JPEG's decoder is known from the file's own header.
      if (codec !== "jpeg decode") {
        expect(peakBytes).toBeGreaterThanOrEqual(measured.wasmMegabytes * 1e6 + rgbaBytes);
        // Careful, yet not so careful that nothing would ever be made: a kept decoder and what noise takes on top.
        const most = 1.5 * (measured.wasmMegabytes * 1e6 + rgbaBytes) + 40e6;
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
    expect(predictEncode(webp, four, 1.2e6).peakBytes).toBeLessThan(budgetBytes);
    for (const settings of [webp, avif])
      expect(predictEncode(settings, twelve, 4e6).peakBytes).toBeGreaterThan(budgetBytes);
  });

  it("let a JPEG of 3 megapixels in 4:2:0, and one of 1.9 in 4:4:4, become AVIF within the default budget", () => {
    expect(predictEncode(avif, factsOf(2121, 1414), 1e6).peakBytes).toBeLessThan(budgetBytes);
    const full = { ...avif, chroma: "4:4:4" } as const;
    expect(predictEncode(full, factsOf(1688, 1126), 1e6).peakBytes).toBeLessThan(budgetBytes);
    expect(predictEncode(full, factsOf(2121, 1414), 1e6).peakBytes).toBeGreaterThan(budgetBytes);
  });

  it("let a Full HD picture become AVIF, and a Full HD PNG lossless WebP", () => {
    const facts = factsOf(1920, 1080);
    expect(predictEncode(avif, facts, 1e6).peakBytes).toBeLessThan(budgetBytes);
    const lossless = { format: "webp", lossless: true, effort: 0 } as const;
    expect(predictEncode(lossless, { ...png, width: 1920, height: 1080 }, 1e6).peakBytes).toBeLessThan(budgetBytes);
  });

  it("take from a JPEG's header what its decoder needs, the file and the conversions beside it", () => {
    const facts = factsOf(2000, 2000);
    expect(predictDecode(facts, 1e6).peakBytes).toBe(10e6 + 1e6);
    const needy = {
      ...jpegFacts,
      recompress: {
        pixelBytes: 60e6,
        jxlBytes: null,
        jpegBytes: null,
        streamedWebpBytes: null,
        isRequantisable: false,
      },
    };
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
    expect(predictEncode({ ...avif, chroma: "4:4:4" }, facts, 0).peakBytes).toBeGreaterThan(
      predictEncode(avif, facts, 0).peakBytes,
    );
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

  it("count each layer of an AVIF, and more bits", () => {
    const large = { ...avifSource, width: 2000, height: 1000 };
    const layered = { ...large, avif: { ...large.avif, decodable: true, hasFullChroma: true, layers: 4 } } as const;
    const [one, four, deep] = [large, layered, { ...layered, bitDepth: 10 }].map((facts) => predictDecode(facts, 1e5));
    // Measured: 4.4 bytes for each pixel of a second layer.
    expect(four?.peakBytes).toBeGreaterThan((one?.peakBytes ?? 0) + 3 * 4.4 * 2e6);
    expect(deep?.peakBytes).toBeGreaterThan((four?.peakBytes ?? 0) + 3 * 4.4 * 2e6);
    expect(four?.ms).toBeGreaterThan(3 * (one?.ms ?? 0));
  });

  it("are infinite for an unknown size, a format without decoder, and a side that WebP cannot hold", () => {
    const impossible = { ms: Infinity, peakBytes: Infinity };
    expect(predictDecode(factsOf(undefined, 100), 1)).toEqual(impossible);
    expect(predictEncode(webp, factsOf(100, undefined), 1)).toEqual(impossible);
    expect(predictDecode({ ...header, format: "jp2" }, 1)).toEqual(impossible);
    expect(predictRecompress({ format: "jxl", exact: true }, factsOf(undefined, 100), 1)).toEqual(impossible);
    expect(predictOptimising(factsOf(undefined, 100), 1, 0)).toEqual(impossible);
    expect(predictEncode({ format: "jpeg", quality: 80, chroma: "4:2:0" }, factsOf(65_536, 10), 1)).toEqual(impossible);
    expect(predictEncode(avif, factsOf(65_536, 10), 1)).toEqual(impossible);
    expect(predictEncode({ format: "png", effort: 1 }, factsOf(65_536, 10), 1).ms).toBeLessThan(5000);
    expect(predictEncode(webp, factsOf(16_384, 10), 1)).toEqual(impossible);
    expect(predictEncode(webp, factsOf(16_383, 10), 1).ms).toBeLessThan(1000);
    // So slow that it was never measured.
    expect(predictEncode({ ...avif, speed: 5 }, factsOf(10, 10), 1)).toEqual(impossible);
  });
});

describe("predictions of thin pictures", () => {
  const at = (width: number, height: number) => ({ ...png, width, height });
  const encode = (settings: EncodeSettings) => (facts: ImageFacts) => predictEncode(settings, facts, 1000);
  const decode = (of: ImageFacts) => (facts: ImageFacts) =>
    predictDecode({ ...of, width: facts.width, height: facts.height }, 1000);
  const sharp = { format: "avif", quality: 60, chroma: "4:4:4", bitDepth: 10 } as const;

  // Milliseconds of processor time, Node.js 24, 29 November 2026, rows of noise; starting the codec is counted.
  it.each<[string, (facts: ImageFacts) => Cost, [number, number], number]>([
    ["oxipng 0", (facts) => predictOptimising(facts, 1000, 0), [1, 16_384], 290],
    ["oxipng 2", (facts) => predictOptimising(facts, 1000, 2), [1, 16_384], 340],
    ["oxipng 1 of pixels", encode({ format: "png", effort: 1 }), [1, 16_384], 290],
    ["PNG rows", encode({ format: "png", effort: "stream" }), [1, 300_000], 59],
    ["WebP", encode({ ...webp, method: 4, sharpYuv: true }), [1, 16_383], 112],
    ["lossless WebP", encode({ format: "webp", lossless: true, effort: 4 }), [1, 16_383], 247],
    ["AVIF", encode(avif), [1, 65_535], 255],
    ["AVIF, better", encode({ ...sharp, speed: 8 }), [1, 65_535], 1134],
    ["AVIF, best", encode({ ...sharp, speed: 6 }), [1, 65_535], 4981],
    ["AVIF, one row", encode({ ...sharp, speed: 8 }), [65_535, 1], 1068],
    ["JPEG 2000", encode({ format: "jp2", lossless: false, quality: 70 }), [1, 1_000_000], 1931],
    ["JPEG XR", encode({ format: "jxr", container: "jpeg-xr", lossless: true }), [1, 300_000], 249],
    ["TIFF", (facts) => predictDecode({ ...tiff, width: facts.width, height: facts.height }, 1e6), [1, 1_000_000], 305],
  ])("are no less than %s took", (_, predict, [width, height], measured) => {
    const { ms } = predict(at(width, height));
    expect(ms).toBeGreaterThan(0.9 * measured);
    expect(ms).toBeLessThan(4 * measured + 500);
  });

  // Megabytes of WASM memory of the same pictures.
  it.each<[string, (facts: ImageFacts) => Cost, [number, number], number]>([
    ["AVIF", encode(avif), [1, 65_535], 114],
    ["AVIF, better", encode({ ...sharp, speed: 8 }), [1, 65_535], 325.6],
    ["AVIF, best", encode({ ...sharp, speed: 6 }), [1, 65_535], 388.5],
    ["AVIF, one row", encode({ ...sharp, speed: 8 }), [65_535, 1], 291.5],
    ["AVIF, sixteen columns", encode({ ...sharp, speed: 8 }), [16, 30_000], 151.5],
    ["WebP", encode({ ...webp, method: 4, sharpYuv: true }), [16_383, 16], 7.1],
    ["lossless WebP", encode({ format: "webp", lossless: true, effort: 2 }), [1, 16_383], 6.4],
    ["lossless WebP, better", encode({ format: "webp", lossless: true, effort: 4 }), [400, 416], 48.8],
    ["JPEG", encode({ format: "jpeg", quality: 80, chroma: "4:4:4" }), [1, 65_500], 17],
    ["JPEG 2000", encode({ format: "jp2", lossless: false, quality: 80 }), [1, 300_000], 52.4],
    ["decoding AVIF", decode({ ...avifSource, bitDepth: 8 }), [1, 65_535], 106.5],
    ["decoding AVIF of 10 bits", decode({ ...avifSource, bitDepth: 10 }), [16, 30_000], 72.8],
  ])("hold what %s held", (_, predict, [width, height], measured) => {
    const { peakBytes } = predict(at(width, height));
    expect(peakBytes).toBeGreaterThan(measured * 1e6);
    expect(peakBytes).toBeLessThan(1.5 * measured * 1e6 + 25e6);
  });

  it("give oxipng no column that it would hold the isolate with for longer than half a second", () => {
    for (const effort of [0, 1, 2] as const) {
      expect(predictOptimising(at(1, 16_384), 1000, effort).ms).toBeLessThan(1000);
      expect(predictOptimising(at(1, 16_385), 1000, effort).ms).toBe(Infinity);
      expect(encode({ format: "png", effort })(at(1, 16_385)).ms).toBe(Infinity);
      expect(encode({ format: "png", effort })(at(16_385, 1)).ms).toBeLessThan(1000);
      // It is upright when it is encoded.
      expect(encode({ format: "png", effort })({ ...at(16_385, 1), orientation: 6 }).ms).toBe(Infinity);
    }
    expect(encode({ format: "png", effort: "stream" })(at(1, 1_000_000)).ms).toBeLessThan(1000);
  });
});

describe("predictRecompress()", () => {
  const forms = (["jxl", "jpeg"] as const).flatMap((format) => [true, false].map((exact) => ({ format, exact })));

  it.each(forms)("takes memory from the JPEG's header, and time from its pixels and its bytes: %j", (form) => {
    const facts = factsOf(2000, 2000);
    const { ms, peakBytes } = predictRecompress(form, facts, 1e6);
    expect(peakBytes).toBe(form.format === "jxl" ? 21e6 : 16e6);
    expect(predictRecompress(form, factsOf(4000, 2000), 1e6).ms).toBeGreaterThan(ms);
    expect(predictRecompress(form, facts, 2e6).ms).toBeGreaterThan(ms);
    // The promise of the coefficient engine: less than any encode of the pixels takes, with a cold start counted in.
    expect(ms).toBeLessThan(predictEncode(webp, facts, 1e6).ms);
  });

  it("is infinite where a JPEG has no such form", () => {
    const refused = {
      ...jpegFacts,
      recompress: { pixelBytes: 1, jxlBytes: null, jpegBytes: 1, streamedWebpBytes: null, isRequantisable: false },
    };
    const facts = factsOf(10, 10, { jpeg: refused });
    expect(predictRecompress({ format: "jxl", exact: true }, facts, 1).peakBytes).toBe(Infinity);
    expect(predictRecompress({ format: "jpeg", exact: true }, facts, 1).ms).toBeLessThan(1000);
    expect(predictRecompress({ format: "jpeg", exact: false }, facts, 1).ms).toBe(Infinity);
    expect(predictRecompress({ format: "jpeg", exact: true }, png, 1).ms).toBe(Infinity);
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
