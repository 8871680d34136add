import { ImagingError } from "../model/error.ts";

const maxCodes = 4096;
const maxCodeBits = 12;

/** Decodes one image's data; it owns two tables that serve every image of a file. */
export type LzwDecoder = (bytes: Uint8Array, at: number, indices: Uint8Array) => void;

/**
 * GIF's variable-length LZW (GIF89a Appendix F). The decoder fills `indices` with one palette index per pixel, in the
 * order of the file, from the data that begins with its minimum code size at `at`. More data than pixels is ignored,
 * as browsers do. The sub-blocks must be complete: `readGif()` has checked that.
 *
 * @throws ImagingError (by the decoder) on an impossible code, or when the data ends before the pixels do
 */
export function createLzwDecoder(): LzwDecoder {
  // Each string of the table is in the output already: the previous string, and the pixel that followed it.
  const starts = new Uint32Array(maxCodes);
  const lengths = new Uint32Array(maxCodes);

  return (bytes, at, indices) => {
    const minimumBits = bytes[at] ?? 0;
    if (minimumBits < 2 || minimumBits > 8) throw new ImagingError("damaged", "gif", `LZW code size ${minimumBits}`);
    const clearCode = 1 << minimumBits;
    const endCode = clearCode + 1;
    let position = at + 1;
    let leftInBlock = 0;
    let bits = 0;
    let bitCount = 0;
    let codeBits = minimumBits + 1;
    let nextCode = clearCode + 2;
    let lastStart = 0;
    let lastLength = 0;
    let filled = 0;

    while (filled < indices.length) {
      while (bitCount < codeBits) {
        if (leftInBlock === 0) {
          leftInBlock = bytes[position++] ?? 0;
          if (leftInBlock === 0) throw new ImagingError("damaged", "gif", "the data ends before the pixels");
        }
        bits |= (bytes[position++] ?? 0) << bitCount;
        bitCount += 8;
        leftInBlock--;
      }
      const code = bits & ((1 << codeBits) - 1);
      bits >>>= codeBits;
      bitCount -= codeBits;

      if (code === clearCode) {
        codeBits = minimumBits + 1;
        nextCode = clearCode + 2;
        lastLength = 0;
        continue;
      }
      if (code === endCode) throw new ImagingError("damaged", "gif", "the data ends before the pixels");
      // Entered before its use: a code may mean the string that it completes itself.
      if (lastLength > 0 && nextCode < maxCodes) {
        starts[nextCode] = lastStart;
        lengths[nextCode] = lastLength + 1;
        nextCode++;
        if (nextCode === 1 << codeBits && codeBits < maxCodeBits) codeBits++;
      }
      lastStart = filled;
      if (code < clearCode) {
        indices[filled++] = code;
        lastLength = 1;
        continue;
      }
      if (code >= nextCode) throw new ImagingError("damaged", "gif", `LZW code ${code} before its definition`);
      lastLength = lengths[code] ?? 0;
      const end = Math.min(filled + lastLength, indices.length);
      // Pixel by pixel: the string may run into the place that it is written to.
      for (let from = starts[code] ?? 0; filled < end; from++) indices[filled++] = indices[from] ?? 0;
    }
  };
}
