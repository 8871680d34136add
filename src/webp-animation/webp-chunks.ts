/** The RIFF layer of WebP, RFC 9649 §2.3. */

/** An encoder's output is not the WebP file that it should be. */
export class WebpError extends Error {
  override readonly name = "WebpError";
}

export interface WebpChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

const headerBytes = 8;

/** Chunks of a WebP file, without copies. @throws WebpError when it is none, or cut */
export function* readChunks(file: Uint8Array): Generator<WebpChunk> {
  if (readType(file, 0) !== "RIFF" || readType(file, 8) !== "WEBP") throw new WebpError("no WebP file");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 12; at + headerBytes <= file.length;) {
    const start = at + headerBytes;
    const size = view.getUint32(at + 4, true);
    if (size > file.length - start) throw new WebpError("a chunk is cut");
    yield { type: readType(file, at), data: file.subarray(start, start + size) };
    at = start + size + (size & 1);
  }
}

/** Bytes that the chunk takes in a file: header, data, and padding to an even size. */
export function storedBytes({ data }: WebpChunk): number {
  return headerBytes + data.length + (data.length & 1);
}

/** Writes the chunk at `at`; the offset behind it. The target must be zero where the padding comes. */
export function writeChunk(target: Uint8Array, at: number, { type, data }: WebpChunk): number {
  writeHeader(target, at, type, data.length);
  target.set(data, at + headerBytes);
  return at + headerBytes + data.length + (data.length & 1);
}

/** Writes a chunk's type and size; the offset behind them. */
export function writeHeader(target: Uint8Array, at: number, type: string, size: number): number {
  for (let i = 0; i < 4; i++) target[at + i] = type.charCodeAt(i);
  for (let i = 0; i < 4; i++) target[at + 4 + i] = (size >>> (8 * i)) & 255;
  return at + headerBytes;
}

function readType(file: Uint8Array, at: number): string {
  return String.fromCharCode(...file.subarray(at, at + 4));
}
