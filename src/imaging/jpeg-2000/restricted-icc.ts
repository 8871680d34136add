/** Above, a matrix profile is padded or damaged; real ones have 400 bytes to 4 kB, a sampled curve for each colour included. */
const maxRestrictedBytes = 65_536;

/** Header fields and tag table, ICC.1:2022 §7.2 and §7.3. */
const headerBytes = 128;
const tagEntryBytes = 12;
const maxTags = 256;

/**
 * Part 1 names the input class; the display class has the same matrix model and required tags, and is what files in
 * the wild carry (Adobe RGB, Display P3).
 */
const classes = new Set(["scnr", "mntr"]);

/** Tags that must be there (ICC.1:2022 §8.3.3, §8.3.4, §8.4.3, §8.4.4), by the space of the samples, with their possible types. */
const requiredTags = {
  GRAY: { kTRC: ["curv", "para"] },
  "RGB ": {
    rXYZ: ["XYZ "],
    gXYZ: ["XYZ "],
    bXYZ: ["XYZ "],
    rTRC: ["curv", "para"],
    gTRC: ["curv", "para"],
    bTRC: ["curv", "para"],
  },
} as const satisfies Record<string, Record<string, readonly string[]>>;

/** Tags that overrule the matrix and curves, which would make the file mean another picture to readers of Part 1. */
const overrulingTags = ["A2B0", "A2B1", "A2B2", "D2B0", "D2B1", "D2B2", "D2B3", "cicp"];

/**
 * The space of the samples that a profile is for when a JP2 file may carry it by the restricted method: one curve for
 * gray, or a matrix and three curves, to XYZ (ITU-T T.800 §I.5.3.3). Undefined for every other profile: its pixels
 * have to be converted to sRGB first.
 */
export function restrictedIccSpace(profile: Uint8Array): "gray" | "rgb" | undefined {
  if (profile.length < headerBytes + 4 || profile.length > maxRestrictedBytes) return undefined;
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  const text = (at: number) => (at + 4 <= profile.length ? String.fromCharCode(...profile.subarray(at, at + 4)) : "");
  const isWhole = view.getUint32(0) <= profile.length && text(36) === "acsp";
  if (!isWhole || !classes.has(text(12)) || text(20) !== "XYZ ") return undefined;
  const space = text(16);
  if (space !== "GRAY" && space !== "RGB ") return undefined;

  const count = view.getUint32(headerBytes);
  if (count > maxTags || headerBytes + 4 + count * tagEntryBytes > profile.length) return undefined;
  const types = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const entry = headerBytes + 4 + i * tagEntryBytes;
    types.set(text(entry), text(view.getUint32(entry + 4)));
  }
  if (overrulingTags.some((tag) => types.has(tag))) return undefined;
  const required: readonly (readonly [string, readonly string[]])[] = Object.entries(requiredTags[space]);
  if (!required.every(([tag, allowed]) => allowed.includes(types.get(tag) ?? ""))) return undefined;
  return space === "GRAY" ? "gray" : "rgb";
}
