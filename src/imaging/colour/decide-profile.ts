import type { ImageFacts } from "../model/facts.ts";
import type { FormatId } from "../model/formats.ts";
import { classifyIccProfile } from "./icc.ts";
import { type ProfileSpace, readProfileHeader } from "./icc-header.ts";

/** What is to become of a picture's colours on the way into one file. */
export type ProfileAction =
  /** The pixels already mean sRGB, which a file without a profile means too. */
  | "drop"
  /** The pixels stay and the profile goes with them. */
  | "carry"
  /** The pixels become sRGB. */
  | "convert"
  /** Nobody can say which colours they are. */
  | "refuse";

/** A profile, judged with the samples that it accompanies. */
export type ProfileClass = "none" | "srgb" | "gray" | "rgb by matrix" | "rgb by tables" | "cmyk" | "unusable";

/** One file to be written: its format, and whether its pixels have one channel (beside alpha) or three. */
export interface ProfileTarget {
  readonly format: FormatId;
  readonly gray: boolean;
}

/**
 * Profiles that each format can hold beside RGB pixels; a format that is left out holds none.
 *
 * - WebP: RFC 9649 §2.7.1.4. AVIF: `colr` of type `prof`, ISO/IEC 14496-12 §12.1.5. PNG: `iCCP`, PNG 3 §11.3.2.3.
 * - JPEG: APP2, ICC.1:2022 Annex B.4. JPEG XL: ISO/IEC 18181-1 §E.4. JPEG XR: tag 34675, ITU-T T.832 Annex A.
 * - JP2: restricted profiles only, without tables (ISO/IEC 15444-1 §I.5.3.3).
 */
const carriedProfiles: Partial<Record<FormatId, readonly ProfileClass[]>> = {
  webp: ["rgb by matrix", "rgb by tables"],
  avif: ["rgb by matrix", "rgb by tables"],
  png: ["rgb by matrix", "rgb by tables"],
  jpeg: ["rgb by matrix", "rgb by tables"],
  jxl: ["rgb by matrix", "rgb by tables"],
  jxr: ["rgb by matrix", "rgb by tables"],
  jp2: ["rgb by matrix"],
};

/** The profiles that can describe samples. Gray samples are RGB with three equal channels, too. */
const describedSpaces: Readonly<Record<ProfileSpace, readonly ProfileSpace[]>> = {
  gray: ["gray", "rgb"],
  rgb: ["rgb"],
  cmyk: ["cmyk"],
};

/**
 * Says what a profile is good for.
 *
 * @param profile as embedded; undefined when there is none
 * @param colour of the samples
 */
export function classifyProfile(profile: Uint8Array | undefined, colour: ProfileSpace): ProfileClass {
  if (profile === undefined) return "none";
  const header = readProfileHeader(profile);
  if (header === undefined || !describedSpaces[colour].includes(header.space)) return "unusable";
  if (header.space === "cmyk") return "cmyk";
  if (classifyIccProfile(profile) === "srgb") return "srgb";
  if (header.space === "gray") return "gray";
  return header.hasTables ? "rgb by tables" : "rgb by matrix";
}

/**
 * The fact about a profile that is embedded, or about the part of a file that should be one; undefined means what
 * cannot be put together.
 */
export function describeProfile(profile: Uint8Array | undefined, colour: ProfileSpace): "srgb" | "other" | "unusable" {
  const found = classifyProfile(profile, colour);
  if (found === "none" || found === "unusable") return "unusable";
  return found === "srgb" ? "srgb" : "other";
}

/** What the samples of a file mean, for a profile: of a palette and of unknown colours it is RGB. */
export function profileSpaceOf(colour: ImageFacts["colour"]): ProfileSpace {
  return colour === "cmyk" || colour === "gray" ? colour : "rgb";
}

/**
 * Decides about one source and one target. CMYK is always converted: no format made here is for print. A gray profile
 * goes only into a file that is gray itself, since decoders ignore a profile that does not fit the channels.
 */
export function decideProfile(colour: ProfileSpace, profile: ProfileClass, target: ProfileTarget): ProfileAction {
  if (profile === "unusable") return "refuse";
  if (colour === "cmyk") return "convert";
  if (profile === "none" || profile === "srgb") return "drop";
  const carried = carriedProfiles[target.format];
  if (carried === undefined) return "convert";
  const fits = target.gray ? profile === "gray" : carried.includes(profile);
  return fits ? "carry" : "convert";
}
