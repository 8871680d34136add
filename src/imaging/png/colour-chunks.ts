import { ByteReader } from "../bytes/byte-reader.ts";
import { readPngChunks } from "./chunks.ts";
import { readIccChunk } from "./damage.ts";
import { buildMatrixProfile, type Chromaticities, type ToneCurve } from "../colour/matrix-profile.ts";

const d65 = [0.3127, 0.329] as const;

const srgb: Chromaticities = { white: d65, red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06] };
const bt601With525Lines: Chromaticities = { white: d65, red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07] };

/** Colour primaries of ITU-T H.273 Table 2 that pictures of standard dynamic range use. */
const primariesOf: Readonly<Record<number, Chromaticities>> = {
  1: srgb,
  5: { white: d65, red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06] },
  6: bt601With525Lines,
  7: bt601With525Lines,
  9: { white: d65, red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046] },
  11: { white: [0.314, 0.351], red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] },
  12: { white: d65, red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] },
};

/** What a television shows, whose camera encoded with the curve of ITU-R BT.709 (BT.1886); browsers take it so. */
const television = { gamma: 2.4 };

/** Transfer characteristics of ITU-T H.273 Table 3, without PQ and HLG. */
const curveOf: Readonly<Record<number, ToneCurve>> = {
  1: television,
  4: { gamma: 2.2 },
  5: { gamma: 2.8 },
  6: television,
  8: { gamma: 1 },
  13: "srgb",
  14: television,
  15: television,
};

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
    if (cicp !== undefined) return profileOfCodePoints(cicp);
    const iccp = found.get("iCCP");
    if (iccp !== undefined) return readIccChunk(iccp.bytes);
    if (found.has("sRGB")) return undefined;
    return profileOfGamma(found.get("gAMA"), found.get("cHRM"));
  } catch {
    return undefined;
  }
}

/** §11.3.2.6: primaries, transfer, matrix (0 for RGB), full range. */
function profileOfCodePoints(cicp: ByteReader): Uint8Array | undefined {
  const primaries = primariesOf[cicp.u8(0)];
  const curve = curveOf[cicp.u8(1)];
  if (primaries === undefined || curve === undefined || cicp.u8(2) !== 0 || cicp.u8(3) !== 1) return undefined;
  return primaries === srgb && curve === "srgb" ? undefined : buildMatrixProfile(curve, primaries);
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
  return buildMatrixProfile({ gamma: 100_000 / gamma }, chrm === undefined ? srgb : readChromaticities(chrm));
}

function readChromaticities(chrm: ByteReader): Chromaticities {
  const point = (index: number) => [chrm.u32(8 * index) / 100_000, chrm.u32(8 * index + 4) / 100_000] as const;
  return { white: point(0), red: point(1), green: point(2), blue: point(3) };
}
