import { readAvifMetadata } from "../avif/read-metadata.ts";
import { joinBytes } from "../bytes/join-bytes.ts";
import { readChunks } from "../webp/embed.ts";
import type { FormatId } from "../model/formats.ts";
import { type IfdEntry, ifdEntries, readTiffHeader } from "../bytes/ifd.ts";
import { marker, appSignature } from "../jpeg/marker.ts";
import { headerSegments } from "../jpeg/probe.ts";
import { ByteReader, startsWith } from "../bytes/byte-reader.ts";
import { readExifRights } from "../metadata/exif-rights.ts";
import { findIptc, readIptcRights } from "../metadata/iptc-rights.ts";
import type { SourceMetadata } from "../metadata/source-metadata.ts";
import { readPngMetadata } from "../png/read-metadata.ts";
import { mergeRights, type Rights } from "../metadata/rights.ts";
import { readXmpRights } from "../metadata/xmp.ts";

/** XMP (ISO 16684-3 §6.2), IPTC-IIM, Photoshop image resources. */
const tiffTag = { xmp: 700, iptc: 33723, photoshop: 34377 } as const;

type Reader = (bytes: Uint8Array) => SourceMetadata | Promise<SourceMetadata>;

const readers: Partial<Record<FormatId, Reader>> = {
  jpeg: readJpegMetadata,
  png: readPngMetadata,
  tiff: readTiffMetadata,
  webp: readWebpMetadata,
  avif: (bytes) => readAvifMetadata(bytes as Uint8Array<ArrayBuffer>),
};

/**
 * Finds the Exif, XMP and IPTC blocks of a file. Nothing for formats that no variant is made of, and for damaged files.
 * Of XMP that a JPEG divides over several packets it is the first, which holds the rights.
 */
export async function readSourceMetadata(bytes: Uint8Array, format: FormatId): Promise<SourceMetadata> {
  try {
    return (await readers[format]?.(bytes)) ?? {};
  } catch {
    return {};
  }
}

/**
 * Author and rights from all blocks: XMP before IPTC before Exif, field by field, since tools write it most carefully.
 */
export function rightsIn({ xmp, iptc, exif, rights }: SourceMetadata): Rights | undefined {
  return mergeRights([xmp && readXmpRights(xmp), iptc && readIptcRights(iptc), exif && readExifRights(exif), rights]);
}

function readJpegMetadata(bytes: Uint8Array): SourceMetadata {
  let exif: Uint8Array | undefined;
  let xmp: Uint8Array | undefined;
  const resources: Uint8Array[] = [];
  for (const { marker: code, start, end } of headerSegments(new ByteReader(bytes))) {
    const payload = bytes.subarray(start, end);
    if (code === marker.APP13 && startsWith(payload, appSignature.photoshop))
      resources.push(payload.subarray(appSignature.photoshop.length));
    else if (code !== marker.APP1) continue;
    else if (startsWith(payload, appSignature.exif)) exif ??= payload.subarray(appSignature.exif.length);
    else if (startsWith(payload, appSignature.xmp)) xmp ??= payload.subarray(appSignature.xmp.length);
  }
  // One block may be divided over several segments.
  return { exif, xmp, iptc: findIptc(joinBytes(resources)) };
}

function readTiffMetadata(bytes: Uint8Array): SourceMetadata {
  const structure = readTiffHeader(bytes);
  const found = new Map<number, Uint8Array>();
  const wanted: readonly number[] = Object.values(tiffTag);
  for (const entry of ifdEntries(structure, structure.firstIfd))
    if (wanted.includes(entry.tag) && !found.has(entry.tag)) found.set(entry.tag, fieldBytes(structure.reader, entry));
  const resources = found.get(tiffTag.photoshop);
  return {
    xmp: found.get(tiffTag.xmp),
    iptc: found.get(tiffTag.iptc) ?? (resources && findIptc(resources)),
    rights: readExifRights(bytes),
  };
}

/** Of a field of BYTE or UNDEFINED; some writers give IPTC as LONG. */
function fieldBytes(reader: ByteReader, { type, count, valueAt }: IfdEntry): Uint8Array {
  return reader.range(valueAt, valueAt + count * (type === 4 ? 4 : 1));
}

function readWebpMetadata(bytes: Uint8Array): SourceMetadata {
  const chunks = readChunks(bytes);
  const exif = chunks.find(({ type }) => type === "EXIF")?.data;
  return {
    exif: exif && startsWith(exif, appSignature.exif) ? exif.subarray(appSignature.exif.length) : exif,
    xmp: chunks.find(({ type }) => type === "XMP ")?.data,
  };
}
