import { damagedJpeg } from "../error.ts";

/** Bits that the look-up tables take at once: most codes, and the shortest codes with their value bits. */
export const lookupBits = 9;

/**
 * A Huffman table made for decoding (ITU T.81 §C, §F.2.2.3).
 *
 * Codes are looked up by the next `lookupBits` bits; longer ones are found by comparing with the largest code of each
 * length.
 */
export interface HuffmanDecoder {
  /** By the next bits: code length << 8 | symbol; 0 when the code is longer, or none. */
  readonly codes: Uint16Array;
  /**
   * AC only, by the next bits: a coefficient whose code and value bits both fit: value << 10 | zeros before it << 4 |
   * bits used; 0 otherwise.
   */
  readonly coefficients: Int32Array;
  /** By code length: one above the largest code of this length, left-aligned in 16 bits; index 17 ends every search. */
  readonly limits: Int32Array;
  /** By code length: index of its first symbol minus its first code. */
  readonly offsets: Int32Array;
  readonly symbols: Uint8Array;
}

/**
 * Builds a table from the 16 counts and the symbols of a DHT segment. Throws an `ImagingError` for counts that are no prefix
 * code, or that use the code of all ones (§C: reserved; decoders refuse it).
 */
export function buildHuffmanDecoder(counts: Uint8Array, symbols: Uint8Array): HuffmanDecoder {
  const codes = new Uint16Array(1 << lookupBits);
  const limits = new Int32Array(18);
  const offsets = new Int32Array(18);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    offsets[length] = index - code;
    for (let i = 0; i < counts[length - 1]; i++, code++, index++) {
      if (length > lookupBits) continue;
      const first = code << (lookupBits - length);
      codes.fill((length << 8) | symbols[index], first, first + (1 << (lookupBits - length)));
    }
    // Also true when a longer code would begin with a shorter one.
    if (code >= 1 << length) throw damagedJpeg("bad-huffman-table");
    limits[length] = code << (16 - length);
    code <<= 1;
  }
  limits[17] = 0x7fffffff;
  return { codes, coefficients: combineWithValues(codes), limits, offsets, symbols };
}

/** §F.1.2.2: the low nibble of an AC symbol is the number of value bits after it, the high one the run of zeros. */
function combineWithValues(codes: Uint16Array): Int32Array {
  const coefficients = new Int32Array(codes.length);
  for (let bits = 0; bits < codes.length; bits++) {
    const length = codes[bits] >> 8;
    const size = codes[bits] & 15;
    const used = length + size;
    if (length === 0 || size === 0 || used > lookupBits) continue;
    const run = (codes[bits] >> 4) & 15;
    const value = extend((bits >> (lookupBits - used)) & ((1 << size) - 1), size);
    coefficients[bits] = (value << 10) | (run << 4) | used;
  }
  return coefficients;
}

/** T.81 §F.2.2.1, EXTEND: value bits whose first is 0 mean a negative number. */
export function extend(bits: number, size: number): number {
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
