import { buildPrefixCode, type PrefixCode } from "./prefix-code.ts";

/** Base and extra bits of the length symbols from 257 on (RFC 1951 §3.2.5). */
export const lengthBases = Uint16Array.from([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
export const lengthBits = Uint8Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
/** Base and extra bits of the distance symbols. */
export const distanceBases = Uint16Array.from({ length: 30 }, (_, symbol) =>
  symbol < 4 ? symbol + 1 : ((2 + (symbol & 1)) << ((symbol >> 1) - 1)) + 1,
);
export const distanceBits = Uint8Array.from({ length: 30 }, (_, symbol) => Math.max(0, (symbol >> 1) - 1));

/** The order in which the lengths of the code length code are stored (§3.2.7). */
export const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;

/** The two codes of a compressed block. */
export interface BlockCodes {
  readonly literals: PrefixCode;
  readonly distances: PrefixCode;
}

let fixedCodes: BlockCodes | undefined;

/** The codes of a block of type 1 (§3.2.6). The last two symbols of each never occur. */
export function fixedBlockCodes(): BlockCodes {
  return (fixedCodes ??= makeFixedCodes());
}

function makeFixedCodes(): BlockCodes {
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
  const literals = buildPrefixCode(lengths, "complete");
  const distances = buildPrefixCode(new Uint8Array(32).fill(5), "complete");
  if (literals === undefined || distances === undefined) throw new Error("a constant code is complete");
  return { literals, distances };
}
