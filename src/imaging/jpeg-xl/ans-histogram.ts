import type { BitWriter } from "./bit-writer.ts";

/** Counts of a distribution add up to this (ISO/IEC 18181-1 §C.2). */
export const ansTotal = 4096;
const ansTotalBits = 12;

/** Precisions tried for a histogram: 0 stores powers of two only, 11 nearly every count as it is. */
const candidateShifts = [0, 2, 4, 6, 8, 10, 11];

/** Prefix code of the width of a count, [bits, code]; 13 announces a run. */
const widthCodes: readonly (readonly [bits: number, code: number])[] = [
  [5, 17], [4, 11], [4, 15], [4, 3], [4, 9], [4, 7], [3, 4], [3, 2], [3, 5], [3, 6], [3, 0], [6, 33], [7, 1], [7, 65],
]; // prettier-ignore
const runCode = 13;
const minRun = 5;

/** A distribution as it is written: what the decoder will use. */
export interface AnsHistogram {
  /** Counts per symbol, adding up to `ansTotal`; no trailing zeros. */
  readonly counts: Uint16Array;
  readonly shift: number;
  /** The symbol whose count the decoder works out as what is left; −1 when there are fewer than three symbols. */
  readonly omitted: number;
  /** Bits of the header and of coding the population with these counts, rounded. */
  readonly cost: number;
}

/** log₂ of every count. */
const log2Of = Float64Array.from({ length: ansTotal + 1 }, (_, count) => Math.log2(count));

/**
 * Chooses the counts for a population (occurrences per symbol): the precision with the lowest sum of header and data.
 * An empty population becomes symbol 0.
 */
export function chooseHistogram(population: Uint32Array): AnsHistogram {
  const used: number[] = [];
  let total = 0;
  for (let symbol = 0; symbol < population.length; symbol++) {
    if (population[symbol] === 0) continue;
    used.push(symbol);
    total += population[symbol];
  }
  if (used.length < 2) {
    const symbol = used[0] ?? 0;
    const counts = new Uint16Array(symbol + 1);
    counts[symbol] = ansTotal;
    return { counts, shift: 0, omitted: -1, cost: 10 };
  }
  if (used.length === 2) {
    const counts = new Uint16Array(used[1] + 1);
    const share = Math.round((population[used[0]] * ansTotal) / total);
    counts[used[0]] = Math.min(Math.max(share, 1), ansTotal - 1);
    counts[used[1]] = ansTotal - counts[used[0]];
    return { counts, shift: 0, omitted: -1, cost: 30 + dataBits(population, counts) };
  }
  let best: AnsHistogram | undefined;
  for (const shift of candidateShifts) {
    const candidate = quantise(population, used, total, shift);
    if (best === undefined || candidate.cost < best.cost) best = candidate;
  }
  if (best === undefined) throw new RangeError("no precision to choose from");
  return best;
}

function quantise(population: Uint32Array, used: readonly number[], total: number, shift: number): AnsHistogram {
  const counts = new Uint16Array(used[used.length - 1] + 1);
  let omitted = used[0];
  for (const symbol of used) if (population[symbol] > population[omitted]) omitted = symbol;
  let rest = ansTotal;
  for (const symbol of used) {
    if (symbol === omitted) continue;
    counts[symbol] = nearestCount((population[symbol] * ansTotal) / total, shift);
    rest -= counts[symbol];
  }
  // Many rare symbols, each of which needs one count at least: the largest ones give way.
  while (rest < 1) {
    let largest = -1;
    for (const symbol of used) {
      if (symbol !== omitted && (largest < 0 || counts[symbol] > counts[largest])) largest = symbol;
    }
    const smaller = countBelow(counts[largest], shift);
    rest += counts[largest] - smaller;
    counts[largest] = smaller;
  }
  counts[omitted] = rest;
  // Its width code has to be above those in front of it, and there is none above that of 2048.
  for (let symbol = 0; symbol < omitted; symbol++) {
    if (counts[symbol] >= ansTotal / 2) {
      omitted = symbol;
      // The symbol that was implicit until now must be stored explicitly.
      return exactHistogram(population, counts, omitted);
    }
  }
  return { counts, shift, omitted, cost: dataBits(population, counts) + headerBits(counts, shift, omitted) };
}

function exactHistogram(population: Uint32Array, counts: Uint16Array, omitted: number): AnsHistogram {
  // 12: every count is representable.
  const shift = 12;
  return { counts, shift, omitted, cost: dataBits(population, counts) + headerBits(counts, shift, omitted) };
}

