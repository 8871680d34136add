/** Where the parts of a file lie that its format is made of, as far as the file is sound: segments, chunks, boxes, entries. */
import type { FormatId } from "../../src/imaging/model/formats.ts";

export interface Part {
  readonly start: number;
  readonly end: number;
  /** Where its length is written, and in how many bytes; undefined for parts without one. */
  readonly length?: { readonly at: number; readonly bytes: 1 | 2 | 4; readonly littleEndian: boolean };
}

/** Fields of width and height, in any order. */
export interface Field {
  readonly at: number;
  readonly bytes: 2 | 4;
  readonly littleEndian: boolean;
}

interface Structure {
  readonly parts: readonly Part[];
  readonly sides: readonly Field[];
}

/** What there is to read ends with this many parts. */
const mostParts = 2000;

const readers: Partial<Record<FormatId, (file: Buffer) => Structure>> = {
  jpeg: readJpeg,
  png: readPng,
  gif: readGif,
  webp: readRiff,
  tiff: readTiff,
  jxr: readTiff,
  avif: readBoxFile,
  heic: readBoxFile,
  jxl: readBoxFile,
  jp2: readBoxFile,
};

export function readStructure(file: Uint8Array, format: FormatId | undefined): Structure {
  const read = format === undefined ? undefined : readers[format];
  if (read === undefined) return { parts: [], sides: [] };
  try {
    return read(Buffer.from(file.buffer, file.byteOffset, file.length));
  } catch {
    return { parts: [], sides: [] };
  }
}

/** Marker segments, and the scans between them (ITU T.81 annex B). */
function readJpeg(file: Buffer): Structure {
  const parts: Part[] = [];
  const sides: Field[] = [];
  let at = 2;
  while (at + 4 <= file.length && parts.length < mostParts) {
    if (file[at] !== 0xff) {
      const start = at;
      while (at + 1 < file.length && (file[at] !== 0xff || isInScan(file[at + 1] ?? 0))) at++;
      parts.push({ start, end: at });
      if (at + 4 > file.length) break;
    }
    const code = file[at + 1] ?? 0;
    if (code === 0xd9) break;
    const end = at + 2 + file.readUInt16BE(at + 2);
    parts.push({ start: at, end, length: { at: at + 2, bytes: 2, littleEndian: false } });
    if (code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code))
      sides.push({ at: at + 5, bytes: 2, littleEndian: false }, { at: at + 7, bytes: 2, littleEndian: false });
    at = end;
  }
  return { parts, sides };
}

/** Stuffed bytes and restart markers belong to a scan. */
function isInScan(code: number): boolean {
  return code === 0 || (code >= 0xd0 && code <= 0xd7);
}

function readPng(file: Buffer): Structure {
  const parts: Part[] = [];
  for (let at = 8; at + 12 <= file.length && parts.length < mostParts;) {
    const end = at + 12 + file.readUInt32BE(at);
    parts.push({ start: at, end, length: { at, bytes: 4, littleEndian: false } });
    at = end;
  }
  return {
    parts,
    sides: [
      { at: 16, bytes: 4, littleEndian: false },
      { at: 20, bytes: 4, littleEndian: false },
    ],
  };
}

/** Blocks of GIF89a: the palette, extensions, images with their own palette and data. */
function readGif(file: Buffer): Structure {
  const parts: Part[] = [];
  const sides: Field[] = [
    { at: 6, bytes: 2, littleEndian: true },
    { at: 8, bytes: 2, littleEndian: true },
  ];
  const palette = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  let at = 13 + palette(file[10] ?? 0);
  parts.push({ start: 13, end: at });
  const skipBlocks = (from: number): number => {
    let end = from;
    while ((file[end] ?? 0) > 0) end += 1 + (file[end] ?? 0);
    return end + 1;
  };
  while (at < file.length && parts.length < mostParts) {
    const start = at;
    if (file[at] === 0x21) {
      at = skipBlocks(at + 2);
      parts.push({ start, end: at, length: { at: start + 2, bytes: 1, littleEndian: true } });
    } else if (file[at] === 0x2c) {
      sides.push({ at: at + 5, bytes: 2, littleEndian: true }, { at: at + 7, bytes: 2, littleEndian: true });
      const data = at + 11 + palette(file[at + 9] ?? 0);
      at = skipBlocks(data);
      parts.push({ start, end: at, length: { at: data, bytes: 1, littleEndian: true } });
    } else break;
  }
  return { parts, sides };
}

