import { Inflater } from "../bytes/inflate.ts";
import { InflateError } from "../bytes/inflate-error.ts";
import { readPngChunks } from "./chunks.ts";
import { readPngRowFormat, reverseFilter } from "./stream-rows.ts";

const indexed = 3;
const entryBytes = 3;

/** First column and row of each pass of Adam7, and the steps to the next (PNG 3rd edition §8.2). */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const wholePicture = [[0, 0, 1, 1]] as const;

/**
 * Whether pixels of a PNG with a palette name colours that it does not have. That is an error (PNG 3rd edition §11.2.2) about which
 * browsers disagree; decoders show black without a word, and optimisers that sort the palette make another colour of it.
 * Reads all indices where the palette has fewer colours than they could name, and holds a row of them. True as well where their
 * stream is damaged: decoders go on after a wrong checksum, and what they find then has not been seen here.
 *
 * @param bytes a PNG that `findPngDamage()` has nothing against
 */
export function hasMissingColours(bytes: Uint8Array): boolean {
  const format = readPngRowFormat(bytes);
  if (format.colourType !== indexed) return false;
  const chunks = [...readPngChunks(bytes)];
  const { width, height, bitDepth, isInterlaced } = format;
  const colours = (chunks.find(({ type }) => type === "PLTE")?.data.length ?? 0) / entryBytes;
  if (colours >= 2 ** bitDepth) return false;
  const beyond = bytesBeyond(colours, bitDepth);
  try {
    const inflater = new Inflater(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
    for (const [left, top, right, down] of isInterlaced ? passes : wholePicture) {
      const size = { width: Math.ceil((width - left) / right), height: Math.ceil((height - top) / down) };
      if (size.width > 0 && size.height > 0 && hasBeyond(inflater, size, bitDepth, beyond)) return true;
    }
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    return true;
  }
  return false;
}

/** For each byte of indices, 1 where one of them is not below `colours`. */
function bytesBeyond(colours: number, bitDepth: number): Uint8Array {
  const mask = 2 ** bitDepth - 1;
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    for (let shift = 0; shift < 8; shift += bitDepth) if (((byte >> shift) & mask) >= colours) return 1;
    return 0;
  });
}

/** Whether a pass has such an index, as far as there are rows of it. */
function hasBeyond(
  inflater: Inflater,
  { width, height }: { readonly width: number; readonly height: number },
  bitDepth: number,
  beyond: Uint8Array,
): boolean {
  const rowBytes = Math.ceil((width * bitDepth) / 8);
  const filtered = new Uint8Array(1 + rowBytes);
  let above = new Uint8Array(1 + rowBytes);
  let current = new Uint8Array(1 + rowBytes);
  // What is left of the last byte is no pixel.
  const used = 0xff << (8 * rowBytes - width * bitDepth);
  for (let row = 0; row < height; row++) {
    if (inflater.read(filtered) < filtered.length || filtered[0] > 4) return false;
    reverseFilter(filtered, current, above, 1);
    for (let at = 1; at < rowBytes; at++) if (beyond[current[at]] === 1) return true;
    if (beyond[current[rowBytes] & used & 0xff] === 1) return true;
    [above, current] = [current, above];
  }
  return false;
}
