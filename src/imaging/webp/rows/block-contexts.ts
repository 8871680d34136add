/** Blocks of luma in a macroblock; their DCs may be a block of their own, Y2. */
const lumaBlocks = 16;
/** Four of U, then four of V. */
const chromaBlocks = 8;
/** Luma, chroma, Y2: their numbers where all blocks of a macroblock are together. */
export const y2Block = lumaBlocks + chromaBlocks;
export const allBlocks = y2Block + 1;

/** Types of blocks by their numbers in tables of tokens (RFC 6386 §13.3). */
const blockType = { lumaWithoutDc: 0, y2: 1, chroma: 2, luma: 3 } as const;

export function typeOfBlock(block: number, hasY2: boolean): number {
  if (block === y2Block) return blockType.y2;
  if (block >= lumaBlocks) return blockType.chroma;
  return hasY2 ? blockType.lumaWithoutDc : blockType.luma;
}

/** First position that is coded: luma without DC begins at 1. */
export function firstOfBlock(block: number, hasY2: boolean): number {
  return hasY2 && block < lumaBlocks ? 1 : 0;
}

/** Flags of an edge: of luma 0–3, of U and V two each, of Y2. */
const edgeFlags = 9;
const firstChromaFlag = 4;
const y2Flag = 8;

/**
 * Follows the contexts of blocks through a picture (RFC 6386 §13.3): how many of the nearest blocks of the same plane, above
 * and at the left, have levels that are not 0.
 */
export class BlockContexts {
  /** Contexts of the 25 blocks of the macroblock that `resolve()` was called for. */
  readonly contexts = new Uint8Array(allBlocks);
  /** For each column the flags of the lowest blocks above. */
  readonly #above: Uint8Array;
  readonly #left = new Uint8Array(edgeFlags);

  constructor(macroblocksWide: number) {
    this.#above = new Uint8Array(edgeFlags * macroblocksWide);
  }

  beginRow(): void {
    this.#left.fill(0);
  }

  /**
   * Finds the contexts of the next macroblock of the row, whose blocks have no level that is not 0 from `ends` on, and leaves
   * its flags for its neighbours.
   */
  resolve(column: number, ends: Uint8Array, hasY2: boolean): void {
    const first = edgeFlags * column;
    this.#resolvePlane(ends, 0, 4, first, 0);
    this.#resolvePlane(ends, lumaBlocks, 2, first + firstChromaFlag, firstChromaFlag);
    this.#resolvePlane(ends, lumaBlocks + 4, 2, first + firstChromaFlag + 2, firstChromaFlag + 2);
    // Without Y2 the flag of the last macroblock that had one is passed on.
    if (hasY2) this.#resolvePlane(ends, y2Block, 1, first + y2Flag, y2Flag);
  }

  /** A plane of `size` × `size` blocks. */
  #resolvePlane(ends: Uint8Array, firstBlock: number, size: number, firstAbove: number, firstLeft: number): void {
    const above = this.#above;
    const left = this.#left;
    for (let y = 0, block = firstBlock; y < size; y++) {
      for (let x = 0; x < size; x++, block++) {
        this.contexts[block] = above[firstAbove + x] + left[firstLeft + y];
        above[firstAbove + x] = left[firstLeft + y] = ends[block] === 0 ? 0 : 1;
      }
    }
  }
}
