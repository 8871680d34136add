/** Longest code of Deflate (RFC 1951 §3.2.7). */
export const maxCodeBits = 15;

/** Codes up to this length are found by one look-up; a larger table would cost more to build than it saves. */
const tableBits = 10;

/** A canonical prefix code (RFC 1951 §3.2.2). */
export interface PrefixCode {
  /**
   * For each value of the next `tableBits` bits, the first one lowest: the symbol times 16 and the length of its code; 0
   * where the code is longer, or none.
   */
  readonly table: Uint16Array;
  /** Codes of each length. */
  readonly counts: Uint16Array;
  /** In the order of their codes. */
  readonly symbols: Uint16Array;
}

/**
 * Builds the code of these lengths, 0 for symbols that do not occur. Undefined when the lengths need more codes than
 * there are, or leave some without a symbol. Only a code of a single symbol, of 1 bit, or of none may do that, and only
 * where `completeness` says so, as zlib takes it.
 */
export function buildPrefixCode(
  lengths: Uint8Array,
  completeness: "complete" | "may have one symbol",
): PrefixCode | undefined {
  const counts = new Uint16Array(maxCodeBits + 1);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  let free = 1;
  for (let length = 1; length <= maxCodeBits; length++) {
    free = 2 * free - counts[length];
    if (free < 0) return undefined;
  }
  const isSingle = counts[1] <= 1 && counts.every((count, length) => length === 1 || count === 0);
  if (free > 0 && (completeness === "complete" || !isSingle)) return undefined;

  const nextCode = new Uint16Array(maxCodeBits + 1);
  const nextPlace = new Uint16Array(maxCodeBits + 1);
  for (let length = 1; length <= maxCodeBits; length++) {
    nextCode[length] = (nextCode[length - 1] + counts[length - 1]) << 1;
    nextPlace[length] = nextPlace[length - 1] + counts[length - 1];
  }
  const table = new Uint16Array(1 << tableBits);
  const symbols = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length === 0) continue;
    symbols[nextPlace[length]++] = symbol;
    const code = nextCode[length]++;
    if (length > tableBits) continue;
    // A code is stored with its first bit lowest; what follows it can be anything.
    for (let at = reverseBits(code, length); at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { table, counts, symbols };
}

/** The symbol times 16 and the length of its code at the start of these 15 bits; 0 when no code is there. */
export function lookUp({ table, counts, symbols }: PrefixCode, bits: number): number {
  const entry = table[bits & (table.length - 1)];
  if (entry !== 0) return entry;
  // Codes of one length are consecutive numbers, and follow those that are shorter.
  let code = 0;
  let first = 0;
  let place = 0;
  for (let length = 1; length <= maxCodeBits; length++) {
    code = (code << 1) | ((bits >> (length - 1)) & 1);
    const count = counts[length];
    if (code - first < count) return (symbols[place + code - first] << 4) | length;
    place += count;
    first = (first + count) << 1;
  }
  return 0;
}

function reverseBits(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  return reversed;
}
