import { AnsScratch, buildAnsTables, writeAnsStream } from "./ans-encoder.ts";
import type { AnsCode } from "./ans-encoder.ts";
import { chooseHistogram, writeHistogram } from "./ans-histogram.ts";
import type { AnsHistogram } from "./ans-histogram.ts";
import { BitWriter, ceilLog2 } from "./bit-writer.ts";
import { clusterContexts } from "./clustering.ts";
import { countTokens, createHistograms } from "./context-histograms.ts";
import type { ContextHistograms } from "./context-histograms.ts";
import { byteTable, byteTokenOf, candidateTables, finestTokenOf, mostRawBits } from "./hybrid-uint.ts";
import type { HybridUintTable } from "./hybrid-uint.ts";
import { runAtOnce, type Steps } from "../steps.ts";

/**
 * Everything that a decoder reads before the streams of some contexts (ISO/IEC 18181-1 §C.2), and what encodes them.
 */
export interface EntropyCode extends AnsCode {
  readonly contexts: number;
  readonly logAlphabet: number;
  /** Per distribution. */
  readonly configs: readonly HybridUintTable[];
  readonly histograms: readonly AnsHistogram[];
}

export interface EntropyCodeOptions {
  /** Largest number of distributions, at most 128. */
  readonly maxClusters?: number;
  /** The values are bytes, and one bin per byte was counted. */
  readonly bytes?: boolean;
  /** For each value: the token that it was counted with; `finestTokenOf` unless given. */
  readonly tokenOf?: Uint8Array | undefined;
  /**
   * Contexts in which only 0 occurs, whether counted or not: these symbols take no bits and need not be in the streams.
   */
  readonly zeroContexts?: readonly number[];
}

/** Time to choose the numbers of a distribution and to make its tables. */
const nanosecondsPerDistribution = 150_000;

/** log₂ of the smallest alphabet that an ANS code can have (ISO/IEC 18181-1 §C.2.1). */
const smallestAlphabetLog = 5;

/** Chooses the distributions for counted contexts. */
export function* buildEntropyCode(histograms: ContextHistograms, options: EntropyCodeOptions = {}): Steps<EntropyCode> {
  const { zeroContexts = [], maxClusters = 128 } = options;
  const { clusterOf, populations } = yield* clusterContexts(histograms, maxClusters);
  const all = [...populations];
  const distributionOf = clusterOf;
  if (zeroContexts.length > 0) appendZeroCluster(distributionOf, all, zeroContexts, histograms);
  const tables = options.bytes === true ? [byteTable] : candidateTables;
  const chosen: ReturnType<typeof chooseConfig>[] = [];
  for (const population of all) {
    chosen.push(chooseConfig(population, tables));
    yield nanosecondsPerDistribution;
  }
  const configs = chosen.map(({ config }) => config);
  const distributions = chosen.map(({ histogram }) => histogram.counts);
  const largest = Math.max(...distributions.map(({ length }) => length));
  const logAlphabet = Math.max(smallestAlphabetLog, ceilLog2(largest), ...configs.map(({ split }) => split));
  return {
    contexts: histograms.contexts,
    logAlphabet,
    configs,
    histograms: chosen.map(({ histogram }) => histogram),
    distributionOf,
    tables: buildAnsTables(distributions, logAlphabet),
    tokenOf: options.tokenOf ?? (options.bytes === true ? byteTokenOf : finestTokenOf),
    splits: configs.map(({ splits }) => splits),
    lowBits: Uint8Array.from(configs, ({ lsb }) => lsb),
  };
}

/**
 * A distribution of its own for contexts that must cost nothing: it has one symbol, so decoding it reads no bits. When
 * none of the counted contexts is left, it takes the place of the only cluster.
 */
function appendZeroCluster(
  distributionOf: Uint8Array,
  populations: Uint32Array[],
  zeroContexts: readonly number[],
  { contexts, counts, bins }: ContextHistograms,
): void {
  const counted = counts.some((count) => count > 0);
  const cluster = counted ? populations.length : 0;
  populations[cluster] = new Uint32Array(bins);
  populations[cluster][0] = 1;
  const zero = new Set(zeroContexts);
  if (counted) {
    for (const context of zero) if (context < contexts) distributionOf[context] = cluster;
  }
}

