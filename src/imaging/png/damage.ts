import { crc32 } from "../bytes/crc32.ts";
import { inflateZlib } from "../bytes/inflate-zlib.ts";
import { maxProfileBytes } from "../colour/icc.ts";
import { runAtOnce, type Steps } from "../steps.ts";
import { maxChunks, type PngChunk, readPngChunks } from "./chunks.ts";

/** The critical chunks of §11.2; any other changes how the file must be read (Apple's CgBI, for one). */
const criticalChunks: readonly string[] = ["IHDR", "PLTE", "IDAT", "IEND"];

/** Chunks that decide what is shown: they occur once, and before those that are named (PNG 3rd edition, Table 7). */
const decidingChunks: Readonly<Record<string, readonly string[]>> = {
  IHDR: ["IHDR", "PLTE", "tRNS", "IDAT"],
  PLTE: ["PLTE", "tRNS", "IDAT"],
  tRNS: ["tRNS", "IDAT"],
  cICP: ["cICP", "PLTE", "IDAT"],
  iCCP: ["iCCP", "PLTE", "IDAT"],
  sRGB: ["sRGB", "PLTE", "IDAT"],
  gAMA: ["gAMA", "PLTE", "IDAT"],
  cHRM: ["cHRM", "PLTE", "IDAT"],
};

/** Depths of each colour type (Table 12). */
const depthsOf: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

const chunkType = /^[A-Za-z]{4}$/;

/**
 * The first thing for which decoders refuse a PNG, leave out a part of it, or disagree about it: a wrong CRC, an order or
 * a number of chunks that the standard forbids, lengths that do not fit each other (PNG 3rd edition §5 and §11). A file
 * of that kind is passed on as it is: what was made of it would be another picture than some browser shows. Looks at no
 * pixel.
 */
export function findPngDamage(bytes: Uint8Array): string | undefined {
  return runAtOnce(searchPngDamage(bytes));
}

/** A piece of a chunk whose CRC is computed at once, and what a byte of it takes. */
const pieceBytes = 1 << 20;
const nanosecondsPerByte = 4;

/** The same in steps. */
export function* searchPngDamage(bytes: Uint8Array): Steps<string | undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const seen = new Set<string>();
  let shape: Shape | undefined;
  let paletteEntries = 0;
  let previous = "";
  let count = 0;
  for (const chunk of readPngChunks(bytes)) {
    const { type, data } = chunk;
    count++;
    const dataStart = data.byteOffset - bytes.byteOffset;
    const dataEnd = dataStart + data.length;
    if (!chunkType.test(type)) return "a chunk type that is no letters";
    let crc = 0;
    for (let from = dataStart - 4; from < dataEnd; from += pieceBytes) {
      const to = Math.min(from + pieceBytes, dataEnd);
      crc = crc32(bytes, from, to, crc);
      yield (to - from) * nanosecondsPerByte;
    }
    if (crc !== view.getUint32(dataEnd)) return `CRC of ${type} does not match`;
    if (count === 1) {
      shape = type === "IHDR" ? readShape(data) : undefined;
      if (shape === undefined) return "no IHDR that could be believed";
    }
    if (shape === undefined) return "no IHDR";
    if (/^[A-Z]/.test(type) && !criticalChunks.includes(type)) return `critical chunk ${type}`;
    const late = decidingChunks[type]?.find((later) => seen.has(later));
    if (late !== undefined) return late === type ? `more than one ${type}` : `${type} after ${late}`;
    if (type === "IDAT" && seen.has("IDAT") && previous !== "IDAT") return "IDAT is interrupted";
    if (type === "PLTE") paletteEntries = data.length / 3;
    const misfit = findMisfit(chunk, shape, paletteEntries, seen);
    if (misfit !== undefined) return misfit;
    if (type === "IEND") return undefined;
    seen.add(type);
    previous = type;
  }
  return count === maxChunks ? "too many chunks" : "ends before IEND";
}

interface Shape {
  readonly bitDepth: number;
  readonly colourType: number;
}

/** §11.2.1; undefined for fields that contradict the standard. */
function readShape(data: Uint8Array): Shape | undefined {
  if (data.length !== 13) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [bitDepth = 0, colourType = 0, compression, filter, interlace = 0] = data.subarray(8);
  const isSound = view.getUint32(0) > 0 && view.getUint32(4) > 0 && (depthsOf[colourType] ?? []).includes(bitDepth);
  return isSound && compression === 0 && filter === 0 && interlace <= 1 ? { bitDepth, colourType } : undefined;
}

/** What a chunk contradicts, of itself or of the header. */
function findMisfit(
  { type, data }: PngChunk,
  { bitDepth, colourType }: Shape,
  paletteEntries: number,
  seen: ReadonlySet<string>,
): string | undefined {
  switch (type) {
    case "PLTE": {
      // In RGB it only suggests colours to poor screens (§11.2.2).
      const most = colourType === 3 ? 2 ** bitDepth : 256;
      const isPossible = (colourType & 2) !== 0 && Number.isInteger(paletteEntries);
      return isPossible && paletteEntries >= 1 && paletteEntries <= most ? undefined : "PLTE of a wrong length";
    }
    case "tRNS": {
      const isRight =
        colourType === 3
          ? data.length >= 1 && data.length <= paletteEntries
          : (colourType === 0 && data.length === 2) || (colourType === 2 && data.length === 6);
      return isRight ? undefined : "tRNS of a wrong length";
    }
    case "iCCP":
      return readIccChunk(data) === undefined ? "iCCP cannot be read" : undefined;
    case "IDAT":
      return colourType === 3 && !seen.has("PLTE") ? "no PLTE" : undefined;
    case "IEND":
      return seen.has("IDAT") ? undefined : "no IDAT";
    default:
      return undefined;
  }
}

/**
 * The profile in an iCCP chunk (§11.3.2.3): a name of 1 to 79 bytes, a zero byte, compression method 0, a zlib stream.
 * Undefined when that is broken, or inflates to more than `maxProfileBytes`.
 */
export function readIccChunk(data: Uint8Array): Uint8Array | undefined {
  const nameEnd = data.subarray(0, 80).indexOf(0);
  if (nameEnd < 1 || data[nameEnd + 1] !== 0) return undefined;
  return inflateZlib(data.subarray(nameEnd + 2), maxProfileBytes);
}
