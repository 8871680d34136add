import type { TokenStream } from "./ans-encoder.ts";
import { countTokens, createHistograms } from "./context-histograms.ts";
import type { ContextHistograms } from "./context-histograms.ts";
import { naturalOrder } from "../jpeg/frame.ts";
import type { CoefficientPlanes } from "../jpeg/frame.ts";
import { releaseBuffers } from "../bytes/release.ts";
import type { BlockContexts } from "./block-context.ts";
import { groupBlocks } from "./layout.ts";
import type { JxlLayout } from "./layout.ts";
import { noJxlForm } from "./error.ts";
import type { Steps } from "../steps.ts";

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

/**
 * Bytes kept per byte of the JPEG, at most, besides one per block: photographs take 1 to 3, noise of a quality of 20 takes 4.
 * The Huffman code allows 40, so a file made for it would take more memory than was planned.
 */
export const maxKeptPerByte = 5;

/** Time of each pass over a group, and of every value in it. */
const nanosecondsPerGroup = 100_000;
const nanosecondsPerValue = 20;

/** Kept bytes of a value: itself, or this and two bytes. */
const longValue = 255;

/** Coefficients that are released in the order in which their tokens are kept. */
export interface HeldCoefficients {
  /** Those that are held now. */
  readonly bytes: () => number;
  /** All of them, at most. */
  readonly most: number;
}

/**
 * Makes tokens of the AC coefficients, group by group, and counts them. Only the values are kept, nearly all of them in
 * one byte: the contexts follow from the values in front of them.
 */
export class AcTokeniser {
  readonly histograms: ContextHistograms;
  /** Contexts that hold only the zeros of a gray picture's empty channels, which are not in the streams. */
  readonly zeroContexts: readonly number[];
  readonly #layout: JxlLayout;
  readonly #blockContexts: BlockContexts;
  readonly #lumaDc: Int16Array;
  /** The values of each group. */
  readonly #kept: Uint8Array[] = [];
  readonly #mayKeep: number;
  #keptBytes = 0;
  readonly #held: HeldCoefficients | undefined;
  /** Those of one group. */
  readonly #contexts: Uint16Array;
  readonly #values: Uint16Array;
  /** Non-zero coefficients of the last block of each column; per channel. */
  readonly #counts = new Uint8Array(3 * groupBlocks);

  /**
   * `lumaDc`: the DC coefficients of Y, to be there for each row of groups when it is added. `sourceBytes` bounds what is kept, and
   * that together with what is still `held` of the source.
   */
  constructor(
    layout: JxlLayout,
    blockContexts: BlockContexts,
    lumaDc: Int16Array,
    sourceBytes: number,
    held?: HeldCoefficients,
  ) {
    this.#held = held;
    this.#layout = layout;
    this.#blockContexts = blockContexts;
    this.#lumaDc = lumaDc;
    const { blocksWide, blocksHigh, gray } = layout;
    this.#mayKeep = 3 * blocksWide * blocksHigh + maxKeptPerByte * sourceBytes;
    const { count } = blockContexts;
    this.histograms = createHistograms(count * (countContexts + coefficientContexts));
    this.zeroContexts = gray
      ? Array.from({ length: countContexts }, (_, predicted) => predicted * count + count - 1)
      : [];
    const capacity = Math.min(blocksWide, groupBlocks) * Math.min(blocksHigh, groupBlocks) * 3 * 64;
    this.#contexts = new Uint16Array(capacity);
    this.#values = new Uint16Array(capacity);
  }

  /** Number of groups added. */
  get groups(): number {
    return this.#kept.length;
  }

