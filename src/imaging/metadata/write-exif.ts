import { type ExifDensity, type ExifFacts, exifTag, fieldType, inch } from "./exif.ts";

interface Field {
  readonly tag: number;
  readonly type: number;
  /** Little-endian. */
  readonly value: readonly number[];
}

const headerBytes = 8;
const inlineBytes = 4;

/**
 * A little-endian TIFF structure that says how the picture lies, and its density, where there is one: the fields that
 * browsers read, and no others (Exif 3.0 §4.6.5.1, §4.6.6.3).
 */
export function writeExif({ orientation, density }: ExifFacts): Uint8Array<ArrayBuffer> {
  const first: Field[] = [
    short(exifTag.orientation, orientation),
    ...(density === undefined ? [] : densityFields(density)),
  ];
  if (density === undefined) return Uint8Array.from([...header, ...writeDirectory(first, headerBytes)]);
  const own = [long(exifTag.pixelXDimension, density.width), long(exifTag.pixelYDimension, density.height)];
  // The pointer takes the same room wherever it points.
  const withPointer = (at: number) => writeDirectory([...first, long(exifTag.exifDirectory, at)], headerBytes);
  const ownStart = headerBytes + withPointer(0).length;
  return Uint8Array.from([...header, ...withPointer(ownStart), ...writeDirectory(own, ownStart)]);
}

/** `II`, version 42, the first directory right after it (TIFF 6.0 §2). */
const header = [0x49, 0x49, 42, 0, headerBytes, 0, 0, 0];

function densityFields({ xResolution, yResolution }: ExifDensity): Field[] {
  const rational = (tag: number, value: readonly number[]): Field => ({
    tag,
    type: fieldType.rational,
    value: value.flatMap(u32),
  });
  return [
    rational(exifTag.xResolution, xResolution),
    rational(exifTag.yResolution, yResolution),
    short(exifTag.resolutionUnit, inch),
  ];
}

function short(tag: number, value: number): Field {
  return { tag, type: fieldType.short, value: u16(value) };
}

function long(tag: number, value: number): Field {
  return { tag, type: fieldType.long, value: u32(value) };
}

/** A directory of fields with one value each, in the order of their tags, followed by the values that do not fit. */
function writeDirectory(fields: readonly Field[], start: number): number[] {
  const bytes = [...u16(fields.length)];
  const elsewhere: number[] = [];
  const valuesStart = start + 2 + 12 * fields.length + 4;
  for (const { tag, type, value } of fields) {
    bytes.push(...u16(tag), ...u16(type), ...u32(1));
    if (value.length <= inlineBytes) bytes.push(...value, ...Array<number>(inlineBytes - value.length).fill(0));
    else {
      bytes.push(...u32(valuesStart + elsewhere.length));
      elsewhere.push(...value);
    }
  }
  // No directory follows.
  return [...bytes, ...u32(0), ...elsewhere];
}

function u16(value: number): number[] {
  return [value & 255, (value >>> 8) & 255];
}

function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(value >>> 16)];
}
