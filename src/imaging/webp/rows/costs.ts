import { categoryBases, categoryProbabilities } from "./tables.ts";

/** Largest level that the format can code (RFC 6386 §13.2: 67 and eleven extra bits), kept to what decoders dequantise. */
const maxLevel = 2047;

/** Cost of a bit 0 whose probability is p/256, in 1/256 bit: `round(-256 × log2(p/256))`. That of a bit 1 is at 256 - p. */
export const bitCosts = Int32Array.from({ length: 257 }, (_, p) =>
  p === 0 ? 0 : Math.round(-256 * Math.log2(p / 256)),
);

/** Cost in 1/256 bit of one bit whose probability of being 0 is `p`/256. */
export function bitCost(bit: 0 | 1, p: number): number {
  return bitCosts[bit === 0 ? p : 256 - p];
}

/**
 * Tokens of a context are kept 16 to a row: levels 0 to 4, the six categories, "end of block", and "no end of block".
 * Contexts follow each other as `[type 4][band 8][context 3]`, in tables of costs and of counts alike.
 */
export const contextStride = 16;
export const contextTableSize = 4 * 8 * 3 * contextStride;
export const endToken = 11;
export const moreToken = 12;

/** Token of a level's magnitude. */
export const tokenOfLevel = Uint8Array.from({ length: maxLevel + 1 }, (_, level) =>
  level < 5 ? level : 5 + categoryBases.findLastIndex((base) => level >= base),
);

/** What a level costs beside its token, in 1/256 bit: its sign and the extra bits of its category. */
export const extraCosts = Int32Array.from({ length: maxLevel + 1 }, (_, level) => {
  if (level === 0) return 0;
  const category = categoryBases.findLastIndex((base) => level >= base);
  if (category < 0) return bitCost(0, 128);
  const probabilities = categoryProbabilities[category];
  const rest = level - categoryBases[category];
  return probabilities.reduce<number>(
    (sum, p, index) => sum + bitCost(((rest >> (probabilities.length - 1 - index)) & 1) as 0 | 1, p),
    bitCost(0, 128),
  );
});

/**
 * Costs of all tokens in all contexts under these probabilities (layout of `contextStride`). A token's cost includes the
 * bit that says "no end of block", except in context 0: after a zero it is not coded, and the first token of a block adds
 * `moreToken` by hand.
 */
export function updateTokenCosts(costs: Int32Array, probabilities: Uint8Array): void {
  for (let context = 0, at = 0, p = 0; at < contextTableSize; context++, at += contextStride, p += 11) {
    const end = bitCosts[probabilities[p]];
    const more = bitCosts[256 - probabilities[p]];
    const base = context % 3 === 0 ? 0 : more;
    const some = base + bitCosts[256 - probabilities[p + 1]];
    const large = some + bitCosts[256 - probabilities[p + 2]];
    const small = large + bitCosts[probabilities[p + 3]];
    const threeOrFour = small + bitCosts[256 - probabilities[p + 4]];
    const category = large + bitCosts[256 - probabilities[p + 3]];
    const low = category + bitCosts[probabilities[p + 6]];
    const high = category + bitCosts[256 - probabilities[p + 6]];
    const middle = high + bitCosts[probabilities[p + 8]];
    const top = high + bitCosts[256 - probabilities[p + 8]];
    costs[at] = base + bitCosts[probabilities[p + 1]];
    costs[at + 1] = some + bitCosts[probabilities[p + 2]];
    costs[at + 2] = small + bitCosts[probabilities[p + 4]];
    costs[at + 3] = threeOrFour + bitCosts[probabilities[p + 5]];
    costs[at + 4] = threeOrFour + bitCosts[256 - probabilities[p + 5]];
    costs[at + 5] = low + bitCosts[probabilities[p + 7]];
    costs[at + 6] = low + bitCosts[256 - probabilities[p + 7]];
    costs[at + 7] = middle + bitCosts[probabilities[p + 9]];
    costs[at + 8] = middle + bitCosts[256 - probabilities[p + 9]];
    costs[at + 9] = top + bitCosts[probabilities[p + 10]];
    costs[at + 10] = top + bitCosts[256 - probabilities[p + 10]];
    costs[at + endToken] = end;
    costs[at + moreToken] = more;
  }
}
