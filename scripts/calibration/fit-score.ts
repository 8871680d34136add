import type { ScoreScale } from "../../src/imaging/cost/score.ts";
import { median } from "./search.ts";
import type { Trial } from "./trials.ts";

/** One variant of one source, made with one setting of one encoder. */
export interface Observation extends Trial {
  readonly picture: string;
  /** Source and encoder settings but the quality. */
  readonly series: string;
  readonly quality: number;
}

/** What `src/imaging/cost/score.ts` predicts scores from. */
export interface FittedScore {
  /** The score is 100 − `factor` × dissimilarity ^ `power`. */
  readonly factor: number;
  readonly power: number;
  /** The score of a typical picture by the encoder's quality, from an arbitrary zero: where encoders are not even. */
  readonly typical: readonly (readonly [quality: number, score: number])[];
  /** By how much the pictures differ from the middle one: root of the mean square, in per cent of what they lack to 100. */
  readonly errorPercent: number;
  readonly pictures: number;
  readonly observations: number;
}

export type FittedScores = Partial<Record<ScoreScale, FittedScore>>;

/** About the scores that the Worker aims at. */
const [lowest, highest] = [60, 92];

/**
 * The slope is that within the pictures, by least squares: across them it would be flattened by what the measure does not
 * see. The line then goes through the middle one of the pictures, so that none that is unusual moves it.
 */
export function fitScore(all: readonly Observation[], bends: readonly number[]): FittedScore {
  const inRange = all.flatMap(({ picture, score, dissimilarity }) =>
    dissimilarity === undefined || score < lowest || score > highest
      ? []
      : [{ picture, x: Math.log(dissimilarity), y: Math.log(100 - score) }],
  );
  const pictures = Object.values(Object.groupBy(inRange, ({ picture }) => picture)).map((points = []) => {
    const [meanX, meanY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
    return {
      meanX,
      meanY,
      covariance: mean(points.map(({ x, y }) => (x - meanX) * (y - meanY))),
      variance: mean(points.map(({ x }) => (x - meanX) ** 2)),
    };
  });
  const power = mean(pictures.map(({ covariance }) => covariance)) / mean(pictures.map(({ variance }) => variance));
  const constants = pictures.map(({ meanX, meanY }) => meanY - power * meanX);
  const constant = median(constants);
  return {
    factor: Math.exp(constant),
    power,
    typical: typicalCurve(all, bends),
    errorPercent: 100 * Math.sqrt(mean(constants.map((each) => (each - constant) ** 2))),
    pictures: pictures.length,
    observations: inRange.length,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Between two bends of an encoder's scale, the median of the slopes between neighbours of a series.
 *
 * @param bends qualities, rising; the first and the last are the ends of the curve
 */
function typicalCurve(all: readonly Observation[], bends: readonly number[]): FittedScore["typical"] {
  const series = Object.values(Object.groupBy(all, (observation) => observation.series));
  const steps = series.flatMap((members = []) => {
    const sorted = members
      .filter(({ score }) => lowest < score && score < highest)
      .toSorted((a, b) => a.quality - b.quality);
    return sorted.slice(1).map((to, index) => ({ from: sorted[index] ?? to, to }));
  });
  let score = 0;
  return bends.map((quality, index) => {
    const before = bends[index - 1];
    if (before !== undefined) {
      const slopes = steps
        .filter(({ from, to }) => from.quality >= before && to.quality <= quality)
        .map(({ from, to }) => (to.score - from.score) / (to.quality - from.quality));
      score += (quality - before) * median(slopes);
    }
    return [quality, score];
  });
}
