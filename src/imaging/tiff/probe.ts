import { describeProfile, profileSpaceOf } from "../colour/decide-profile.ts";
import { countPages, tag, TiffDirectory } from "./directory.ts";
import { hasAllBlocks, readLayout, type TiffLayout } from "./layout.ts";
import type { TiffRefusal, FactsOf, ImageFacts, TiffFacts } from "../model/facts.ts";
import { isOrientation } from "../metadata/exif.ts";
import { readTiffHeader } from "../bytes/ifd.ts";

/** C2PA 2.1, Appendix A. */
const manifestStoreTag = 52545;

/** PhotometricInterpretation: TIFF 6.0 §3 to §6, §16, §21. Lab and the rest are `other`. */
const photometricColours: Readonly<Record<number, ImageFacts["colour"]>> = {
  0: "gray",
  1: "gray",
  2: "rgb",
  3: "palette",
  5: "cmyk",
  6: "rgb",
};

/**
 * Facts of a TIFF or BigTIFF from its first directory. A second one makes it several pages, unless it is a thumbnail or
 * a mask. Whether the strips or tiles lie within the file is left to `hasAllTiffBlocks()`.
 */
export function probeTiff(bytes: Uint8Array): FactsOf<"tiff"> {
  const structure = readTiffHeader(bytes);
  const directory = new TiffDirectory(structure, structure.firstIfd);
  const icc = directory.bytes(tag.icc);
  const colour = photometricColours[directory.value(tag.photometric) ?? -1] ?? "other";
  const orientation = directory.value(tag.orientation);
  const layout = readLayout(structure);
  return {
    format: "tiff",
    width: directory.value(tag.width),
    height: directory.value(tag.height),
    // Both fields default to 1 (§8).
    bitDepth: colour === "palette" ? 8 : (directory.value(tag.bitsPerSample) ?? 1),
    components: directory.value(tag.samplesPerPixel) ?? 1,
    colour,
    alpha: typeof layout === "string" ? directory.has(tag.extraSamples) : layout.alpha !== "none",
    animated: countPages(structure).pages === 2,
    profile: icc === undefined ? "none" : describeProfile(icc, profileSpaceOf(colour)),
    hdr: false,
    provenance: directory.has(manifestStoreTag),
    orientation: isOrientation(orientation) ? orientation : 1,
    tiff: factsOf(layout),
  };
}

/** False when strips or tiles are missing; also true when nobody here decodes the file, whatever it lacks. */
export function hasAllTiffBlocks(bytes: Uint8Array): boolean {
  try {
    const layout = readLayout(readTiffHeader(bytes));
    return typeof layout === "string" || hasAllBlocks(layout);
  } catch {
    return false;
  }
}

function factsOf(layout: TiffLayout | TiffRefusal): TiffFacts {
  if (typeof layout === "string") return { decodable: false, refusal: layout };
  return { decodable: true, compression: layout.compression };
}
