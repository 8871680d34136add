import { changesColours, profileOfChunks } from "./colour-chunks.ts";
import { describeProfile, profileSpaceOf } from "../colour/decide-profile.ts";
import { readExif } from "../metadata/exif.ts";
import type { FactsOf, ImageFacts } from "../model/facts.ts";
import { ByteReader, HeaderError } from "../bytes/byte-reader.ts";

/** Chunks before the pixels: real files have under 50; a file of text chunks may have thousands. */
const maxHeaderChunks = 10_000;
/** Chunks of a whole file: 25 MB in the smallest usual IDAT size (8 KiB) are 3,200, but one-byte ones are legal. */
const maxChunks = 1_000_000;

const pngSignatureBytes = 8;

/** Colour types and their allowed bit depths, PNG (Third Edition) Table 12. */
const colourTypes: Readonly<
  Record<
    number,
    {
      readonly colour: ImageFacts["colour"];
      readonly components: number;
      readonly alpha: boolean;
      readonly depths: readonly number[];
    }
  >
> = {
  0: { colour: "gray", components: 1, alpha: false, depths: [1, 2, 4, 8, 16] },
  2: { colour: "rgb", components: 3, alpha: false, depths: [8, 16] },
  3: { colour: "palette", components: 1, alpha: false, depths: [1, 2, 4, 8] },
  4: { colour: "gray", components: 2, alpha: true, depths: [8, 16] },
  6: { colour: "rgb", components: 4, alpha: true, depths: [8, 16] },
};

/** Transfer characteristics of ITU-T H.273 that mean high dynamic range: PQ and HLG. */
const hdrTransfers = [16, 18];

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Facts of a PNG or APNG from its chunks before the pixels (PNG Third Edition §5). Throws when no IDAT is reached. */
export function probePng(bytes: Uint8Array): FactsOf<"png"> {
  const reader = new ByteReader(bytes);
  const found = new Map<string, ByteReader>();
  for (const chunk of chunks(reader, maxHeaderChunks)) {
    if (chunk.type === "IDAT") {
      found.set(chunk.type, reader);
      break;
    }
    if (found.size === 0 && chunk.type !== "IHDR") throw new HeaderError("IHDR is not the first chunk");
    if (!found.has(chunk.type)) found.set(chunk.type, reader.slice(chunk.start, chunk.end));
  }
  const header = found.get("IHDR");
  if (header === undefined || header.length !== 13 || !found.has("IDAT")) throw new HeaderError("no pixels");
  const depth = header.u8(8);
  const row = colourTypes[header.u8(9)];
  if (row === undefined || !row.depths.includes(depth)) throw new HeaderError("colour type");
  const exif = found.get("eXIf");
  const { hasManifest, pictureBytes } = surveyChunks(bytes);
  return {
    format: "png",
    width: header.u32(0),
    height: header.u32(4),
    bitDepth: row.colour === "palette" ? 8 : depth,
    components: row.components,
    colour: row.colour,
    alpha: row.alpha || found.has("tRNS"),
    animated: found.has("acTL"),
    profile: readProfile(found, row.colour),
    hdr: hdrTransfers.includes(found.get("cICP")?.u8(1) ?? 0),
    provenance: hasManifest,
    pictureBytes,
    ...(header.u8(12) === 1 && { interlaced: true }),
    orientation: exif === undefined ? 1 : readExif(exif.bytes).orientation,
  };
}

/** True when the chunks lead to an IEND (PNG §11.2.5). */
export function hasEndChunk(bytes: Uint8Array): boolean {
  return surveyChunks(bytes).hasEnd;
}

interface Survey {
  readonly hasEnd: boolean;
  /** C2PA manifests (`caBX`; C2PA 2.1, Appendix A) should come before the pixels, but may follow them. */
  readonly hasManifest: boolean;
  /** Data of all IDAT chunks. */
  readonly pictureBytes: number;
}

/** The letters of a chunk type as one number. */
const [idat, iend, manifest] = ["IDAT", "IEND", "caBX"].map((type) =>
  [...type].reduce((number, letter) => number * 256 + letter.charCodeAt(0), 0),
);

/** Walks through all chunks that lie wholly inside the bytes, up to IEND. */
function surveyChunks(bytes: Uint8Array): Survey {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hasManifest = false;
  let pictureBytes = 0;
  for (let at = pngSignatureBytes, count = 0; at + 12 <= bytes.length && count < maxChunks; count++) {
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    at += 12 + length;
    if (at > bytes.length) break;
    if (type === idat) pictureBytes += length;
    else if (type === manifest) hasManifest = true;
    else if (type === iend) return { hasEnd: true, hasManifest, pictureBytes };
  }
  return { hasEnd: false, hasManifest, pictureBytes };
}

/** Chunks that lie wholly inside the bytes, checksum included (checksums are the decoder's business). */
function* chunks(reader: ByteReader, limit: number): Generator<Chunk> {
  let at = pngSignatureBytes;
  for (let count = 0; at + 12 <= reader.length; count++) {
    if (count === limit) throw new HeaderError("too many chunks");
    const length = reader.u32(at);
    const type = reader.text(at + 4, 4);
    const end = at + 8 + length;
    // Pixels are not needed here: a prefix that reaches the start of IDAT is enough.
    if (type !== "IDAT" && end + 4 > reader.length) throw new HeaderError("chunk length");
    yield { type, start: at + 8, end };
    at = end + 4;
  }
}

/** Precedence of colour chunks: cICP, iCCP, sRGB, then gAMA and cHRM (PNG Third Edition §4.3 and Table 13). */
function readProfile(found: ReadonlyMap<string, ByteReader>, colour: ImageFacts["colour"]): ImageFacts["profile"] {
  const cicp = found.get("cICP");
  if (cicp !== undefined && cicp.u8(0) === 1 && cicp.u8(1) === 13 && cicp.u8(2) === 0 && cicp.u8(3) === 1)
    return "srgb";
  if (cicp === undefined && !found.has("iCCP")) {
    if (found.has("sRGB")) return "srgb";
    const gamma = found.get("gAMA");
    if (gamma === undefined) return "none";
    if (!changesColours(gamma.u32(0), found.has("cHRM"))) return "srgb";
  }
  return describeProfile(profileOfChunks(found), profileSpaceOf(colour));
}
