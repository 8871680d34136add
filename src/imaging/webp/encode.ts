import { ImagingError } from "../model/error.ts";
import { type Encoder, encoderIdleCeilingBytes } from "../wasm/adapter.ts";
import type { LossyWebp, SettingsOf } from "../model/settings.ts";
import { type EmscriptenFactory, startEmscripten } from "../wasm/emscripten.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";
import webpFactory from "@jsquash/webp/codec/enc/webp_enc_simd.js";
import webpModule from "@jsquash/webp/codec/enc/webp_enc_simd.wasm";

/** libwebp's WebPConfig (encode.h); the binding wants every field. */
const defaultConfig = {
  quality: 75,
  target_size: 0,
  target_PSNR: 0,
  method: 4,
  sns_strength: 50,
  filter_strength: 60,
  filter_sharpness: 0,
  filter_type: 1,
  partitions: 0,
  segments: 4,
  pass: 1,
  show_compressed: 0,
  preprocessing: 0,
  autofilter: 0,
  partition_limit: 0,
  alpha_compression: 1,
  alpha_filtering: 1,
  alpha_quality: 100, // alpha of a lossy picture is stored without loss
  lossless: 0,
  exact: 0,
  image_hint: 0,
  emulate_jpeg_size: 0,
  thread_level: 0,
  low_memory: 0,
  near_lossless: 100, // 100 is off
  use_delta_palette: 0,
  use_sharp_yuv: 0,
};

type WebpConfig = typeof defaultConfig;

interface WebpEncoder {
  /** The result is a copy, made on the JS side. */
  encode(rgba: Uint8ClampedArray, width: number, height: number, config: WebpConfig): Uint8Array<ArrayBuffer> | null;
}

/**
 * How hard the lossless coder searches, 0–100; libwebp reads it from the quality field when `lossless` is set.
 * 75 is what its own presets take for methods 2 to 4.
 */
const losslessSearch = 75;

/** What libwebp is used for. */
export type LibwebpSettings = Exclude<SettingsOf<"webp">, LossyWebp<"rows">>;

/** libwebp's settings for one picture. `exact` keeps the colour of fully transparent pixels. */
function webpConfig(settings: LibwebpSettings): WebpConfig {
  return settings.lossless
    ? { ...defaultConfig, method: settings.effort, lossless: 1, exact: 1, quality: losslessSearch }
    : {
        ...defaultConfig,
        method: settings.method,
        quality: settings.quality,
        use_sharp_yuv: settings.sharpYuv ? 1 : 0,
      };
}

/**
 * RGBA to WebP with libwebp (SIMD build). Lossy WebP has 4:2:0 only: with `sharpYuv` the halved colour is fitted to what
 * a decoder will make of it, so that coloured edges keep their lightness. Without it, red text of a 4:4:4 source cannot
 * be read (SSIMULACRA 2 of 23 instead of 78).
 */
export function createWebpEncoder(): Encoder<LibwebpSettings> {
  const wasm = new WasmInstance<WebpEncoder>("webp", encoderIdleCeilingBytes, () =>
    startEmscripten(webpFactory as unknown as EmscriptenFactory<WebpEncoder>, webpModule, () => {}),
  );
  return {
    encode: (pixels, settings) =>
      wasm.run("codec", (webp) => {
        const file = webp.encode(pixels.data, pixels.width, pixels.height, webpConfig(settings));
        if (file === null) throw new ImagingError("codec", "webp", "no output");
        return file;
      }),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}
