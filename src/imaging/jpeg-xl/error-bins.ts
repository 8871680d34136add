import { type MaTree, predictor, property } from "./ma-tree.ts";

/** Cuts of the predictor's error, in eighths of a step, between contexts of a sample; those that help nothing are left out. */
const errorCuts = [
  -512, -384, -256, -192, -128, -96, -64, -48, -32, -24, -16, -11, -7, -4, -2, -1, 0, 1, 3, 6, 10, 15, 23, 31, 47, 63,
  95, 127, 191, 255, 383, 511,
]; // prettier-ignore

/** Contexts of a channel before bins are merged. */
export const binsPerChannel = errorCuts.length + 1;

/** Bin of each error from −`binRange` on, as far as that; beyond it they are the same. */
const binRange = 600;
export const binOf = Uint8Array.from({ length: 2 * binRange + 1 }, (_, i) =>
  errorCuts.reduce((bin, cut) => bin + (i - binRange > cut ? 1 : 0), 0),
);

/** Which of the contexts of its channel a sample has, by the largest error of the predictor around it (property 15). */
export function errorBinOf(maxError: number): number {
  return binOf[Math.max(-binRange, Math.min(maxError, binRange)) + binRange];
}

/**
 * Balanced decisions between the bins of a channel; neighbours with the same distribution are one leaf. Samples of more bits have
 * cuts that are 2^`errorShift` as large.
 */
export function buildChannelTree(firstContext: number, distributionOf: Uint8Array, errorShift = 0): MaTree {
  const starts = Array.from({ length: binsPerChannel }, (_, bin) => bin).filter(
    (bin) => bin === 0 || distributionOf[firstContext + bin] !== distributionOf[firstContext + bin - 1],
  );
  const build = (from: number, to: number): MaTree => {
    if (to - from === 1) return { predictor: predictor.weighted, id: firstContext + starts[from] };
    const middle = (from + to) >> 1;
    return {
      property: property.maxError,
      threshold: errorCuts[starts[middle] - 1] * (1 << errorShift),
      above: build(middle, to),
      notAbove: build(from, middle),
    };
  };
  return build(0, starts.length);
}
