import { describe, expect, it } from "vitest";
import type { Env } from "../../../../src/edge/env.ts";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { refusePixels, refuseSource, treatmentsOf } from "../../../../src/edge/plan/policy.ts";
import type { Reason } from "../../../../src/edge/reasons.ts";
import {
  avif,
  header,
  animatedGif,
  cmykJpeg,
  configOf,
  gif,
  jpeg,
  jpegFacts,
  png,
  recompressible,
  losslessWebp,
  tiff,
  webp,
} from "../../samples.ts";

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
    ["a JPEG that is to be turned", { ...jpeg, orientation: 6 }],
    ["a JPEG with a wide-gamut profile", { ...jpeg, profile: "other" }],
    ["a PNG with a wide-gamut profile", { ...png, profile: "other" }],
    ["a CMYK JPEG", cmykJpeg],
    ["a CMYK JPEG with a profile", { ...cmykJpeg, profile: "other" }],
    ["a GIF", gif],
    ["an animated GIF", animatedGif],
    ["a TIFF", tiff],
    ["a TIFF of 16 bits", { ...tiff, bitDepth: 16 }],
    ["a CMYK TIFF", { ...tiff, colour: "cmyk", components: 4 }],
    ["a lossy WebP", webp],
    ["a lossless WebP", losslessWebp],
    ["an AVIF", avif],
    ["an AVIF of 12 bits with a wide-gamut profile", { ...avif, bitDepth: 12, profile: "other" }],
  ])("takes %s", (_, facts) => {
    expect(refuseSource(facts, configOf())).toBeUndefined();
    expect(refusePixels(facts, configOf())).toBeUndefined();
  });

  it.each<[Reason, string, ImageFacts]>([
    ["undecodable", "an unknown size", { ...jpeg, width: undefined, height: undefined }],
    ["undecodable", "an unknown bit depth", { ...jpeg, bitDepth: undefined }],
    ["undecodable", "JPEG 2000", { ...header, format: "jp2" }],
    ["undecodable", "a TIFF of an unknown size", { ...tiff, width: undefined }],
    ["undecodable", "a bitmap", { ...header, format: "bmp" }],
    ["animated", "an animated PNG", { ...header, format: "png", animated: true }],
    ["animated", "a TIFF of several pages", { ...tiff, animated: true }],
    ["animated", "an animated WebP", { ...webp, animated: true }],
    ["opted-out", "signed provenance", { ...jpeg, provenance: true }],
    ["opted-out", "signed provenance in a modern file", { ...avif, provenance: true }],
    ["hdr", "a gain map", { ...jpeg, hdr: true }],
    ["hdr", "an HDR AVIF", { ...avif, hdr: true, bitDepth: 10 }],
    ["already-best", "HEIC", { ...header, format: "heic" }],
    ["already-best", "JPEG XL", { ...header, format: "jxl" }],
    ["already-best", "SVG without a size", { ...header, format: "svg", width: undefined, height: undefined }],
    // The first reason of the order in which the design names them.
    ["animated", "an animated PNG of 16 bits", { ...header, format: "png", animated: true, bitDepth: 16 }],
    ["hdr", "a gain map in CMYK", { ...jpeg, hdr: true, colour: "cmyk" }],
  ])("says %s of %s", (reason, _, facts) => {
    expect(refuseSource(facts, configOf())).toBe(reason);
  });

  it("makes variants of the picture beside a gain map when nothing else is to be kept", () => {
    const none = configOf({ METADATA: "none" });
    expect(refuseSource({ ...jpeg, hdr: true }, none)).toBeUndefined();
    // Of other formats it is the picture itself that is HDR.
    expect(refuseSource({ ...png, hdr: true }, none)).toBe("hdr");
    for (const METADATA of ["copyright", "keep"]) {
      expect(refuseSource({ ...jpeg, hdr: true }, configOf({ METADATA }))).toBe("hdr");
    }
  });

  it("gives signed provenance up only where no metadata is to be kept", () => {
    const signed = { ...jpeg, provenance: true };
    expect(refuseSource(signed, configOf({ METADATA: "none" }))).toBeUndefined();
    expect(refuseSource(signed, configOf({ METADATA: "keep" }))).toBe("opted-out");
  });
});

