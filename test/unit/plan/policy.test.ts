import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../../src/formats/facts.ts";
import { isDecoded, refusePixels, refuseSource, treatmentsOf } from "../../../src/plan/policy.ts";
import type { Reason } from "../../../src/reasons.ts";
import { configOf, jpeg, jpegFacts, png, repackable } from "../samples.ts";

describe("refuseSource()", () => {
  it.each<[string, ImageFacts]>([
    ["a JPEG", jpeg],
    ["a progressive JPEG in full chroma", { ...jpeg, jpeg: { ...jpegFacts, progressive: true, subsampling: "4:4:4" } }],
    ["a gray JPEG", { ...jpeg, colour: "gray", components: 1, jpeg: { ...jpegFacts, subsampling: "gray" } }],
    ["a JPEG with an sRGB profile", { ...jpeg, profile: "srgb" }],
    ["a PNG", png],
    ["a PNG with alpha", { ...png, alpha: true, components: 4 }],
    ["a PNG with a palette", { ...png, colour: "palette", components: 1 }],
    ["a PNG of one bit", { ...png, colour: "gray", bitDepth: 1, components: 1 }],
  ])("takes %s", (_, facts) => {
    expect(refuseSource(facts, configOf())).toBeUndefined();
    expect(refusePixels(facts)).toBeUndefined();
  });

  it.each<[Reason, string, Partial<ImageFacts>]>([
    ["undecodable", "an unknown size", { width: undefined, height: undefined }],
    ["undecodable", "an unknown bit depth", { bitDepth: undefined }],
    ["undecodable", "JPEG 2000", { format: "jp2", jpeg: undefined }],
    ["undecodable", "TIFF", { format: "tiff", jpeg: undefined }],
    ["undecodable", "a bitmap", { format: "bmp", jpeg: undefined }],
    ["animated", "an animated PNG", { format: "png", jpeg: undefined, animated: true }],
    ["animated", "an animated GIF", { format: "gif", jpeg: undefined, animated: true }],
    ["animated", "an animated WebP", { format: "webp", jpeg: undefined, animated: true }],
    ["hdr", "a gain map", { hdr: true }],
    ["hdr", "an HDR AVIF", { format: "avif", jpeg: undefined, hdr: true, bitDepth: 10 }],
    ["already-best", "WebP", { format: "webp", jpeg: undefined }],
    ["already-best", "AVIF", { format: "avif", jpeg: undefined }],
    ["already-best", "HEIC", { format: "heic", jpeg: undefined }],
    ["already-best", "JPEG XL", { format: "jxl", jpeg: undefined }],
    ["already-best", "SVG without a size", { format: "svg", jpeg: undefined, width: undefined, height: undefined }],
    // The first reason of the order in which the design names them.
    ["animated", "an animated PNG of 16 bits", { format: "png", jpeg: undefined, animated: true, bitDepth: 16 }],
    ["hdr", "a gain map in CMYK", { hdr: true, colour: "cmyk" }],
  ])("says %s of %s", (reason, _, change) => {
    expect(refuseSource({ ...jpeg, ...change }, configOf())).toBe(reason);
  });

  it("makes variants of the picture beside a gain map when nothing else is to be kept", () => {
    const none = configOf({ METADATA: "none" });
    expect(refuseSource({ ...jpeg, hdr: true }, none)).toBeUndefined();
    expect(refuseSource({ ...png, hdr: true }, none)).toBe("hdr");
  });
});

