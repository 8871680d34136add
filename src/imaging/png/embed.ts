import { HeaderError, startsWith } from "../bytes/byte-reader.ts";
import { toGrayProfile } from "../colour/matrix-profile.ts";
import { type PngChunk, readPngChunks, writePng } from "./chunks.ts";
import { deflateZlib } from "../bytes/deflate.ts";
import type { EmbeddedMetadata } from "../metadata/embedded-metadata.ts";
import { joinBytes } from "../bytes/join-bytes.ts";

/** Chunks that say what the samples' colours are; an iCCP must not accompany sRGB (PNG 3rd edition §11.3.2). */
const colourChunks = ["cICP", "iCCP", "sRGB", "gAMA", "cHRM", "mDCV", "cLLI"];

/** Ancillary chunks that show: transparency, size of a pixel, animation (§11.3). */
const visibleChunks = ["tRNS", "sBIT", "pHYs", "acTL", "fcTL", "fdAT"];

/** §11.3.2.3: any name of 1 to 79 characters. */
const profileName = "ICC profile";

/** Offset of the colour space signature in a profile (ICC.1:2022 Table 17). */
const profileSpaceAt = 16;

/** ISO 16684-3 §6.4: the keyword under which an iTXt holds an XMP packet. */
export const xmpKeyword = "XML:com.adobe.xmp";

/**
 * Puts a profile, XMP and Exif into a PNG, right after IHDR. A given part replaces the one in the
 * file (a profile replaces every colour chunk); all others stay. Without any, the same bytes come back.
 *
 * Gray samples take a gray profile only, all others an RGB one (PNG 3rd edition §11.3.2.3). An RGB profile for gray
 * samples is turned into a gray one where that is the same.
 *
 * @throws HeaderError when the file is no whole PNG, or when its samples cannot have this profile
 */
export async function wrapPng(
  file: Uint8Array<ArrayBuffer>,
  { icc, xmp, exif }: EmbeddedMetadata,
): Promise<Uint8Array<ArrayBuffer>> {
  if (icc === undefined && xmp === undefined && exif === undefined) return file;
  const [header, ...rest] = readWholePng(file);
  const added: PngChunk[] = [];
  // Name, 0, compression method 0.
  if (icc !== undefined) {
    const profile = await deflateZlib([profileFor(header.data, icc).slice()]);
    added.push({ type: "iCCP", data: joinBytes([profileName, [0, 0], ...profile]) });
  }
  if (exif !== undefined) added.push({ type: "eXIf", data: exif });
  // Not compressed, method 0, no language, no translated keyword (§11.3.3.4).
  if (xmp !== undefined) added.push({ type: "iTXt", data: joinBytes([xmpKeyword, [0, 0, 0, 0, 0], xmp]) });
  const isReplaced = ({ type, data }: PngChunk) =>
    (icc !== undefined && colourChunks.includes(type)) ||
    (exif !== undefined && type === "eXIf") ||
    (xmp !== undefined && type === "iTXt" && keywordOf(data) === xmpKeyword);
  return writeChunks([header, ...added, ...rest.filter((chunk) => !isReplaced(chunk))]);
}

/**
 * The PNG without what does not show: texts, Exif, times, previews, private chunks. Colour, transparency, pixel size
 * and animation stay.
 *
 * @throws HeaderError when the file is no whole PNG
 */
export function stripPng(file: Uint8Array): Uint8Array<ArrayBuffer> {
  return writeChunks(
    readWholePng(file).filter(
      // A capital first letter marks what no decoder may skip (§5.4).
      ({ type }) => /^[A-Z]/.test(type) || colourChunks.includes(type) || visibleChunks.includes(type),
    ),
  );
}

/** The keyword of a tEXt, zTXt or iTXt chunk (§11.3.3): 1 to 79 Latin-1 characters before a zero byte. */
export function keywordOf(data: Uint8Array): string | undefined {
  const end = data.subarray(0, 80).indexOf(0);
  return end < 1 ? undefined : String.fromCharCode(...data.subarray(0, end));
}

function readWholePng(file: Uint8Array): [PngChunk, ...PngChunk[]] {
  const [header, ...rest] = readPngChunks(file);
  if (header?.type !== "IHDR" || header.data.length !== 13 || rest.at(-1)?.type !== "IEND")
    throw new HeaderError("no whole PNG");
  return [header, ...rest];
}

function writeChunks(chunks: readonly PngChunk[]): Uint8Array<ArrayBuffer> {
  return writePng(chunks.filter(({ type }) => type !== "IEND").map(({ type, data }) => ({ type, data: [data] })));
}

/** Colour types 0 and 4 are gray (Table 8); decoders ignore a profile that does not fit the channels. */
function profileFor(header: Uint8Array, icc: Uint8Array): Uint8Array {
  const isGray = ((header[9] ?? 0) & 2) === 0;
  if (startsWith(icc, isGray ? "GRAY" : "RGB ", profileSpaceAt)) return icc;
  const gray = isGray ? toGrayProfile(icc) : undefined;
  if (gray === undefined) throw new HeaderError("a profile for other channels");
  return gray;
}
