import { type IfdEntry, ifdEntries, nextIfd, type TiffStructure, unsignedValue } from "../bytes/ifd.ts";
import { HeaderError } from "../bytes/byte-reader.ts";

/** Baseline and extension fields: TIFF 6.0 §8 to §22; 34675 from ICC.1:2022 Annex B.3, 52545 from C2PA 2.1, Appendix A. */
export const tag = {
  newSubfileType: 254,
  subfileType: 255,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  inkSet: 332,
  numberOfInks: 334,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  icc: 34675,
  manifestStore: 52545,
} as const;

/** Thumbnails that a file may carry beside its page; real ones have one or two. */
const maxDirectories = 64;

/** The fields of one directory. Of a repeated field, decoders take the first. */
export class TiffDirectory {
  readonly structure: TiffStructure;
  readonly #entries = new Map<number, IfdEntry>();

  /** @throws HeaderError or RangeError when the directory leaves the file. */
  constructor(structure: TiffStructure, at: number) {
    this.structure = structure;
    for (const entry of ifdEntries(structure, at)) {
      if (!this.#entries.has(entry.tag)) this.#entries.set(entry.tag, entry);
    }
  }

  has(wanted: number): boolean {
    return this.#entries.has(wanted);
  }

  /** Number of values; 0 without the field. */
  count(wanted: number): number {
    return this.#entries.get(wanted)?.count ?? 0;
  }

  /** An unsigned integer; undefined without the field, for another type, and beyond the last value. */
  value(wanted: number, index = 0): number | undefined {
    const entry = this.#entries.get(wanted);
    return entry && unsignedValue(this.structure.reader, entry, index);
  }

  /** The bytes of a field of type BYTE or UNDEFINED, without a copy. */
  bytes(wanted: number): Uint8Array | undefined {
    const entry = this.#entries.get(wanted);
    return entry && this.structure.reader.range(entry.valueAt, entry.valueAt + entry.count);
  }
}

export interface TiffPages {
  /** 2 means two or more. */
  readonly pages: 0 | 1 | 2;
  /** The first directory is a page, and not a thumbnail or a mask. */
  readonly startsWithPage: boolean;
  readonly hasMask: boolean;
  /** The directories go in a circle. */
  readonly loops: boolean;
}

/**
 * Counts the pages of the directory chain. A reduced-resolution version of another directory (bit 0 of NewSubfileType,
 * TIFF 6.0 §8; value 2 of its forerunner) is none, and neither is a transparency mask (bit 2).
 * @throws HeaderError or RangeError when the chain leaves the file.
 */
export function countPages(structure: TiffStructure): TiffPages {
  const seen = new Set<number>();
  let pages: 0 | 1 | 2 = 0;
  let startsWithPage = false;
  let hasMask = false;
  for (let at = structure.firstIfd; at !== 0; at = nextIfd(structure, at)) {
    if (seen.has(at)) return { pages, startsWithPage, hasMask, loops: true };
    if (seen.size >= maxDirectories) throw new HeaderError("too many directories");
    const directory = new TiffDirectory(structure, at);
    const kind = directory.value(tag.newSubfileType) ?? 0;
    const isMask = (kind & 4) !== 0;
    const isReduced =
      (kind & 1) !== 0 || (!directory.has(tag.newSubfileType) && directory.value(tag.subfileType) === 2);
    hasMask ||= isMask;
    if (!isMask && !isReduced) {
      if (pages === 1) return { pages: 2, startsWithPage, hasMask, loops: false };
      pages = 1;
      startsWithPage ||= seen.size === 0;
    }
    seen.add(at);
  }
  return { pages, startsWithPage, hasMask, loops: false };
}
