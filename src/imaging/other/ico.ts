import type { FactsOf } from "../model/facts.ts";
import { ByteReader } from "../bytes/byte-reader.ts";

/**
 * Facts of a Windows icon or cursor: the size of its first image, where 0 means 256. The images are sizes of one
 * picture, not frames.
 */
export function probeIco(bytes: Uint8Array): FactsOf<"ico"> {
  const reader = new ByteReader(bytes, true);
  return {
    format: "ico",
    width: reader.u8(6) || 256,
    height: reader.u8(7) || 256,
    bitDepth: undefined,
    components: undefined,
    colour: "unknown",
    alpha: true,
    animated: false,
    profile: "none",
    hdr: false,
    provenance: false,
    orientation: 1,
  };
}
