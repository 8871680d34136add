import type { TokenStream } from "./ans-encoder.ts";
import { countTokens, createHistograms } from "./context-histograms.ts";
import type { ContextHistograms } from "./context-histograms.ts";
import { naturalOrder } from "./jpeg-frame.ts";
import type { CoefficientPlanes } from "./jpeg-frame.ts";
import type { BlockContexts } from "./jxl-block-context.ts";
import { groupBlocks } from "./jxl-layout.ts";
import type { JxlLayout } from "./jxl-layout.ts";
import { RefusedJpeg } from "./jxl-refusal.ts";

/** Contexts of the number of non-zero coefficients, and of coefficients, per block context (ISO/IEC 18181-1 §I.4). */
const countContexts = 37;
const coefficientContexts = 458;

/** Index of the k-th coefficient in coding order: the zigzag of transposed blocks. */
const codingOrder = naturalOrder.map((index) => ((index & 7) << 3) | (index >> 3));

/** Part of a coefficient's context that depends on k. */
const frequencyContext = Uint16Array.from({ length: 64 }, (_, k) =>
  k < 16 ? Math.max(k - 1, 0) : k < 32 ? 15 + ((k - 16) >> 1) : 23 + ((k - 32) >> 2),
);

/** Part that depends on how many non-zero coefficients are still to come: [first number, context]. */
const remainingSteps = [
  [1, 0], [2, 31], [3, 62], [5, 93], [9, 123], [13, 152], [21, 180], [33, 206],
] as const; // prettier-ignore
const remainingContext = Uint16Array.from({ length: 64 }, (_, left) =>
  remainingSteps.reduce((context, [from, value]) => (left >= from ? value : context), 0),
);

/** Context of a number of non-zero coefficients, by the number that the neighbours predict. */
const predictedContext = Uint8Array.from({ length: 64 }, (_, predicted) =>
  predicted < 8 ? predicted : 4 + (predicted >> 1),
);

/** Predicted for the first block of a group. */
const firstPrediction = 32;

/** Largest packed coefficient: ±2047. */
const maxPacked = 4094;

/** Most symbols of a group: 64 for each block of three full-resolution channels. */
const maxGroupTokens = groupBlocks * groupBlocks * 3 * 64;

/** Makes tokens of the AC coefficients, group by group, and counts them. Keeps four bytes per token. */
export class AcTokeniser {
  readonly groups: TokenStream[] = [];
  readonly histograms: ContextHistograms;
  /** Contexts that hold nothing but the numbers 0 of a gray picture's empty channels, which are not in the streams. */
  readonly zeroContexts: readonly number[];
  readonly #layout: JxlLayout;
  readonly #blockContexts: BlockContexts;
  readonly #contexts: Uint16Array;
  readonly #values: Uint16Array;
  /** Non-zero coefficients of the blocks above and, from the current column on, of the row above; per channel. */
  readonly #counts = new Uint8Array(3 * groupBlocks);

  constructor(layout: JxlLayout, blockContexts: BlockContexts) {
    this.#layout = layout;
    this.#blockContexts = blockContexts;
    const { count } = blockContexts;
    this.histograms = createHistograms(count * (countContexts + coefficientContexts));
    this.zeroContexts = layout.gray
      ? Array.from({ length: countContexts }, (_, predicted) => predicted * count + count - 1)
      : [];
    const blocks = Math.min(layout.blocksWide, groupBlocks) * Math.min(layout.blocksHigh, groupBlocks);
    const capacity = Math.min(maxGroupTokens, blocks * 3 * 64);
    this.#contexts = new Uint16Array(capacity);
    this.#values = new Uint16Array(capacity);
  }