  /**
   * Takes one row of groups, with which the planes begin. Throws an `ImagingError` for a coefficient out of range, or
   * too many of them.
   */
  *addGroupRow(groupRow: number, planes: CoefficientPlanes): Steps<void> {
    for (let x = 0; x < this.#layout.groupsWide; x++) {
      const length = this.#readValues(planes, x, groupRow);
      yield nanosecondsPerGroup + length * nanosecondsPerValue;
      this.#deriveContexts(x, groupRow);
      countTokens(this.histograms, { length, contexts: this.#contexts, values: this.#values });
      this.#kept.push(this.#pack(length));
      yield nanosecondsPerGroup + length * nanosecondsPerValue;
    }
  }

  /** The tokens of a group, once: views that the next call overwrites. What was kept of the group is released. */
  *takeTokens(group: number): Steps<TokenStream> {
    const kept = this.#kept[group];
    const values = this.#values;
    let length = 0;
    for (let at = 0; at < kept.length; at++) {
      let value = kept[at];
      if (value === longValue) {
        value = kept[at + 1] | (kept[at + 2] << 8);
        at += 2;
      }
      values[length++] = value;
    }
    releaseBuffers([kept]);
    this.#deriveContexts(group % this.#layout.groupsWide, Math.floor(group / this.#layout.groupsWide));
    yield nanosecondsPerGroup + length * nanosecondsPerValue;
    return { length, contexts: this.#contexts, values };
  }

  /** Releases everything. */
  close(): void {
    releaseBuffers([this.#contexts, this.#values, this.histograms.counts, ...this.#kept]);
  }

  #pack(length: number): Uint8Array {
    const values = this.#values;
    let bytes = length;
    for (let i = 0; i < length; i++) if (values[i] >= longValue) bytes += 2;
    this.#keptBytes += bytes;
    const { bytes: heldBytes, most } = this.#held ?? { bytes: () => 0, most: 0 };
    const isTooMuch = this.#keptBytes > this.#mayKeep || this.#keptBytes + heldBytes() > Math.max(this.#mayKeep, most);
    if (isTooMuch) throw noJxlForm("too-many-coefficients");
    const kept = new Uint8Array(bytes);
    let at = 0;
    for (let i = 0; i < length; i++) {
      const value = values[i];
      if (value < longValue) {
        kept[at++] = value;
      } else {
        kept[at++] = longValue;
        kept[at++] = value & 0xff;
        kept[at++] = value >> 8;
      }
    }
    return kept;
  }

  /** Fills in the values of a group in coding order: for each block the number of non-zero coefficients, then up to the last of these. */
  #readValues(planes: CoefficientPlanes, groupX: number, groupY: number): number {
    const { channels, blocksWide, blocksHigh, gray } = this.#layout;
    const firstColumn = groupX * groupBlocks;
    const columns = Math.min(blocksWide - firstColumn, groupBlocks);
    const rows = Math.min(blocksHigh - groupY * groupBlocks, groupBlocks);
    const coded = gray ? 1 : 3;
    let next = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let c = 0; c < coded; c++) {
          const { horizontalShift, verticalShift, component } = channels[c];
          const x = column >> horizontalShift;
          const y = row >> verticalShift;
          if (x << horizontalShift !== column || y << verticalShift !== row) continue;
          const stride = component?.paddedBlocksWide ?? 0;
          const blockX = (firstColumn + column) >> horizontalShift;
          const blockY = row >> verticalShift;
          next = readBlock(planes[c], (blockY * stride + blockX) * 64, this.#values, next);
        }
      }
    }
    return next;
  }

  /** Fills in the contexts of a group's values (ISO/IEC 18181-1 §I.4). */
  #deriveContexts(groupX: number, groupY: number): void {
    const { channels, blocksWide, blocksHigh, gray } = this.#layout;
    const { bucketOf, contextOf, thresholds } = this.#blockContexts;
    const buckets = thresholds.length + 1;
    const firstColumn = groupX * groupBlocks;
    const firstRow = groupY * groupBlocks;
    const columns = Math.min(blocksWide - firstColumn, groupBlocks);
    const rows = Math.min(blocksHigh - firstRow, groupBlocks);
    const [luma] = channels;
    const lumaStride = luma.component?.paddedBlocksWide ?? 0;
    const coded = gray ? 1 : 3;
    let next = 0;
    for (let row = 0; row < rows; row++) {
      const lumaRow = ((firstRow + row) >> luma.verticalShift) * lumaStride;
      for (let column = 0; column < columns; column++) {
        const lumaDc = this.#lumaDc[lumaRow + ((firstColumn + column) >> luma.horizontalShift)];
        const bucket = bucketOf[lumaDc + 2048];
        for (let c = 0; c < coded; c++) {
          const { horizontalShift, verticalShift } = channels[c];
          const x = column >> horizontalShift;
          const y = row >> verticalShift;
          if (x << horizontalShift !== column || y << verticalShift !== row) continue;
          next = this.#deriveBlock(contextOf[c * buckets + bucket], c, x, y, next);
        }
      }
    }
  }

  #deriveBlock(blockContext: number, channel: number, x: number, y: number, start: number): number {
    const contexts = this.#contexts;
    const values = this.#values;
    const counts = this.#counts;
    const blockContexts = this.#blockContexts.count;
    const slot = channel * groupBlocks + x;
    const left = x > 0 ? counts[slot - 1] : counts[slot];
    const above = y > 0 ? counts[slot] : left;
    const predicted = x === 0 && y === 0 ? firstPrediction : (left + above + 1) >> 1;
    let remaining = values[start];
    counts[slot] = remaining;
    contexts[start] = predictedContext[predicted] * blockContexts + blockContext;
    let next = start + 1;
    const base = countContexts * blockContexts + coefficientContexts * blockContext;
    let previous = remaining > 4 ? 0 : 1;
    for (let k = 1; remaining > 0; k++, next++) {
      contexts[next] = base + ((remainingContext[remaining] + frequencyContext[k]) << 1) + previous;
      previous = values[next] === 0 ? 0 : 1;
      remaining -= previous;
    }
    return next;
  }
}

function readBlock(plane: Int16Array, at: number, values: Uint16Array, start: number): number {
  let remaining = 0;
  for (let i = at + 1; i < at + 64; i++) if (plane[i] !== 0) remaining++;
  values[start] = remaining;
  let next = start + 1;
  let seen = 0;
  for (let k = 1; remaining > 0; k++, next++) {
    const coefficient = plane[at + codingOrder[k]];
    if (coefficient === 0) {
      values[next] = 0;
    } else {
      const packed = coefficient > 0 ? coefficient << 1 : (-coefficient << 1) - 1;
      values[next] = packed;
      seen |= packed;
      remaining--;
    }
  }
  // All bits below 4096 may come from several smaller numbers: then they are checked one by one.
  if (seen > maxPacked) checkRange(plane, at);
  return next;
}

function checkRange(plane: Int16Array, at: number): void {
  for (let i = at; i < at + 64; i++) if (Math.abs(plane[i]) > 2047) throw noJxlForm("coefficient-range");
}
