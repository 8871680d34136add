import { encodeJpegXr } from "./jpeg-xr/encode-jpeg-xr.ts";
import { maxPixelsKeepingDecoder } from "./cost/predict.ts";
import { animationLimits, encodeAnimatedWebp } from "./webp/encode-animation.ts";
import { createAvifDecoder } from "./avif/decode.ts";
import { createAvifEncoder } from "./avif/encode.ts";
import type { Pixels } from "./model/picture.ts";
import { ImagingError } from "./model/error.ts";
import { isLossyWebp, type LossyWebp } from "./model/settings.ts";
import { dissimilarityOfScore, scoreScaleOf } from "./cost/score.ts";
import type { FormatId } from "./model/formats.ts";
import { decodePicture } from "./decode/decode.ts";
import { type EncodePixels, encodePicture } from "./encode/encode.ts";
import { createJp2Encoder } from "./jpeg-2000/encode.ts";
import { createJpegWriter } from "./jpeg/encode.ts";
import { createColourConverter } from "./colour/lcms.ts";
import { createPngDecoder } from "./png/decode.ts";
import { optimisePngRows } from "./png/optimise-rows.ts";
import { createPngOptimiser } from "./png/optimise.ts";
import { createPngWriter } from "./png/encode.ts";
import { createVariantDecoders } from "./encode/decode-encoded.ts";
import { createWebpDecoder } from "./webp/decode.ts";
import { createWebpEncoder } from "./webp/encode.ts";

import { goOn, runInSteps } from "./steps.ts";
import { encodePixelsByRows, type LookedFor } from "./webp/encode-rows.ts";
import { streamToWebp } from "./stream/stream-to-webp.ts";
import type { Outside, PixelEngine } from "./pixel-engine.ts";

/** A pixel engine with instances of its own; nothing is started before the first call. */
export function createPixelEngine({ pause = goOn, digest }: Partial<Outside> = {}): PixelEngine {
  const decoders = {
    png: createPngDecoder(),
    webp: createWebpDecoder(),
    avif: createAvifDecoder(undefined, pause),
    colours: createColourConverter(digest),
  };
  const webp = createWebpEncoder(pause);
  const avif = createAvifEncoder(pause);
  const jp2 = createJp2Encoder();
  const jpeg = createJpegWriter();
  const optimiser = createPngOptimiser(pause);
  const variantDecoders = createVariantDecoders(pause);
  const png = createPngWriter(optimiser, pause);
  const adapters = [...Object.values(decoders), ...Object.values(variantDecoders), webp, avif, jp2, jpeg, optimiser];

  const encode: EncodePixels = async (pixels, settings, profile) => {
    switch (settings.format) {
      case "avif":
        return avif.encode(pixels, settings);
      case "webp":
        return isLossyWebp(settings, "rows")
          ? runInSteps(encodePixelsByRows(pixels, settings.quality, lookFor(settings)), pause)
          : webp.encode(pixels, settings);
      case "jp2":
        return jp2.encode(pixels, settings, profile);
      case "jpeg":
        return jpeg.encode(pixels, settings);
      case "png":
        return png.encode(pixels, settings.effort);
      case "jxr":
        return runInSteps(encodeJpegXr(pixels, settings, settings.container, profile), pause);
      default:
        return settings satisfies never;
    }
  };

  return {
    holdsPictures: () => true,
    decode: async (bytes, facts) => {
      const picture = await decodePicture(bytes, facts, decoders, pause);
      const { width, height } = picture.pixels;
      if (width * height > maxPixelsKeepingDecoder) for (const decoder of Object.values(decoders)) decoder.drop();
      checkShape(picture.pixels, facts.format);
      return picture;
    },
    encode: async (picture, settings) => {
      // The C code believes width and height and would read past the buffer.
      checkShape(picture.pixels, settings.format);
      return encodePicture(picture, settings, encode, decoders.colours, pause);
    },
    decodeVariant: (file, format) => variantDecoders[format].decode(file),
    streamWebp: (...wanted) => runInSteps(streamToWebp(...wanted), pause),
    optimisePng: (bytes, effort) =>
      effort === "stream" ? optimisePngRows(bytes, pause) : optimiser.optimise(bytes, effort),
    animate: (bytes) =>
      encodeAnimatedWebp(
        bytes,
        { ...animationLimits, maxOutputBytes: bytes.length },
        (pixels, how) => webp.encode(pixels, how),
        pause,
      ),
    liveBytes: () => adapters.reduce((sum, adapter) => sum + adapter.liveBytes(), 0),
    dropIdle: () => {
      for (const adapter of adapters) adapter.drop();
    },
  };
}

/** What `settings.target` means for the encoder of rows. */
function lookFor({ target, ...settings }: LossyWebp<"rows">): LookedFor | undefined {
  if (target === undefined) return undefined;
  const { score, isMinimum } = target;
  return { dissimilarity: dissimilarityOfScore(scoreScaleOf(settings), score), isMinimum };
}

/** @throws ImagingError when the buffer is not 4 bytes for each of at least one pixel */
function checkShape(pixels: Pixels, format: FormatId): void {
  const { data, width, height } = pixels;
  if (width > 0 && height > 0 && data.length === 4 * width * height) return;
  throw new ImagingError("codec", format, `${data.length} bytes cannot be ${width} × ${height} RGBA pixels`);
}
