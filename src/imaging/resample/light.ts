import { readToneCurve } from "../colour/icc.ts";

/** Between encoded levels, 0 to 255, and amounts of light, 0 to 1. */
export interface Light {
  readonly ofLevel: Float32Array;
  /** By amount in steps of 1 / 65,535, which is a fraction of a level even in the darkest tones. */
  readonly levelOf: Uint8Array;
}

/** Distinct amounts of light. */
export const lightSteps = 65_535;

/** IEC 61966-2-1 §5.2. */
function lightOfSrgb(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/**
 * What the levels of a picture mean: by the curve of its profile, or by that of sRGB. A profile whose tables hide its curve
 * counts as sRGB, whose curve nearly all of them come close to.
 */
export function lightOf(profile: Uint8Array | undefined): Light {
  const curve = (profile && readToneCurve(profile)) ?? lightOfSrgb;
  const ofLevel = Float32Array.from({ length: 256 }, (_, level) => curve(level / 255));
  const levelOf = new Uint8Array(lightSteps + 1);
  // The border between two levels is the light of the value between them.
  let level = 0;
  for (let step = 0; step <= lightSteps; step++) {
    while (level < 255 && curve((level + 0.5) / 255) * lightSteps <= step) level++;
    levelOf[step] = level;
  }
  return { ofLevel, levelOf };
}
