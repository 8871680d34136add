import { acSteps } from "./tables.ts";
import { maxIndex } from "./quantisers.ts";

export const segmentCount = 4;

/** Steps of the segments, in 1/1024 of the base index's: flat areas show more of the damage than busy ones. */
const stepFactors = [600, 800, 1024, 1300] as const;

/** The quantiser index of each segment: the step nearest to the wanted one, the lowest of two equally near. */
export function chooseSegmentIndices(baseIndex: number): number[] {
  return stepFactors.map((factor) => {
    const wanted = (acSteps[baseIndex] * factor) >> 6;
    let best = 0;
    for (let index = 1; index <= maxIndex; index++) {
      if (Math.abs(16 * acSteps[index] - wanted) < Math.abs(16 * acSteps[best] - wanted)) best = index;
    }
    return best;
  });
}
