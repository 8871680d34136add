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

/**
 * The header and the tag table of a profile (ICC.1:2022 §7.2, §7.3). Undefined for what must not be applied to a
 * picture: device links, named colours, other spaces, cut or oversized data, and chains of floating point elements
 * (D2B tags, §9.2.30), which browsers ignore and whose cost has no bound.
 */
export function readProfileHeader(profile: Uint8Array): ProfileHeader | undefined {
  if (profile.length < headerBytes + 4 || profile.length > maxAppliedProfileBytes) return undefined;
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  const signature = (at: number) => String.fromCharCode(...profile.subarray(at, at + 4));
  // More bytes than the profile says are padding; fewer, and tables are missing.
  if (view.getUint32(0) > profile.length || signature(36) !== "acsp") return undefined;
  if (!colourClasses.includes(signature(12)) || !connectionSpaces.includes(signature(20))) return undefined;
  const tagCount = view.getUint32(headerBytes);
  if (tagCount > maxTags || headerBytes + 4 + 12 * tagCount > profile.length) return undefined;
  const tags = Array.from({ length: tagCount }, (_, i) => signature(headerBytes + 4 + 12 * i));
  const space = spaces[signature(16)];
  if (space === undefined || tags.some((tag) => tag.startsWith("D2B"))) return undefined;
  return { space, hasTables: tags.some((tag) => tag.startsWith("A2B")) };
}
