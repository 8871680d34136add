/** ICC profiles written by hand. */
import { bytes, u16, u32 } from "../probe/bytes.ts";

type Tags = Readonly<Record<string, Uint8Array>>;

export function profile(colourSpace: string, tags: Tags, connectionSpace = "XYZ "): Uint8Array {
  const entries = Object.entries(tags);
  let at = 128 + 4 + 12 * entries.length;
  const table = entries.flatMap(([signature, data]) => {
    const row = [...bytes(signature), ...u32(at), ...u32(data.length)];
    at += data.length;
    return row;
  });
  const header = bytes(u32(at), new Uint8Array(8), "mntr", colourSpace, connectionSpace, new Uint8Array(12), "acsp");
  const white = bytes(new Uint8Array(28), fixed(0.9642), fixed(1), fixed(0.8249), new Uint8Array(48));
  return bytes(header, white, u32(entries.length), table, ...entries.map(([, data]) => data));
}

function fixed(value: number): number[] {
  return u32(Math.round(value * 65536) >>> 0);
}

export function xyz(x: number, y: number, z: number): Uint8Array {
  return bytes("XYZ ", u32(0), fixed(x), fixed(y), fixed(z));
}

export function parametric(type: number, ...parameters: readonly number[]): Uint8Array {
  return bytes("para", u32(0), u16(type), u16(0), parameters.flatMap(fixed));
}

export function gamma(value: number): Uint8Array {
  return bytes("curv", u32(0), u32(1), u16(Math.round(value * 256)), u16(0));
}

/** A table of `count` samples of a function from 0..1 to 0..1. */
export function sampled(count: number, curve: (x: number) => number): Uint8Array {
  const samples = Array.from({ length: count }, (_, i) => u16(Math.round(curve(i / (count - 1)) * 65535))).flat();
  return bytes("curv", u32(0), u32(count), samples);
}

/** IEC 61966-2-1: encoded value to linear light. */
export function srgbToLinear(x: number): number {
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
}

/** The colorants printed in the ICC's description of its sRGB profiles. */
export const srgbColorants = {
  rXYZ: xyz(0.43607, 0.22249, 0.01392),
  gXYZ: xyz(0.38515, 0.71687, 0.09708),
  bXYZ: xyz(0.14307, 0.06061, 0.7141),
};

export const srgbParametric = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);

export function rgbProfile(curve: Uint8Array, colorants: Tags = srgbColorants): Uint8Array {
  return profile("RGB ", { ...colorants, rTRC: curve, gTRC: curve, bTRC: curve });
}

export const displayP3Colorants = {
  rXYZ: xyz(0.51512, 0.2412, -0.00105),
  gXYZ: xyz(0.29198, 0.69225, 0.04189),
  bXYZ: xyz(0.1571, 0.06657, 0.78407),
};
