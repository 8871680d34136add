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
