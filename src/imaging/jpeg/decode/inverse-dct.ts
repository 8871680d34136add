import { unsupportedJpeg } from "../error.ts";
import { blockEdge, naturalOrder } from "../frame.ts";

/** Binary places of the constants, and of what the first pass hands to the second. */
const constantBits = 13;
const passBits = 2;

/**
 * √8 times the basis of the transform, in 13 binary places: `odd…` by frequency 1, 3, 5, 7, `even…` by 2 and 6. They
 * are sums of the rounded constants of the factorisation by Loeffler, Ligtenberg and Moschytz (ICASSP 1989) that nearly
 * all decoders use, which is why some that should be equal differ by 1. Integer sums do not depend on their order, so
 * every order of addition gives exactly the decoders' samples.
 */
const even2High = 10_703;
const even2Low = 4433;
const even6Low = 4433;
const even6High = -10_704;
const odd = {
  first: [11_363, 9633, 6437, 2260],
  second: [9633, -2259, -11_362, -6436],
  third: [6437, -11_362, 2261, 9633],
  fourth: [2260, -6436, 9633, -11_363],
} as const;
const [a1, a3, a5, a7] = odd.first;
const [b1, b3, b5, b7] = odd.second;
const [c1, c3, c5, c7] = odd.third;
const [d1, d3, d5, d7] = odd.fourth;

const columnShift = constantBits - passBits;
const columnRounding = 1 << (columnShift - 1);
/** √8 twice is 8, three more places. */
const rowShift = constantBits + passBits + 3;
/** Undoes the level shift of T.81 §A.3.1 on the way. */
const rowRounding = (1 << (rowShift - 1)) + (128 << rowShift);
const flatShift = passBits + 3;
const flatRounding = (1 << (flatShift - 1)) + (128 << flatShift);

/**
 * Largest sum of the magnitudes of a block's dequantised coefficients: no sum in the second pass leaves 32 bits below
 * it. Samples of 8 bits give 8192 at most, with the worst rounding of the coarsest 8-bit divisors 16,384.
 */
const maxMagnitude = 32_767;

/**
 * Decoders keep what is between the passes, and sums of two of it, in 16 bits: beyond them some wrap and some saturate. Of
 * samples of 8 bits and any rounding there is always less.
 */
const maxBetween = 32_767;
const maxFlat = maxBetween >> passBits;
/** Up to this magnitude nothing between the passes can be too large: the largest sum of constants for a column is 1.39 each. */
const certainMagnitude = Math.floor(maxFlat / 1.4);

/**
 * The inverse transform of 8 × 8 blocks (ITU T.81 §A.3.3) in fixed point, with the rounding of libjpeg's accurate
 * integer method. An instance holds scratch space: one for as many blocks as there are.
 */
export class InverseDct {
  /** Dequantised, in natural order; 0 between calls. */
  readonly #coefficients = new Int32Array(64);
  readonly #columns = new Int32Array(64);

  /**
   * Writes 64 samples of 0–255 to `samples`, from `offset` on, rows `stride` apart. `entries[from … to - 1]` are the AC
   * coefficients that are not 0, as value × 64 + zigzag position; `quantisation` is in natural order. Throws
   * an `ImagingError` for coefficients that no samples of 8 bits can have, about which decoders disagree.
   */
  transform(
    dc: number,
    entries: Int32Array,
    from: number,
    to: number,
    quantisation: Uint16Array,
    samples: Uint8ClampedArray,
    offset: number,
    stride: number,
  ): void {
    const first = dc * quantisation[0];
    let magnitude = first < 0 ? -first : first;
    if (from === to) {
      if (magnitude > maxFlat) throw unsupportedJpeg("coefficient-range");
      const sample = ((first << passBits) + flatRounding) >> flatShift;
      for (let y = 0, at = offset; y < blockEdge; y++, at += stride) samples.fill(sample, at, at + blockEdge);
      return;
    }
    const coefficients = this.#coefficients;
    /** Bit x: column x has a coefficient below its first; `places`: of all AC coefficients. */
    let columnsWithAc = 0;
    let places = 0;
    for (let i = from; i < to; i++) {
      const entry = entries[i];
      const place = naturalOrder[entry & 63];
      const value = (entry >> 6) * quantisation[place];
      magnitude += value < 0 ? -value : value;
      coefficients[place] = value;
      places |= place;
      if (place >= blockEdge) columnsWithAc |= 1 << (place & 7);
    }
    if (magnitude > maxMagnitude) {
      coefficients.fill(0);
      throw unsupportedJpeg("coefficient-range");
    }
    coefficients[0] = first;
    this.#transformColumns(columnsWithAc, (places & 0o40) === 0);
    coefficients.fill(0);
    if (magnitude > certainMagnitude) this.#demandNarrow();
    if ((places & 0o04) === 0) this.#transformNarrowRows(samples, offset, stride);
    else this.#transformRows(samples, offset, stride);
  }

