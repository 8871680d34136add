import { readChunks, storedBytes, type WebpChunk, WebpError, writeChunk, writeHeader } from "./webp-chunks.ts";

export interface AnimationFrame {
  /** Both even: the file stores their halves. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** 0 to 16,777,215. */
  readonly durationMs: number;
  /** Drawn over what is there; otherwise it takes the place of what is there, transparency included. */
  readonly blend: boolean;
  /** ALPH, VP8 and VP8L chunks of the frame's picture. */
  readonly chunks: readonly WebpChunk[];
}

export interface Animation {
  readonly width: number;
  readonly height: number;
  /** 0 is for ever; 65,535 at most. */
  readonly plays: number;
  readonly frames: readonly AnimationFrame[];
}

/** Flags of VP8X and ANMF, RFC 9649 §2.7.1 and §2.7.1.1. */
const flag = { animation: 0x02, alpha: 0x10, noBlend: 0x02 } as const;

const frameHeaderBytes = 16;

/** Bytes that a frame takes in the file. */
export function frameBytes({ chunks }: Pick<AnimationFrame, "chunks">): number {
  return 8 + frameHeaderBytes + chunks.reduce((sum, chunk) => sum + storedBytes(chunk), 0);
}

/** The chunks of a still WebP file that are its picture. @throws WebpError when there are none */
export function pictureChunks(file: Uint8Array): readonly WebpChunk[] {
  const chunks = [...readChunks(file)].filter(({ type }) => type === "ALPH" || type === "VP8 " || type === "VP8L");
  if (!chunks.some(({ type }) => type !== "ALPH")) throw new WebpError("no picture");
  return chunks;
}

/** An animated WebP file (RFC 9649 §2.7), frames in order, nothing disposed of between them. */
export function writeAnimation({ width, height, plays, frames }: Animation): Uint8Array<ArrayBuffer> {
  const size = 12 + 18 + 14 + frames.reduce((sum, frame) => sum + frameBytes(frame), 0);
  const file = new Uint8Array(size);
  let at = writeHeader(file, 0, "RIFF", size - 8) + 4;
  for (let i = 0; i < 4; i++) file[8 + i] = "WEBP".charCodeAt(i);

  const canvas = new Uint8Array(10);
  canvas[0] = flag.animation | (frames.some(hasAlpha) ? flag.alpha : 0);
  write24(canvas, 4, width - 1);
  write24(canvas, 7, height - 1);
  at = writeChunk(file, at, { type: "VP8X", data: canvas });
  // Transparent background; browsers use no other.
  at = writeChunk(file, at, { type: "ANIM", data: Uint8Array.of(0, 0, 0, 0, plays & 255, plays >> 8) });

  for (const frame of frames) {
    at = writeHeader(file, at, "ANMF", frameBytes(frame) - 8);
    write24(file, at, frame.left / 2);
    write24(file, at + 3, frame.top / 2);
    write24(file, at + 6, frame.width - 1);
    write24(file, at + 9, frame.height - 1);
    write24(file, at + 12, frame.durationMs);
    file[at + 15] = frame.blend ? 0 : flag.noBlend;
    at += frameHeaderBytes;
    for (const chunk of frame.chunks) at = writeChunk(file, at, chunk);
  }
  return file;
}

/** An ALPH chunk, or the hint in the lossless header (RFC 9649 §3.4). */
function hasAlpha({ chunks }: AnimationFrame): boolean {
  return chunks.some(({ type, data }) => type === "ALPH" || (type === "VP8L" && ((data[4] ?? 0) & 0x10) !== 0));
}

function write24(target: Uint8Array, at: number, value: number): void {
  target[at] = value & 255;
  target[at + 1] = (value >> 8) & 255;
  target[at + 2] = value >> 16;
}
