import type { Orientation } from "../model/facts.ts";

/** A little-endian TIFF header, and one directory with one entry: orientation, SHORT, one value (Exif 3.0 §4.6.5.1). */
export function writeOrientationExif(orientation: Orientation): Uint8Array<ArrayBuffer> {
  const header = [0x49, 0x49, 42, 0, 8, 0, 0, 0];
  const entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
  return Uint8Array.from([...header, 1, 0, ...entry, 0, 0, 0, 0]);
}
