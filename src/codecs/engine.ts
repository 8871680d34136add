import { maxPixelsKeepingDecoder } from "../plan/cost-model.ts";
import type { Decoder, Encoder } from "./adapter.ts";
import { createAvifEncoder } from "./avif.ts";
import type { DecodedFormat, EncodedFormat, PixelEngine, Pixels } from "./codec.ts";
import { CodecError, type CodecStage } from "./codec-error.ts";
import { createJpegDecoder } from "./jpeg.ts";
import { createPngDecoder } from "./png.ts";
import { createWebpEncoder } from "./webp.ts";

/** A pixel engine with instances of its own; nothing is started before the first call. */
export function createPixelEngine(): PixelEngine {
  const decoders = { jpeg: createJpegDecoder(), png: createPngDecoder() } satisfies Record<DecodedFormat, Decoder>;
  const encoders = { avif: createAvifEncoder(), webp: createWebpEncoder() } satisfies Record<EncodedFormat, Encoder>;
  const adapters = [...Object.values(decoders), ...Object.values(encoders)];

  return {
    decode: async (format, bytes) => {
      const pixels = await decoders[format].decode(bytes);
      if (pixels.width * pixels.height > maxPixelsKeepingDecoder) decoders[format].drop();
      checkShape(pixels, format, "decode");
      return pixels;
    },
    encode: async (pixels, settings) => {
      // The C code believes width and height and would read past the buffer.
      checkShape(pixels, settings.format, "encode");
      return encoders[settings.format].encode(pixels, settings);
    },
    liveBytes: () => adapters.reduce((sum, adapter) => sum + adapter.liveBytes(), 0),
    dropIdle: () => {
      for (const adapter of adapters) adapter.drop();
    },
  };
}

/** @throws CodecError when the buffer is not 4 bytes for each of at least one pixel */
function checkShape(pixels: Pixels, codec: string, stage: CodecStage): void {
  const { data, width, height } = pixels;
  if (width > 0 && height > 0 && data.length === 4 * width * height) return;
  throw new CodecError(codec, stage, `${data.length} bytes cannot be ${width} × ${height} RGBA pixels`);
}
