/** The codes of one alphabet, and how its tables are switched (ITU-T T.832, adaptive VLC tables). */
export interface CodeFamily {
  readonly size: number;
  /** Code and its length in bits of symbol s in table t at t × size + s. */
  readonly codes: Uint16Array;
  readonly lengths: Uint8Array;
  readonly tableCount: number;
  /** What symbol s says for the upper of tables j and j + 1, at j × size + s. */
  readonly deltas: Int8Array;
  readonly firstTable: number;
}

function codeFamily(
  tables: readonly string[],
  deltas: readonly (readonly number[])[] = [],
  firstTable = 0,
): CodeFamily {
  const words = tables.flatMap((table) => table.split(" "));
  return {
    size: words.length / tables.length,
    codes: Uint16Array.from(words, (word) => Number.parseInt(word, 2)),
    lengths: Uint8Array.from(words, (word) => word.length),
    tableCount: tables.length,
    deltas: Int8Array.from(deltas.flat()),
    firstTable,
  };
}

/** Number of blocks or nibbles coded (0–4); also the class of a nibble where channels are coded alone. */
export const fiveCodes = codeFamily(["1 01 001 0000 0001", "1 000 001 010 011"], [[0, -1, 0, 1, 1]]);

/** Index of a further coefficient: what follows it, and whether its level is above 1. */
export const sixCodes = codeFamily(
  ["1 00000 001 00001 01 0001", "01 0000 10 0001 11 001", "0000 0001 01 10 11 001", "00000 00001 01 1 0001 001"],
  [
    [-1, 1, 1, 1, 0, 1],
    [-2, 0, 0, 2, 0, 0],
    [-1, -1, 0, 1, -2, 0],
  ],
  1,
);

/** Level bins. */
export const sevenCodes = codeFamily(
  ["01 10 11 001 0001 00000 00001", "1 01 001 0001 00001 000000 000001"],
  [[1, 0, -1, -1, -1, -1, -1]],
);

/** Class of the luma nibble of a coded block pattern together with the presence of chroma. */
export const nineCodes = codeFamily(
  ["010 00000 0010 00001 00010 1 011 00011 0011", "1 001 010 0001 000001 011 00001 0000000 0000001"],
  [[2, 2, 1, 1, -1, -2, -2, -2, -3]],
);

/** Index of a block's first coefficient: as `sixCodes`, and whether zeros precede it. */
export const twelveCodes = codeFamily(
  [
    "00001 000001 0000000 0000001 00100 010 00101 1 00110 0001 00111 011",
    "0010 00010 000000 000001 0011 010 00011 11 011 100 00001 101",
    "11 001 0000000 0000001 00001 010 0000010 011 100 101 0000011 0001",
    "001 11 0000000 00001 00010 010 0000001 011 00011 100 000001 101",
    "010 1 0000001 0001 0000010 011 00000000 0010 0000011 0011 00000001 00001",
  ],
  [
    [1, 1, 1, 1, 1, 0, 0, -1, 2, 1, 0, 0],
    [2, 2, -1, -1, -1, 0, -2, -1, 0, 0, -2, -1],
    [-1, 1, 0, 2, 0, 0, 0, 0, -2, 0, 1, 1],
    [0, 1, 0, 1, -2, 0, -1, -1, -2, -1, -2, -2],
  ],
  1,
);

/** Which of the three DC coefficients have a high part; one table, never adapted. */
export const dcPatternCodes = codeFamily(["10 001 00001 0001 11 010 00000 011"]);

/** How many blocks of a chroma nibble are coded, less 1; one table, never adapted. */
export const chromaCountCodes = codeFamily(["1 01 000 001"]);
