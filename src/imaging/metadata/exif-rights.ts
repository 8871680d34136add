import { ifdEntries, type IfdEntry, readTiffHeader, type TiffStructure, unsignedValue } from "../bytes/ifd.ts";
import { exifTag, fieldType } from "./exif.ts";
import { decodeText } from "./decode-text.ts";
import type { FoundRights } from "./rights.ts";

/** Exif 3.0 §4.6.5. */
const tag = { artist: 315, copyright: 33432 } as const;

/** Field types with text: ASCII (TIFF 6.0 §2) and UTF-8 (Exif 3.0 §4.6.2). */
const ascii = 2;
const utf8 = 129;

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

/** A copy of the TIFF structure that says that the picture is upright: its pixels have been turned. */
export function uprightExif(exif: Uint8Array): Uint8Array {
  const copy = exif.slice();
  try {
    const structure = readTiffHeader(copy);
    setUpright(structure, structure.firstIfd);
  } catch {
    return copy;
  }
  return copy;
}

/** In a directory and, where browsers read an orientation as well, in the Exif directory that it points to. */
function setUpright(structure: TiffStructure, at: number): void {
  const { bytes, littleEndian } = structure.reader;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const entry of ifdEntries(structure, at)) {
    const isOne = entry.count === 1;
    if (isOne && entry.tag === exifTag.orientation && entry.type === fieldType.short)
      view.setUint16(entry.valueAt, 1, littleEndian);
    const directory = isOne && entry.tag === exifTag.exifDirectory ? unsignedValue(structure.reader, entry) : undefined;
    if (directory !== undefined && at === structure.firstIfd) setUpright(structure, directory);
  }
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
