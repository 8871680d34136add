import { fromHalf, half } from "./half.ts";

/** Bands of a quantisation table: so many steps are given, at equal distances from DC to the highest frequency. */
export const bandCount = 5;

/** Weights are 1 / step for samples from 0 to 1 and an orthonormal transform; steps here are those of JPEG's tables. */
const weightOfStepOne = 2040;

/** A table of steps that grow with the distance from DC, as the file has it (ISO/IEC 18181-1 §I.2.4). */
export interface DistanceBands {
  /** `bandCount` numbers of half precision, as bits. */
  readonly fields: Uint16Array;
  /** What a decoder makes of them: 64 steps in natural order. */
  readonly steps: Float64Array;
}

/**
 * The table that is nearest to the wanted steps.
 *
 * @param wanted the step at a distance from 0, which is DC, to 1; positive, and larger the farther away
 */
export function fitDistanceBands(wanted: (distance: number) => number): DistanceBands {
  const fields = new Uint16Array(bandCount);
  const weights = new Float64Array(bandCount);
  for (let band = 0; band < bandCount; band++) {
    const weight = weightOfStepOne / wanted(band / (bandCount - 1));
    // The first field is in units of 64, the others are relative to the weight before, as the decoder knows it.
    const ratio = weight / weights[band - 1];
    fields[band] = half(band === 0 ? weight / 64 : ratio >= 1 ? ratio - 1 : 1 - 1 / ratio);
    const field = fromHalf(fields[band]);
    weights[band] = band === 0 ? 64 * field : weights[band - 1] * (field > 0 ? 1 + field : 1 / (1 - field));
  }
  return { fields, steps: Float64Array.from({ length: 64 }, (_, place) => weightOfStepOne / weightAt(weights, place)) };
}

function weightAt(weights: Float64Array, place: number): number {
  const distance = (Math.hypot(place >> 3, place & 7) * (bandCount - 1)) / (7 * (Math.SQRT2 + 1e-6));
  const band = Math.min(Math.floor(distance), bandCount - 2);
  return weights[band] * (weights[band + 1] / weights[band]) ** (distance - band);
}
