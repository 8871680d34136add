/** Quantisation index (ITU-T T.832): 0 keeps every bit, 1–255 grow by a factor of 2 per 16. */
export interface QuantiserIndices {
  readonly luma: number;
  readonly chroma: number;
}

/** Lossy planes carry three more bits of precision through the transform. */
export const scaledBits = 3;

/** Division of coefficients by one step size. */
export interface Quantiser {
  readonly rounding: number;
  readonly reciprocal: number;
}

export interface ChannelQuantisers {
  readonly dc: Quantiser;
  readonly lowpass: Quantiser;
  readonly highpass: Quantiser;
}

function stepSize(index: number, extraShift: 0 | 1): number {
  return index < 16 ? index << extraShift : (16 + (index & 15)) << ((index >> 4) - 1 + extraShift);
}

/** Values are quantised as ⌊(|v| + rounding)/step⌋; the half added makes the product with 1/step exact. */
function quantiser(step: number, rounding: number): Quantiser {
  return { rounding: rounding + 0.5, reciprocal: 1 / step };
}

/**
 * Quantisers of a scaled channel. Chroma's block DCs are halved before the second stage, so its DC and lowpass steps
 * are half of luma's.
 */
export function channelQuantisers(index: number, isChroma: boolean): ChannelQuantisers {
  const low = stepSize(index, isChroma ? 0 : 1);
  const high = stepSize(index, 1);
  return {
    dc: quantiser(low, low >> 1),
    lowpass: quantiser(low, (3 * low + 1) >> 3),
    highpass: quantiser(high, (3 * high + 1) >> 3),
  };
}

export function quantise({ rounding, reciprocal }: Quantiser, value: number): number {
  return value < 0 ? -(((rounding - value) * reciprocal) | 0) : ((rounding + value) * reciprocal) | 0;
}

/**
 * First support points, for one level of overlap: luma index by quality, so that luma is as near to the original as
 * libjpeg's at that quality. Below 30 and above 95 extended along the line.
 */
const lumaIndexByQuality = [
  [1, 96],
  [10, 81],
  [30, 65],
  [40, 60],
  [50, 57],
  [60, 54],
  [70, 50],
  [80, 43],
  [90, 33],
  [95, 21],
  [100, 8],
] as const satisfies readonly (readonly [quality: number, lumaIndex: number])[];

/** Chroma is coded at full resolution: it bears a step twice as large. */
const chromaIndexOffset = 16;

/** Quantisation indices for a quality on libjpeg's scale, 1–100. */
export function indicesForQuality(quality: number): QuantiserIndices {
  const wanted = Math.max(1, Math.min(100, quality));
  let luma: number = lumaIndexByQuality[0][1];
  for (let i = 1; i < lumaIndexByQuality.length; i++) {
    const [q0, index0] = lumaIndexByQuality[i - 1];
    const [q1, index1] = lumaIndexByQuality[i];
    if (wanted >= q0) luma = Math.round(index0 + ((index1 - index0) * (Math.min(wanted, q1) - q0)) / (q1 - q0));
  }
  return { luma, chroma: luma + chromaIndexOffset };
}
