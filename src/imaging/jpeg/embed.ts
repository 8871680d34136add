import { HeaderError, startsWith } from "../bytes/byte-reader.ts";
import type { EmbeddedMetadata } from "../metadata/embedded-metadata.ts";
import { marker, appSignature } from "./marker.ts";
import { joinBytes, u16, u32 } from "../bytes/join-bytes.ts";

/** The length field is of 16 bits and counts itself. */
const maxPayloadBytes = 65_533;

/** The Photoshop image resource that holds IPTC-IIM, with an empty name. */
const iptcResource = ["8BIM", [0x04, 0x04], [0, 0]] as const;

/** Metadata of a JPEG: also IPTC-IIM datasets, which no other format here carries. */
export interface JpegMetadata extends EmbeddedMetadata {
  readonly iptc?: Uint8Array | undefined;
}

/**
 * The whole segments, from FF on, that carry this metadata, in their order after SOI and JFIF: Exif,
 * XMP, IPTC, ICC. What no single segment can hold is left out, except the profile, which is divided.
 */
export function metadataSegments({ exif, xmp, iptc, icc }: JpegMetadata): Uint8Array[] {
  return [
    exif && singleSegment(marker.APP1, appSignature.exif, exif),
    // ISO 16684-3 §6.1; a longer packet would have to be divided as "extended XMP".
    xmp && singleSegment(marker.APP1, appSignature.xmp, xmp),
    iptc && singleSegment(marker.APP13, appSignature.photoshop, imageResource(iptc)),
    ...(icc === undefined ? [] : iccSegments(icc)),
  ].filter((segment) => segment !== undefined);
}

/** APP2 segments with the parts of a profile (ICC.1:2022 Annex B.4): number from 1, count, data. At most 255. */
function iccSegments(icc: Uint8Array): Uint8Array[] {
  const partBytes = maxPayloadBytes - appSignature.icc.length - 2;
  const count = Math.ceil(icc.length / partBytes);
  if (count > 255) return [];
  return Array.from({ length: count }, (_, i) =>
    writeSegment(marker.APP2, [appSignature.icc, [i + 1, count], icc.subarray(i * partBytes, (i + 1) * partBytes)]),
  );
}

/**
 * Puts whole segments after SOI and the JFIF segment, which has to be the first (ITU T.871 §10.1). What the file
 * carries already stays where it is.
 *
 * @throws HeaderError when the file does not begin with SOI
 */
export function insertSegments(
  file: Uint8Array<ArrayBuffer>,
  segments: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  if (!startsWith(file, [0xff, marker.SOI])) throw new HeaderError("no SOI");
  if (segments.length === 0) return file;
  const hasJfif = startsWith(file, [0xff, marker.APP0], 2) && startsWith(file, "JFIF\0", 6);
  const at = hasJfif ? 4 + (((file[4] ?? 0) << 8) | (file[5] ?? 0)) : 2;
  if (at > file.length) throw new HeaderError("segment length");
  return joinBytes([file.subarray(0, at), ...segments, file.subarray(at)]);
}

function singleSegment(code: number, signature: string, data: Uint8Array): Uint8Array | undefined {
  return signature.length + data.length > maxPayloadBytes ? undefined : writeSegment(code, [signature, data]);
}

function writeSegment(code: number, parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 2);
  return joinBytes([[0xff, code], u16(length), ...parts]);
}

/** Data of an odd length is padded. */
function imageResource(data: Uint8Array): Uint8Array {
  return joinBytes([...iptcResource, u32(data.length), data, data.length % 2 === 1 ? [0] : []]);
}
