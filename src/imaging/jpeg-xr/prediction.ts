/** From where a macroblock's coefficients are predicted. */
export const direction = { left: 0, top: 1, mean: 2, none: 3 } as const;
export type Direction = (typeof direction)[keyof typeof direction];

function magnitude(value: number): number {
  return value < 0 ? -value : value;
}

/** What clearly less activity says: more than four times less. */
function directionOf(horizontal: number, vertical: number): Direction {
  if (4 * horizontal < vertical) return direction.top;
  return 4 * vertical < horizontal ? direction.left : direction.mean;
}

/**
 * Predicts DC and lowpass coefficients from the macroblocks to the left and above, and highpass coefficients from
 * neighbouring blocks of the same macroblock, on quantised values (ITU-T T.832, coefficient prediction). Macroblocks
 * come row by row from the left.
 */
export class Predictor {
  readonly #channels: number;
  readonly #columns: number;
  /** Of each macroblock above, or of the current row where already coded: DC and frequencies 4, 8, 12. */
  readonly #above: Int32Array;
  /** Of the macroblock to the left: DC and frequencies 1, 2, 3. */
  readonly #left: Int32Array;
  /** DC of the macroblock above the left one. */
  readonly #aboveLeft: Int32Array;

  constructor(channels: number, columns: number) {
    this.#channels = channels;
    this.#columns = columns;
    this.#above = new Int32Array(channels * columns * 4);
    this.#left = new Int32Array(channels * 4);
    this.#aboveLeft = new Int32Array(channels);
  }

  /**
   * Replaces the macroblock's DC and lowpass coefficients (16 per channel) by their differences, and returns the
   * direction in which its highpass coefficients will be predicted: left, top or none.
   */
  predictLow(low: Int32Array, column: number, row: number): Direction {
    const highDirection = this.#highDirection(low);
    const lowDirection = this.#lowDirection(column, row);
    for (let channel = 0; channel < this.#channels; channel++) {
      const at = channel * 16;
      const above = (channel * this.#columns + column) * 4;
      const left = channel * 4;
      this.#difference(low, at, above, left, lowDirection);
    }
    return highDirection;
  }

  #difference(low: Int32Array, at: number, above: number, left: number, from: Direction): void {
    const dc = low[at];
    const l1 = low[at + 1];
    const l2 = low[at + 2];
    const l3 = low[at + 3];
    const l4 = low[at + 4];
    const l8 = low[at + 8];
    const l12 = low[at + 12];
    const a = this.#above;
    const l = this.#left;
    if (from === direction.top) {
      low[at] = dc - a[above];
      low[at + 4] = l4 - a[above + 1];
      low[at + 8] = l8 - a[above + 2];
      low[at + 12] = l12 - a[above + 3];
    } else if (from === direction.left) {
      low[at] = dc - l[left];
      low[at + 1] = l1 - l[left + 1];
      low[at + 2] = l2 - l[left + 2];
      low[at + 3] = l3 - l[left + 3];
    } else if (from === direction.mean) {
      low[at] = dc - ((l[left] + a[above]) >> 1);
    }
    this.#aboveLeft[left >> 2] = a[above];
    a[above] = dc;
    a[above + 1] = l4;
    a[above + 2] = l8;
    a[above + 3] = l12;
    l[left] = dc;
    l[left + 1] = l1;
    l[left + 2] = l2;
    l[left + 3] = l3;
  }

  #lowDirection(column: number, row: number): Direction {
    if (column === 0) return row === 0 ? direction.none : direction.top;
    if (row === 0) return direction.left;
    let horizontal = 0;
    let vertical = 0;
    for (let channel = 0; channel < this.#channels; channel++) {
      const aboveLeft = this.#aboveLeft[channel];
      // Luma counts as much as both chroma channels.
      const weight = channel === 0 && this.#channels > 1 ? 2 : 1;
      horizontal += weight * magnitude(aboveLeft - this.#left[channel * 4]);
      vertical += weight * magnitude(aboveLeft - this.#above[(channel * this.#columns + column) * 4]);
    }
    return directionOf(horizontal, vertical);
  }

  #highDirection(low: Int32Array): Direction {
    let horizontal = magnitude(low[1]) + magnitude(low[2]) + magnitude(low[3]);
    let vertical = magnitude(low[4]) + magnitude(low[8]) + magnitude(low[12]);
    for (let channel = 1; channel < this.#channels; channel++) {
      horizontal += magnitude(low[channel * 16 + 1]);
      vertical += magnitude(low[channel * 16 + 4]);
    }
    const found = directionOf(horizontal, vertical);
    return found === direction.mean ? direction.none : found;
  }
}

/** Replaces predicted coefficients of the 16 blocks at `at` by differences; the last blocks go first, as neighbours must be whole. */
export function predictHigh(high: Int16Array, at: number, from: Direction): void {
  if (from === direction.top) {
    for (let i = at + 240; i >= at + 64; i -= 16) {
      high[i + 4] -= high[i - 60];
      high[i + 8] -= high[i - 56];
      high[i + 12] -= high[i - 52];
    }
  } else if (from === direction.left) {
    for (let i = at + 240; i > at; i -= 16) {
      if (((i - at) & 48) === 0) continue;
      high[i + 1] -= high[i - 15];
      high[i + 2] -= high[i - 14];
      high[i + 3] -= high[i - 13];
    }
  }
}
