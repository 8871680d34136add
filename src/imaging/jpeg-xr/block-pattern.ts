import { AdaptiveCode } from "./adaptive-code.ts";
import type { BitWriter } from "./bit-writer.ts";
import { chromaCountCodes, fiveCodes, nineCodes } from "./code-tables.ts";

/** Number of bits set in 0–15. */
const bitCounts = Uint8Array.from({ length: 16 }, (_, nibble) => nibble.toString(2).replaceAll("0", "").length);

function wordTable(words: readonly string[]): { readonly codes: Uint8Array; readonly lengths: Uint8Array } {
  return {
    codes: Uint8Array.from(words, (word) => Number.parseInt(`0${word}`, 2)),
    lengths: Uint8Array.from(words, (word) => word.length),
  };
}

/** Which nibble, among those with as many bits. */
const sameCountWords = wordTable([
  "",
  "00",
  "01",
  "00",
  "10",
  "01",
  "100",
  "11",
  "11",
  "101",
  "110",
  "10",
  "111",
  "01",
  "00",
  "",
]);

/** Shapes of luma nibbles, and which nibble within its class. */
const shapeClasses = Uint8Array.of(0, 1, 1, 2, 1, 3, 3, 4, 1, 3, 3, 4, 2, 4, 4, 5);
const shapeWords = wordTable([
  "",
  "00",
  "01",
  "0",
  "10",
  "00",
  "01",
  "00",
  "11",
  "10",
  "11",
  "01",
  "1",
  "10",
  "11",
  "",
]);

const wideClasses = 3;
const wideSymbol = 8;

/** One of three: which chroma channels have blocks, or which of the classes 3–5. */
const threeCodes = Uint8Array.of(0b1, 0b01, 0b00);
const threeLengths = Uint8Array.of(1, 2, 2);

/** Neighbour bits that predict: block 10 above, block 5 to the left (numbers in Z order). */
const bitAbove = 10;
const bitLeft = 5;

function clampCounter(value: number): number {
  return value < -16 ? -16 : value > 15 ? 15 : value;
}

/** Spreads the predicted corner block to its neighbours, and those to theirs. */
function predictWithin(pattern: number, corner: number): number {
  return (
    corner |
    ((pattern & 0x3300) << 2) |
    ((pattern & 0xcc) << 6) |
    ((pattern & 0x33) << 2) |
    ((pattern & 0x11) << 1) |
    ((pattern & 2) << 3)
  );
}

/** Codes which blocks of a macroblock have highpass coefficients with more than raw bits (ITU-T T.832, HP CBP). */
export class BlockPatternCode {
  readonly #channels: number;
  readonly #above: Uint16Array;
  readonly #left: Uint16Array;
  readonly #differences: Int32Array;
  readonly #columns: number;
  /**
   * Of channel 0 and of the others: the counts that favour few blocks and many blocks, and the resulting mode (0
   * predict, 1 plain, 2 inverted).
   */
  readonly #sparse = Int32Array.of(-4, -4);
  readonly #dense = Int32Array.of(4, 4);
  readonly #state = new Int32Array(2);
  readonly #count = new AdaptiveCode(fiveCodes);
  readonly #shape: AdaptiveCode;
  readonly #chromaCount = new AdaptiveCode(chromaCountCodes);

  constructor(channels: number, columns: number) {
    this.#channels = channels;
    this.#columns = columns;
    this.#above = new Uint16Array(channels * columns);
    this.#left = new Uint16Array(channels);
    this.#differences = new Int32Array(channels);
    this.#shape = new AdaptiveCode(channels === 1 ? fiveCodes : nineCodes);
  }

