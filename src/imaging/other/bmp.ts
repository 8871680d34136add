import type { FactsOf } from "../model/facts.ts";
import { ByteReader } from "../bytes/byte-reader.ts";

/**
 * Facts of a Windows bitmap (BITMAPFILEHEADER and the DIB header after it); a negative height means rows from the top.
 */
export function probeBmp(bytes: Uint8Array): FactsOf<"bmp"> {
  const reader = new ByteReader(bytes, true);
  const core = reader.u32(14) === 12;
  const bitsPerPixel = reader.u16(core ? 24 : 28);
  const palette = bitsPerPixel <= 8;
  return {
    format: "bmp",
    width: core ? reader.u16(18) : reader.i32(18),
    height: core ? reader.u16(20) : Math.abs(reader.i32(22)),
    // 16-bit pixels have masks of any width.
    bitDepth: bitsPerPixel === 16 ? undefined : 8,
    components: palette ? 1 : bitsPerPixel === 32 ? 4 : 3,
    colour: palette ? "palette" : "rgb",
    // Decoders disagree on whether the fourth byte is alpha.
    alpha: bitsPerPixel === 32 || bitsPerPixel === 16,
    animated: false,
    // Version 4 and 5 headers carry a colour space.
    profile: reader.u32(14) >= 108 ? "other" : "none",
    hdr: false,
    provenance: false,
    orientation: 1,
  };
}
