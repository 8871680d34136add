import type { TiffCompression } from "../model/facts.ts";

/**
 * Values of the field Compression that are undone here: TIFF 6.0 §3, §9, §11 and §13; 7 and 8 from Adobe's Technical
 * Note 2 of 2002, 32946 was 8's first number.
 */
export const tiffCompressions: Readonly<Record<number, TiffCompression>> = {
  1: "none",
  4: "g4",
  5: "lzw",
  7: "jpeg",
  8: "deflate",
  32773: "packbits",
  32946: "deflate",
};
