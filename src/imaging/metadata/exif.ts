import type { Orientation } from "../model/facts.ts";
import { type IfdEntry, ifdEntries, readTiffHeader, type TiffStructure, unsignedValue } from "../bytes/ifd.ts";
import { startsWith } from "../bytes/byte-reader.ts";

/** Exif 3.0 §4.6.5.1 and §4.6.6.3; the first five are in the first directory, the others in one of their own. */
export const exifTag = {
  orientation: 274,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
  exifDirectory: 34665,
  pixelXDimension: 40962,
  pixelYDimension: 40963,
} as const;

/** Field types, TIFF 6.0 §2. */
export const fieldType = { short: 3, long: 4, rational: 5 } as const;

/** The value of ResolutionUnit for pixels per inch. */
export const inch = 2;

/** Numerator and denominator, both positive. */
export type Rational = readonly [number, number];

/** The fields by which a file states a natural size other than its pixels. */
export interface ExifDensity {
  /** Pixels per inch. */
  readonly xResolution: Rational;
  readonly yResolution: Rational;
  /** The preferred size, before orientation. */
  readonly width: number;
  readonly height: number;
}

/** What browsers read of an Exif block. */
export interface ExifFacts {
  readonly orientation: Orientation;
  readonly density: ExifDensity | undefined;
}

/**
 * Reads what browsers read of Exif: orientation and density, of the first directory and then of the Exif directory. An
 * orientation counts as one SHORT only, and the first value that is valid decides: browsers show whatever else was meant
 * unturned. What comes before damage still holds. (Measured in Chromium 156.)
 *
 * @param tiff a TIFF structure, without `Exif\0\0` in front
 */
export function readExif(tiff: Uint8Array): ExifFacts {
  const found = new Map<number, Rational>();
  try {
    const structure = readTiffHeader(tiff);
    readDirectory(structure, structure.firstIfd, found);
    const directory = found.get(exifTag.exifDirectory);
    if (directory !== undefined) readDirectory(structure, directory[0], found);
  } catch {
    // No TIFF structure.
  }
  const orientation = found.get(exifTag.orientation)?.[0];
  return { orientation: isOrientation(orientation) ? orientation : 1, density: densityIn(found) };
}

/** Collects the first valid value of each field that counts, whole numbers as such over 1. */
function readDirectory(structure: TiffStructure, at: number, found: Map<number, Rational>): void {
  try {
    for (const entry of ifdEntries(structure, at)) {
      const value = found.has(entry.tag) || entry.count !== 1 ? undefined : readValue(structure, entry);
      if (value !== undefined) found.set(entry.tag, value);
    }
  } catch {
    // The directory is cut.
  }
}

function readValue({ reader }: TiffStructure, entry: IfdEntry): Rational | undefined {
  const { tag, type, valueAt } = entry;
  switch (tag) {
    case exifTag.orientation:
    case exifTag.resolutionUnit: {
      const value = type === fieldType.short ? reader.u16(valueAt) : 0;
      return value > 0 && (tag !== exifTag.orientation || isOrientation(value)) ? [value, 1] : undefined;
    }
    case exifTag.xResolution:
    case exifTag.yResolution: {
      if (type !== fieldType.rational) return undefined;
      const value = [reader.u32(valueAt), reader.u32(valueAt + 4)] as const;
      return value[0] > 0 && value[1] > 0 ? value : undefined;
    }
    case exifTag.exifDirectory:
    case exifTag.pixelXDimension:
    case exifTag.pixelYDimension: {
      const value = type === fieldType.short || type === fieldType.long ? (unsignedValue(reader, entry) ?? 0) : 0;
      return value > 0 ? [value, 1] : undefined;
    }
    default:
      return undefined;
  }
}

function densityIn(found: ReadonlyMap<number, Rational>): ExifDensity | undefined {
  const [xResolution, yResolution, width, height] = [
    exifTag.xResolution,
    exifTag.yResolution,
    exifTag.pixelXDimension,
    exifTag.pixelYDimension,
  ].map((tag) => found.get(tag));
  if (found.get(exifTag.resolutionUnit)?.[0] !== inch) return undefined;
  if (xResolution === undefined || yResolution === undefined || width === undefined || height === undefined)
    return undefined;
  return { xResolution, yResolution, width: width[0], height: height[0] };
}

/** CSS pixels per inch in the definition of the density-corrected natural size. */
const dotsOfNaturalSize = 72;

/**
 * Whether browsers may give pictures of this density another natural size than their pixels: the preferred size is what
 * resolution and pixels say too (HTML, density-corrected natural width and height). Browsers round; a pixel more or less
 * counts here.
 */
export function isDensityCorrected(
  density: ExifDensity | undefined,
  { width, height }: { readonly width: number; readonly height: number },
): boolean {
  if (density === undefined || (density.width === width && density.height === height)) return false;
  const isNear = (pixels: number, [numerator, denominator]: Rational, preferred: number) =>
    Math.abs((pixels * dotsOfNaturalSize * denominator) / numerator - preferred) <= 1;
  return isNear(width, density.xResolution, density.width) && isNear(height, density.yResolution, density.height);
}

/** The signature in front of Exif in a JPEG's APP1 (Exif 3.0 §4.7.2.2); decoders do not check its last byte. */
const exifSignature = "Exif\0";
const exifSignatureBytes = 6;

/**
 * The TIFF structure in the payload of an APP1 segment; undefined for another segment, and for one with nothing after
 * the signature. The first one of a JPEG decides, whatever is in it: browsers do not look at another.
 */
export function exifOfApp1(payload: Uint8Array): Uint8Array | undefined {
  const isExif = startsWith(payload, exifSignature) && payload.length > exifSignatureBytes;
  return isExif ? payload.subarray(exifSignatureBytes) : undefined;
}

/** True for the numbers 1 to 8. */
export function isOrientation(value: number | undefined): value is Orientation {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 8;
}
