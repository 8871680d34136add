import { crc32, deflateSync } from "node:zlib";

/** Length, type and check sum of a PNG chunk (PNG, third edition, §5.3). */
const chunkOverhead = 12;
const signatureLength = 8;
/** gAMA of sRGB: 1/2.2 in units of 1/100000 (§11.3.2.2). */
const srgbGamma = 45455;
/** "Unspecified" in ITU-T H.273, table 2. */
const unspecifiedPrimaries = 2;

interface Chunk {
  readonly name: string;
  readonly whole: Buffer;
  readonly data: Buffer;
}

/**
 * A PNG as the metric has to see it. Its reader refuses a cICP chunk that says "unspecified", which avifdec writes
 * beside a profile, and takes a gAMA that only restates sRGB for a plain power curve, which sRGB is not.
 */
export function toPlainPng(png: Buffer): Buffer {
  const chunks = readChunks(png).filter(({ name, data }) => name !== "cICP" || data[0] !== unspecifiedPrimaries);
  const names = new Set(chunks.map(({ name }) => name));
  const gamma = chunks.find(({ name }) => name === "gAMA")?.data.readUInt32BE(0);
  const restatesSrgb = gamma === srgbGamma && !names.has("iCCP") && !names.has("cICP");
  const kept = restatesSrgb ? chunks.filter(({ name }) => name !== "gAMA" && name !== "cHRM") : chunks;
  return Buffer.concat([png.subarray(0, signatureLength), ...kept.map(({ whole }) => whole)]);
}

function readChunks(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = signatureLength; at + chunkOverhead <= png.length;) {
    const end = at + chunkOverhead + png.readUInt32BE(at);
    const name = png.toString("latin1", at + 4, at + 8);
    chunks.push({ name, whole: png.subarray(at, end), data: png.subarray(at + 8, end - 4) });
    at = end;
  }
  return chunks;
}

/** The ICC profile of a WebP (the ICCP chunk of its RIFF container); undefined when it has none. */
export function readWebpProfile(webp: Uint8Array): Buffer | undefined {
  const file = Buffer.from(webp.buffer, webp.byteOffset, webp.byteLength);
  for (let at = 12; at + 8 <= file.length;) {
    const size = file.readUInt32LE(at + 4);
    if (file.toString("latin1", at, at + 4) === "ICCP") return file.subarray(at + 8, at + 8 + size);
    // Chunks begin at even places.
    at += 8 + size + (size % 2);
  }
  return undefined;
}

/** Tag of the ICC profile in the directory of a JPEG XR file (ITU-T T.832, annex A). */
const jpegXrProfileTag = 0x8773;

/** The ICC profile of a JPEG XR file; undefined when it has none. */
export function readJpegXrProfile(jxr: Uint8Array): Buffer | undefined {
  const file = Buffer.from(jxr.buffer, jxr.byteOffset, jxr.byteLength);
  const directory = file.readUInt32LE(4);
  for (let index = 0; index < file.readUInt16LE(directory); index++) {
    const at = directory + 2 + 12 * index;
    const [count, offset] = [file.readUInt32LE(at + 4), file.readUInt32LE(at + 8)];
    if (file.readUInt16LE(at) === jpegXrProfileTag) return file.subarray(offset, offset + count);
  }
  return undefined;
}

/** Puts a profile into a PNG that has none, as an iCCP chunk after the header (§11.3.2.3). */
export function withProfile(png: Buffer, profile: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from("iCCPicc\0\0", "latin1"), deflateSync(profile)]);
  const [length, checkSum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  checkSum.writeUInt32BE(crc32(body));
  const headerEnd = signatureLength + chunkOverhead + 13;
  return Buffer.concat([png.subarray(0, headerEnd), length, body, checkSum, png.subarray(headerEnd)]);
}
