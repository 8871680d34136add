import { describeProfile } from "../colour/decide-profile.ts";
import type { FactsOf } from "../model/facts.ts";
import { ByteReader, HeaderError } from "../bytes/byte-reader.ts";

/** Chunks walked; the only files with many are animations, and those are decided by their first chunk. */
const maxChunks = 10_000;

/** Flags of VP8X, RFC 9649 §2.7.1. */
const flag = { icc: 0x20, alpha: 0x10, animation: 0x02 } as const;

interface Size {
  readonly width: number;
  readonly height: number;
  readonly alpha: boolean;
}

/** Facts of a WebP (RFC 9649). The RIFF length is not used. Throws when a chunk that VP8X announces is missing or cut. */
export function probeWebp(bytes: Uint8Array): FactsOf<"webp"> {
  const reader = new ByteReader(bytes, true);
  const kind = reader.text(12, 4);
  const body = reader.slice(20, reader.length);
  const extended = kind === "VP8X";
  const flags = extended ? body.u8(0) : 0;
  const animated = (flags & flag.animation) !== 0;
  const size = extended
    ? { width: body.u24(4) + 1, height: body.u24(7) + 1, alpha: (flags & flag.alpha) !== 0 }
    : readBitstreamSize(kind, body);
  return {
    format: "webp",
    width: size.width,
    height: size.height,
    bitDepth: 8,
    components: size.alpha ? 4 : 3,
    colour: "rgb",
    alpha: size.alpha,
    animated,
    profile: (flags & flag.icc) === 0 ? "none" : describeProfile(findChunk(reader, "ICCP"), "rgb"),
    hdr: false,
    provenance: extended && hasChunk(reader, "C2PA"),
    // Browsers do not turn a WebP by its Exif. (Measured in Chromium 156.)
    orientation: 1,
    lossless: !animated && (kind === "VP8L" || (extended && hasChunk(reader, "VP8L"))),
  };
}

/** VP8: RFC 6386 §9.1. VP8L: RFC 9649 §3.4. */
function readBitstreamSize(kind: string, body: ByteReader): Size {
  if (kind === "VP8 " && body.u24(3) === 0x2a019d)
    return { width: body.u16(6) & 0x3fff, height: body.u16(8) & 0x3fff, alpha: false };
  if (kind === "VP8L" && body.u8(0) === 0x2f) {
    const bits = body.u32(1);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, alpha: ((bits >>> 28) & 1) === 1 };
  }
  throw new HeaderError("no VP8 bitstream");
}

/** Chunks that hold a picture of their own. */
const pictureChunks = ["VP8 ", "VP8L"];

/**
 * Whether a still WebP is one that browsers show whole: its length is that of its chunks, none of which is cut, with one
 * picture, as large as VP8X says, and transparency beside it at most once (RFC 9649 §2.3 to §2.7). What follows after
 * the length is none of it. Of an animation nothing is decoded here; it counts as whole.
 */
export function hasWholePicture(bytes: Uint8Array): boolean {
  try {
    const reader = new ByteReader(bytes, true);
    const riff = reader.slice(0, 8 + reader.u32(4));
    if (riff.text(12, 4) === "VP8X" && (riff.u8(20) & flag.animation) !== 0) return true;
    const found = readPictureChunks(riff);
    const [picture, ...others] = found.filter(({ type }) => pictureChunks.includes(type));
    const alphas = found.filter(({ type }) => type === "ALPH");
    if (picture === undefined || others.length > 0 || alphas.length > 1) return false;
    const isExtended = found[0]?.type === "VP8X";
    if (!isExtended) return found[0] === picture;
    const canvas = riff.slice(20, 30);
    if (found.filter(({ type }) => type === "VP8X").length > 1) return false;
    if (alphas.length > 0 && (picture.type === "VP8L" || found.indexOf(picture) < found.indexOf(alphas[0] ?? picture)))
      return false;
    const { width, height } = readBitstreamSize(picture.type, picture.body);
    return width === canvas.u24(4) + 1 && height === canvas.u24(7) + 1;
  } catch {
    return false;
  }
}

interface PictureChunk {
  readonly type: string;
  readonly body: ByteReader;
}

/** The first chunk, and those that decide what is shown. Throws where one is cut, and for too many of them. */
function readPictureChunks(riff: ByteReader): PictureChunk[] {
  const found: PictureChunk[] = [];
  let at = 12;
  for (let count = 0; at < riff.length; count++) {
    if (count === maxChunks) throw new HeaderError("too many chunks");
    const [type, size] = [riff.text(at, 4), riff.u32(at + 4)];
    const body = riff.slice(at + 8, at + 8 + size);
    if (count === 0 || [...pictureChunks, "ALPH", "VP8X"].includes(type)) found.push({ type, body });
    at += 8 + size + (size & 1);
  }
  return found;
}

/** For C2PA's chunk, which is usually the last (C2PA 2.1, Appendix A), and for the picture's. */
function hasChunk(reader: ByteReader, wanted: string): boolean {
  try {
    findChunk(reader, wanted);
    return true;
  } catch {
    return false;
  }
}

function findChunk(reader: ByteReader, wanted: string): Uint8Array {
  let at = 12;
  for (let count = 0; count < maxChunks; count++) {
    const type = reader.text(at, 4);
    const size = reader.u32(at + 4);
    if (type === wanted) return reader.range(at + 8, at + 8 + size);
    at += 8 + size + (size & 1);
  }
  throw new HeaderError("too many chunks");
}
