import type { JpegFrame } from "../frame.ts";
import { chooseStrength } from "../requantise/choose-strength.ts";
import type { ChosenStrength, ScoreModel } from "../requantise/choose-strength.ts";
import type { LumaSample } from "../requantise/luma-sample.ts";
import type { Steps } from "../../steps.ts";
import { frequencyOf, leastDivisorRatio, wantedSteps } from "../requantise/wanted-steps.ts";

/** Largest divisor of a baseline JPEG (ITU T.81 §B.2.4.1). */
const maxDivisor = 255;

/** The divisors that a component is to have: 64 in natural order. */
export function lossyDivisors(frame: JpegFrame, index: number, strength: number): Uint16Array {
  const { dc, ac } = wantedSteps(frame, index, strength);
  return frame.components[index].quantisation.map((source, place) => {
    const wanted = place === 0 ? dc : ac(frequencyOf(place));
    return wanted < leastDivisorRatio * source ? source : Math.min(Math.max(1, Math.round(wanted)), maxDivisor);
  });
}

/** Decoders of JPEG show a level as it is. */
const jpegScoreModel: ScoreModel = {
  offset: 4.0262,
  dissimilarity: 0.1527,
  strength: 0.5351,
  firstStrength: 0.35,
  correction: 1.5,
  reconstruct: (level) => level,
};

const leastStrength = 0.1;
/** Above, gradients show steps at the borders of blocks. */
const mostStrength = 0.55;

/**
 * The strength at which a lossy file reaches a score.
 *
 * @param targetScore SSIMULACRA 2 against the decoded source, below 100
 */
export function chooseJpegStrength(sample: LumaSample, targetScore: number): Steps<ChosenStrength> {
  return chooseStrength(sample, {
    model: jpegScoreModel,
    lumaSteps: (strength) => lossyDivisors(sample.frame, 0, strength),
    targetScore,
    least: leastStrength,
    most: mostStrength,
  });
}
