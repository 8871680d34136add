import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EncodeSettings } from "../../../src/codecs/codec.ts";
import type { ImageFacts, JpegFacts } from "../../../src/formats/facts.ts";
import { predictDecode, predictEncode } from "../../../src/plan/cost-model.ts";
import { chooseEffort } from "../../../src/plan/effort.ts";

/** The default of MEMORY_BUDGET_MB. */
const budgetBytes = 96e6;

const jpegFacts: JpegFacts = {
  quality: 85,
  subsampling: "4:2:0",
  progressive: false,
  decodable: true,
  repack: undefined,
};

function factsOf(width: number | undefined, height: number | undefined, changes: Partial<ImageFacts> = {}): ImageFacts {
  return {
    format: "jpeg",
    width,
    height,
    bitDepth: 8,
    components: 3,
    colour: "rgb",
    alpha: false,
    animated: false,
    profile: "none",
    hdr: false,
    provenance: false,
    orientation: 1,
    jpeg: jpegFacts,
    ...changes,
  };
}

function settingsFor(format: "webp" | "avif", lossless: boolean, megapixels: number): EncodeSettings {
  return { format, lossless, quality: 80, effort: chooseEffort(format, lossless, megapixels), fullChroma: false };
}

interface Measured {
  readonly codec: string;
  readonly settings: string;
  readonly encodeSettings?: EncodeSettings;
  readonly width: number;
  readonly height: number;
  readonly wasmMegabytes: number;
  readonly workerd: { readonly fastest: number };
}

const { results } = JSON.parse(
  readFileSync(new URL("../../../bench/results/encode.json", import.meta.url), "utf8"),
) as { results: Measured[] };

describe("predictDecode() and predictEncode()", () => {
  it.each(results)(
    "promise enough memory and time for what was measured: $codec $settings $width × $height",
    (measured) => {
      const { codec, settings, encodeSettings, width, height } = measured;
      const format = codec.startsWith("png") ? "png" : "jpeg";
      const jpeg = format === "jpeg" ? { ...jpegFacts, progressive: settings === "progressive" } : undefined;
      const facts = factsOf(width, height, { format, jpeg });
      const { ms, peakBytes } =
        encodeSettings === undefined ? predictDecode(facts, 0) : predictEncode(encodeSettings, facts, 0);
      const rgbaBytes = 4 * width * height;
      expect(peakBytes).toBeGreaterThanOrEqual(measured.wasmMegabytes * 1e6 + rgbaBytes);
      // Careful, yet not so careful that nothing would ever be made: a kept decoder and a step of growth on top.
      expect(peakBytes).toBeLessThan(1.5 * (measured.wasmMegabytes * 1e6 + rgbaBytes) + 25e6);
      const sameWork = results.filter((each) => each.codec === codec && each.settings === settings);
      const fastest = Math.min(...sameWork.map((each) => each.workerd.fastest));
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
      predictEncode(settingsFor("webp", true, 2.07), { ...facts, format: "png", jpeg: undefined }, 1e6).peakBytes,
    ).toBeLessThan(budgetBytes);
  });

  it("ask more for progressive scans, full chroma, transparency and a longer source", () => {
    const facts = factsOf(2000, 2000);
    const progressive = factsOf(2000, 2000, { jpeg: { ...jpegFacts, progressive: true } });
    const progressiveFull = factsOf(2000, 2000, { jpeg: { ...jpegFacts, progressive: true, subsampling: "4:4:4" } });
    const decodes = [facts, progressive, progressiveFull].map((each) => predictDecode(each, 1e6).peakBytes);
    expect(decodes).toEqual(decodes.toSorted((a, b) => a - b));
    expect(new Set(decodes).size).toBe(3);
    expect(predictDecode(facts, 4e6).peakBytes).toBeGreaterThan(predictDecode(facts, 1e6).peakBytes);
    const avif = settingsFor("avif", false, 4);
    expect(predictEncode({ ...avif, fullChroma: true }, facts, 0).peakBytes).toBeGreaterThan(
      predictEncode(avif, facts, 0).peakBytes,
    );
    const webp = settingsFor("webp", false, 4);
    expect(predictEncode(webp, { ...facts, alpha: true }, 0).peakBytes).toBeGreaterThan(
      predictEncode(webp, facts, 0).peakBytes,
    );
  });

  it("are infinite for an unknown size, a format without decoder, and a side that WebP cannot hold", () => {
    const impossible = { ms: Infinity, peakBytes: Infinity };
    const webp = settingsFor("webp", false, 1);
    expect(predictDecode(factsOf(undefined, 100), 1)).toEqual(impossible);
    expect(predictEncode(webp, factsOf(100, undefined), 1)).toEqual(impossible);
    expect(predictDecode(factsOf(100, 100, { format: "gif" }), 1)).toEqual(impossible);
    expect(predictEncode(webp, factsOf(16_384, 10), 1)).toEqual(impossible);
    expect(predictEncode(webp, factsOf(16_383, 10), 1).ms).toBeLessThan(1000);
    expect(predictEncode({ ...webp, format: "avif", lossless: true }, factsOf(10, 10), 1)).toEqual(impossible);
  });
});

describe("chooseEffort()", () => {
  it.each([
    ["webp", false],
    ["webp", true],
    ["avif", false],
  ] as const)("names only efforts that the cost model knows: %s lossless %s", (format, lossless) => {
    for (const megapixels of [0.001, 0.5, 0.51, 1, 1.01, 1.5, 1.85, 2, 30]) {
      const side = Math.round(Math.sqrt(megapixels * 1e6));
      for (const alpha of [false, true]) {
        expect(
          predictEncode(settingsFor(format, lossless, megapixels), factsOf(side, side, { alpha }), 0).ms,
        ).toBeLessThan(Infinity);
      }
    }
  });

  it("never spends more effort on a larger picture", () => {
    expect([0.1, 1, 1.1, 8].map((megapixels) => chooseEffort("webp", false, megapixels))).toEqual([4, 4, 2, 2]);
    // AVIF counts the other way: a higher speed is less effort.
    expect([0.1, 1, 1.1, 8].map((megapixels) => chooseEffort("avif", false, megapixels))).toEqual([8, 8, 10, 10]);
  });
});
