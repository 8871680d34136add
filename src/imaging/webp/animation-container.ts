import { joinBytes, u24LittleEndian, u32LittleEndian } from "../bytes/join-bytes.ts";
import { readChunks, type WebpChunk, writeChunk } from "./embed.ts";

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

/** Flags of VP8X and ANMF, RFC 9649 §2.7 and §2.7.1.1. */
const flag = { animation: 0x02, alpha: 0x10, noBlend: 0x02 } as const;

/**
 * The chunks of a still WebP file that are its picture, without copies.
 *
 * @throws HeaderError or RangeError when the file is no whole WebP with a picture
 */
export function readPictureChunks(file: Uint8Array): readonly WebpChunk[] {
  return readChunks(file).filter(({ type }) => type === "ALPH" || type === "VP8 " || type === "VP8L");
}

/** An animated WebP file (RFC 9649 §2.7); nothing is disposed of between its frames. */
export function writeAnimatedWebp({ width, height, plays, frames }: Animation): Uint8Array<ArrayBuffer> {
  const flags = flag.animation | (frames.some(hasAlpha) ? flag.alpha : 0);
  const parts = [
    ...writeChunk("VP8X", joinBytes([[flags, 0, 0, 0], u24LittleEndian(width - 1), u24LittleEndian(height - 1)])),
    // The background is transparent; browsers use no other.
    ...writeChunk("ANIM", Uint8Array.of(0, 0, 0, 0, plays & 255, plays >> 8)),
    ...frames.flatMap(writeFrame),
  ];
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return joinBytes(["RIFF", u32LittleEndian(size + 4), "WEBP", ...parts]);
}

function writeFrame({ left, top, width, height, durationMs, blend, chunks }: AnimationFrame) {
  const parts = [
    ...[left / 2, top / 2, width - 1, height - 1, durationMs].map(u24LittleEndian),
    [blend ? 0 : flag.noBlend],
    ...chunks.flatMap(({ type, data }) => writeChunk(type, data)),
  ];
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return ["ANMF", u32LittleEndian(size), ...parts];
}

/** An ALPH chunk, or the hint in the lossless header (RFC 9649 §3.4). */
function hasAlpha({ chunks }: AnimationFrame): boolean {
  return chunks.some(({ type, data }) => type === "ALPH" || (type === "VP8L" && ((data[4] ?? 0) & 0x10) !== 0));
}