describe("refusePixels()", () => {
  it.each<[Reason, string, ImageFacts, Env]>([
    ["undecodable", "an unknown colour model", { ...jpeg, colour: "other" }, {}],
    ["undecodable", "a colour model that the header does not name", { ...jpeg, colour: "unknown" }, {}],
    ["undecodable", "a JPEG process without decoder", { ...jpeg, jpeg: { ...jpegFacts, decodable: false } }, {}],
    [
      "undecodable",
      "a JPEG that cannot be read to its end",
      { ...jpeg, jpeg: { ...jpegFacts, recompress: undefined } },
      {},
    ],
    [
      "undecodable",
      "CMYK that cannot be read to its end",
      { ...cmykJpeg, jpeg: { ...jpegFacts, recompress: undefined } },
      {},
    ],
    ["undecodable", "a TIFF that no library decodes right", undecodableTiff(), {}],
    ["undecodable", "such a TIFF of 16 bits", { ...undecodableTiff(), bitDepth: 16 }, {}],
    ["undecodable", "an AVIF that is put together", { ...avif, avif: { decodable: false, refusal: "derived" } }, {}],
    ["undecodable", "an AVIF with colours that are not converted", { ...avif, profile: "unusable" }, {}],
    ["undecodable", "a WebP whose header is cut", { ...webp, width: undefined, height: undefined }, {}],
    ["bit-depth", "a PNG of 16 bits", { ...png, bitDepth: 16 }, {}],
    ["bit-depth", "a JPEG of 12 bits", { ...jpeg, bitDepth: 12, jpeg: { ...jpegFacts, decodable: false } }, {}],
    ["cmyk", "a CMYK JPEG where CMYK is to be passed", cmykJpeg, { CMYK: "pass" }],
    ["cmyk", "a CMYK TIFF where CMYK is to be passed", { ...tiff, colour: "cmyk" }, { CMYK: "pass" }],
  ])("says %s of %s", (reason, _, facts, env) => {
    expect(refusePixels(facts, configOf(env))).toBe(reason);
  });

  it("leaves RGB alone where CMYK is to be passed", () => {
    for (const facts of [jpeg, png, tiff, gif]) {
      expect(refusePixels(facts, configOf({ CMYK: "pass" }))).toBeUndefined();
    }
  });
});

function undecodableTiff(): ImageFacts {
  return { ...tiff, tiff: { decodable: false, refusal: "compression" } };
}

const legacy = (treatment: string): Record<string, string> => ({
  jp2: treatment,
  jxr: treatment,
  "jxr-ms": treatment,
  "jxr-hd": treatment,
});
const lossy = { avif: "lossy", webp: "lossy", ...legacy("lossy") };
const lossless = { webp: "lossless", ...legacy("lossless") };

/** The size of a PNG or TIFF that is a photograph: 12 bits per pixel; and of a screenshot: half a bit. */
const photographBytes = 800 * 600 * 1.5;
const screenshotBytes = (800 * 600) / 16;

const alpha = { alpha: true, components: 4 } as const;
const inks = { colour: "cmyk", components: 4 } as const;

