import { bitCost } from "./costs.ts";
import { subblockModeProbabilities } from "./tables.ts";

/** One decision in a tree of modes: a node's number, which finds its probability, and the bit. */
export type Branch = readonly [node: number, bit: 0 | 1];

/** Probability that a macroblock's luma is predicted block by block (RFC 6386 §16.2, key frames). */
export const subblocksProbability = 145;

/** Modes of a 4×4 block: flat, "true motion", vertical, horizontal, and six more directions (RFC 6386 §11.2). */
export const subblockModes = 10;

/** Probabilities of the nodes of the trees of whole planes' modes. */
export const lumaModeProbabilities = [156, 163, 128] as const;
export const chromaModeProbabilities = [142, 114, 183] as const;

/** Trees of modes, as the way from the root to each mode by its number (RFC 6386 §11.2). */
export const lumaModePaths: readonly (readonly Branch[])[] = [
  [
    [0, 0],
    [1, 0],
  ],
  [
    [0, 1],
    [2, 1],
  ],
  [
    [0, 0],
    [1, 1],
  ],
  [
    [0, 1],
    [2, 0],
  ],
];

export const chromaModePaths: readonly (readonly Branch[])[] = [
  [[0, 0]],
  [
    [0, 1],
    [1, 1],
    [2, 1],
  ],
  [
    [0, 1],
    [1, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 0],
  ],
];

export const subblockModePaths: readonly (readonly Branch[])[] = [
  [[0, 0]],
  [
    [0, 1],
    [1, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 0],
    [4, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 0],
    [4, 1],
    [5, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 0],
    [4, 1],
    [5, 1],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [6, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [6, 1],
    [7, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [6, 1],
    [7, 1],
    [8, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [6, 1],
    [7, 1],
    [8, 1],
  ],
];

function pathCost(path: readonly Branch[], probabilities: ArrayLike<number>, first = 0): number {
  return path.reduce((sum, [node, bit]) => sum + bitCost(bit, probabilities[first + node]), 0);
}

/** Costs in 1/256 bit by mode. Those of 16×16 luma include the bit that says so. */
export const lumaModeCosts = Int32Array.from(
  lumaModePaths,
  (path) => bitCost(1, subblocksProbability) + pathCost(path, lumaModeProbabilities),
);
export const chromaModeCosts = Int32Array.from(chromaModePaths, (path) => pathCost(path, chromaModeProbabilities));

/** The bit that says "block by block". */
export const subblocksCost = bitCost(0, subblocksProbability);

/** Costs of 4×4 modes: flat `[mode above][mode left][mode]`. */
export const subblockModeCosts = Int32Array.from({ length: subblockModes ** 3 }, (_, index) =>
  pathCost(
    subblockModePaths[index % subblockModes],
    subblockModeProbabilities,
    firstSubblockProbability(Math.floor(index / subblockModes)),
  ),
);

/** Where the probabilities of a context (`10 × mode above + mode left`) begin. */
export function firstSubblockProbability(context: number): number {
  return context * (subblockModes - 1);
}