  /** Vertical pass. `low`: all coefficients lie in the upper half of the block. */
  #transformColumns(columnsWithAc: number, low: boolean): void {
    const input = this.#coefficients;
    const output = this.#columns;
    for (let x = 0; x < blockEdge; x++) {
      const v0 = input[x];
      if (((columnsWithAc >> x) & 1) === 0) {
        const flat = v0 << passBits;
        for (let at = x; at < 64; at += blockEdge) output[at] = flat;
        continue;
      }
      const v1 = input[x + 8];
      const v2 = input[x + 16];
      const v3 = input[x + 24];
      let base0 = (v0 << constantBits) + columnRounding;
      let base1 = base0;
      let evenHigh = Math.imul(v2, even2High);
      let evenLow = Math.imul(v2, even2Low);
      let odd0 = Math.imul(v1, a1) + Math.imul(v3, a3);
      let odd1 = Math.imul(v1, b1) + Math.imul(v3, b3);
      let odd2 = Math.imul(v1, c1) + Math.imul(v3, c3);
      let odd3 = Math.imul(v1, d1) + Math.imul(v3, d3);
      if (!low) {
        const v4 = input[x + 32] << constantBits;
        const v5 = input[x + 40];
        const v6 = input[x + 48];
        const v7 = input[x + 56];
        base0 += v4;
        base1 -= v4;
        evenHigh += Math.imul(v6, even6Low);
        evenLow += Math.imul(v6, even6High);
        odd0 += Math.imul(v5, a5) + Math.imul(v7, a7);
        odd1 += Math.imul(v5, b5) + Math.imul(v7, b7);
        odd2 += Math.imul(v5, c5) + Math.imul(v7, c7);
        odd3 += Math.imul(v5, d5) + Math.imul(v7, d7);
      }
      output[x] = (base0 + evenHigh + odd0) >> columnShift;
      output[x + 8] = (base1 + evenLow + odd1) >> columnShift;
      output[x + 16] = (base1 - evenLow + odd2) >> columnShift;
      output[x + 24] = (base0 - evenHigh + odd3) >> columnShift;
      output[x + 32] = (base0 - evenHigh - odd3) >> columnShift;
      output[x + 40] = (base1 - evenLow - odd2) >> columnShift;
      output[x + 48] = (base1 + evenLow - odd1) >> columnShift;
      output[x + 56] = (base0 + evenHigh - odd0) >> columnShift;
    }
  }

  /** @throws ImagingError where decoders disagree, see `maxBetween` */
  #demandNarrow(): void {
    const columns = this.#columns;
    for (let row = 0; row < 64; row += blockEdge) {
      for (let at = row; at < row + blockEdge / 2; at++) {
        if (Math.abs(columns[at]) + Math.abs(columns[at + 4]) > maxBetween) throw unsupportedJpeg("coefficient-range");
      }
    }
  }

  /** Horizontal pass. */
  #transformRows(samples: Uint8ClampedArray, offset: number, stride: number): void {
    const input = this.#columns;
    for (let row = 0, at = offset; row < 64; row += blockEdge, at += stride) {
      const v1 = input[row + 1];
      const v2 = input[row + 2];
      const v3 = input[row + 3];
      const v5 = input[row + 5];
      const v6 = input[row + 6];
      const v7 = input[row + 7];
      const v4 = input[row + 4] << constantBits;
      const v0 = (input[row] << constantBits) + rowRounding;
      const base0 = v0 + v4;
      const base1 = v0 - v4;
      const evenHigh = Math.imul(v2, even2High) + Math.imul(v6, even6Low);
      const evenLow = Math.imul(v2, even2Low) + Math.imul(v6, even6High);
      const odd0 = Math.imul(v1, a1) + Math.imul(v3, a3) + Math.imul(v5, a5) + Math.imul(v7, a7);
      const odd1 = Math.imul(v1, b1) + Math.imul(v3, b3) + Math.imul(v5, b5) + Math.imul(v7, b7);
      const odd2 = Math.imul(v1, c1) + Math.imul(v3, c3) + Math.imul(v5, c5) + Math.imul(v7, c7);
      const odd3 = Math.imul(v1, d1) + Math.imul(v3, d3) + Math.imul(v5, d5) + Math.imul(v7, d7);
      samples[at] = (base0 + evenHigh + odd0) >> rowShift;
      samples[at + 1] = (base1 + evenLow + odd1) >> rowShift;
      samples[at + 2] = (base1 - evenLow + odd2) >> rowShift;
      samples[at + 3] = (base0 - evenHigh + odd3) >> rowShift;
      samples[at + 4] = (base0 - evenHigh - odd3) >> rowShift;
      samples[at + 5] = (base1 - evenLow - odd2) >> rowShift;
      samples[at + 6] = (base1 + evenLow - odd1) >> rowShift;
      samples[at + 7] = (base0 + evenHigh - odd0) >> rowShift;
    }
  }

  /** The same where columns 4 to 7 are 0, as they are in most blocks of a photograph. */
  #transformNarrowRows(samples: Uint8ClampedArray, offset: number, stride: number): void {
    const input = this.#columns;
    for (let row = 0, at = offset; row < 64; row += blockEdge, at += stride) {
      const v1 = input[row + 1];
      const v2 = input[row + 2];
      const v3 = input[row + 3];
      const base = (input[row] << constantBits) + rowRounding;
      const evenHigh = Math.imul(v2, even2High);
      const evenLow = Math.imul(v2, even2Low);
      const odd0 = Math.imul(v1, a1) + Math.imul(v3, a3);
      const odd1 = Math.imul(v1, b1) + Math.imul(v3, b3);
      const odd2 = Math.imul(v1, c1) + Math.imul(v3, c3);
      const odd3 = Math.imul(v1, d1) + Math.imul(v3, d3);
      samples[at] = (base + evenHigh + odd0) >> rowShift;
      samples[at + 1] = (base + evenLow + odd1) >> rowShift;
      samples[at + 2] = (base - evenLow + odd2) >> rowShift;
      samples[at + 3] = (base - evenHigh + odd3) >> rowShift;
      samples[at + 4] = (base - evenHigh - odd3) >> rowShift;
      samples[at + 5] = (base - evenLow - odd2) >> rowShift;
      samples[at + 6] = (base + evenLow - odd1) >> rowShift;
      samples[at + 7] = (base + evenHigh - odd0) >> rowShift;
    }
  }
}
