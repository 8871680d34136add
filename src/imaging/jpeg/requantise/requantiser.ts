import { blockCoefficients, naturalOrder } from "../frame.ts";
import type { JpegFrame } from "../frame.ts";

/** Below this, in steps, a coefficient becomes 0; below the next, 1. Then it is rounded down a little. */
const zeroBelow = 0.62;
const oneBelow = 1.52;
const rounding = 0.48;

/** The level of an AC coefficient that is so many steps large. Its dead zone saves more bytes than the error costs. */
export function levelOf(steps: number): number {
  if (steps < zeroBelow) return 0;
  return steps < oneBelow ? 1 : Math.floor(steps + rounding);
}

/** Values of −64 to 63 are looked up, which are nearly all. */
const tableHalf = 64;

/** What became of one component's divisors; all by zigzag position. */
interface ComponentTables {
  readonly divisors: Float64Array;
  readonly steps: Float64Array;
  /** For each position the levels of the values that are looked up. */
  readonly levels: Int16Array;
}

/** Quantises the coefficients of a JPEG with other steps. */
export class Requantiser {
  readonly #components: readonly ComponentTables[];

  /** `steps`: for each component 64, positive, in natural order and units of JPEG's tables; they need not be whole. */
  constructor(frame: JpegFrame, steps: readonly ArrayLike<number>[]) {
    this.#components = frame.components.map(({ quantisation }, index) => buildTables(quantisation, steps[index]));
  }

  /** One DC coefficient, to the nearest level. */
  dc(component: number, value: number): number {
    const { divisors, steps } = this.#components[component];
    return Math.sign(value) * Math.floor((Math.abs(value) * divisors[0]) / steps[0] + 0.5);
  }

  /**
   * Replaces AC coefficients, given as value × 64 + zigzag position, by those that are left of them; returns the end of
   * these.
   */
  ac(component: number, entries: Int32Array, start: number, end: number): number {
    const { divisors, steps, levels } = this.#components[component];
    let next = start;
    for (let i = start; i < end; i++) {
      const entry = entries[i];
      const position = entry & 63;
      const value = entry >> 6;
      const level =
        value >= -tableHalf && value < tableHalf
          ? levels[2 * tableHalf * position + tableHalf + value]
          : signedLevel(value, divisors[position], steps[position]);
      if (level !== 0) entries[next++] = (level << 6) | position;
    }
    return next;
  }
}

function buildTables(natural: Uint16Array, naturalSteps: ArrayLike<number>): ComponentTables {
  const divisors = Float64Array.from(naturalOrder, (place) => natural[place]);
  const steps = Float64Array.from(naturalOrder, (place) => naturalSteps[place]);
  const levels = Int16Array.from({ length: 2 * tableHalf * blockCoefficients }, (_, at) => {
    const position = Math.floor(at / (2 * tableHalf));
    return signedLevel((at % (2 * tableHalf)) - tableHalf, divisors[position], steps[position]);
  });
  return { divisors, steps, levels };
}

function signedLevel(value: number, divisor: number, step: number): number {
  const level = levelOf((Math.abs(value) * divisor) / step);
  return value < 0 ? -level : level;
}
