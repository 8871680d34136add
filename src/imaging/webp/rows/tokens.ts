import type { BooleanEncoder } from "./boolean-encoder.ts";
import { tokenOfLevel } from "./costs.ts";
import { bands, categoryBases, categoryProbabilities } from "./tables.ts";

/** Probabilities of the nodes in a band, and in a type. */
const bandNodes = 3 * 11;
export const typeNodes = 8 * bandNodes;

/** Start of a position's band among the probabilities of a type. */
const firstNodes = Int32Array.from({ length: 17 }, (_, position) => (bands[position] ?? 0) * bandNodes);

/** Writes a block's tokens (RFC 6386 §13.2); `type` is the start of its type among the probabilities. */
export function writeTokens(
  encoder: BooleanEncoder,
  probabilities: Uint8Array,
  type: number,
  context: number,
  levels: Int16Array,
  at: number,
  first: number,
  end: number,
): void {
  let p = type + firstNodes[first] + context * 11;
  if (end === 0) {
    encoder.writeBit(false, probabilities[p]);
    return;
  }
  encoder.writeBit(true, probabilities[p]);
  for (let n = first; ; n++) {
    const level = levels[at + n];
    if (level === 0) {
      encoder.writeBit(false, probabilities[p + 1]);
      p = type + firstNodes[n + 1];
      continue;
    }
    const magnitude = level < 0 ? -level : level;
    encoder.writeBit(true, probabilities[p + 1]);
    encoder.writeBit(magnitude > 1, probabilities[p + 2]);
    if (magnitude > 1) writeLargeLevel(encoder, probabilities, p, magnitude);
    encoder.writeBit(level < 0, 128);
    if (n === 15) return;
    p = type + firstNodes[n + 1] + (magnitude > 1 ? 22 : 11);
    encoder.writeBit(n + 1 < end, probabilities[p]);
    if (n + 1 === end) return;
  }
}

/** What follows "more than 1". */
function writeLargeLevel(encoder: BooleanEncoder, probabilities: Uint8Array, p: number, magnitude: number): void {
  encoder.writeBit(magnitude > 4, probabilities[p + 3]);
  if (magnitude < 5) {
    encoder.writeBit(magnitude > 2, probabilities[p + 4]);
    if (magnitude > 2) encoder.writeBit(magnitude > 3, probabilities[p + 5]);
    return;
  }
  const category = tokenOfLevel[magnitude] - 5;
  encoder.writeBit(category > 1, probabilities[p + 6]);
  if (category < 2) {
    encoder.writeBit(category === 1, probabilities[p + 7]);
  } else {
    encoder.writeBit(category > 3, probabilities[p + 8]);
    encoder.writeBit((category & 1) === 1, probabilities[category > 3 ? p + 10 : p + 9]);
  }
  const extra = categoryProbabilities[category];
  const rest = magnitude - categoryBases[category];
  for (let i = 0, bit = extra.length - 1; bit >= 0; i++, bit--) encoder.writeBit(((rest >> bit) & 1) === 1, extra[i]);
}
