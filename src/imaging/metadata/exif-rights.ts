import { ifdEntries, type IfdEntry, readTiffHeader, type TiffStructure } from "../bytes/ifd.ts";
import { decodeText } from "./decode-text.ts";
import type { FoundRights } from "./rights.ts";

/** Exif 3.0 §4.6.5. */
const tag = { orientation: 274, artist: 315, copyright: 33432 } as const;

/** Field types with text: ASCII (TIFF 6.0 §2) and UTF-8 (Exif 3.0 §4.6.2). */
const ascii = 2;
const utf8 = 129;
const short = 3;

const maxTextBytes = 4096;

/** Artist and Copyright of the first directory of a TIFF structure; nothing when it is broken. */
export function readExifRights(exif: Uint8Array): FoundRights {
  const texts = new Map<number, string[]>();
  try {
    const structure = readTiffHeader(exif);
    for (const entry of ifdEntries(structure, structure.firstIfd)) {
      if (entry.tag === tag.artist || entry.tag === tag.copyright) texts.set(entry.tag, readStrings(structure, entry));
    }
  } catch {
    // Fields before the damage still count.
  }
  const artists = (texts.get(tag.artist) ?? []).flatMap((names) => names.split(";"));
  // Of photographer and editor, in this order; a blank means that the first one is missing.
  const copyrights = (texts.get(tag.copyright) ?? []).filter((text) => text.trim() !== "");
  return {
    ...(artists.length === 0 ? {} : { creators: artists }),
    ...(copyrights.length === 0 ? {} : { copyright: copyrights.join(", ") }),
  };
}

/** A copy of the TIFF structure whose first directory says that the picture is upright: its pixels have been turned. */
export function uprightExif(exif: Uint8Array): Uint8Array {
  const copy = exif.slice();
  try {
    const structure = readTiffHeader(copy);
    for (const { tag: number, type, count, valueAt } of ifdEntries(structure, structure.firstIfd)) {
      if (number !== tag.orientation || type !== short || count !== 1) continue;
      new DataView(copy.buffer).setUint16(valueAt, 1, structure.reader.littleEndian);
    }
  } catch {
    return copy;
  }
  return copy;
}

/** The strings of a field, which are ended by zero bytes; padding and empty ones are left out. */
function readStrings({ reader, bigTiff }: TiffStructure, { type, count, valueAt }: IfdEntry): string[] {
  if (type !== ascii && type !== utf8) return [];
  // The table of field sizes ends before UTF-8.
  const isElsewhere = type === utf8 && count > (bigTiff ? 8 : 4);
  const at = !isElsewhere ? valueAt : bigTiff ? reader.u64(valueAt) : reader.u32(valueAt);
  const bytes = reader.range(at, at + Math.min(count, maxTextBytes));
  return decodeText(bytes)
    .split("\0")
    .filter((text) => text !== "");
}
