import { releaseBuffers } from "../bytes/release.ts";
import { ansTotal } from "./ans-histogram.ts";
import type { BitWriter } from "./bit-writer.ts";
import type { Steps } from "../steps.ts";

/** State in which a stream is left by the decoder, so in which the encoder begins (ISO/IEC 18181-1 §C.2.3). */
const finalState = 0x130000;

/** For each distribution and symbol its count, and for each (symbol, offset) the slot that decodes to it. */
export interface AnsTables {
  /** Entries per distribution in `counts` and `starts`: the size of the alias table. */
  readonly alphabetSize: number;
  readonly counts: Uint16Array;
  /** First entry of a symbol in `slots`, which holds `ansTotal` entries per distribution. */
  readonly starts: Uint32Array;
  readonly slots: Uint16Array;
}

/** Builds the encoding tables of some distributions whose code has 2^logAlphabet symbols (ISO/IEC 18181-1 §C.2.6). */
export function buildAnsTables(distributions: readonly Uint16Array[], logAlphabet: number): AnsTables {
  const alphabetSize = 1 << logAlphabet;
  const counts = new Uint16Array(distributions.length * alphabetSize);
  const starts = new Uint32Array(distributions.length * alphabetSize);
  const slots = new Uint16Array(distributions.length * ansTotal);
  distributions.forEach((distribution, index) => {
    const first = index * alphabetSize;
    counts.set(distribution, first);
    let start = index * ansTotal;
    for (let symbol = 0; symbol < distribution.length; symbol++) {
      starts[first + symbol] = start;
      start += distribution[symbol];
    }
    fillSlots(counts.subarray(first, first + alphabetSize), starts.subarray(first, first + alphabetSize), slots);
  });
  return { alphabetSize, counts, starts, slots };
}

/** The alias method: every bucket of equal size holds at most two symbols, its own and one that overflowed elsewhere. */
function fillSlots(counts: Uint16Array, starts: Uint32Array, slots: Uint16Array): void {
  const size = counts.length;
  const bucketSize = ansTotal / size;
  const only = counts.indexOf(ansTotal);
  if (only >= 0) {
    for (let offset = 0; offset < ansTotal; offset++) slots[starts[only] + offset] = offset;
    return;
  }
  const cutoffs = Uint16Array.from(counts);
  const aliases = new Uint16Array(size);
  const aliasOffsets = new Uint16Array(size);
  const over: number[] = [];
  const under: number[] = [];
  for (let symbol = 0; symbol < size; symbol++) {
    if (cutoffs[symbol] > bucketSize) over.push(symbol);
    else if (cutoffs[symbol] < bucketSize) under.push(symbol);
  }
  for (let full = over.pop(); full !== undefined; full = over.pop()) {
    const free = under.pop();
    if (free === undefined) throw new RangeError(`counts do not add up to ${ansTotal}`);
    cutoffs[full] -= bucketSize - cutoffs[free];
    aliases[free] = full;
    aliasOffsets[free] = cutoffs[full];
    if (cutoffs[full] < bucketSize) under.push(full);
    else if (cutoffs[full] > bucketSize) over.push(full);
  }
  for (let bucket = 0; bucket < size; bucket++) {
    const own = starts[bucket];
    const alias = starts[aliases[bucket]] + aliasOffsets[bucket] - cutoffs[bucket];
    for (let position = 0; position < bucketSize; position++) {
      slots[(position < cutoffs[bucket] ? own : alias) + position] = bucket * bucketSize + position;
    }
  }
}

/** Symbols of one stream in the order in which they are decoded. */
export interface TokenStream {
  readonly length: number;
  readonly contexts: Uint16Array;
  readonly values: Uint16Array | Uint32Array;
}

/** What a stream is coded with: all indices are distributions, except those of `distributionOf`, which are contexts. */
export interface AnsCode {
  readonly distributionOf: Uint8Array;
  readonly tables: AnsTables;
  /** For every value: the token that it was counted with. */
  readonly tokenOf: Uint8Array;
  /** Per distribution, for each of these tokens: the token of its own config | number of raw bits << 8. */
  readonly splits: readonly Uint16Array[];
  /** Per distribution: lowest bits of a value that are in its token. */
  readonly lowBits: Uint8Array;
}

/** Room for the fields of one stream, which are found last to first; kept between streams. */
export class AnsScratch {
  fields = new Uint32Array(0);
  widths = new Uint8Array(0);

  reserve(length: number): void {
    if (this.fields.length >= length) return;
    releaseBuffers([this.fields, this.widths]);
    this.fields = new Uint32Array(length);
    this.widths = new Uint8Array(length);
  }
}

/** Symbols that are coded without a pause, at most, and what one takes in each of the two passes. */
const symbolsPerPiece = 1 << 16;
const nanosecondsPerSymbol = 25;

/** Writes one stream: the state in which its decoder starts, then what each symbol adds to the state, and its raw bits. */
export function* writeAnsStream(
  writer: BitWriter,
  code: AnsCode,
  stream: TokenStream,
  scratch: AnsScratch,
): Steps<void> {
  const { length } = stream;
  scratch.reserve(length);
  let state = finalState;
  for (let end = length; end > 0; end -= symbolsPerPiece) {
    const start = Math.max(0, end - symbolsPerPiece);
    state = encodeBackwards(code, stream, scratch, start, end, state);
    yield (end - start) * nanosecondsPerSymbol;
  }
  writer.write(32, state);
  const { fields, widths } = scratch;
  for (let start = 0; start < length; start += symbolsPerPiece) {
    const end = Math.min(start + symbolsPerPiece, length);
    for (let i = start; i < end; i++) if (widths[i] > 0) writer.write(widths[i], fields[i]);
    yield (end - start) * nanosecondsPerSymbol;
  }
}

/** Finds the fields of the symbols before `end`, from the last to that at `start`; returns the state after that. */
function encodeBackwards(
  { distributionOf, tokenOf, splits, lowBits, tables }: AnsCode,
  { contexts, values }: TokenStream,
  { fields, widths }: AnsScratch,
  start: number,
  end: number,
  stateBefore: number,
): number {
  const { alphabetSize, counts, starts, slots } = tables;
  let state = stateBefore;
  for (let i = end - 1; i >= start; i--) {
    const distribution = distributionOf[contexts[i]];
    const value = values[i];
    const split = splits[distribution][tokenOf[value]];
    const symbol = distribution * alphabetSize + (split & 0xff);
    const rawBits = split >> 8;
    const count = counts[symbol];
    let field = rawBits === 0 ? 0 : (value >> lowBits[distribution]) & ((1 << rawBits) - 1);
    let width = rawBits;
    if (state >>> 20 >= count) {
      field = (field << 16) | (state & 0xffff);
      width += 16;
      state >>>= 16;
    }
    fields[i] = field;
    widths[i] = width;
    const quotient = (state / count) >>> 0;
    state = ((quotient << 12) | slots[starts[symbol] + ((state - Math.imul(quotient, count)) | 0)]) >>> 0;
  }
  return state;
}