/** Bits after the leading one that are stored of a count of `width` + 1 bits. */
function mantissaBits(width: number, shift: number): number {
  return Math.min(Math.max(shift - ((ansTotalBits - width) >> 1), 0), width);
}

function nearestCount(ideal: number, shift: number): number {
  if (ideal <= 1) return 1;
  const width = Math.floor(Math.log2(ideal));
  const step = 1 << (width - mantissaBits(width, shift));
  const below = Math.floor(ideal / step) * step;
  // The cost of a count grows with the logarithm: the boundary is at the geometric mean.
  return ideal * ideal > below * (below + step) ? below + step : below;
}

function countBelow(count: number, shift: number): number {
  const width = 31 - Math.clz32(count - 1);
  const step = 1 << (width - mantissaBits(width, shift));
  return Math.floor((count - 1) / step) * step;
}

function dataBits(population: Uint32Array, counts: Uint16Array): number {
  let bits = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (population[symbol] > 0) bits += population[symbol] * (ansTotalBits - log2Of[counts[symbol]]);
  }
  return bits;
}

/** Counts bits only. */
class BitCounter implements Pick<BitWriter, "write"> {
  bits = 0;

  write(count: number): void {
    this.bits += count;
  }
}

function headerBits(counts: Uint16Array, shift: number, omitted: number): number {
  const counter = new BitCounter();
  writeGeneralHistogram(counter, counts, shift, omitted);
  return counter.bits;
}

/** ISO/IEC 18181-1 §C.2.5. */
export function writeHistogram(writer: BitWriter, { counts, shift, omitted }: AnsHistogram): void {
  if (omitted >= 0) {
    writeGeneralHistogram(writer, counts, shift, omitted);
    return;
  }
  const symbols: number[] = [];
  for (let symbol = 0; symbol < counts.length; symbol++) if (counts[symbol] > 0) symbols.push(symbol);
  writer.write(1, 1);
  writer.write(1, symbols.length - 1);
  for (const symbol of symbols) writeVariableLength8(writer, symbol);
  if (symbols.length === 2) writer.write(ansTotalBits, counts[symbols[0]]);
}

/** 0–255: 0, or the position of the leading bit and the bits after it. */
function writeVariableLength8(writer: Pick<BitWriter, "write">, value: number): void {
  if (value === 0) {
    writer.write(1, 0);
    return;
  }
  const width = 31 - Math.clz32(value);
  writer.write(1, 1);
  writer.write(3, width);
  writer.write(width, value - (1 << width));
}

function widthOf(count: number): number {
  return 32 - Math.clz32(count);
}

function writeGeneralHistogram(
  writer: Pick<BitWriter, "write">,
  counts: Uint16Array,
  shift: number,
  omitted: number,
): void {
  writer.write(1, 0);
  writer.write(1, 0);
  const precision = shift + 1;
  const precisionWidth = 31 - Math.clz32(precision);
  writer.write(precisionWidth, (1 << precisionWidth) - 1);
  if (precisionWidth < 3) writer.write(1, 0);
  writer.write(precisionWidth, precision - (1 << precisionWidth));
  writeVariableLength8(writer, counts.length - 3);

  // The decoder takes the first symbol with the largest width as the omitted one.
  let omittedWidth = 10;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (symbol === omitted) continue;
    omittedWidth = Math.max(omittedWidth, widthOf(counts[symbol]) + (symbol < omitted ? 1 : 0));
  }
  const repeated = new Uint8Array(counts.length);
  for (let start = 0; start < counts.length;) {
    const length = runLength(counts, start, omitted);
    writer.write(...widthCodes[start === omitted ? omittedWidth : widthOf(counts[start])]);
    if (length >= minRun) {
      writer.write(...widthCodes[runCode]);
      writeVariableLength8(writer, length - minRun);
      repeated.fill(1, start + 1, start + length);
      start += length;
    } else {
      start++;
    }
  }
  if (shift === 0) return;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const width = widthOf(counts[symbol]) - 1;
    if (width < 1 || symbol === omitted || repeated[symbol] === 1) continue;
    const bits = mantissaBits(width, shift);
    writer.write(bits, (counts[symbol] >> (width - bits)) - (1 << bits));
  }
}

/** Symbols from `start` on with the same count; the omitted one is alone. */
function runLength(counts: Uint16Array, start: number, omitted: number): number {
  if (start === omitted) return 1;
  let end = start + 1;
  while (end < counts.length && end !== omitted && counts[end] === counts[start]) end++;
  return end - start;
}
