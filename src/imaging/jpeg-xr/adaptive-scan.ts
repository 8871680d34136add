/** First scan orders (ITU-T T.832): place → frequency index. */
export const firstOrders = {
  horizontal: [0, 1, 4, 5, 2, 8, 6, 9, 3, 12, 10, 7, 13, 11, 14, 15],
  vertical: [0, 4, 8, 5, 1, 12, 9, 6, 2, 13, 3, 15, 7, 10, 14, 11],
} as const;

/** Coefficients with a high part, in scan order: zeros before each, and its signed high part. */
export interface RunLevels {
  count: number;
  readonly runs: Int32Array;
  readonly levels: Int32Array;
}

export function createRunLevels(): RunLevels {
  return { count: 0, runs: new Int32Array(15), levels: new Int32Array(15) };
}

/** A scan order in which places that are often occupied move forward. */
export class AdaptiveScan {
  readonly #order: Uint8Array;
  readonly #totals = new Int32Array(16);

  constructor(firstOrder: readonly number[]) {
    this.#order = Uint8Array.from(firstOrder);
    this.resetTotals();
  }

  /** Due every 16 columns of macroblocks; the order itself stays. */
  resetTotals(): void {
    // Place 0 belongs to another band: nothing overtakes it.
    this.#totals[0] = 32767;
    for (let place = 1; place < 16; place++) this.#totals[place] = 34 - 2 * place;
  }

  /** Collects the AC coefficients of the 4×4 block at `at` whose magnitude has more than `bits` bits, and adapts. */
  collect(coefficients: Int16Array | Int32Array, at: number, bits: number, into: RunLevels): void {
    const order = this.#order;
    const totals = this.#totals;
    const { runs, levels } = into;
    let count = 0;
    let run = 0;
    for (let place = 1; place < 16; place++) {
      const frequency = order[place];
      const value = coefficients[at + frequency];
      const high = (value < 0 ? -value : value) >> bits;
      if (high === 0) {
        run++;
        continue;
      }
      runs[count] = run;
      levels[count] = value < 0 ? -high : high;
      count++;
      run = 0;
      const total = totals[place] + 1;
      const before = totals[place - 1];
      if (total > before) {
        totals[place] = before;
        totals[place - 1] = total;
        order[place] = order[place - 1];
        order[place - 1] = frequency;
      } else {
        totals[place] = total;
      }
    }
    into.count = count;
  }
}
