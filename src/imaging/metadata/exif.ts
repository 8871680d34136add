import type { Orientation } from "../model/facts.ts";
import { ifdEntries, readTiffHeader, unsignedValue } from "../bytes/ifd.ts";
import { startsWith } from "../bytes/byte-reader.ts";

/** Orientation, Exif 3.0 §4.6.5.1 (TIFF tag 274). */
const orientationTag = 274;

/**
 * The orientation in an Exif payload, with or without the `Exif\0\0` in front (JPEG has it, PNG `eXIf` has not, WebP
 * files have either). 1 when there is none, or when the value or the structure is broken: browsers show such files upright.
 */
export function readExifOrientation(payload: Uint8Array): Orientation {
  const tiff = startsWith(payload, "Exif\0\0") ? payload.subarray(6) : payload;
  try {
    const structure = readTiffHeader(tiff);
    for (const entry of ifdEntries(structure, structure.firstIfd)) {
      if (entry.tag !== orientationTag) continue;
      const value = unsignedValue(structure.reader, entry);
      return isOrientation(value) ? value : 1;
    }
  } catch {
    return 1;
  }
  return 1;
}

/** True for the numbers 1 to 8. */
export function isOrientation(value: number | undefined): value is Orientation {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 8;
}
