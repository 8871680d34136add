import { isChroma } from "../colour-model.ts";
import type { JpegFrame } from "../frame.ts";

/**
 * The steps that a component is to be quantised with, in units of JPEG's tables and for a strength of 1. They were
 * fitted to the least bytes at a given SSIMULACRA 2; 20 % more or less of any number costs less than 0.5 %.
 */
interface StepCurve {
  readonly dc: number;
  /** Step of AC at a frequency of 0; how often that is added towards the highest frequency; and how this bends. */
  readonly ac: number;
  readonly growth: number;
  readonly power: number;
}

const luma: StepCurve = { dc: 7, ac: 8, growth: 9, power: 0.8 };
const chroma: StepCurve = { dc: 12, ac: 20, growth: 5, power: 1 };
/** Chroma of full resolution is seen less sharply than it is stored. */
const fullChroma: StepCurve = { ...chroma, ac: 1.4 * chroma.ac };

/** The steps that one component is to have. */
export interface WantedSteps {
  readonly dc: number;
  /** Of AC, by the frequency from 0 (DC) to 1 (the highest in both directions). */
  readonly ac: (frequency: number) => number;
}

/** The frequency of a place in natural order, from 0 (DC) to 1. */
export function frequencyOf(place: number): number {
  return Math.hypot(place >> 3, place & 7) / (7 * Math.SQRT2);
}

/** A JPEG's divisor below this many of the source's would cost bytes for an error of its own: then it is left as it is. */
export const leastDivisorRatio = 1.5;

/** How coarsely a component of a gray or YCbCr JPEG is to be quantised; in proportion to `strength`. */
export function wantedSteps(frame: JpegFrame, index: number, strength: number): WantedSteps {
  const { dc, ac, growth, power } = curveOf(frame, index);
  return { dc: strength * dc, ac: (frequency) => strength * ac * (1 + growth * frequency ** power) };
}

function curveOf(frame: JpegFrame, index: number): StepCurve {
  if (!isChroma(frame, index)) return luma;
  const { horizontalSampling, verticalSampling } = frame.components[index];
  const isFull = horizontalSampling === frame.maxHorizontalSampling && verticalSampling === frame.maxVerticalSampling;
  return isFull ? fullChroma : chroma;
}
