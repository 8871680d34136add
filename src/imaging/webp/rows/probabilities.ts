import { bitCosts, contextStride, contextTableSize, endToken, moreToken } from "./costs.ts";
import { defaultProbabilities, probabilitiesOfUpdates } from "./probability-tables.ts";

/** A replaced probability must save this much beside its 8 bits, in 1/256 bit. */
const replacementCost = 8 * 256;

/** Counts of the two branches at each of the eleven nodes of a context's tree, zeros first. */
const branches = new Float64Array(22);

/**
 * Chooses the token probabilities for the tokens counted so far (layout of `contextStride`): that of the counts where it
 * saves more than it takes to send it, else the default.
 */
export function updateProbabilities(probabilities: Uint8Array, counts: Uint32Array): void {
  for (let at = 0, first = 0; at < contextTableSize; at += contextStride, first += 11) {
    countBranches(counts, at);
    for (let node = 0; node < 11; node++) {
      const index = first + node;
      probabilities[index] = chooseProbability(
        branches[2 * node],
        branches[2 * node + 1],
        defaultProbabilities[index],
        probabilitiesOfUpdates[index],
      );
    }
  }
}

/** The tree of RFC 6386 §13.2. */
function countBranches(counts: Uint32Array, at: number): void {
  const two = counts[at + 2];
  const three = counts[at + 3];
  const four = counts[at + 4];
  const lowCategories = counts[at + 5] + counts[at + 6];
  const middleCategories = counts[at + 7] + counts[at + 8];
  const topCategories = counts[at + 9] + counts[at + 10];
  const categories = lowCategories + middleCategories + topCategories;
  const large = two + three + four + categories;
  branches[0] = counts[at + endToken];
  branches[1] = counts[at + moreToken];
  branches[2] = counts[at];
  branches[3] = counts[at + 1] + large;
  branches[4] = counts[at + 1];
  branches[5] = large;
  branches[6] = two + three + four;
  branches[7] = categories;
  branches[8] = two;
  branches[9] = three + four;
  branches[10] = three;
  branches[11] = four;
  branches[12] = lowCategories;
  branches[13] = middleCategories + topCategories;
  branches[14] = counts[at + 5];
  branches[15] = counts[at + 6];
  branches[16] = middleCategories;
  branches[17] = topCategories;
  branches[18] = counts[at + 7];
  branches[19] = counts[at + 8];
  branches[20] = counts[at + 9];
  branches[21] = counts[at + 10];
}

function chooseProbability(zeros: number, ones: number, byDefault: number, update: number): number {
  const total = zeros + ones;
  if (total === 0) return byDefault;
  const counted = probabilityOfZero(zeros, total);
  const replaced =
    zeros * bitCosts[counted] + ones * bitCosts[256 - counted] + bitCosts[256 - update] + replacementCost;
  const kept = zeros * bitCosts[byDefault] + ones * bitCosts[256 - byDefault] + bitCosts[update];
  return replaced < kept ? counted : byDefault;
}

/** 1–255, for a `total` that is not 0. */
export function probabilityOfZero(zeros: number, total: number): number {
  const probability = Math.floor((255 * zeros + Math.floor(total / 2)) / total);
  return Math.min(Math.max(probability, 1), 255);
}
