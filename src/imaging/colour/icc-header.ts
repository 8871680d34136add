import { type IccTag, isReadableTag } from "./icc-elements.ts";

/** What the samples are that an ICC profile describes. */
export type ProfileSpace = "gray" | "rgb" | "cmyk";

export interface ProfileHeader {
  readonly space: ProfileSpace;
  /** Works by multidimensional tables (A2B tags), not by curves and a matrix alone. */
  readonly hasTables: boolean;
}

/** The profiles of presses reach 3 MB. What applies one holds two copies of it. */
const maxAppliedProfileBytes = 4 << 20;

/** Signatures of ICC.1:2022 Table 19. */
const spaces: Readonly<Record<string, ProfileSpace>> = { GRAY: "gray", "RGB ": "rgb", CMYK: "cmyk" };

/** Input, display, output and colour space profiles (§7.2.5): those that give samples a colour. */
const colourClasses = ["scnr", "mntr", "prtr", "spac"];

/** Through which colours such a profile leads (§7.2.7). */
const connectionSpaces = ["XYZ ", "Lab "];

const headerBytes = 128;

/** As many as LittleCMS reads. */
const maxTags = 100;

/** Browsers read profiles up to ICC.1:2022, which is version 4; iccMAX (5) says other things in the same places. */
const newestVersion = 4;

/** The white of the connection space (§7.2.16), D50, and how far browsers let a profile be from it. */
const d50 = [0.9642, 1, 0.8249] as const;
const d50Tolerance = 0.01;

/** Tags that a profile without tables needs (§8.3, §8.5). */
const neededTags: Readonly<Record<ProfileSpace, readonly string[]>> = {
  gray: ["kTRC"],
  rgb: ["rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"],
  // CMYK has no other way than tables.
  cmyk: ["A2B0"],
};

/** Rendering intents are 0 to 3 (§7.2.15). */
const lastIntent = 3;

/** Those of them that browsers use (§9.2.1, §9.2.2). */
const tableTags = ["A2B0", "A2B1"];

/**
 * The header and the tag table of a profile (ICC.1:2022 §7.2, §7.3). Undefined for what must not be applied to a
 * picture, or carried into a file: device links, named colours, other spaces, cut or oversized data, chains of floating
 * point elements (D2B tags, §9.2.30), which browsers ignore and whose cost has no bound; and whatever browsers do not
 * take for a profile. They show a JPEG or PNG without it then, and an AVIF or JPEG XL with it not at all.
 */
export function readProfileHeader(profile: Uint8Array): ProfileHeader | undefined {
  if (profile.length < headerBytes + 4 || profile.length > maxAppliedProfileBytes) return undefined;
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  const signature = (at: number) => String.fromCharCode(...profile.subarray(at, at + 4));
  const size = view.getUint32(0);
  // More bytes than the profile says are padding; fewer, and tables are missing.
  if (size > profile.length || signature(36) !== "acsp" || (profile[8] ?? 0) > newestVersion) return undefined;
  if (view.getUint32(64) > lastIntent) return undefined;
  if (!colourClasses.includes(signature(12)) || !connectionSpaces.includes(signature(20))) return undefined;
  const isWhite = d50.every((value, i) => Math.abs(view.getInt32(68 + 4 * i) / 65_536 - value) <= d50Tolerance);
  const space = spaces[signature(16)];
  const tags = readTags(view, size);
  if (space === undefined || !isWhite || tags === undefined) return undefined;
  if ([...tags].some((tag) => tag.startsWith("D2B"))) return undefined;
  // A curve leads to lightness there, which browsers do not take.
  if (space === "gray" && signature(20) !== "XYZ ") return undefined;
  const hasTables = tableTags.some((tag) => tags.has(tag));
  const isComplete = (hasTables && space !== "cmyk") || neededTags[space].every((tag) => tags.has(tag));
  return isComplete ? { space, hasTables } : undefined;
}

/** The tags by name; undefined when one is not wholly within the profile, or cannot be read. */
function readTags(view: DataView, size: number): ReadonlySet<string> | undefined {
  const tagCount = view.getUint32(headerBytes);
  const tableEnd = headerBytes + 4 + 12 * tagCount;
  if (tagCount > maxTags || tableEnd > size) return undefined;
  const tags = new Set<string>();
  for (let entry = headerBytes + 4; entry < tableEnd; entry += 12) {
    const start = view.getUint32(entry + 4);
    const length = view.getUint32(entry + 8);
    // A tag begins with its type and four bytes that are kept free (§10.1).
    if (start < tableEnd || length < 8 || start + length > size) return undefined;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((at) => view.getUint8(entry + at)));
    const data: IccTag = { view, start, length };
    if (!isReadableTag(tag, data) || (colorants.includes(tag) && !isWithinSpace(data))) return undefined;
    tags.add(tag);
  }
  return tags;
}

/** XYZ of the primaries. Converters differ in what they make of values that the connection space has no room for (§6.3.4.2). */
const colorants = ["rXYZ", "gXYZ", "bXYZ"];
const mostOfSpace = 2 * 65_536;

function isWithinSpace({ view, start }: IccTag): boolean {
  return [8, 12, 16].every((at) => Math.abs(view.getInt32(start + at)) < mostOfSpace);
}
