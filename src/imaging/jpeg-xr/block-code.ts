import { AdaptiveCode } from "./adaptive-code.ts";
import type { RunLevels } from "./adaptive-scan.ts";
import type { BitWriter } from "./bit-writer.ts";
import { sevenCodes, sixCodes, twelveCodes } from "./code-tables.ts";
import { writeLevel, writeRun } from "./level-code.ts";

/** Fixed codes of a coefficient with a single place left after it. */
const oneLeftCodes = Uint8Array.of(0b0, 0b110, 0b10, 0b111);
const oneLeftLengths = Uint8Array.of(1, 3, 2, 3);

/** Codes of the coefficients of one band (ITU-T T.832): index codes for luma and chroma, level codes that they share. */
export class BlockCode {
  readonly #first = [new AdaptiveCode(twelveCodes), new AdaptiveCode(twelveCodes)] as const;
  /** At 2 × chroma + context. */
  readonly #next = [sixCodes, sixCodes, sixCodes, sixCodes].map((family) => new AdaptiveCode(family));
  readonly #levels = [new AdaptiveCode(sevenCodes), new AdaptiveCode(sevenCodes)] as const;

  /** Writes a block's run-levels, of which there is at least one. */
  write(writer: BitWriter, { runs, levels, count }: RunLevels, chroma: 0 | 1): void {
    let following = count === 1 ? 0 : runs[1] === 0 ? 1 : 2;
    let level = levels[0];
    let magnitude = level < 0 ? -level : level;
    let isLarge = magnitude > 1 ? 1 : 0;
    const isAdjacent = runs[0] === 0 ? 1 : 0;
    this.#first[chroma].writeWithTail(writer, 4 * following + 2 * isLarge + isAdjacent, level < 0 ? 1 : 0, 1);
    let context = isAdjacent & following;
    if (isLarge) writeLevel(writer, context === 0 ? this.#levels[0] : this.#levels[1], magnitude - 1);
    if (!isAdjacent) writeRun(writer, runs[0], 14);
    let place = runs[0] + 2;
    for (let i = 1; i < count; i++) {
      if (following === 2) writeRun(writer, runs[i], 15 - place);
      place += runs[i] + 1;
      following = i + 1 === count ? 0 : runs[i + 1] === 0 ? 1 : 2;
      level = levels[i];
      magnitude = level < 0 ? -level : level;
      isLarge = magnitude > 1 ? 1 : 0;
      const symbol = 2 * following + isLarge;
      const sign = level < 0 ? 1 : 0;
      if (place < 15) this.#next[2 * chroma + context].writeWithTail(writer, symbol, sign, 1);
      else if (place === 15) writer.put((oneLeftCodes[symbol] << 1) | sign, oneLeftLengths[symbol] + 1);
      else writer.put((symbol << 1) | sign, 2);
      context &= following;
      if (isLarge) writeLevel(writer, context === 0 ? this.#levels[0] : this.#levels[1], magnitude - 1);
    }
  }

  adapt(): void {
    for (const code of this.#first) code.adapt();
    for (const code of this.#next) code.adapt();
    for (const code of this.#levels) code.adapt();
  }
}

/** Writes the low `bits` (at least 1) bits of the 15 AC coefficients at `at`, in order of frequency. */
export function writeRawBits(writer: BitWriter, coefficients: Int16Array | Int32Array, at: number, bits: number): void {
  const mask = (1 << bits) - 1;
  for (let i = at + 1; i < at + 16; i++) {
    const value = coefficients[i];
    const magnitude = value < 0 ? -value : value;
    if (magnitude > mask || magnitude === 0) writer.put(magnitude & mask, bits);
    else writer.put((magnitude << 1) | (value < 0 ? 1 : 0), bits + 1);
  }
}
