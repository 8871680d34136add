import type { ContextHistograms } from "./context-histograms.ts";
import type { Steps } from "../steps.ts";

/** Contexts that share distributions. */
export interface Clustering {
  /** Cluster of each context; a context without occurrences has that of the previous one. */
  readonly clusterOf: Uint8Array;
  /** Occurrences per token, for each cluster. Every cluster has contexts, and they are numbered as they appear. */
  readonly populations: readonly Uint32Array[];
}

/** Contexts whose coding with the nearest centre wastes fewer bits than this are not worth a centre. */
const minCentreBits = 48;

/** Estimated bits of the context map where a cluster differs from that of the context before, and where it does not. */
const changeBits = 5;
const repeatBits = 0.4;

/** Bits for a token that a cluster does not have yet. */
const newTokenBits = 16;

const tableSize = 1 << 13;
const informationTable = Float64Array.from({ length: tableSize }, (_, count) =>
  count === 0 ? 0 : count * Math.log2(count),
);

/** How long the parts of the work take: a number passed over, a token compared, a cluster tried, a pair of clusters compared. */
const nanosecondsPerCount = 2;
const nanosecondsPerToken = 20;
const nanosecondsPerCluster = 10;
const nanosecondsPerPair = 1000;
const contextsPerPiece = 256;

/** count · log₂ count: the sum of these over a population, taken from that of its total, is its entropy in bits. */
function information(count: number): number {
  return count < tableSize ? informationTable[count] : count * Math.log2(count);
}

/** The contexts that occur, with their tokens one after the other. */
interface SparseContexts {
  readonly ids: Uint32Array;
  /** `starts[i]` to `starts[i + 1]` are the entries of the context `ids[i]` in `tokens` and `counts`. */
  readonly starts: Uint32Array;
  readonly tokens: Uint8Array;
  readonly counts: Uint32Array;
  readonly totals: Float64Array;
}

/** A cluster while contexts are added to it. */
interface Cluster {
  readonly population: Uint32Array;
  total: number;
}

/**
 * Finds contexts that are similar enough to be coded with one distribution: centres far from each other, contexts
 * assigned to the cheapest, clusters merged while that saves more than it costs. At most `limit` (≤ 255) clusters.
 */
export function* clusterContexts(histograms: ContextHistograms, limit: number): Steps<Clustering> {
  const contexts = collectContexts(histograms);
  yield histograms.counts.length * nanosecondsPerCount;
  if (contexts.ids.length === 0) {
    return { clusterOf: new Uint8Array(histograms.contexts), populations: [new Uint32Array(histograms.bins)] };
  }
  let clusters = yield* chooseCentres(contexts, histograms.bins, limit);
  let assignment = yield* assign(contexts, clusters, histograms.bins);
  clusters = yield* mergeClusters(populate(contexts, assignment, clusters.length, histograms.bins));
  assignment = yield* assign(contexts, clusters, histograms.bins);
  clusters = populate(contexts, assignment, clusters.length, histograms.bins);
  assignment = yield* assign(contexts, clusters, histograms.bins);
  return number(histograms, contexts, assignment);
}

function collectContexts({ contexts, bins, counts }: ContextHistograms): SparseContexts {
  let entries = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) entries++;
  const ids = new Uint32Array(contexts);
  const starts = new Uint32Array(contexts + 1);
  const totals = new Float64Array(contexts);
  const tokens = new Uint8Array(entries);
  const tokenCounts = new Uint32Array(entries);
  let entry = 0;
  let used = 0;
  for (let context = 0; context < contexts; context++) {
    let total = 0;
    for (let token = 0, at = context * bins; token < bins; token++, at++) {
      if (counts[at] === 0) continue;
      tokens[entry] = token;
      tokenCounts[entry++] = counts[at];
      total += counts[at];
    }
    if (total === 0) continue;
    ids[used] = context;
    totals[used++] = total;
    starts[used] = entry;
  }
  return { ids: ids.subarray(0, used), starts, tokens, counts: tokenCounts, totals };
}

/** Bits lost when a context is coded together with a cluster instead of alone. */
function distance({ population, total }: Cluster, contexts: SparseContexts, index: number): number {
  const { starts, tokens, counts, totals } = contexts;
  let bits = information(total + totals[index]) - information(total) - information(totals[index]);
  for (let entry = starts[index]; entry < starts[index + 1]; entry++) {
    const count = counts[entry];
    const common = population[tokens[entry]];
    bits -= information(common + count) - information(common) - information(count);
  }
  return bits;
}

function addContext(cluster: Cluster, { starts, tokens, counts, totals }: SparseContexts, index: number): void {
  for (let entry = starts[index]; entry < starts[index + 1]; entry++) {
    cluster.population[tokens[entry]] += counts[entry];
  }
  cluster.total += totals[index];
}

/** The largest context, then again and again the one that is farthest from all centres. */
function* chooseCentres(contexts: SparseContexts, bins: number, limit: number): Steps<Cluster[]> {
  const length = contexts.ids.length;
  const distances = new Float64Array(length).fill(Infinity);
  const centres: Cluster[] = [];
  let next = contexts.totals.indexOf(Math.max(...contexts.totals.subarray(0, length)));
  while (centres.length < limit) {
    const centre: Cluster = { population: new Uint32Array(bins), total: 0 };
    addContext(centre, contexts, next);
    centres.push(centre);
    distances[next] = 0;
    let farthest = 0;
    let compared = 0;
    for (let i = 0; i < length; i++) {
      if (distances[i] < minCentreBits) continue;
      distances[i] = Math.min(distances[i], distance(centre, contexts, i));
      if (distances[i] > distances[farthest]) farthest = i;
      compared += contexts.starts[i + 1] - contexts.starts[i];
    }
    yield compared * nanosecondsPerToken + length * nanosecondsPerCount;
    if (distances[farthest] < minCentreBits) break;
    next = farthest;
  }
  return centres;
}

