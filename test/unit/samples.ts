/** What many unit tests start from: settings, facts and requests that a test changes in one place. */
import { type Config, readConfig } from "../../src/edge/config.ts";
import type { Env } from "../../src/edge/env.ts";
import type { ImageFacts, JpegFacts } from "../../src/imaging/model/facts.ts";
import { type ImageRequest, readImageRequest } from "../../src/edge/negotiate/image-request.ts";

export function configOf(env: Env = {}): Config {
  return readConfig({ ORIGIN: "https://origin.test", ...env });
}

/** Of a JPEG that can be decoded in 5 MB, but has no exact form in another packing, so that only its pixels count. */
export const jpegFacts: JpegFacts = {
  quality: 85,
  subsampling: "4:2:0",
  progressive: false,
  decodable: true,
  recompress: { pixelBytes: 5e6, jxlBytes: null, jpegBytes: null },
};

/** A plain photograph as a JPEG. */
export const jpeg: ImageFacts = {
  format: "jpeg",
  width: 800,
  height: 600,
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
};

/** The same with coefficients that can be packed anew in 20 MB. */
export const recompressible: ImageFacts = {
  ...jpeg,
  jpeg: { ...jpegFacts, recompress: { pixelBytes: 5e6, jxlBytes: 20e6, jpegBytes: 20e6 } },
};

/** In inks, which have no exact form in JPEG XL. */
export const cmykJpeg: ImageFacts = {
  ...jpeg,
  colour: "cmyk",
  components: 4,
  jpeg: { ...jpegFacts, recompress: { pixelBytes: 5e6, jxlBytes: null, jpegBytes: 20e6 } },
};

/** The same as a PNG. */
export const png: ImageFacts = { ...jpeg, format: "png", jpeg: undefined };

export const tiff: ImageFacts = {
  ...png,
  format: "tiff",
  tiff: { decodable: true, compression: "lzw", blockPixels: 800 * 16 },
};

export const gif: ImageFacts = { ...png, format: "gif", colour: "palette", components: 1 };

/** Ten frames of which a tenth changes each time. */
export const animatedGif: ImageFacts = {
  ...gif,
  animated: true,
  animation: { frames: 10, storedPixels: 10 * 480_000, largestFramePixels: 480_000, changedPixels: 2 * 480_000 },
};

export const accepts = {
  chrome: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  jxl: "image/jxl,image/avif,image/webp,image/*,*/*;q=0.8",
  avif: "image/avif,*/*",
  webp: "image/webp,*/*",
  any: "*/*",
} as const;

export function imageRequest(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  env: Env = {},
  method = "GET",
): ImageRequest {
  const image = readImageRequest(new Request(url, { headers, method }), new URL(url), configOf(env));
  if (image === undefined) throw new Error(`${method} ${url} is no candidate`);
  return image;
}
