import { ImagingError } from "../model/error.ts";
import { Band, type BlockReader } from "./block-reader.ts";
import { blackRuns, type CodeTable, lookUp, modeCodes, whiteRuns } from "./fax-codes.ts";

/**
 * Group 4 fax (ITU-T T.6; TIFF 6.0 §11, Compression 4): every row is written as its difference from the row above it.
 * Gives packed rows in which 1 is black. Uncompressed mode and a row that does not end exactly are refused.
 */
export class Group4Reader implements BlockReader {
  readonly #bytes: Uint8Array;
  readonly #width: number;
  readonly #rowBytes: number;
  readonly #band = new Band();
  /** Columns at which the colour changes, to black first, and after them the width, as often as it is read. */
  #above: Int32Array;
  #current: Int32Array;
  #bitAt = 0;

  constructor(bytes: Uint8Array, width: number) {
    this.#bytes = bytes;
    this.#width = width;
    this.#rowBytes = Math.ceil(width / 8);
    this.#above = new Int32Array(width + 4).fill(width);
    this.#current = new Int32Array(width + 4);
  }

  /** @param length a multiple of the bytes of a row */
  read(length: number): Uint8Array {
    const target = this.#band.ofLength(length).fill(0);
    for (let at = 0; at < length; at += this.#rowBytes) {
      const changes = this.#readRow();
      for (let i = 0; i < changes; i += 2) {
        blacken(target, at * 8, this.#current[i] ?? 0, this.#current[i + 1] ?? this.#width);
      }
      [this.#above, this.#current] = [this.#current, this.#above];
    }
    return target;
  }

  /** Fills `#current`; returns how many changes lie before its end (T.6 §2.2). */
  #readRow(): number {
    const width = this.#width;
    const above = this.#above;
    const current = this.#current;
    let count = 0;
    let reference = 0;
    // a0: an imaginary white pixel before the first (§2.2.1).
    let from = -1;
    while (from < width) {
      // b1: the first change above, right of a0, to the colour that is not the present one.
      while (reference > 0 && (above[reference - 1] ?? 0) > from) reference--;
      while (
        (above[reference] ?? width) < width &&
        ((above[reference] ?? 0) <= from || (reference ^ count) % 2 !== 0)
      ) {
        reference++;
      }
      const b1 = above[reference] ?? width;
      const mode = this.#code(modeCodes);
      if (mode === "pass") {
        from = above[reference + 1] ?? width;
      } else if (mode === "horizontal") {
        const start = Math.max(from, 0);
        const middle = start + this.#run(count % 2 === 0);
        const end = middle + this.#run(count % 2 !== 0);
        if (end > width) throw new ImagingError("damaged", "tiff", "G4: a run leaves the row");
        current[count++] = middle;
        current[count++] = end;
        from = end;
      } else {
        const change = b1 + mode;
        if (change < Math.max(from, 0) || change > width)
          throw new ImagingError("damaged", "tiff", "G4: a change outside of the row");
        current[count++] = change;
        from = change;
      }
      if (count > width + 1) throw new ImagingError("damaged", "tiff", "G4: more changes than pixels");
    }
    current.fill(width, count, count + 3);
    return count;
  }

  /** A run is any number of make-up codes and one code below 64 (T.4 §4.1.1). */
  #run(white: boolean): number {
    let total = 0;
    for (;;) {
      const length = this.#code(white ? whiteRuns : blackRuns);
      total += length;
      if (total > this.#width) throw new ImagingError("damaged", "tiff", "G4: a run leaves the row");
      if (length < 64) return total;
    }
  }

  #code<Value>(table: CodeTable<Value>): Value {
    const byte = this.#bitAt >> 3;
    const bytes = this.#bytes;
    const window = ((bytes[byte] ?? 0) << 16) | ((bytes[byte + 1] ?? 0) << 8) | (bytes[byte + 2] ?? 0);
    const found = lookUp(table, (window >> (11 - (this.#bitAt & 7))) & 0x1fff);
    if (found === undefined) throw new ImagingError("damaged", "tiff", "G4: no such code");
    this.#bitAt += found.bits;
    if (this.#bitAt > bytes.length * 8) throw new ImagingError("damaged", "tiff", "G4: the block ends early");
    return found.value;
  }
}

/** Sets the bits from column `start` to before `end` in the row that begins at bit `rowAt`, a multiple of 8. */
function blacken(target: Uint8Array, rowAt: number, start: number, end: number): void {
  let bit = rowAt + start;
  const last = rowAt + end;
  while (bit < last) {
    if ((bit & 7) === 0 && bit + 8 <= last) {
      target.fill(255, bit >> 3, last >> 3);
      bit = last & ~7;
      continue;
    }
    const byte = bit >> 3;
    target[byte] = (target[byte] ?? 0) | (0x80 >> (bit & 7));
    bit++;
  }
}
