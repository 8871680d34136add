import { buildMatrixProfile, type Chromaticities, type ToneCurve } from "./matrix-profile.ts";

const d65 = [0.3127, 0.329] as const;

/** The primaries of ITU-R BT.709, which are sRGB's. */
export const srgbPrimaries: Chromaticities = { white: d65, red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06] };
const bt601With525Lines: Chromaticities = { white: d65, red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07] };

/** Colour primaries of ITU-T H.273 Table 2 that pictures of standard dynamic range use. */
const primariesOf: Readonly<Record<number, Chromaticities>> = {
  1: srgbPrimaries,
  5: { white: d65, red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06] },
  6: bt601With525Lines,
  7: bt601With525Lines,
  9: { white: d65, red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046] },
  11: { white: [0.314, 0.351], red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] },
  12: { white: d65, red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] },
};

/** Transfer characteristics of ITU-T H.273 Table 3 that are one curve, without PQ and HLG. */
const curveOf: Readonly<Record<number, ToneCurve>> = {
  4: { gamma: 2.2 },
  5: { gamma: 2.8 },
  8: { gamma: 1 },
  13: "srgb",
};

/** The curves of television cameras: BT.709, BT.601 and both of BT.2020. Readers do not agree about what shows them. */
const televisionCurves = [1, 6, 14, 15];

/** Code points of ITU-T H.273. */
export interface CodePoints {
  readonly primaries: number;
  readonly transfer: number;
}

/**
 * The profile of RGB with these code points, "srgb", or undefined for what nothing here converts.
 * @param television the curve that is meant where the code points name a camera's
 */
export function profileOfCodePoints(
  { primaries, transfer }: CodePoints,
  television: ToneCurve,
): Uint8Array<ArrayBuffer> | "srgb" | undefined {
  const chromaticities = primariesOf[primaries];
  const curve = televisionCurves.includes(transfer) ? television : curveOf[transfer];
  if (chromaticities === undefined || curve === undefined) return undefined;
  if (chromaticities === srgbPrimaries && curve === "srgb") return "srgb";
  return buildMatrixProfile(curve, chromaticities);
}
