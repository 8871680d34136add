import { boxes } from "../bytes/boxes.ts";
import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";
import type { EmbeddedMetadata } from "../metadata/embedded-metadata.ts";
import { joinBytes, u32 } from "../bytes/join-bytes.ts";

/** ISO/IEC 18181-2 §9: the signature box, and the file type box that names `jxl ` as brand and compatible brand. */
const signatureBox = [0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a] as const;
const fileTypeBox = box("ftyp", ["jxl ", u32(0), "jxl "]);

/** Types whose place in the file is fixed, and which are written again. */
const leadingTypes = ["JXL ", "ftyp"];

/**
 * Puts XMP and Exif beside a JPEG XL codestream, in boxes (ISO/IEC 18181-2). They follow the codestream, so that
 * pixels come first. A bare codestream that gets neither stays bare, and boxes that the file has already stay, except
 * those that are replaced. (A profile is part of the codestream.)
 *
 * @throws HeaderError or RangeError when the file is neither codestream nor container
 */
export function wrapJxl(
  file: Uint8Array<ArrayBuffer>,
  { xmp, exif }: Omit<EmbeddedMetadata, "icc">,
): Uint8Array<ArrayBuffer> {
  if (xmp === undefined && exif === undefined) return file;
  // After its header: the distance from there to the TIFF header.
  const exifBox = exif === undefined ? [] : [box("Exif", [u32(0), exif])];
  const xmpBox = xmp === undefined ? [] : [box("xml ", [xmp])];
  const replaced = [...(exif === undefined ? [] : ["Exif"]), ...(xmp === undefined ? [] : ["xml "])];
  return joinBytes([signatureBox, fileTypeBox, ...readBoxes(file, replaced), ...exifBox, ...xmpBox]);
}

function readBoxes(file: Uint8Array, replaced: readonly string[]): Uint8Array[] {
  if (startsWith(file, [0xff, 0x0a])) return [box("jxlc", [file])];
  if (!startsWith(file, signatureBox)) throw new HeaderError("no JPEG XL signature");
  return [...boxes(new ByteReader(file))]
    .filter(({ type }) => !leadingTypes.includes(type) && !replaced.includes(type))
    .map(({ type, payload }) => box(type, [payload().bytes]));
}

/** Files are held in memory, so that 32 bits of size are always enough. */
function box(type: string, parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array {
  return joinBytes([u32(parts.reduce((sum, part) => sum + part.length, 8)), type, ...parts]);
}
