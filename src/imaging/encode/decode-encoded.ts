import { createAvifDecoder } from "../avif/decode.ts";
import { describeThrown, ImagingError } from "../model/error.ts";
import type { ScoredFormat } from "../model/settings.ts";
import type { Pause } from "../steps.ts";
import type { Decoder } from "../wasm/adapter.ts";
import { createWebpDecoder } from "../webp/decode.ts";

/** An instance starts in a few milliseconds; its memory is worth more to the next encode. */
const idleCeilingBytes = 0;

/** Decodes what this library has just encoded: whatever fails is the codec's fault, not the picture's. */
export function createVariantDecoders(pause: Pause): Record<ScoredFormat, Decoder> {
  const check = (format: ScoredFormat, decoder: Decoder): Decoder => ({
    ...decoder,
    decode: (file) =>
      decoder.decode(file).catch((error: unknown) => {
        throw new ImagingError("codec", format, describeThrown(error), error);
      }),
  });
  return {
    webp: check("webp", createWebpDecoder(idleCeilingBytes)),
    avif: check("avif", createAvifDecoder(idleCeilingBytes, pause)),
  };
}