describe("treatmentsOf()", () => {
  it.each<[string, ImageFacts, number, Env, Record<string, string>]>([
    ["JPEG without an exact form", jpeg, 100_000, {}, lossy],
    ["JPEG", recompressible, 100_000, {}, { jxl: "requantised", jpeg: "exact", ...lossy }],
    ["JPEG", recompressible, 100_000, { PNG_MODE: "lossy" }, { jxl: "requantised", jpeg: "exact", ...lossy }],
    ["JPEG", recompressible, 1e5, { JPEG_FALLBACK: "lossy" }, { jxl: "requantised", jpeg: "requantised", ...lossy }],
    ["JPEG", recompressible, 1e5, { JPEG_FALLBACK: "lossy", FIDELITY: "exact" }, { jxl: "exact", jpeg: "exact" }],
    ["JPEG", recompressible, 100_000, { FIDELITY: "exact" }, { jxl: "exact", jpeg: "exact" }],
    ["JPEG", recompressible, 100_000, { CMYK: "pass" }, { jxl: "requantised", jpeg: "exact", ...lossy }],
    ["JPEG without an exact form", jpeg, 100_000, { FIDELITY: "exact" }, {}],
    // Everybody else gets one in sRGB: browsers do not agree about CMYK.
    ["CMYK JPEG", cmykJpeg, 100_000, {}, { jpeg: "lossy", ...lossy }],
    ["CMYK JPEG", cmykJpeg, 100_000, { CMYK: "pass" }, { jpeg: "exact", ...lossy }],
    ["CMYK JPEG", cmykJpeg, 100_000, { FIDELITY: "exact" }, { jpeg: "exact" }],
    ["PNG", png, screenshotBytes, {}, { ...lossless, png: "optimised" }],
    ["PNG of a photograph", png, photographBytes, {}, { ...lossless, png: "optimised" }],
    ["PNG with alpha", { ...png, ...alpha }, screenshotBytes, {}, { ...lossless, png: "optimised" }],
    ["PNG", png, screenshotBytes, { PNG_MODE: "lossy" }, { ...lossy, png: "optimised" }],
    ["PNG", png, screenshotBytes, { PNG_MODE: "lossy", FIDELITY: "exact" }, { ...lossless, png: "optimised" }],
    ["PNG of a photograph", png, photographBytes, { PNG_MODE: "auto" }, { ...lossy, png: "optimised" }],
    ["PNG of a screenshot", png, screenshotBytes, { PNG_MODE: "auto" }, { ...lossless, png: "optimised" }],
    [
      "PNG with a palette",
      { ...png, colour: "palette" },
      photographBytes,
      { PNG_MODE: "auto" },
      { ...lossless, png: "optimised" },
    ],
    // An icon.
    [
      "PNG of 48 × 48",
      { ...png, width: 48, height: 48 },
      48 * 48 * 3,
      { PNG_MODE: "auto" },
      { ...lossless, png: "optimised" },
    ],
    [
      "PNG of unknown size",
      { ...png, width: undefined },
      photographBytes,
      { PNG_MODE: "auto" },
      { ...lossless, png: "optimised" },
    ],
    // The planner refuses its pixels; its bytes may be optimised all the same.
    [
      "PNG of 16 bits",
      { ...png, bitDepth: 16 },
      photographBytes,
      {},
      { ...lossless, jxl: "streamed", png: "optimised" },
    ],
    // Of so many bits it takes too few to be a photograph.
    [
      "PNG of 16 bits, of a screenshot",
      { ...png, bitDepth: 16 },
      Math.round((png.width ?? 0) * (png.height ?? 0) * 3 * (2 / 8)),
      {},
      { ...lossless, png: "optimised" },
    ],
    ["GIF", gif, 10_000, {}, { webp: "lossless" }],
    ["GIF", gif, 10_000, { PNG_MODE: "lossy" }, { webp: "lossless" }],
    ["animated GIF", animatedGif, 10_000, {}, { webp: "animated" }],
    ["animated GIF", animatedGif, 10_000, { FIDELITY: "exact" }, { webp: "animated" }],
    ["TIFF", tiff, screenshotBytes, {}, { ...lossless, jpeg: "photograph", png: "graphics" }],
    ["TIFF", tiff, screenshotBytes, { PNG_MODE: "lossy" }, { ...lossy, jpeg: "photograph", png: "graphics" }],
    [
      "TIFF of a photograph",
      tiff,
      photographBytes,
      { PNG_MODE: "auto" },
      { ...lossy, jpeg: "photograph", png: "graphics" },
    ],
    ["TIFF", tiff, photographBytes, { FIDELITY: "exact" }, { ...lossless, png: "lossless" }],
    ["TIFF with alpha", { ...tiff, ...alpha }, photographBytes, {}, { ...lossless, png: "lossless" }],
    ["TIFF of 16 bits", { ...tiff, bitDepth: 16 }, photographBytes, {}, { ...lossy, jpeg: "lossy" }],
    ["TIFF of 16 bits with alpha", { ...tiff, ...alpha, bitDepth: 16 }, photographBytes, {}, lossy],
    ["TIFF of 16 bits", { ...tiff, bitDepth: 16 }, photographBytes, { FIDELITY: "exact" }, {}],
    ["CMYK TIFF", { ...tiff, ...inks }, photographBytes, {}, { ...lossy, jpeg: "lossy" }],
    ["CMYK TIFF", { ...tiff, ...inks }, photographBytes, { FIDELITY: "exact" }, {}],
    ["lossy WebP", webp, photographBytes, {}, { jpeg: "lossy" }],
    ["lossy WebP", webp, photographBytes, { PNG_MODE: "lossy" }, { jpeg: "lossy" }],
    ["lossy WebP", webp, photographBytes, { FIDELITY: "exact" }, { png: "lossless" }],
    ["lossy WebP with alpha", { ...webp, ...alpha }, photographBytes, {}, { png: "lossless" }],
    ["lossless WebP", losslessWebp, photographBytes, {}, { png: "lossless" }],
    ["lossless WebP", losslessWebp, screenshotBytes, { PNG_MODE: "lossy" }, { avif: "lossy", png: "lossless" }],
    ["lossless WebP", losslessWebp, screenshotBytes, { PNG_MODE: "auto" }, { png: "lossless" }],
    ["lossless WebP", losslessWebp, photographBytes, { PNG_MODE: "auto" }, { avif: "lossy", png: "lossless" }],
    ["AVIF", avif, photographBytes, {}, { webp: "lossy", jpeg: "lossy" }],
    ["AVIF with alpha", { ...avif, ...alpha }, photographBytes, {}, { webp: "lossy", png: "lossless" }],
    ["AVIF", avif, photographBytes, { FIDELITY: "exact" }, { webp: "lossless", png: "lossless" }],
    ["AVIF of 10 bits", { ...avif, bitDepth: 10 }, photographBytes, {}, { webp: "lossy", jpeg: "lossy" }],
    ["AVIF of 10 bits", { ...avif, bitDepth: 10 }, photographBytes, { FIDELITY: "exact" }, {}],
  ])("of a %s (%#) are those of the design", (_, facts, sourceBytes, env, expected) => {
    expect(treatmentsOf(facts, sourceBytes, configOf(env))).toEqual(expected);
  });

  it("offers an exact form only in the formats that have one for this JPEG", () => {
    const only = (jxlBytes: number | null, jpegBytes: number | null): unknown =>
      treatmentsOf(
        {
          ...jpeg,
          jpeg: {
            ...jpegFacts,
            recompress: { pixelBytes: 5e6, jxlBytes, jpegBytes, streamedWebpBytes: null, isRequantisable: true },
          },
        },
        100_000,
        configOf({ FIDELITY: "exact" }),
      );
    expect(only(1, null)).toEqual({ jxl: "exact" });
    expect(only(null, 1)).toEqual({ jpeg: "exact" });
    expect(only(null, null)).toEqual({});
  });

  it("quantises the coefficients of good JPEGs only, and only once", () => {
    const config = configOf({ JPEG_FALLBACK: "lossy" });
    const treatments = (quality: number | undefined, isRequantisable = true): unknown => {
      const recompress = { pixelBytes: 5e6, jxlBytes: 1, jpegBytes: 1, streamedWebpBytes: null, isRequantisable };
      const { jxl, jpeg: fallback } = treatmentsOf(
        { ...jpeg, jpeg: { ...jpegFacts, quality, recompress } },
        100_000,
        config,
      );
      return [jxl, fallback];
    };
    for (const quality of [60, 85, 100]) expect(treatments(quality)).toEqual(["requantised", "requantised"]);
    for (const quality of [undefined, 1, 59]) expect(treatments(quality)).toEqual(["exact", "exact"]);
    expect(treatments(85, false)).toEqual(["exact", "exact"]);
  });

  it("makes nothing lossy where the URL wants exactness, like FIDELITY=exact", () => {
    const wish = { lossless: true, chromaSubsampling: undefined } as const;
    for (const facts of [recompressible, cmykJpeg, png, tiff, { ...tiff, bitDepth: 16 }, webp, avif]) {
      const config = configOf({ PNG_MODE: "lossy" });
      const exact = configOf({ PNG_MODE: "lossy", FIDELITY: "exact" });
      const treatments = treatmentsOf(facts, photographBytes, config, wish);
      expect(treatments).toEqual(treatmentsOf(facts, photographBytes, exact));
      expect(Object.values(treatments)).not.toContain("lossy");
      expect(Object.values(treatments)).not.toContain("requantised");
    }
  });

  it("never puts transparency into a JPEG", () => {
    for (const PNG_MODE of ["lossless", "lossy", "auto"]) {
      for (const facts of [png, gif, tiff, { ...tiff, bitDepth: 16 }, { ...tiff, ...inks }, webp, avif]) {
        expect(treatmentsOf({ ...facts, alpha: true }, photographBytes, configOf({ PNG_MODE }))).not.toHaveProperty(
          "jpeg",
        );
      }
    }
  });

  it("makes nothing of other formats", () => {
    for (const format of ["svg", "jxl", "jp2", "jxr", "bmp", "heic", "ico"] as const) {
      expect(treatmentsOf({ ...header, format }, 1000, configOf({ PNG_MODE: "lossy" }))).toEqual({});
    }
  });
});
