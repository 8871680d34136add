import { blockCoefficients, naturalOrder } from "../frame.ts";
import type { Steps } from "../../steps.ts";
import type { LumaSample } from "./luma-sample.ts";
import { levelOf } from "./requantiser.ts";

/**
 * What SSIMULACRA 2 becomes of a picture whose coefficients are quantised again, by the dissimilarity of its luma and by
 * the strength: 100 − exp(offset + dissimilarity × ln D + strength × ln s). Fitted to photographs at scores of 66 to 88; 80 % of
 * others are within 3 points, the worst are 6 off.
 */
export interface ScoreModel {
  readonly offset: number;
  readonly dissimilarity: number;
  readonly strength: number;
  /** Where the search for a strength begins, and how far each correction goes. */
  readonly firstStrength: number;
  readonly correction: number;
  /** What a decoder makes of a level, in steps; levels are positive. */
  readonly reconstruct: (level: number) => number;
}

/** A strength, and what is predicted of it. */
export interface ChosenStrength {
  readonly strength: number;
  /** SSIMULACRA 2 against the decoded source. */
  readonly score: number;
  /** Root mean square of the blocks' dissimilarities, 0 to 1. */
  readonly dissimilarity: number;
}

export interface StrengthSearch {
  readonly model: ScoreModel;
  /** The steps of luma at some strength: 64 in natural order. */
  readonly lumaSteps: (strength: number) => ArrayLike<number>;
  readonly targetScore: number;
  readonly least: number;
  readonly most: number;
}

const corrections = 4;

/** The strength whose predicted score is nearest to the target, within its bounds. */
export function* chooseStrength(sample: LumaSample, search: StrengthSearch): Steps<ChosenStrength> {
  const { model, targetScore, least, most } = search;
  let current = yield* predict(sample, search, model.firstStrength);
  for (let i = 0; i < corrections; i++) {
    // A picture without any AC has no error, whatever the strength.
    const wanted = current.strength * ((100 - targetScore) / (100 - current.score)) ** model.correction;
    current = yield* predict(sample, search, Math.min(Math.max(wanted, least), most));
  }
  return current;
}

function* predict(sample: LumaSample, { model, lumaSteps }: StrengthSearch, strength: number): Steps<ChosenStrength> {
  const dissimilarity = yield* measureDissimilarity(sample, lumaSteps(strength), model.reconstruct);
  const { offset, dissimilarity: power, strength: strengthPower } = model;
  const lost = Math.exp(offset + power * Math.log(dissimilarity) + strengthPower * Math.log(strength));
  return { strength, score: 100 - lost, dissimilarity };
}

/** Keeps blocks without contrast from counting as much as others: 64 × 58.5, the square of 0.03 × 255 (Wang et al., 2004). */
const contrastConstant = 3744;

/** Time to measure a block, and each coefficient that is not 0. */
const nanosecondsPerBlock = 150;
const nanosecondsPerCoefficient = 30;
const blocksPerPiece = 512;

/**
 * Root mean square, over the blocks of a sample, of 1 − SSIM without its means: for windows that are the blocks themselves
 * it follows from their AC coefficients, by Parseval's theorem.
 */
function* measureDissimilarity(
  { frame, coefficients, blocks }: LumaSample,
  naturalSteps: ArrayLike<number>,
  reconstruct: ScoreModel["reconstruct"],
): Steps<number> {
  const { quantisation } = frame.components[0];
  const divisors = Float64Array.from(naturalOrder, (place) => quantisation[place]);
  const steps = Float64Array.from(naturalOrder, (place) => naturalSteps[place]);
  let sum = 0;
  for (let first = 0; first < blocks; first += blocksPerPiece) {
    const end = Math.min(first + blocksPerPiece, blocks);
    let measured = 0;
    for (let block = first; block < end; block++) {
      let error = 0;
      let before = 0;
      let after = 0;
      for (let k = 1, at = block * blockCoefficients + 1; k < blockCoefficients; k++, at++) {
        const coefficient = coefficients[at];
        if (coefficient === 0) continue;
        measured++;
        const value = Math.abs(coefficient) * divisors[k];
        const level = levelOf(value / steps[k]);
        const shown = level === 0 ? 0 : reconstruct(level) * steps[k];
        error += (value - shown) ** 2;
        before += value ** 2;
        after += shown ** 2;
      }
      sum += (error / (before + after + contrastConstant)) ** 2;
    }
    yield (end - first) * nanosecondsPerBlock + measured * nanosecondsPerCoefficient;
  }
  return Math.sqrt(sum / blocks);
}
