import { type CodePoints, profileOfCodePoints } from "../colour/code-points.ts";
import { readAvif } from "./read-container.ts";

/** The code point of ITU-T H.273 that says nothing. */
export const unspecified = 2;

/** What replaces code points that are missing, each for itself: BT.709 and sRGB, as browsers take them. */
const defaults: CodePoints = { primaries: 1, transfer: 13 };

/**
 * The profile that code points mean in an AVIF; undefined for what is not converted here. A camera's curve is taken for
 * sRGB's. (Measured in Chromium 156.)
 */
export function profileOfAvif({ primaries, transfer }: CodePoints): Uint8Array<ArrayBuffer> | "srgb" | undefined {
  return profileOfCodePoints(
    {
      primaries: primaries === unspecified ? defaults.primaries : primaries,
      transfer: transfer === unspecified ? defaults.transfer : transfer,
    },
    "srgb",
  );
}

/** The embedded profile, or one made of the code points; undefined for sRGB. Throws for files that are not decoded. */
export function readAvifProfile(file: Uint8Array<ArrayBuffer>): Uint8Array | undefined {
  const { icc, codePoints } = readAvif(file);
  if (icc !== undefined) return icc;
  const profile = profileOfAvif(codePoints);
  return profile === "srgb" ? undefined : profile;
}
