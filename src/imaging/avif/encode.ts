import { ImagingError } from "../model/error.ts";
import { type Encoder, encoderIdleCeilingBytes } from "../wasm/adapter.ts";
import type { SettingsOf } from "../model/settings.ts";
import { type EmscriptenFactory, startEmscripten } from "../wasm/emscripten.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";
import avifFactory from "@jsquash/avif/codec/enc/avif_enc.js";
import avifModule from "@jsquash/avif/codec/enc/avif_enc.wasm";

/** The binding's own numbers for libavif's pixel formats. */
const subsample420 = 1;
const subsample444 = 3;

/** Quality of the alpha plane: 100 is lossless in libavif, and edges of logos show any loss. */
const alphaQuality = 100;

/** The binding's settings; it wants every field. */
function avifOptions(settings: SettingsOf<"avif">) {
  return {
    quality: settings.quality,
    qualityAlpha: alphaQuality,
    denoiseLevel: 0,
    tileRowsLog2: 0,
    tileColsLog2: 0,
    speed: settings.speed,
    subsample: settings.chroma === "4:4:4" ? subsample444 : subsample420,
    chromaDeltaQ: false,
    sharpness: 0,
    // Halved colour is fitted to what a decoder will make of it: coloured text stays readable.
    enableSharpYUV: settings.chroma === "4:2:0",
    tune: 0, // the encoder's own choice
    bitDepth: settings.bitDepth,
  };
}

interface AvifEncoder {
  /** The result is a copy, made on the JS side. */
  encode(
    rgba: Uint8Array,
    width: number,
    height: number,
    options: ReturnType<typeof avifOptions>,
  ): Uint8Array<ArrayBuffer> | null;
}

/**
 * 8-bit samples as 10-bit ones, little-endian in two bytes each: the upper bits are repeated below, so that white stays
 * white.
 */
function widenTo10Bits(samples: Uint8ClampedArray): Uint8Array {
  const wide = new Uint16Array(samples.length);
  for (let at = 0; at < samples.length; at++) {
    const sample = samples[at] ?? 0;
    wide[at] = (sample << 2) | (sample >> 6);
  }
  return new Uint8Array(wide.buffer);
}

/** RGBA to lossy AVIF with libavif and libaom. A picture without transparency gets no alpha plane. */
export function createAvifEncoder(): Encoder<SettingsOf<"avif">> {
  const wasm = new WasmInstance<AvifEncoder>("avif", encoderIdleCeilingBytes, () =>
    startEmscripten(avifFactory as unknown as EmscriptenFactory<AvifEncoder>, avifModule, () => {}),
  );
  return {
    encode: (pixels, settings) =>
      wasm.run("codec", (avif) => {
        const { buffer, byteOffset, byteLength } = pixels.data;
        const samples =
          settings.bitDepth === 10 ? widenTo10Bits(pixels.data) : new Uint8Array(buffer, byteOffset, byteLength);
        const file = avif.encode(samples, pixels.width, pixels.height, avifOptions(settings));
        if (file === null) throw new ImagingError("codec", "avif", "no output");
        return file;
      }),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}