  /** Writes the patterns of the macroblock's channels: bit j for block j in Z order. */
  write(writer: BitWriter, patterns: Int32Array, column: number, row: number): void {
    for (let channel = 0; channel < this.#channels; channel++)
      this.#differences[channel] = this.#difference(channel, patterns[channel], column, row);
    if (this.#channels === 1) this.#writeAlone(writer, this.#differences[0]);
    else this.#writeTogether(writer, this.#differences[0], this.#differences[1], this.#differences[2]);
  }

  adapt(): void {
    this.#shape.adapt();
    this.#count.adapt();
  }

  #difference(channel: number, pattern: number, column: number, row: number): number {
    const kind = channel === 0 ? 0 : 1;
    const above = channel * this.#columns + column;
    const state = this.#state[kind];
    let difference = pattern;
    if (state === 0) {
      const corner =
        column > 0 ? (this.#left[channel] >> bitLeft) & 1 : row > 0 ? (this.#above[above] >> bitAbove) & 1 : 1;
      difference = pattern ^ predictWithin(pattern, corner);
    } else if (state === 2) {
      difference = pattern ^ 0xffff;
    }
    const ones =
      bitCounts[pattern & 15] +
      bitCounts[(pattern >> 4) & 15] +
      bitCounts[(pattern >> 8) & 15] +
      bitCounts[pattern >> 12];
    const sparse = clampCounter(this.#sparse[kind] + ones - 3);
    const dense = clampCounter(this.#dense[kind] + 13 - ones);
    this.#sparse[kind] = sparse;
    this.#dense[kind] = dense;
    this.#state[kind] = sparse < 0 ? (sparse < dense ? 1 : 2) : dense < 0 ? 2 : 0;
    this.#left[channel] = pattern;
    this.#above[above] = pattern;
    return difference;
  }

  #writeNibblePattern(writer: BitWriter, all: number): void {
    const pattern =
      ((all & 0x000f) === 0 ? 0 : 1) |
      ((all & 0x00f0) === 0 ? 0 : 2) |
      ((all & 0x0f00) === 0 ? 0 : 4) |
      ((all & 0xf000) === 0 ? 0 : 8);
    this.#count.writeWithTail(
      writer,
      bitCounts[pattern],
      sameCountWords.codes[pattern],
      sameCountWords.lengths[pattern],
    );
  }

  #writeAlone(writer: BitWriter, difference: number): void {
    this.#writeNibblePattern(writer, difference);
    for (let rest = difference; rest !== 0; rest >>= 4) {
      const nibble = rest & 15;
      if (nibble === 0) continue;
      this.#shape.writeWithTail(writer, shapeClasses[nibble] - 1, shapeWords.codes[nibble], shapeWords.lengths[nibble]);
    }
  }

  #writeTogether(writer: BitWriter, luma: number, chromaU: number, chromaV: number): void {
    const all = luma | chromaU | chromaV;
    this.#writeNibblePattern(writer, all);
    for (let shift = 0; shift < 16; shift += 4) {
      if (((all >> shift) & 15) === 0) continue;
      const y = (luma >> shift) & 15;
      const u = (chromaU >> shift) & 15;
      const v = (chromaV >> shift) & 15;
      const chroma = (u === 0 ? 0 : 1) + (v === 0 ? 0 : 2);
      const shape = shapeClasses[y];
      if (chroma === 0) {
        this.#shape.write(writer, shape - 1);
      } else {
        const isWide = shape >= wideClasses;
        this.#shape.write(writer, isWide ? wideSymbol : shape + 5);
        writer.put(threeCodes[chroma - 1], threeLengths[chroma - 1]);
        if (isWide) writer.put(threeCodes[shape - wideClasses], threeLengths[shape - wideClasses]);
      }
      writer.put(shapeWords.codes[y], shapeWords.lengths[y]);
      if (u !== 0) this.#writeChroma(writer, u);
      if (v !== 0) this.#writeChroma(writer, v);
    }
  }

  #writeChroma(writer: BitWriter, nibble: number): void {
    this.#chromaCount.writeWithTail(
      writer,
      bitCounts[nibble] - 1,
      sameCountWords.codes[nibble],
      sameCountWords.lengths[nibble],
    );
  }
}
