import type { U32Alternative } from "./bit-writer.ts";

/** Alternatives of a side that is no small multiple of 8 (ISO/IEC 18181-1 §D.2). */
export const sizeAlternatives = [
  [9, 1],
  [13, 1],
  [18, 1],
  [30, 1],
] as const satisfies readonly U32Alternative[];

/** Alternatives of enumerated values (ISO/IEC 18181-1 §B.2.6). */
export const enumAlternatives = [
  [0, 0],
  [0, 1],
  [4, 2],
  [6, 18],
] as const satisfies readonly U32Alternative[];

/** The ratios of width to height that a size header has numbers for, from 1 on; with 0 the width is written out. */
export const aspectRatios = [
  [1, 1],
  [12, 10],
  [4, 3],
  [3, 2],
  [16, 9],
  [5, 4],
  [2, 1],
] as const;
