import { classifyIccProfile } from "../metadata/icc.ts";
import { isOrientation } from "./exif.ts";
import type { ImageFacts } from "./facts.ts";
import { type IfdEntry, ifdEntries, nextIfd, readTiffHeader, unsignedValue } from "./ifd.ts";

/** TIFF 6.0 §8, 34675 from ICC.1:2022 Annex B.3, 52545 from C2PA 2.1, Appendix A. */
const tag = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  photometric: 262,
  orientation: 274,
  samplesPerPixel: 277,
  extraSamples: 338,
  icc: 34675,
  manifestStore: 52545,
} as const;

/** PhotometricInterpretation: TIFF 6.0 §3 to §6, §16, §21. Lab and the rest are `other`. */
const photometricColours: Readonly<Record<number, ImageFacts["colour"]>> = {
  0: "gray",
  1: "gray",
  2: "rgb",
  3: "palette",
  5: "cmyk",
  6: "rgb",
};

/** Facts of a TIFF or BigTIFF from its first directory. A second directory makes it several pages. */
export function probeTiff(bytes: Uint8Array): ImageFacts {
  const structure = readTiffHeader(bytes);
  const { reader, firstIfd } = structure;
  const fields = new Map<number, IfdEntry>();
  // Of a field that stands twice, decoders take the first.
  for (const entry of ifdEntries(structure, firstIfd)) if (!fields.has(entry.tag)) fields.set(entry.tag, entry);
  const value = (wanted: number, index = 0): number | undefined => {
    const entry = fields.get(wanted);
    return entry && unsignedValue(reader, entry, index);
  };
  const icc = fields.get(tag.icc);
  const colour = photometricColours[value(tag.photometric) ?? -1] ?? "other";
  const next = nextIfd(structure, firstIfd);
  const orientation = value(tag.orientation);
  return {
    format: "tiff",
    width: value(tag.width),
    height: value(tag.height),
    // Both fields default to 1 (§8).
    bitDepth: colour === "palette" ? 8 : (value(tag.bitsPerSample) ?? 1),
    components: value(tag.samplesPerPixel) ?? 1,
    colour,
    alpha: fields.has(tag.extraSamples),
    animated: next !== 0 && next !== firstIfd,
    profile: icc === undefined ? "none" : classifyIccProfile(reader.range(icc.valueAt, icc.valueAt + icc.count)),
    hdr: false,
    provenance: fields.has(tag.manifestStore),
    orientation: isOrientation(orientation) ? orientation : 1,
    jpeg: undefined,
  };
}