/** The cheapest cluster for each context, taking into account that repeating a cluster is cheap in the context map. */
function* assign(contexts: SparseContexts, clusters: readonly Cluster[], bins: number): Steps<Uint8Array> {
  const { ids, starts, tokens, counts } = contexts;
  const bits = new Float32Array(clusters.length * bins);
  clusters.forEach(({ population, total }, cluster) => {
    for (let token = 0; token < bins; token++) {
      const count = population[token];
      bits[cluster * bins + token] = count === 0 ? newTokenBits : Math.log2(total / count);
    }
  });
  yield bits.length * nanosecondsPerCount;
  const assignment = new Uint8Array(ids.length);
  let previous = -1;
  let compared = 0;
  for (let i = 0; i < ids.length; i++) {
    let best = 0;
    let bestBits = Infinity;
    for (let cluster = 0; cluster < clusters.length; cluster++) {
      let sum = cluster === previous ? repeatBits : changeBits;
      const first = cluster * bins;
      for (let entry = starts[i]; entry < starts[i + 1] && sum < bestBits; entry++) {
        sum += counts[entry] * bits[first + tokens[entry]];
        compared++;
      }
      if (sum < bestBits) {
        bestBits = sum;
        best = cluster;
      }
    }
    assignment[i] = best;
    previous = best;
    if (i % contextsPerPiece === contextsPerPiece - 1) {
      yield compared * nanosecondsPerCount + contextsPerPiece * clusters.length * nanosecondsPerCluster;
      compared = 0;
    }
  }
  return assignment;
}

/** The clusters that an assignment makes, without those that got nothing. */
function populate(contexts: SparseContexts, assignment: Uint8Array, count: number, bins: number): Cluster[] {
  const clusters = Array.from({ length: count }, (): Cluster => ({ population: new Uint32Array(bins), total: 0 }));
  for (let i = 0; i < assignment.length; i++) addContext(clusters[assignment[i]], contexts, i);
  return clusters.filter(({ total }) => total > 0);
}

/** Estimated bits of a distribution in the file, or of the sum of two. */
function headerBits(population: Uint32Array, other?: Uint32Array): number {
  let bits = 20;
  let last = -1;
  for (let token = 0; token < population.length; token++) {
    const count = population[token] + (other === undefined ? 0 : other[token]);
    if (count === 0) continue;
    // About 3 bits for the width of a count, and less of its value the rarer it is.
    bits += 3.5 + Math.min(4, 0.3 * Math.log2(count)) + 1.5 * Math.min(token - last - 1, 5);
    last = token;
  }
  return bits;
}

/** Joins the pair with the largest gain until no pair has one. */
function* mergeClusters(clusters: Cluster[]): Steps<Cluster[]> {
  const merged = [...clusters];
  const headers = merged.map(({ population }) => headerBits(population));
  const count = merged.length;
  const gains = new Float64Array(count * count).fill(-Infinity);
  const alive = new Uint8Array(count).fill(1);
  const updatePair = (a: number, b: number): void => {
    gains[Math.min(a, b) * count + Math.max(a, b)] = mergeGain(merged[a], merged[b], headers[a] + headers[b]);
  };
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) updatePair(a, b);
    yield (count - a) * nanosecondsPerPair;
  }
  for (;;) {
    let best = 0;
    for (let pair = 1; pair < gains.length; pair++) if (gains[pair] > gains[best]) best = pair;
    if (!(gains[best] > 0)) break;
    const [kept, gone] = [Math.floor(best / count), best % count];
    merged[kept] = joined(merged[kept], merged[gone]);
    headers[kept] = headerBits(merged[kept].population);
    alive[gone] = 0;
    for (let other = 0; other < count; other++) {
      gains[Math.min(gone, other) * count + Math.max(gone, other)] = -Infinity;
      if (alive[other] === 1 && other !== kept) updatePair(kept, other);
    }
    yield gains.length * nanosecondsPerCount + count * nanosecondsPerPair;
  }
  return merged.filter((_, index) => alive[index] === 1);
}

function joined(a: Cluster, b: Cluster): Cluster {
  return { population: a.population.map((count, token) => count + b.population[token]), total: a.total + b.total };
}

/** Bits saved by one distribution instead of two. */
function mergeGain(a: Cluster, b: Cluster, headers: number): number {
  let lost = information(a.total + b.total) - information(a.total) - information(b.total);
  for (let token = 0; token < a.population.length; token++) {
    const x = a.population[token];
    const y = b.population[token];
    if (x !== 0 && y !== 0) lost -= information(x + y) - information(x) - information(y);
  }
  // The header of the common distribution is worth working out only if the pair could gain at all.
  if (lost > headers) return -lost;
  return headers - headerBits(a.population, b.population) - lost;
}

/** Numbers the clusters as they appear, and lets contexts without occurrences repeat. */
function number(histograms: ContextHistograms, contexts: SparseContexts, assignment: Uint8Array): Clustering {
  const { bins } = histograms;
  const numbers = new Map<number, number>();
  const populations: Cluster[] = [];
  const clusterOf = new Uint8Array(histograms.contexts);
  let next = 0;
  let current = 0;
  for (let context = 0; context < clusterOf.length; context++) {
    if (contexts.ids[next] === context) {
      current = numbers.get(assignment[next]) ?? numbers.size;
      numbers.set(assignment[next], current);
      populations[current] ??= { population: new Uint32Array(bins), total: 0 };
      addContext(populations[current], contexts, next);
      next++;
    }
    clusterOf[context] = current;
  }
  return { clusterOf, populations: populations.map(({ population }) => population) };
}
