import type { BitWriter } from "./bit-writer.ts";
import type { CodeFamily } from "./code-tables.ts";

/** Discriminants beyond these bounds select a neighbouring table. */
const turningPoint = 8;

const discriminantLimit = 64;

/**
 * One adaptive code of the bit stream: a family of tables, the one in use, and the discriminants for its neighbours
 * (ITU-T T.832).
 */
export class AdaptiveCode {
  readonly #codes: Uint16Array;
  readonly #lengths: Uint8Array;
  readonly #deltas: Int8Array;
  readonly #size: number;
  readonly #lastTable: number;
  #table: number;
  #base = 0;
  #lowerRow = 0;
  #upperRow = 0;
  #lower = 0;
  #upper = 0;

  constructor({ codes, lengths, deltas, size, tableCount, firstTable }: CodeFamily) {
    this.#codes = codes;
    this.#lengths = lengths;
    this.#deltas = deltas;
    this.#size = size;
    this.#lastTable = tableCount - 1;
    this.#table = firstTable;
    this.#selectRows();
  }

  write(writer: BitWriter, symbol: number): void {
    const at = this.#base + symbol;
    writer.put(this.#codes[at], this.#lengths[at]);
    this.#lower += this.#deltas[this.#lowerRow + symbol];
    this.#upper += this.#deltas[this.#upperRow + symbol];
  }

  /** Writes the symbol and then the `count` bits of `tail`, at most 16. */
  writeWithTail(writer: BitWriter, symbol: number, tail: number, count: number): void {
    const at = this.#base + symbol;
    writer.put((this.#codes[at] << count) | tail, this.#lengths[at] + count);
    this.#lower += this.#deltas[this.#lowerRow + symbol];
    this.#upper += this.#deltas[this.#upperRow + symbol];
  }

  /** Changes to a neighbouring table where the symbols since the last change favour it. */
  adapt(): void {
    const step =
      this.#table > 0 && this.#lower < -turningPoint
        ? -1
        : this.#table < this.#lastTable && this.#upper > turningPoint
          ? 1
          : 0;
    if (step !== 0) {
      this.#table += step;
      this.#lower = 0;
      this.#upper = 0;
      this.#selectRows();
    }
    this.#lower = Math.max(-discriminantLimit, Math.min(discriminantLimit, this.#lower));
    this.#upper = Math.max(-discriminantLimit, Math.min(discriminantLimit, this.#upper));
  }

  /** The boundaries below and above the table in use; at either end, the only one there is. */
  #selectRows(): void {
    this.#base = this.#table * this.#size;
    this.#lowerRow = Math.max(this.#table - 1, 0) * this.#size;
    this.#upperRow = Math.min(this.#table, this.#lastTable - 1) * this.#size;
  }
}
