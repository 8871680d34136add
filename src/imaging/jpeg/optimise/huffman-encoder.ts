/** Longest code, T.81 §C. */
const maxCodeBits = 16;

/** A Huffman table as a DHT segment holds it (T.81 §B.2.4.2), and the codes made from it (§C.2). */
export interface HuffmanEncoder {
  /** Number of codes of 1 to 16 bits. */
  readonly counts: Uint8Array;
  /** Symbols by ascending code. */
  readonly symbols: Uint8Array;
  /** By symbol; length 0 for symbols without a code. */
  readonly codes: Uint16Array;
  readonly lengths: Uint8Array;
}

/**
 * The best prefix code for these frequencies of symbols 0–255 whose codes have at most 16 bits and leave the code of all
 * ones unused (ITU T.81 §K.2: a 257th symbol of the smallest frequency takes that code). Built with package-merge
 * instead of the annex's repair of long codes, so it is exactly the best one.
 */
export function buildHuffmanEncoder(frequencies: Uint32Array): HuffmanEncoder {
  const used: number[] = [];
  for (let symbol = 0; symbol < 256; symbol++) if (frequencies[symbol] > 0) used.push(symbol);
  used.sort((a, b) => frequencies[b] - frequencies[a] || a - b);
  const lengthOfRank = limitedLengths(used.map((symbol) => frequencies[symbol]));
  const counts = new Uint8Array(maxCodeBits);
  const symbols = Uint8Array.from(used);
  const codes = new Uint16Array(256);
  const lengths = new Uint8Array(256);
  let code = 0;
  let previous = 1;
  for (let rank = 0; rank < used.length; rank++) {
    const length = lengthOfRank[rank];
    code <<= length - previous;
    previous = length;
    codes[used[rank]] = code++;
    lengths[used[rank]] = length;
    counts[length - 1]++;
  }
  return { counts, symbols, codes, lengths };
}

/**
 * Code lengths for frequencies in descending order, ascending, with room for one more code of the greatest length.
 * Package-merge (Larmore and Hirschberg, 1990): sixteen times, the packages of two and the single symbols are merged by
 * weight; how often a symbol is in the first 2n − 2 items of the last list is its length.
 */
function limitedLengths(frequencies: readonly number[]): number[] {
  // The reserved symbol weighs nothing and comes first, so no other gets a longer code.
  const weights = [0, ...frequencies.toReversed()];
  const count = weights.length;
  let list = weights;
  /** Per round: which items of the merged list are single symbols. */
  const rounds: boolean[][] = [weights.map(() => true)];
  for (let round = 1; round < maxCodeBits; round++) {
    const merged: number[] = [];
    const single: boolean[] = [];
    let symbolAt = 0;
    for (let pairAt = 0; symbolAt < count || pairAt + 1 < list.length;) {
      const pair = pairAt + 1 < list.length ? list[pairAt] + list[pairAt + 1] : Infinity;
      const takesSymbol = symbolAt < count && weights[symbolAt] <= pair;
      merged.push(takesSymbol ? weights[symbolAt++] : pair);
      single.push(takesSymbol);
      if (!takesSymbol) pairAt += 2;
    }
    rounds.push(single);
    list = merged;
  }
  const lengths = weights.map(() => 0);
  let taken = 2 * count - 2;
  for (let round = maxCodeBits - 1; round >= 0 && taken > 0; round--) {
    let singles = 0;
    for (let i = 0; i < taken; i++) if (rounds[round][i]) singles++;
    for (let i = 0; i < singles; i++) lengths[i]++;
    taken = 2 * (taken - singles);
  }
  return lengths.slice(1).toReversed();
}
