import { crc32 } from "../bytes/crc32.ts";

/** PNG 3rd edition §5.2. */
const pngSignature: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Length and type before the data, CRC after it (§5.3). */
const framingBytes = 12;

/**
 * Chunks of one file: 25 MB in the smallest usual IDAT size (8 KiB) are 3,200. One-byte ones are legal, but a million of
 * them in a list would take 240 MB.
 */
export const maxChunks = 10_000;

export interface PngChunk {
  /** Four letters (§5.4). */
  readonly type: string;
  /** A view into the file. */
  readonly data: Uint8Array;
}

/**
 * The chunks of a PNG in their order, IEND included (PNG 3rd edition §5.3). CRCs are not checked. Ends early where
 * the bytes are cut off, and after `maxChunks`: a caller that needs the whole file must have seen IEND.
 */
export function* readPngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!pngSignature.every((byte, i) => bytes[i] === byte)) return;
  let at = pngSignature.length;
  for (let count = 0; count < maxChunks && at + framingBytes <= bytes.length; count++) {
    const end = at + framingBytes + view.getUint32(at);
    if (end > bytes.length) return;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, data: bytes.subarray(at + 8, end - 4) };
    if (type === "IEND") return;
    at = end;
  }
}

/** A PNG file of these chunks, to which IEND is added. `data` may come in several pieces. */
export function writePng(
  chunks: readonly { readonly type: string; readonly data: readonly Uint8Array[] }[],
): Uint8Array<ArrayBuffer> {
  const all = [...chunks, { type: "IEND", data: [] }];
  const sizes = all.map(({ data }) => data.reduce((sum, piece) => sum + piece.length, 0));
  const file = new Uint8Array(pngSignature.length + sizes.reduce((sum, size) => sum + size + framingBytes, 0));
  const view = new DataView(file.buffer);
  file.set(pngSignature);
  let at = pngSignature.length;
  for (const [i, { type, data }] of all.entries()) {
    const start = at + 4;
    view.setUint32(at, sizes[i] ?? 0);
    for (let letter = 0; letter < 4; letter++) file[start + letter] = type.charCodeAt(letter);
    at = start + 4;
    for (const piece of data) {
      file.set(piece, at);
      at += piece.length;
    }
    view.setUint32(at, crc32(file, start, at));
    at += 4;
  }
  return file;
}
