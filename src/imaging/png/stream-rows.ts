import { Inflater } from "../bytes/inflate.ts";
import { InflateError } from "../bytes/inflate-error.ts";
import { ImagingError } from "../model/error.ts";
import type { Steps } from "../steps.ts";
import { readPngChunks } from "./chunks.ts";
import { searchPngDamage } from "./damage.ts";
import { predictPaeth } from "./rows.ts";

/** What a header says about the rows (PNG 3rd edition §11.2.1). */
export interface PngRowFormat {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  /** Bytes of a row, and of a pixel, rounded up: so far to the left are the samples that filters look at. */
  readonly rowBytes: number;
  readonly pixelBytes: number;
}

/** A row as it was before it was filtered, and the one above: after as many zeros as a pixel has bytes. Both are overwritten. */
export type PngRowConsumer = (row: Uint8Array, above: Uint8Array) => void;

/** Samples of a pixel by colour type (PNG 3rd edition, Table 8). */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Bytes that are read in one piece, and what one of them takes; a row takes as long as so many more. */
const bytesPerPiece = 65_536;
const nanosecondsPerByte = 18;
const bytesPerRow = 64;

/** From a sound header; rows of an interlaced picture have another order. */
export function readPngRowFormat(bytes: Uint8Array): PngRowFormat & { readonly isInterlaced: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, bitDepth, colourType] = [view.getUint32(16), view.getUint32(20), bytes[24], bytes[25]];
  const bits = bitDepth * (samplesOf[colourType] ?? 1);
  const rowBytes = Math.ceil((width * bits) / 8);
  return {
    width,
    height,
    bitDepth,
    colourType,
    rowBytes,
    pixelBytes: Math.ceil(bits / 8),
    isInterlaced: bytes[28] !== 0,
  };
}

/**
 * Reads the rows of a PNG that `findPngDamage()` has nothing against, one at a time. A fault may show only after rows were
 * handed on: nothing may be done with them before this returns.
 *
 * @throws ImagingError `damaged`; `unsupported` for interlaced and animated ones
 */
export function* readPngRows(bytes: Uint8Array, consume: PngRowConsumer): Steps<void> {
  const { height, rowBytes, pixelBytes, isInterlaced } = readPngRowFormat(bytes);
  const chunks = [...readPngChunks(bytes)];
  if (isInterlaced || chunks.some(({ type }) => type === "acTL")) {
    throw new ImagingError("unsupported", "png", "rows in another order");
  }
  const parts = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const inflater = orDamage(() => new Inflater(parts));
  // Zeros to the left and above replace pixels outside of the picture (§9.2).
  let above = new Uint8Array(pixelBytes + rowBytes);
  let current = new Uint8Array(pixelBytes + rowBytes);
  const filtered = new Uint8Array(1 + rowBytes);
  let read = 0;
  for (let row = 0; row < height; row++) {
    const count = orDamage(() => inflater.read(filtered));
    if (count < filtered.length) throw new ImagingError("damaged", "png", "too few rows");
    reverseFilter(filtered, current, above, pixelBytes);
    consume(current, above);
    [above, current] = [current, above];
    read += rowBytes + bytesPerRow;
    if (read < bytesPerPiece) continue;
    yield read * nanosecondsPerByte;
    read = 0;
  }
  // The checksum comes last.
  if (!orDamage(() => inflater.isAtEnd())) throw new ImagingError("unsupported", "png", "more than its rows");
}

/** RGBA, whose fourth bytes mean nothing; overwritten after the call. */
export type RgbaLineConsumer = (line: Uint8Array) => void;

/**
 * Reads a PNG in gray or RGB of 8 bits, without transparency and not interlaced.
 * @throws ImagingError `damaged`; `unsupported` for all other PNGs
 */
export function* streamPngRgba(bytes: Uint8Array, consume: RgbaLineConsumer): Steps<void> {
  const damage = yield* searchPngDamage(bytes);
  if (damage !== undefined) throw new ImagingError("damaged", "png", damage);
  const { width, bitDepth, colourType, pixelBytes } = readPngRowFormat(bytes);
  const isPlain = bitDepth === 8 && (colourType === 0 || colourType === 2);
  if (!isPlain || [...readPngChunks(bytes)].some(({ type }) => type === "tRNS")) {
    throw new ImagingError("unsupported", "png", "samples of another form");
  }
  const line = new Uint8Array(4 * width);
  const second = colourType === 2 ? 1 : 0;
  yield* readPngRows(bytes, (row) => {
    for (let at = pixelBytes, to = 0; at < row.length; at += pixelBytes, to += 4) {
      line[to] = row[at];
      line[to + 1] = row[at + second];
      line[to + 2] = row[at + 2 * second];
    }
    consume(line);
  });
}

function orDamage<Result>(inflate: () => Result): Result {
  try {
    return inflate();
  } catch (error) {
    if (error instanceof InflateError) throw new ImagingError("damaged", "png", error.message);
    throw error;
  }
}

/**
 * Puts the bytes of a row after the first `left` ones of `current` (PNG 3rd edition §9.2).
 * @throws ImagingError `damaged` for a filter that is none
 */
export function reverseFilter(filtered: Uint8Array, current: Uint8Array, above: Uint8Array, left: number): void {
  const end = current.length;
  const shift = 1 - left;
  switch (filtered[0]) {
    case 0:
      current.set(filtered.subarray(1), left);
      return;
    case 1:
      for (let at = left; at < end; at++) current[at] = filtered[at + shift] + current[at - left];
      return;
    case 2:
      for (let at = left; at < end; at++) current[at] = filtered[at + shift] + above[at];
      return;
    case 3:
      for (let at = left; at < end; at++) {
        current[at] = filtered[at + shift] + ((current[at - left] + above[at]) >> 1);
      }
      return;
    case 4:
      for (let at = left; at < end; at++) {
        current[at] = filtered[at + shift] + predictPaeth(current[at - left], above[at], above[at - left]);
      }
      return;
    default:
      throw new ImagingError("damaged", "png", "an unknown filter");
  }
}
