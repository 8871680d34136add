import { ByteReader, HeaderError } from "../bytes/byte-reader.ts";
import { readPngChunks } from "./chunks.ts";
import { readIccChunk } from "./damage.ts";
import { profileOfCodePoints, srgbPrimaries } from "../colour/code-points.ts";
import { buildMatrixProfile, type Chromaticities } from "../colour/matrix-profile.ts";

/** What a television shows, whose camera encoded with the curve of ITU-R BT.709 (BT.1886); browsers take it so. */
const television = { gamma: 2.4 };

/**
 * The profile that says what a PNG's numbers mean: the embedded one, or one made of cICP or of gAMA and cHRM. The first
 * of cICP, iCCP, sRGB, gAMA with cHRM decides (PNG 3rd edition §4.3). Undefined without any, for sRGB, and when the
 * deciding chunk cannot be read.
 */
export function readPngProfile(bytes: Uint8Array): Uint8Array | undefined {
  const found = new Map<string, ByteReader>();
  for (const { type, data } of readPngChunks(bytes)) {
    if (type === "IDAT") break;
    if (!found.has(type)) found.set(type, new ByteReader(data));
  }
  return profileOfChunks(found);
}

/** The same of the chunks before the pixels, the first of each type. */
export function profileOfChunks(found: ReadonlyMap<string, ByteReader>): Uint8Array | undefined {
  try {
    const cicp = found.get("cICP");
    if (cicp !== undefined) return profileOfCicp(cicp);
    const iccp = found.get("iCCP");
    if (iccp !== undefined) return readIccChunk(iccp.bytes);
    if (found.has("sRGB")) return undefined;
    return profileOfGamma(found.get("gAMA"), found.get("cHRM"));
  } catch {
    return undefined;
  }
}

/** §11.3.2.6: primaries, transfer, matrix (0 for RGB), full range. */
function profileOfCicp(cicp: ByteReader): Uint8Array | undefined {
  if (cicp.u8(2) !== 0 || cicp.u8(3) !== 1) return undefined;
  const profile = profileOfCodePoints({ primaries: cicp.u8(0), transfer: cicp.u8(1) }, television);
  return profile === "srgb" ? undefined : profile;
}

/**
 * Whether a gAMA chunk (its number, which is the exponent of encoding times 100,000) makes browsers show something else
 * than sRGB. Together with cHRM it is taken at its word, so that 1/2.2 differs from sRGB's curve near black. Alone it is
 * held against a display of 2.2, and nothing happens within libpng's threshold of five per cent. Without it, cHRM means
 * nothing. (Measured in Chromium 156.)
 */
export function changesColours(gamma: number, hasChromaticities: boolean): boolean {
  return gamma !== 0 && (hasChromaticities || Math.abs((gamma * 2.2) / 100_000 - 1) > 0.05);
}

/** §11.3.2.1 and §11.3.2.2; without cHRM, the primaries are sRGB's. */
function profileOfGamma(gama: ByteReader | undefined, chrm: ByteReader | undefined): Uint8Array | undefined {
  const gamma = gama?.u32(0) ?? 0;
  if (!changesColours(gamma, chrm !== undefined)) return undefined;
  return buildMatrixProfile({ gamma: 100_000 / gamma }, chrm === undefined ? srgbPrimaries : readChromaticities(chrm));
}

/** Of x and y together: 1 bounds all light, and primaries of some working spaces lie a little beyond. */
const mostChromaticity = 1.1;

/** @throws HeaderError for what is no colour: converters differ in what they make of it */
function readChromaticities(chrm: ByteReader): Chromaticities {
  const point = (index: number) => {
    const [x, y] = [chrm.u32(8 * index) / 100_000, chrm.u32(8 * index + 4) / 100_000];
    if (x + y > mostChromaticity) throw new HeaderError("chromaticities");
    return [x, y] as const;
  };
  return { white: point(0), red: point(1), green: point(2), blue: point(3) };
}
