import avifFactory from "@jsquash/avif/codec/dec/avif_dec.js";
import avifModule from "@jsquash/avif/codec/dec/avif_dec.wasm";
import webpFactory from "@jsquash/webp/codec/dec/webp_dec.js";
import webpModule from "@jsquash/webp/codec/dec/webp_dec.wasm";
import type { ScoredFormat } from "../model/settings.ts";
import type { Pixels } from "../model/picture.ts";
import { ImagingError } from "../model/error.ts";
import { type EmscriptenFactory, startEmscripten } from "../wasm/emscripten.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";

interface VariantDecoder {
  /** The result is a copy, made on the JS side. AVIF wants the depth of the result, and WebP no second argument. */
  decode(file: Uint8Array, ...bitDepth: readonly 8[]): Pixels | null;
}

/** An instance starts in a few milliseconds; its memory is worth more to the next encode. */
const idleCeilingBytes = 0;

type DecoderFactory = EmscriptenFactory<VariantDecoder>;

const codecs = {
  webp: { factory: webpFactory as unknown as DecoderFactory, module: webpModule, bitDepth: [] },
  avif: { factory: avifFactory as unknown as DecoderFactory, module: avifModule, bitDepth: [8] },
} as const satisfies Record<ScoredFormat, unknown>;

/**
 * Decodes what this Worker has just encoded, and nothing else: the libwebp in the package is older than the fix of
 * CVE-2023-4863, which a file made by libwebp itself does not reach.
 */
export function createVariantDecoders(): Record<ScoredFormat, (file: Uint8Array) => Promise<Pixels>> {
  const create = (format: ScoredFormat) => {
    const { factory, module, bitDepth } = codecs[format];
    const wasm = new WasmInstance<VariantDecoder>(format, idleCeilingBytes, () =>
      startEmscripten(factory, module, () => {}),
    );
    return (file: Uint8Array) =>
      wasm.run("codec", (decoder) => {
        const pixels = decoder.decode(file, ...bitDepth);
        if (pixels === null) throw new ImagingError("codec", format, "no output");
        const { data, width, height } = pixels;
        return { data, width, height };
      });
  };
  return { webp: create("webp"), avif: create("avif") };
}
