import { naturalOrder } from "../jpeg/frame.ts";
import type { JpegFrame } from "../jpeg/frame.ts";
import { estimateQuality } from "../jpeg/quality.ts";
import { chooseStrength } from "../jpeg/requantise/choose-strength.ts";
import type { ChosenStrength, ScoreModel } from "../jpeg/requantise/choose-strength.ts";
import type { LumaSample } from "../jpeg/requantise/luma-sample.ts";
import type { Steps } from "../steps.ts";
import { wantedSteps } from "../jpeg/requantise/wanted-steps.ts";
import { fitDistanceBands } from "./distance-bands.ts";
import type { DistanceBands } from "./distance-bands.ts";
import { fromHalf, half } from "./half.ts";

/** A DC step below this many of the source's would cost bytes for an error of its own: then DC is left as it is. */
const leastDcRatio = 1.2;

/** How a component is quantised in a lossy file: bands for AC, and as the first of their steps that of DC. */
export function lossyQuantisation(frame: JpegFrame, index: number, strength: number): DistanceBands {
  const { dc, ac } = wantedSteps(frame, index, strength);
  const { fields, steps } = fitDistanceBands(ac);
  const [sourceDc] = frame.components[index].quantisation;
  // As the file holds it, in sixteenths.
  steps[0] = dc < leastDcRatio * sourceDc ? sourceDc : fromHalf(half(16 * dc)) / 16;
  return { fields, steps };
}

/** Above, gradients show steps at the borders of blocks, which no measure punishes. */
const mostStrength = 0.7;
/** A poor source shows them already. */
const mostStrengthForPoorSource = 1;
const poorSourceQuality = 75;
const leastStrength = 0.12;

/** Decoders move levels towards 0, since small values are more frequent than large ones: the default biases of luma. */
const shownLevelOne = 0.9299;
const shift = 0.145;

const jxlScoreModel: ScoreModel = {
  offset: 4.0262,
  dissimilarity: 0.2041,
  strength: 0.4349,
  firstStrength: 0.5,
  correction: 1.6,
  reconstruct: (level) => (level === 1 ? shownLevelOne : level - shift / level),
};

/**
 * The strength that makes a lossy file have a score.
 *
 * @param targetScore SSIMULACRA 2 against the decoded JPEG, below 100
 */
export function chooseJxlStrength(sample: LumaSample, targetScore: number): Steps<ChosenStrength> {
  const { frame } = sample;
  const isPoor =
    estimateQuality(Array.from(naturalOrder, (place) => frame.components[0].quantisation[place])) < poorSourceQuality;
  return chooseStrength(sample, {
    model: jxlScoreModel,
    lumaSteps: (strength) => lossyQuantisation(frame, 0, strength).steps,
    targetScore,
    least: leastStrength,
    most: isPoor ? mostStrengthForPoorSource : mostStrength,
  });
}
