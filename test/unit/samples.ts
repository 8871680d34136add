/** What many unit tests start from: settings, facts and requests that a test changes in one place. */
import { type Config, readConfig } from "../../src/edge/config.ts";
import type { Env } from "../../src/edge/env.ts";
import type { AnimationFacts, FactsOf, ImageFacts, JpegFacts } from "../../src/imaging/model/facts.ts";
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
  recompress: { pixelBytes: 5e6, jxlBytes: null, jpegBytes: null, streamedWebpBytes: null, isRequantisable: false },
};

/** What the header of a plain photograph says in every format. */
export const header = {
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
} as const satisfies Omit<FactsOf<"png">, "format">;

/** A plain photograph as a JPEG. */
export const jpeg: FactsOf<"jpeg"> = { ...header, format: "jpeg", jpeg: jpegFacts };

/** The same with coefficients that can be rewritten in 20 MB. */
export const recompressible: FactsOf<"jpeg"> = {
  ...jpeg,
  jpeg: {
    ...jpegFacts,
    recompress: { pixelBytes: 5e6, jxlBytes: 20e6, jpegBytes: 20e6, streamedWebpBytes: null, isRequantisable: true },
  },
};

/** In CMYK, which has no exact form in JPEG XL. */
export const cmykJpeg: FactsOf<"jpeg"> = {
  ...jpeg,
  colour: "cmyk",
  components: 4,
  jpeg: {
    ...jpegFacts,
    recompress: { pixelBytes: 5e6, jxlBytes: null, jpegBytes: 20e6, streamedWebpBytes: null, isRequantisable: false },
  },
};

/** The same as a PNG. */
export const png: FactsOf<"png"> = { ...header, format: "png" };

export const tiff: FactsOf<"tiff"> = {
  ...header,
  format: "tiff",
  tiff: { decodable: true, compression: "lzw" },
};

/** Lossy, without transparency. */
export const webp: FactsOf<"webp"> = { ...header, format: "webp", lossless: false };

export const losslessWebp: FactsOf<"webp"> = { ...webp, lossless: true };

export const avif: FactsOf<"avif"> = {
  ...header,
  format: "avif",
  avif: { decodable: true, hasFullChroma: true, layers: 1 },
};

export const gif: FactsOf<"gif"> = {
  ...header,
  format: "gif",
  colour: "palette",
  components: 1,
  animation: undefined,
};

/** Ten frames of which a tenth changes each time. */
export const animatedGif: FactsOf<"gif"> = {
  ...gif,
  animated: true,
  animation: { frames: 10, storedPixels: 10 * 480_000, largestFramePixels: 480_000, changedPixels: 2 * 480_000 },
};

/** What only a JPEG's header says; fails for other formats. */
export function jpegFactsOf(facts: ImageFacts | undefined): JpegFacts {
  if (facts?.format !== "jpeg") throw new Error(`${facts?.format} is no JPEG`);
  return facts.jpeg;
}

/** What only a GIF's header says of its frames; fails for other formats. */
export function animationOf(facts: ImageFacts | undefined): AnimationFacts | undefined {
  if (facts?.format !== "gif") throw new Error(`${facts?.format} is no GIF`);
  return facts.animation;
}

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
