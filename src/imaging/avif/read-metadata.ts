import { boxes } from "../bytes/boxes.ts";
import { ByteReader, startsWith } from "../bytes/byte-reader.ts";
import type { SourceMetadata } from "../metadata/source-metadata.ts";
import { onlyBox, readItemData, readItemEntries, readLocations, xmpContentType } from "./items.ts";

/** Some writers put the signature of JPEG in front of the TIFF header, and count it. */
const exifSignature = "Exif\0\0";

/** The Exif and XMP items of an AVIF (ISO/IEC 23008-12 Annex A). Throws where they are not in it as they should be. */
export function readAvifMetadata(file: Uint8Array<ArrayBuffer>): SourceMetadata {
  const children = [...boxes(onlyBox([...boxes(new ByteReader(file))], "meta"), 4)];
  const entries = readItemEntries(onlyBox(children, "iinf"));
  const locations = readLocations(onlyBox(children, "iloc"));
  const idat = children.find(({ type }) => type === "idat")?.payload();
  const dataOf = (entry: { readonly id: number } | undefined): Uint8Array | undefined =>
    entry && readItemData(file, idat, locations, entry.id);
  const exif = dataOf(entries.find(({ type }) => type === "Exif"));
  return {
    exif: exif && withoutOffset(exif),
    xmp: dataOf(entries.find(({ contentType }) => contentType === xmpContentType)),
  };
}

/** The item begins with the distance from there to the TIFF header (§A.2.1). */
function withoutOffset(item: Uint8Array): Uint8Array {
  const reader = new ByteReader(item);
  const exif = reader.range(4 + reader.u32(0), item.length);
  return startsWith(exif, exifSignature) ? exif.subarray(exifSignature.length) : exif;
}