function readRiff(file: Buffer): Structure {
  const parts: Part[] = [];
  const sides: Field[] = [];
  for (let at = 12; at + 8 <= file.length && parts.length < mostParts;) {
    const size = file.readUInt32LE(at + 4);
    const type = file.toString("latin1", at, at + 4);
    const end = at + 8 + size + (size & 1);
    parts.push({ start: at, end, length: { at: at + 4, bytes: 4, littleEndian: true } });
    // 24 bits each in VP8X; 14 in VP8, after three bytes and a start code of three (RFC 9649 §2).
    if (type === "VP8X")
      sides.push({ at: at + 12, bytes: 2, littleEndian: true }, { at: at + 15, bytes: 2, littleEndian: true });
    if (type === "VP8 ")
      sides.push({ at: at + 14, bytes: 2, littleEndian: true }, { at: at + 16, bytes: 2, littleEndian: true });
    if (type === "VP8L") sides.push({ at: at + 9, bytes: 4, littleEndian: true });
    at = end;
  }
  return { parts, sides };
}

/** The entries of each directory. */
function readTiff(file: Buffer): Structure {
  const littleEndian = file[0] === 0x49;
  const u16 = (at: number): number => (littleEndian ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const u32 = (at: number): number => (littleEndian ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const parts: Part[] = [];
  const sides: Field[] = [];
  for (let directory = u32(4), seen = 0; directory > 0 && directory + 2 <= file.length && seen < 8; seen++) {
    const count = u16(directory);
    for (let entry = 0; entry < count && parts.length < mostParts; entry++) {
      const start = directory + 2 + 12 * entry;
      if (start + 12 > file.length) break;
      parts.push({ start, end: start + 12, length: { at: start + 4, bytes: 4, littleEndian } });
      const isSide = [256, 257, 278, 322, 323, 0xbc80, 0xbc81].includes(u16(start));
      if (isSide) sides.push({ at: start + 8, bytes: u16(start + 2) === 3 ? 2 : 4, littleEndian });
    }
    const next = directory + 2 + 12 * count;
    directory = next + 4 <= file.length ? u32(next) : 0;
  }
  return { parts, sides };
}

/** Boxes that hold boxes, and how many bytes come before the first of them. */
const nesting: Readonly<Record<string, number>> = {
  meta: 4,
  iprp: 0,
  ipco: 0,
  iinf: 6,
  moov: 0,
  trak: 0,
  jp2h: 0,
  dinf: 0,
};

function readBoxFile(file: Buffer): Structure {
  const parts: Part[] = [];
  const sides: Field[] = [];
  const read = (from: number, to: number): void => {
    for (let at = from; at + 8 <= to && parts.length < mostParts;) {
      const size = file.readUInt32BE(at);
      const end = size < 8 ? to : Math.min(at + size, to);
      const type = file.toString("latin1", at + 4, at + 8);
      parts.push({ start: at, end, length: { at, bytes: 4, littleEndian: false } });
      if (type === "ispe")
        sides.push(...[12, 16].map((offset) => ({ at: at + offset, bytes: 4, littleEndian: false }) as const));
      if (type === "ihdr")
        sides.push(...[8, 12].map((offset) => ({ at: at + offset, bytes: 4, littleEndian: false }) as const));
      const skipped = nesting[type];
      if (skipped !== undefined) read(at + 8 + skipped, end);
      at = end;
    }
  };
  read(0, file.length);
  return { parts, sides };
}