function chooseConfig(
  population: Uint32Array,
  tables: readonly HybridUintTable[],
): { config: HybridUintTable; histogram: AnsHistogram } {
  // One array for all: a large picture has some hundred thousand of these.
  const tokens = new Uint32Array(256);
  const ranked = tables
    .map((config) => ({ config, ...estimate(population, config, tokens) }))
    .toSorted((a, b) => a.bits - b.bits);
  // The estimate does not know the cost of the header exactly: the best ones are worked out.
  let best: { config: HybridUintTable; histogram: AnsHistogram; bits: number } | undefined;
  for (const { config, rawBits } of ranked.slice(0, 2)) {
    countSplits(population, config, tokens);
    const histogram = chooseHistogram(tokens);
    const bits = histogram.cost + rawBits;
    if (best === undefined || bits < best.bits) best = { config, histogram, bits };
  }
  if (best === undefined) throw new RangeError("no config to choose from");
  return best;
}

/** `tokens` is overwritten. */
function estimate(
  population: Uint32Array,
  config: HybridUintTable,
  tokens: Uint32Array,
): { bits: number; rawBits: number } {
  const { total, rawBits } = countSplits(population, config, tokens);
  let bits = rawBits;
  for (const count of tokens) if (count > 0) bits += 4 + count * Math.log2(total / count);
  return { bits, rawBits };
}

/** How often each token of a config occurs in a population that was counted with the finest one. */
function countSplits(
  population: Uint32Array,
  { splits }: HybridUintTable,
  tokens: Uint32Array,
): { total: number; rawBits: number } {
  tokens.fill(0);
  let [total, rawBits] = [0, 0];
  for (let token = 0; token < population.length; token++) {
    const count = population[token];
    if (count === 0) continue;
    const split = splits[token];
    tokens[split & 0xff] += count;
    rawBits += split >> 8 > mostRawBits ? Infinity : count * (split >> 8);
    total += count;
  }
  return { total, rawBits };
}

/** ISO/IEC 18181-1 §C.2.1: without LZ77, with ANS. */
export function writeEntropyCode(writer: BitWriter, code: EntropyCode): void {
  writer.write(1, 0);
  if (code.contexts > 1) writeContextMap(writer, code.distributionOf, code.histograms.length);
  writer.write(1, 0);
  writer.write(2, code.logAlphabet - smallestAlphabetLog);
  for (const { split, msb, lsb } of code.configs) {
    writer.write(ceilLog2(code.logAlphabet + 1), split);
    if (split === code.logAlphabet) continue;
    writer.write(ceilLog2(split + 1), msb);
    writer.write(ceilLog2(split - msb + 1), lsb);
  }
  for (const histogram of code.histograms) writeHistogram(writer, histogram);
}

/** Writes the shortest of the forms of a context map (ISO/IEC 18181-1 §C.2.2). */
export function writeContextMap(writer: BitWriter, clusterOf: Uint8Array, clusters: number): void {
  const forms = [coded(clusterOf, false), coded(clusterOf, true)];
  const bits = ceilLog2(clusters);
  if (bits <= 3) forms.push(simple(clusterOf, bits));
  writer.writeBits(forms.reduce((best, form) => (form.bitLength < best.bitLength ? form : best)));
}

function simple(clusterOf: Uint8Array, bits: number): BitWriter {
  const writer = new BitWriter();
  writer.write(1, 1);
  writer.write(2, bits);
  if (bits > 0) for (const cluster of clusterOf) writer.write(bits, cluster);
  return writer;
}

function coded(clusterOf: Uint8Array, moveToFront: boolean): BitWriter {
  const writer = new BitWriter();
  writer.write(1, 0);
  writer.write(1, moveToFront ? 1 : 0);
  const values = Uint16Array.from(moveToFront ? movedToFront(clusterOf) : clusterOf);
  const stream = { length: values.length, contexts: new Uint16Array(values.length), values };
  const histograms = createHistograms(1);
  countTokens(histograms, stream);
  const code = runAtOnce(buildEntropyCode(histograms));
  writeEntropyCode(writer, code);
  runAtOnce(writeAnsStream(writer, code, stream, new AnsScratch()));
  return writer;
}

/** Positions in a list to whose front each cluster is moved when it occurs. */
function movedToFront(clusterOf: Uint8Array): Uint8Array {
  const list = Uint8Array.from({ length: 256 }, (_, cluster) => cluster);
  return clusterOf.map((cluster) => {
    const position = list.indexOf(cluster);
    list.copyWithin(1, 0, position);
    list[0] = cluster;
    return position;
  });
}
