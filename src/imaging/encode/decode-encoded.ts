import { createAvifDecoder } from "../avif/decode.ts";
import type { CheckedFormat, Pixels } from "../imaging.ts";
import { createWebpDecoder } from "../webp/decode.ts";

/** An instance starts in a few milliseconds; its memory is worth more to the next encode. */
const idleCeilingBytes = 0;

/** Decodes what this Worker has just encoded. */
export function createVariantDecoders(): Record<CheckedFormat, (file: Uint8Array) => Promise<Pixels>> {
  const decoders = { webp: createWebpDecoder(idleCeilingBytes), avif: createAvifDecoder(idleCeilingBytes) };
  return { webp: (file) => decoders.webp.decode(file), avif: (file) => decoders.avif.decode(file) };
}