describe("refusePixels()", () => {
  it.each<[Reason, string, Partial<ImageFacts>]>([
    ["undecodable", "an orientation that is not applied yet", { orientation: 6 }],
    ["undecodable", "a mirrored orientation", { orientation: 2 }],
    ["undecodable", "a wide-gamut profile", { profile: "other" }],
    ["undecodable", "an unknown colour model", { colour: "other" }],
    ["undecodable", "a JPEG process without decoder", { jpeg: { ...jpegFacts, decodable: false } }],
    ["bit-depth", "a PNG of 16 bits", { format: "png", jpeg: undefined, bitDepth: 16 }],
    ["bit-depth", "a JPEG of 12 bits", { bitDepth: 12, jpeg: { ...jpegFacts, decodable: false } }],
    ["cmyk", "ink colours", { colour: "cmyk", components: 4 }],
    ["cmyk", "ink colours with a profile", { colour: "cmyk", components: 4, profile: "other" }],
  ])("says %s of %s", (reason, _, change) => {
    expect(refusePixels({ ...jpeg, ...change })).toBe(reason);
  });
});

describe("treatmentsOf()", () => {
  it("makes lossy variants of a JPEG, whatever PNG_MODE says", () => {
    for (const PNG_MODE of ["lossless", "lossy", "auto"]) {
      expect(treatmentsOf(jpeg, 100_000, configOf({ PNG_MODE }))).toEqual({ avif: "lossy", webp: "lossy" });
    }
  });

  it("keeps the coefficients of a JPEG where they can be had", () => {
    const all = { jxl: "exact", avif: "lossy", webp: "lossy", jpeg: "exact" };
    expect(treatmentsOf(repackable, 100_000, configOf())).toEqual(all);
    const cmyk = { ...repackable, jpeg: { ...jpegFacts, repack: { jxlBytes: null, jpegBytes: 1 } } };
    expect(treatmentsOf(cmyk, 100_000, configOf())).toEqual({ avif: "lossy", webp: "lossy", jpeg: "exact" });
  });

  it("makes nothing lossy where the operator or the URL wants exactness", () => {
    const exact = { jxl: "exact", jpeg: "exact" };
    const config = configOf({ FIDELITY: "exact", PNG_MODE: "lossy" });
    expect(treatmentsOf(repackable, 100_000, config)).toEqual(exact);
    expect(treatmentsOf(png, 100_000, config)).toEqual({ webp: "lossless" });
    const wish = { lossless: true, chromaSubsampling: undefined } as const;
    expect(treatmentsOf(repackable, 100_000, configOf(), wish)).toEqual(exact);
  });

  it("makes a PNG lossless WebP, unless the operator allows loss", () => {
    expect(treatmentsOf(png, 500_000, configOf())).toEqual({ webp: "lossless" });
    expect(treatmentsOf(png, 500_000, configOf({ PNG_MODE: "lossy" }))).toEqual({ avif: "lossy", webp: "lossy" });
  });

  it("takes a PNG of many bits per pixel for a photograph in the mode `auto`, and no other", () => {
    const auto = configOf({ PNG_MODE: "auto" });
    const lossy = { avif: "lossy", webp: "lossy" };
    const lossless = { webp: "lossless" };
    const pixels = 800 * 600;
    expect(treatmentsOf(png, pixels * 1.5, auto)).toEqual(lossy);
    // A screenshot: half a bit per pixel.
    expect(treatmentsOf(png, pixels / 16, auto)).toEqual(lossless);
    expect(treatmentsOf({ ...png, colour: "palette" }, pixels * 1.5, auto)).toEqual(lossless);
    // An icon.
    expect(treatmentsOf({ ...png, width: 48, height: 48 }, 48 * 48 * 3, auto)).toEqual(lossless);
    expect(treatmentsOf({ ...png, width: undefined }, pixels, auto)).toEqual(lossless);
  });

  it("makes nothing of other formats", () => {
    for (const format of ["gif", "webp", "avif", "tiff", "svg", "jxl"] as const) {
      expect(treatmentsOf({ ...png, format }, 1000, configOf({ PNG_MODE: "lossy" }))).toEqual({});
    }
  });
});

describe("isDecoded()", () => {
  it("holds for JPEG and PNG only", () => {
    expect((["jpeg", "png", "gif", "webp", "tiff", "svg"] as const).filter(isDecoded)).toEqual(["jpeg", "png"]);
  });
});
