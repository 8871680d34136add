import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";
import { probeWebp } from "./probe.ts";
import type { EmbeddedMetadata } from "../metadata/embedded-metadata.ts";
import { joinBytes, u24LittleEndian, u32LittleEndian } from "../bytes/join-bytes.ts";

/** No animation that is made here has so many frames; a crafted file may hold empty chunks only, whose list takes 400 bytes each. */
const maxChunks = 10_000;

/** Flags of VP8X, RFC 9649 §2.7.1. */
const flag = { icc: 0x20, alpha: 0x10, exif: 0x08, xmp: 0x04, animation: 0x02 } as const;

/** What makes the picture. Everything else that an encoder may have written is metadata or unknown, and is left out. */
const pictureChunks = ["ANIM", "ANMF", "ALPH", "VP8 ", "VP8L"];

export interface WebpChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/**
 * Puts a profile, XMP and Exif into a WebP: the simple format becomes the extended one (RFC 9649 §2.7). A given
 * part replaces the one in the file; all others stay. Without any, the same bytes come back.
 *
 * @throws HeaderError or RangeError when the file is no whole WebP
 */
export function wrapWebp(file: Uint8Array<ArrayBuffer>, metadata: EmbeddedMetadata): Uint8Array<ArrayBuffer> {
  if (metadata.icc === undefined && metadata.xmp === undefined && metadata.exif === undefined) return file;
  const chunks = readChunks(file);
  const existing = (type: string) => chunks.find((chunk) => chunk.type === type)?.data;
  const icc = metadata.icc ?? existing("ICCP");
  const exif = metadata.exif ?? existing("EXIF");
  const xmp = metadata.xmp ?? existing("XMP ");
  const { width, height, alpha, animated } = probeWebp(file);
  if (width === undefined || height === undefined) throw new HeaderError("no size");
  const flags =
    (icc === undefined ? 0 : flag.icc) |
    (alpha ? flag.alpha : 0) |
    (exif === undefined ? 0 : flag.exif) |
    (xmp === undefined ? 0 : flag.xmp) |
    (animated ? flag.animation : 0);
  const header = joinBytes([[flags, 0, 0, 0], u24LittleEndian(width - 1), u24LittleEndian(height - 1)]);
  // Readers may ignore chunks in another order (§2.7).
  const parts = [
    ...writeChunk("VP8X", header),
    ...writeChunk("ICCP", icc),
    ...chunks.filter(({ type }) => pictureChunks.includes(type)).flatMap(({ type, data }) => writeChunk(type, data)),
    ...writeChunk("EXIF", exif),
    ...writeChunk("XMP ", xmp),
  ];
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return joinBytes(["RIFF", u32LittleEndian(size + 4), "WEBP", ...parts]);
}

/** The chunks of a whole WebP file, in their order (RFC 9649 §2.3). */
export function readChunks(file: Uint8Array): WebpChunk[] {
  if (!startsWith(file, "RIFF") || !startsWith(file, "WEBP", 8)) throw new HeaderError("no WebP signature");
  const reader = new ByteReader(file, true);
  const found: WebpChunk[] = [];
  for (let at = 12; at + 8 <= file.length;) {
    if (found.length === maxChunks) throw new HeaderError("too many chunks");
    const size = reader.u32(at + 4);
    found.push({ type: reader.text(at, 4), data: reader.range(at + 8, at + 8 + size) });
    at += 8 + size + (size & 1);
  }
  return found;
}

/** Type, size, data, and a byte that makes the length even (RFC 9649 §2.3); parts for `joinBytes()`. */
export function writeChunk(type: string, data: Uint8Array | undefined): (string | number[] | Uint8Array)[] {
  return data === undefined ? [] : [type, u32LittleEndian(data.length), data, ...(data.length % 2 === 1 ? [[0]] : [])];
}
