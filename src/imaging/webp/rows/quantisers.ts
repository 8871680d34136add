import { acSteps, dcSteps } from "./tables.ts";

/** StepSizes of one kind of block, and their reciprocals in 17 binary places. */
export interface StepSizes {
  readonly dc: number;
  readonly ac: number;
  readonly dcReciprocal: number;
  readonly acReciprocal: number;
}

/** What a segment's macroblocks are quantised with. */
export interface SegmentQuantiser {
  readonly luma: StepSizes;
  readonly y2: StepSizes;
  readonly chroma: StepSizes;
  /** Squared errors (× 256) that 1/256 bit is worth, in the choice of modes and of luma's levels; and of chroma's. */
  readonly lambda: number;
  readonly chromaLambda: number;
}

export const maxIndex = 127;
/** Finer steps for the mean colour of chroma blocks (§14.1 allows a difference of 15). */
export const chromaDcDelta = -8;
/** Index from which RFC 6386 §9.6 lets chroma's DC step grow no further. */
const maxChromaDcIndex = 117;

const reciprocalBits = 17;

function createSteps(dc: number, ac: number): StepSizes {
  const one = 1 << reciprocalBits;
  return { dc, ac, dcReciprocal: Math.floor(one / dc), acReciprocal: Math.floor(one / ac) };
}

/** StepSizes by quantiser index (RFC 6386 §14.1). */
export function createQuantiser(index: number): SegmentQuantiser {
  const dc = dcSteps[index];
  const ac = acSteps[index];
  const chromaDc = dcSteps[Math.min(Math.max(index + chromaDcDelta, 0), maxChromaDcIndex)];
  const lambda = Math.max(1, (96 * ac * ac) >> 12);
  return {
    luma: createSteps(dc, ac),
    y2: createSteps(2 * dc, Math.max(8, Math.floor((ac * 155) / 100))),
    chroma: createSteps(chromaDc, ac),
    lambda,
    chromaLambda: (4 * lambda) >> 4,
  };
}
