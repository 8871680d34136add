/** Modes of one macroblock. */
export interface MacroblockModes {
  segment: number;
  /** No block has a level that is not 0. */
  skipped: boolean;
  /** Luma is predicted block by block. */
  subblocks: boolean;
  lumaMode: number;
  chromaMode: number;
  /** Of the 16 blocks, where `subblocks` is set. */
  readonly subblockModes: Uint8Array;
}

function createModes(): MacroblockModes {
  return {
    segment: 0,
    skipped: false,
    subblocks: false,
    lumaMode: 0,
    chromaMode: 0,
    subblockModes: new Uint8Array(16),
  };
}

/** Reads the modes that the kernel keeps. The same object is returned each time. */
export class ModeReader {
  /** Those of the macroblock that was read last. */
  readonly modes = createModes();
  #row = new Uint8Array(0);
  #at = 0;

  /** Continues with the first macroblock of a row. */
  begin(row: Uint8Array): void {
    this.#row = row as Uint8Array<ArrayBuffer>;
    this.#at = 0;
  }

  next(): MacroblockModes {
    const { modes } = this;
    const row = this.#row;
    const byte = row[this.#at++];
    modes.segment = byte & 3;
    modes.subblocks = (byte & 4) !== 0;
    modes.skipped = (byte & 8) !== 0;
    modes.lumaMode = (byte >> 4) & 3;
    modes.chromaMode = byte >> 6;
    for (let i = 0; modes.subblocks && i < 16; i += 2) {
      const pair = row[this.#at++];
      modes.subblockModes[i] = pair & 15;
      modes.subblockModes[i + 1] = pair >> 4;
    }
    return modes;
  }
}
