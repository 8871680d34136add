import type { FormatId } from "../model/formats.ts";
import { startsWith } from "../bytes/byte-reader.ts";
import { hasSvgRoot } from "../other/svg.ts";

/** More than this is never read; a shorter prefix may hide a late `svg` root or brand. */
export const sniffPrefixBytes = 4096;

interface Signature {
  readonly format: FormatId;
  /** Bytes at offset 0. */
  readonly magic: readonly number[] | string;
  /** What must also hold, for signatures that are too short to be believed alone. */
  readonly confirm?: (prefix: Uint8Array) => boolean;
}

/** The `ftyp` brands that decide a format (AV1-ISOBMFF image §7, ISO/IEC 23008-12 §10 and annex B). */
const brandFormats: Readonly<Record<string, FormatId>> = {
  avif: "avif",
  avis: "avif",
  heic: "heic",
  heix: "heic",
  heim: "heic",
  heis: "heic",
  hevc: "heic",
  hevx: "heic",
  hevm: "heic",
  hevs: "heic",
};

const dibHeaderSizes = [12, 16, 40, 52, 56, 64, 108, 124];

const signatures: readonly Signature[] = [
  { format: "jpeg", magic: [0xff, 0xd8, 0xff] },
  { format: "png", magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { format: "gif", magic: "GIF87a" },
  { format: "gif", magic: "GIF89a" },
  { format: "webp", magic: "RIFF", confirm: (prefix) => startsWith(prefix, "WEBP", 8) },
  { format: "jxl", magic: [0xff, 0x0a] },
  { format: "jxl", magic: [0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a] },
  { format: "jp2", magic: [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a] },
  { format: "jp2", magic: [0xff, 0x4f, 0xff, 0x51] },
  { format: "jxr", magic: [0x49, 0x49, 0xbc] },
  { format: "tiff", magic: [0x49, 0x49, 42, 0] },
  { format: "tiff", magic: [0x4d, 0x4d, 0, 42] },
  { format: "tiff", magic: [0x49, 0x49, 43, 0] },
  { format: "tiff", magic: [0x4d, 0x4d, 0, 43] },
  {
    format: "bmp",
    magic: "BM",
    confirm: (prefix) => dibHeaderSizes.includes(prefix[14] ?? 0) && startsWith(prefix, [0, 0, 0], 15),
  },
  { format: "ico", magic: [0, 0, 1, 0], confirm: hasIconEntry },
  { format: "ico", magic: [0, 0, 2, 0], confirm: hasIconEntry },
];

/**
 * The format that the first bytes prove, whatever the URL, the file name or `Content-Type` say; undefined when it is
 * none of the table. The signature must be at byte 0: a page with an image inside is a page.
 */
export function sniffFormat(bytes: Uint8Array): FormatId | undefined {
  const prefix = bytes.subarray(0, sniffPrefixBytes);
  for (const { format, magic, confirm } of signatures) {
    if (startsWith(prefix, magic) && (confirm === undefined || confirm(prefix))) return format;
  }
  if (startsWith(prefix, "ftyp", 4)) return sniffBrand(prefix);
  return hasSvgRoot(prefix) ? "svg" : undefined;
}

/**
 * The major brand decides; a general one (`mif1`, `msf1`, `miaf`…) leaves it to the compatible brands, where AVIF goes
 * before HEIC because more clients can show it (ISO/IEC 14496-12 §4.3).
 */
function sniffBrand(prefix: Uint8Array): FormatId | undefined {
  const size = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0);
  const end = Math.min(size, prefix.length);
  const brandAt = (at: number) =>
    at + 4 <= end ? brandFormats[String.fromCharCode(...prefix.subarray(at, at + 4))] : undefined;
  const major = brandAt(8);
  if (major !== undefined) return major;
  const compatible = new Set<FormatId>();
  for (let at = 16; at + 4 <= end; at += 4) {
    const format = brandAt(at);
    if (format !== undefined) compatible.add(format);
  }
  return compatible.has("avif") ? "avif" : compatible.has("heic") ? "heic" : undefined;
}

/** An icon directory counts at least one image, and its first image follows the directory. */
function hasIconEntry(prefix: Uint8Array): boolean {
  if (prefix.length < 22) return false;
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const count = view.getUint16(4, true);
  return count > 0 && prefix[9] === 0 && view.getUint32(14, true) > 0 && view.getUint32(18, true) >= 6 + 16 * count;
}
