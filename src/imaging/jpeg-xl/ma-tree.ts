import { AnsScratch, writeAnsStream } from "./ans-encoder.ts";
import type { BitWriter } from "./bit-writer.ts";
import { packSigned } from "./bit-writer.ts";
import { countTokens, createHistograms } from "./context-histograms.ts";
import { runAtOnce } from "../steps.ts";
import { buildEntropyCode, writeEntropyCode } from "./entropy-code.ts";

/** Predictors of modular streams by their numbers (ISO/IEC 18181-1 Table H.3). */
export const predictor = { zero: 0, gradient: 5, weighted: 6 } as const;

/** Properties that decision nodes test (ISO/IEC 18181-1 Table H.4). */
export const property = { channel: 0, stream: 1, maxError: 15 } as const;

/** A meta-adaptive decision tree: which predictor and context a sample has. */
export type MaTree = MaDecision | MaLeaf;

export interface MaDecision {
  readonly property: number;
  readonly threshold: number;
  /** Where the property is larger than the threshold. */
  readonly above: MaTree;
  readonly notAbove: MaTree;
}

export interface MaLeaf {
  readonly predictor: number;
  /** Whatever the caller knows the leaf by. */
  readonly id: number;
}

/** Contexts of the tree's own code (ISO/IEC 18181-1 §H.4.2). */
const treeContext = {
  threshold: 0,
  property: 1,
  predictor: 2,
  offset: 3,
  multiplierLog: 4,
  multiplierBits: 5,
} as const;
const treeContexts = 6;

/** Writes a tree, breadth first, with its code. Returns the ids of the leaves in the order in which contexts are numbered. */
export function writeMaTree(writer: BitWriter, tree: MaTree): number[] {
  const contexts: number[] = [];
  const values: number[] = [];
  const put = (context: number, value: number): void => {
    contexts.push(context);
    values.push(value);
  };
  const leaves: number[] = [];
  const queue = [tree];
  for (const node of queue) {
    if ("id" in node) {
      put(treeContext.property, 0);
      put(treeContext.predictor, node.predictor);
      put(treeContext.offset, 0);
      put(treeContext.multiplierLog, 0);
      put(treeContext.multiplierBits, 0);
      leaves.push(node.id);
    } else {
      put(treeContext.property, node.property + 1);
      put(treeContext.threshold, packSigned(node.threshold));
      queue.push(node.above, node.notAbove);
    }
  }
  const stream = {
    length: values.length,
    contexts: Uint16Array.from(contexts),
    values: Uint16Array.from(values),
  };
  const histograms = createHistograms(treeContexts);
  countTokens(histograms, stream);
  const code = runAtOnce(buildEntropyCode(histograms));
  writeEntropyCode(writer, code);
  runAtOnce(writeAnsStream(writer, code, stream, new AnsScratch()));
  return leaves;
}
