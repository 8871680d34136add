import { bitsFor } from "./bit-reader.ts";
import type { BitReader } from "./bit-reader.ts";

interface Distribution {
  split: number;
  msb: number;
  lsb: number;
  counts: number[];
  /** Symbol and offset of each of the 4096 slots. */
  symbols: number[];
  offsets: number[];
}

/** A code for some contexts, as ISO/IEC 18181-1 §C says; ANS without LZ77 only, or a prefix code of a single symbol. */
export class EntropyDecoder {
  readonly #map: number[];
  readonly #distributions: Distribution[];
  readonly prefix: boolean;
  #state = 0;

  constructor(reader: BitReader, contexts: number) {
    if (reader.bool()) throw new RangeError("LZ77");
    this.#map = contexts > 1 ? readContextMap(reader, contexts) : [0];
    const count = Math.max(...this.#map) + 1;
    if (new Set(this.#map).size !== count) throw new RangeError("context map with a gap");
    this.prefix = reader.bool();
    const logAlphabet = this.prefix ? 15 : 5 + reader.u(2);
    const configs = Array.from({ length: count }, () => {
      const split = reader.u(bitsFor(logAlphabet + 1));
      if (split > logAlphabet) throw new RangeError("split");
      if (split === logAlphabet) return { split, msb: 0, lsb: 0 };
      const msb = reader.u(bitsFor(split + 1));
      const lsb = reader.u(bitsFor(split - msb + 1));
      if (msb + lsb > split) throw new RangeError("config");
      return { split, msb, lsb };
    });
    if (this.prefix) {
      if (configs.some(() => reader.bool())) throw new RangeError("prefix code of more than one symbol");
      this.#distributions = configs.map((config) => ({ ...config, counts: [4096], symbols: [], offsets: [] }));
      return;
    }
    this.#distributions = configs.map((config) => {
      const counts = readHistogram(reader, 1 << logAlphabet);
      return { ...config, counts, ...aliasTable(counts, logAlphabet) };
    });
  }

  /** Begins a stream. */
  begin(reader: BitReader): void {
    if (!this.prefix) this.#state = reader.u(32);
  }

  read(reader: BitReader, context: number): number {
    const { split, msb, lsb, counts, symbols, offsets } = this.#distributions[this.#map[context]];
    let token = 0;
    if (!this.prefix) {
      const slot = this.#state & 4095;
      token = symbols[slot];
      this.#state = counts[token] * Math.floor(this.#state / 4096) + offsets[slot];
      if (this.#state < 65536) this.#state = this.#state * 65536 + reader.u(16);
    }
    if (token < 1 << split) return token;
    const inToken = msb + lsb;
    const bits = split - inToken + ((token - (1 << split)) >> inToken);
    const low = token & ((1 << lsb) - 1);
    const high = (1 << msb) | ((token >> lsb) & ((1 << msb) - 1));
    return (((high << bits) | reader.u(bits)) << lsb) | low;
  }

  /** Ends a stream: a decoder refuses another state. */
  end(): void {
    if (!this.prefix && this.#state !== 0x130000) throw new RangeError("the ANS state is not the final one");
  }
}

export function readContextMap(reader: BitReader, contexts: number): number[] {
  if (reader.bool()) {
    const bits = reader.u(2);
    return Array.from({ length: contexts }, () => reader.u(bits));
  }
  const moveToFront = reader.bool();
  const decoder = new EntropyDecoder(reader, 1);
  decoder.begin(reader);
  const entries = Array.from({ length: contexts }, () => decoder.read(reader, 0));
  decoder.end();
  if (!moveToFront) return entries;
  const list = Array.from({ length: 256 }, (_, i) => i);
  return entries.map((position) => {
    const [cluster] = list.splice(position, 1);
    list.unshift(cluster);
    return cluster;
  });
}

function variableLength8(reader: BitReader): number {
  if (!reader.bool()) return 0;
  const width = reader.u(3);
  return (1 << width) + reader.u(width);
}

/** Widths by their codes, as strings of bits in the order in which they are read. */
const widthCodes = new Map([
  ["10001", 0], ["1101", 1], ["1111", 2], ["1100", 3], ["1001", 4], ["1110", 5], ["001", 6], ["010", 7], ["101", 8],
  ["011", 9], ["000", 10], ["100001", 11], ["1000000", 12], ["1000001", 13],
]); // prettier-ignore

function readHistogram(reader: BitReader, alphabetSize: number): number[] {
  const counts: number[] = Array.from({ length: alphabetSize }, () => 0);
  if (reader.bool()) {
    const symbols = reader.bool() ? [variableLength8(reader), variableLength8(reader)] : [variableLength8(reader)];
    const first = symbols.length === 2 ? reader.u(12) : 4096;
    counts[symbols[0]] = first;
    if (symbols.length === 2) counts[symbols[1]] = 4096 - first;
    return check(counts, alphabetSize);
  }
  if (reader.bool()) throw new RangeError("flat histogram");
  let precisionWidth = 0;
  while (precisionWidth < 3 && reader.bool()) precisionWidth++;
  const shift = (1 << precisionWidth) + reader.u(precisionWidth) - 1;
  if (shift > 13) throw new RangeError("shift");
  const length = variableLength8(reader) + 3;
  const widths: number[] = [];
  const repeats = new Map<number, number>();
  while (widths.length < length) {
    let code = "";
    while (!widthCodes.has(code)) {
      code += String(reader.u(1));
      if (code.length > 7) throw new RangeError("width code");
    }
    const width = widthCodes.get(code) ?? 0;
    if (width < 13) {
      widths.push(width);
      continue;
    }
    // A run covers 4 symbols more than its number says, besides the one it begins with.
    const run = variableLength8(reader) + 4;
    for (let i = 0; i < run; i++) {
      repeats.set(widths.length, widths.length - 1);
      widths.push(0);
    }
  }
  if (widths.length > length) throw new RangeError("run beyond the alphabet");
  const omitted = widths.indexOf(Math.max(...widths));
  if (repeats.has(omitted + 1)) throw new RangeError("run of the omitted symbol");
  let rest = 4096;
  widths.forEach((width, symbol) => {
    if (symbol === omitted) return;
    const same = repeats.get(symbol);
    if (same !== undefined) counts[symbol] = counts[same];
    else if (width > 1) {
      const lg = width - 1;
      const bits = Math.min(Math.max(shift - ((12 - lg) >> 1), 0), lg);
      counts[symbol] = (1 << lg) + (reader.u(bits) << (lg - bits));
    } else counts[symbol] = width;
    rest -= counts[symbol];
  });
  if (rest <= 0) throw new RangeError("nothing left for the omitted symbol");
  counts[omitted] = rest;
  return check(counts, alphabetSize);
}

function check(counts: number[], alphabetSize: number): number[] {
  if (counts.length > alphabetSize) throw new RangeError("symbol beyond the alphabet");
  if (counts.reduce((sum, count) => sum + count, 0) !== 4096) throw new RangeError("sum of counts");
  return counts;
}

function aliasTable(counts: readonly number[], logAlphabet: number): { symbols: number[]; offsets: number[] } {
  const only = counts.indexOf(4096);
  if (only >= 0) {
    const offsets = Array.from({ length: 4096 }, (_, i) => i);
    return { symbols: offsets.map(() => only), offsets };
  }
  const size = 1 << logAlphabet;
  const share = 4096 / size;
  const cut = [...counts];
  const right = cut.map(() => 0);
  const offset = cut.map(() => 0);
  const over = [...cut.keys()].filter((i) => cut[i] > share);
  const under = [...cut.keys()].filter((i) => cut[i] < share);
  while (over.length > 0) {
    const o = over.pop() ?? 0;
    const u = under.pop() ?? 0;
    cut[o] -= share - cut[u];
    right[u] = o;
    offset[u] = cut[o];
    if (cut[o] < share) under.push(o);
    else if (cut[o] > share) over.push(o);
  }
  const symbols: number[] = [];
  const offsets: number[] = [];
  for (let slot = 0; slot < 4096; slot++) {
    const i = Math.floor(slot / share);
    const p = slot % share;
    symbols.push(p < cut[i] ? i : right[i]);
    offsets.push(p < cut[i] ? p : offset[i] - cut[i] + p);
  }
  return { symbols, offsets };
}
