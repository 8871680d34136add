import { allBlocks, firstOfBlock } from "./block-contexts.ts";

/** Nibbles: levels from -6 to 6, a level in four nibbles, and the end of a block that has less than 16. */
const zeroNibble = 6;
const escapeNibble = 13;
const endNibble = 15;

/** Reads the levels that the kernel keeps: two to three times the bytes that they take in the file. */
export class LevelReader {
  /** In coding order, 16 for each block. */
  readonly levels = new Int16Array(16 * allBlocks);
  /** Of each block the position after the last level that is not 0; 0 of an empty one. */
  readonly ends = new Uint8Array(allBlocks);
  #row = new Uint8Array(0);
  #at = 0;

  /** Continues with the first macroblock of a row. */
  begin(row: Uint8Array): void {
    this.#row = row as Uint8Array<ArrayBuffer>;
    this.#at = 0;
  }

  /** The next macroblock, into `levels` and `ends`. */
  next(hasY2: boolean): void {
    const row = this.#row;
    const at = this.#at;
    const map = row[at] | (row[at + 1] << 8) | (row[at + 2] << 16) | (row[at + 3] << 24);
    let nibble = 2 * (at + 4);
    for (let block = 0; block < allBlocks; block++) {
      if ((map & (1 << block)) === 0) this.ends[block] = 0;
      else nibble = this.#readBlock(row, nibble, block, firstOfBlock(block, hasY2));
    }
    this.#at = (nibble + 1) >> 1;
  }

  #readBlock(row: Uint8Array, from: number, block: number, first: number): number {
    const { levels } = this;
    let at = from;
    let n = first;
    for (; n < 16; n++) {
      const nibble = (row[at >> 1] >> ((at & 1) << 2)) & 15;
      at++;
      if (nibble === endNibble) break;
      let level = nibble - zeroNibble;
      if (nibble === escapeNibble) {
        level = 0;
        for (let shift = 0; shift < 16; shift += 4, at++) level |= ((row[at >> 1] >> ((at & 1) << 2)) & 15) << shift;
        level = (level << 16) >> 16;
      }
      levels[16 * block + n] = level;
    }
    this.ends[block] = n;
    return at;
  }
}
