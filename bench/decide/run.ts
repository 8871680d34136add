import { cpus, loadavg } from "node:os";
import { answerUrl } from "../../src/edge/key.ts";
import { readConfig } from "../../src/edge/config.ts";
import { maxRememberedAccepts } from "../../src/edge/limits.ts";
import { parseRequestedUrl, readRequestedUrl } from "../../src/edge/negotiate/requested-url.ts";
import { negotiate } from "../../src/edge/negotiate/image-request.ts";
import { spreadOf } from "../hit/statistics.ts";
import { describeRun, writeRecord } from "../record.ts";
import { type DecideResult, describeDecisions } from "./report.ts";
import { type Client, makeRequests, readClients, urls } from "./requests.ts";

/**
 * Microseconds per request that the project allows itself: for a URL and an Accept seen before, for new ones, and for an Accept of some
 * kilobytes, which is read again each time since it is not remembered. Browsers send about 100 bytes.
 */
const targets = { seen: 5, new: 50, long: 1000 } as const;
type AcceptKind = keyof typeof targets;

/** Milliseconds of all measurements together; those before it heat up the code. */
const timeLimitMs = 7000;
const warmUpMs = 1500;
/** A round is this many requests at least (20 with a long Accept): the clock's steps and the first touch of a round must not count. */
const requestsPerRound = 1000;
const maxRounds = 200;

const config = readConfig({ ORIGIN: "https://origin.test", NETWORK: "rtt", DPR: "on" });

/** Characters of an Accept; longer ones are not remembered, so that none of them is ever one seen before. */
const longFrom = 1024;

/** Kept where the optimiser cannot see that it is never read. */
const keyLengths = { sum: 0 };

/** The decision about one request, up to the key that a hit looks up. A URL seen before is remembered, as its Accept is. */
function decide(request: Request, kind: AcceptKind): void {
  const asked =
    kind === "seen" ? readRequestedUrl(request.url, config) : parseRequestedUrl(new URL(request.url), config);
  const image = negotiate(request, asked, config);
  keyLengths.sum += image === undefined ? 0 : answerUrl(image.key, image.client.token).length;
}

/**
 * Measures what a request costs up to its cache key, for an Accept seen before and for a new one, over real clients and
 * URLs of each query grammar. Prints a table and writes `bench/results/decide.json`. Takes less than 10 s.
 */
export function runDecideBench(): void {
  const [loadBefore = 0] = loadavg();
  const { clients: all, source } = readClients();
  const isLong = ({ accept }: Client): boolean => (accept ?? "").length > longFrom;
  const usual = all.filter((client) => !isLong(client));
  const long = all.filter(isLong);
  let mark = 0;
  // Markers are never repeated; more clients than are remembered at once would not make a round of seen ones.
  const makeRound = (url: string, kind: AcceptKind): readonly Request[] => {
    const clients = kind === "long" ? long : usual;
    // Fewer of the long ones: each takes as long as a hundred others.
    const passes = Math.ceil((kind === "long" ? 20 : requestsPerRound) / clients.length);
    if (kind === "new") return Array.from({ length: passes }, () => makeRequests(url, clients, mark++)).flat();
    const requests = makeRequests(url, clients);
    return Array.from({ length: passes }, () => requests).flat();
  };
  if (new Set(usual.map(({ accept }) => accept)).size > maxRememberedAccepts) {
    throw new Error("there are more Accept values than are remembered: none would count as seen before");
  }

  const kinds = (Object.keys(targets) as AcceptKind[]).filter((kind) => kind !== "long" || long.length > 0);
  const jobs = Object.entries(urls).flatMap(([name, url]) =>
    kinds.map((accept) => ({
      name: name as keyof typeof urls,
      url,
      accept,
      same: makeRound(url, accept),
      means: [] as number[],
      singles: [] as number[],
    })),
  );
  const start = performance.now();
  // One round of every job in turn, so that a change of the machine's speed meets all alike.
  for (let round = 0; round < maxRounds; round++) {
    const elapsed = performance.now() - start;
    if (elapsed > timeLimitMs) break;
    for (const job of jobs) {
      const nextRound = (): readonly Request[] => (job.accept === "new" ? makeRound(job.url, "new") : job.same);
      const requests = nextRound();
      // The new ones of the round before have pushed out what was remembered.
      if (job.accept === "seen") for (const request of requests.slice(0, usual.length)) decide(request, job.accept);
      const began = performance.now();
      for (const request of requests) decide(request, job.accept);
      const mean = ((performance.now() - began) * 1000) / requests.length;
      if (elapsed < warmUpMs) continue;
      job.means.push(mean);
      // Not in each round, since making new requests takes longer than deciding about them.
      if (round % 4 === 0) job.singles.push(...timeSingly(nextRound(), job.accept));
    }
  }

  const results = jobs.map(({ name, accept, means, singles, same }): DecideResult => {
    const microseconds = spreadOf(means);
    const target = targets[accept];
    return {
      url: name,
      accept,
      rounds: means.length,
      requestsPerRound: same.length,
      target,
      met: microseconds.median <= target,
      microseconds,
      p99Microseconds: singles.toSorted((a, b) => a - b)[Math.floor(singles.length * 0.99)] ?? Number.NaN,
    };
  });
  const clients = { source, count: all.length };
  console.log(describeDecisions({ clients, results }));
  // The rounds are on one processor.
  if (loadBefore > cpus().length - 1) {
    console.log(
      `the machine was busy before (load ${loadBefore.toFixed(1)}): the lowest figures are nearest the truth`,
    );
  }
  writeRecord("decide", { ...describeRun("decide", { loadBefore }), clients, urls, targets, results });
}

/** Microseconds of each request by itself, those of reading the clock included. */
function timeSingly(requests: readonly Request[], kind: AcceptKind): number[] {
  return requests.map((request) => {
    const began = performance.now();
    decide(request, kind);
    return (performance.now() - began) * 1000;
  });
}