  /**
   * Takes one row of groups. `planes` begin `skippedBlockRows` rows of the full-resolution grid above it. Throws
   * `RefusedJpeg` for a coefficient out of range.
   */
  addGroupRow(groupRow: number, planes: CoefficientPlanes, skippedBlockRows: number): void {
    const rows = Math.min(this.#layout.blocksHigh - groupRow * groupBlocks, groupBlocks);
    for (let x = 0; x < this.#layout.groupsWide; x++) {
      const length = this.#tokeniseGroup(planes, x * groupBlocks, skippedBlockRows, rows);
      const stream = {
        length,
        contexts: this.#contexts.slice(0, length),
        values: this.#values.slice(0, length),
      };
      countTokens(this.histograms, stream);
      this.groups.push(stream);
    }
  }

  /** Fills the scratch arrays; returns how far. */
  #tokeniseGroup(planes: CoefficientPlanes, firstColumn: number, firstRow: number, rows: number): number {
    const { channels, blocksWide } = this.#layout;
    const { bucketOf, contextOf, thresholds } = this.#blockContexts;
    const buckets = thresholds.length + 1;
    const columns = Math.min(blocksWide - firstColumn, groupBlocks);
    const [luma] = channels;
    const lumaPlane = planes[0];
    const lumaStride = (luma.component?.paddedBlocksWide ?? 0) * 64;
    const coded = this.#layout.gray ? 1 : 3;
    let next = 0;
    for (let row = 0; row < rows; row++) {
      const lumaRow = ((firstRow + row) >> luma.verticalShift) * lumaStride;
      for (let column = 0; column < columns; column++) {
        const lumaAt = lumaRow + ((firstColumn + column) >> luma.horizontalShift) * 64;
        const bucket = bucketOf[lumaPlane[lumaAt] + 2048];
        for (let c = 0; c < coded; c++) {
          const { horizontalShift, verticalShift, component } = channels[c];
          const x = column >> horizontalShift;
          const y = row >> verticalShift;
          if (x << horizontalShift !== column || y << verticalShift !== row) continue;
          const stride = component?.paddedBlocksWide ?? 0;
          const at = (((firstRow + row) >> verticalShift) * stride + ((firstColumn + column) >> horizontalShift)) * 64;
          next = this.#tokeniseBlock(planes[c], at, contextOf[c * buckets + bucket], c, x, y, next);
        }
      }
    }
    return next;
  }

  #tokeniseBlock(
    plane: Int16Array,
    at: number,
    blockContext: number,
    channel: number,
    x: number,
    y: number,
    start: number,
  ): number {
    const contexts = this.#contexts;
    const values = this.#values;
    const blockContexts = this.#blockContexts.count;
    let nonZero = 0;
    for (let i = at + 1; i < at + 64; i++) if (plane[i] !== 0) nonZero++;

    const counts = this.#counts;
    const slot = channel * groupBlocks + x;
    const left = x > 0 ? counts[slot - 1] : counts[slot];
    const above = y > 0 ? counts[slot] : left;
    const predicted = x === 0 && y === 0 ? firstPrediction : (left + above + 1) >> 1;
    counts[slot] = nonZero;
    let next = start;
    contexts[next] = predictedContext[predicted] * blockContexts + blockContext;
    values[next++] = nonZero;

    const base = countContexts * blockContexts + coefficientContexts * blockContext;
    let previous = nonZero > 4 ? 0 : 1;
    let seen = 0;
    for (let k = 1; nonZero > 0; k++) {
      const coefficient = plane[at + codingOrder[k]];
      contexts[next] = base + ((remainingContext[nonZero] + frequencyContext[k]) << 1) + previous;
      if (coefficient === 0) {
        values[next++] = 0;
        previous = 0;
      } else {
        const packed = coefficient > 0 ? coefficient << 1 : (-coefficient << 1) - 1;
        values[next++] = packed;
        seen |= packed;
        previous = 1;
        nonZero--;
      }
    }
    // A bit pattern of all ones below 4096 may come from several smaller numbers: then they are looked at one by one.
    if (seen > maxPacked) checkRange(plane, at);
    return next;
  }
}

function checkRange(plane: Int16Array, at: number): void {
  for (let i = at; i < at + 64; i++) if (Math.abs(plane[i]) > 2047) throw new RefusedJpeg("coefficient-range");
}
