import { ByteReader, HeaderError } from "./byte-reader.ts";

/** Entries in one directory: real ones have under 200; a BigTIFF may claim 2^64. */
const maxEntries = 4096;

/** Bytes per value of the TIFF field types 1–18 (TIFF 6.0 §2; 16–18 from BigTIFF); 0 marks numbers that are no type. */
const typeSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8] as const;

/** A TIFF structure: a TIFF file, the payload of Exif, or the index of a Multi-Picture file. Offsets count from its first byte. */
export interface TiffStructure {
  readonly reader: ByteReader;
  readonly bigTiff: boolean;
  /** Offset of the first directory. */
  readonly firstIfd: number;
}

export interface IfdEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Offset of the first value, in the entry itself or elsewhere; not checked yet. */
  readonly valueAt: number;
}

/**
 * Reads the header of a TIFF structure (TIFF 6.0 §2; BigTIFF has version 43 and 8-byte offsets).
 * @throws HeaderError or RangeError when it is none.
 */
export function readTiffHeader(bytes: Uint8Array): TiffStructure {
  const order = new ByteReader(bytes).text(0, 2);
  if (order !== "II" && order !== "MM") throw new HeaderError("no TIFF byte order");
  const reader = new ByteReader(bytes, order === "II");
  const version = reader.u16(2);
  if (version === 42) return { reader, bigTiff: false, firstIfd: reader.u32(4) };
  if (version === 43 && reader.u16(4) === 8) return { reader, bigTiff: true, firstIfd: reader.u64(8) };
  throw new HeaderError("no TIFF version");
}

/**
 * The entries of the directory at `at`, one by one, so that those before a cut are still found, and those before a number
 * of them that cannot be meant: browsers read these as well.
 * @throws HeaderError after the last that is whole, or that is read of too many
 */
export function* ifdEntries(structure: TiffStructure, at: number): Generator<IfdEntry> {
  const { reader, bigTiff } = structure;
  const { count, first, entrySize } = ifdShape(structure, at);
  for (let i = 0; i < count; i++) {
    if (i === maxEntries) throw new HeaderError("too many directory entries");
    const entry = first + i * entrySize;
    // Browsers take no entry of which a part is missing, although its value may be there.
    if (entry + entrySize > reader.length) throw new HeaderError("an entry is cut");
    const type = reader.u16(entry + 2);
    const values = bigTiff ? reader.u64(entry + 4) : reader.u32(entry + 4);
    const inline = entry + (bigTiff ? 12 : 8);
    const size = (typeSizes[type] ?? 0) * values;
    const fits = size <= (bigTiff ? 8 : 4);
    yield {
      tag: reader.u16(entry),
      type,
      count: values,
      valueAt: fits ? inline : bigTiff ? reader.u64(inline) : reader.u32(inline),
    };
  }
}

/** Offset of the directory after the one at `at`; 0 when that is the last. */
export function nextIfd(structure: TiffStructure, at: number): number {
  const { count, first, entrySize } = ifdShape(structure, at);
  if (count > maxEntries) throw new HeaderError("too many directory entries");
  const link = first + count * entrySize;
  return structure.bigTiff ? structure.reader.u64(link) : structure.reader.u32(link);
}

/** The value at `index` of an unsigned integer field (BYTE, SHORT, LONG, LONG8); undefined for another type or index. */
export function unsignedValue(reader: ByteReader, entry: IfdEntry, index = 0): number | undefined {
  if (index >= entry.count) return undefined;
  switch (entry.type) {
    case 1:
      return reader.u8(entry.valueAt + index);
    case 3:
      return reader.u16(entry.valueAt + index * 2);
    case 4:
      return reader.u32(entry.valueAt + index * 4);
    case 16:
      return reader.u64(entry.valueAt + index * 8);
    default:
      return undefined;
  }
}

function ifdShape({ reader, bigTiff }: TiffStructure, at: number): { count: number; first: number; entrySize: number } {
  const count = bigTiff ? reader.u64(at) : reader.u16(at);
  return bigTiff ? { count, first: at + 8, entrySize: 20 } : { count, first: at + 2, entrySize: 12 };
}
