import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer } from "../../test/support/http.ts";
import { type LoadResult, type LoadTarget, runLoad } from "./load.ts";
import { bundleOwn, bundleWorker, type Server, startWorkerd } from "./serve.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { checkBody, startOrigin, storeAnswer, targetOf, warmWorker } from "./warm.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Becomes an AVIF of about 30 kB. */
const pictureFile = "demo/public/photos/hibiscus-window.jpg";

/** What the project asks of itself: throughput at least this share of the bare Worker's, p99 at most this multiple. */
const targets = { throughput: 0.85, p99: 1.3 } as const;

/** Connections and pairs of rounds; 16 connections are judged, one shows the latency alone, 64 a queue. */
const plan = [
  { connections: 16, rounds: 10 },
  { connections: 1, rounds: 3 },
  { connections: 64, rounds: 3 },
] as const;
/** Long enough that one pause for a full garbage collection, which delays every connection once, stays below 1 %. */
const roundSeconds = 1.2;

/**
 * Answers of each Worker before anything counts, and the rounds that this may take. The real Worker's heap has been
 * collected in full when it encoded; the first such collection of the bare one comes only after some 25,000 answers, and
 * until then it would be measured without the pauses that every Worker has from there on.
 */
const warmUp = { answers: 30_000, rounds: 9 } as const;

interface Sample extends LoadResult {
  /** Processor time of workerd per answer, its cache included; NaN where the system does not tell. */
  readonly cpuMicroseconds: number;
}

interface Round {
  readonly real: Sample;
  readonly bare: Sample;
}

interface HitResult {
  readonly connections: number;
  readonly rounds: number;
  readonly requests: number;
  readonly real: Figures;
  readonly bare: Figures;
  /** Real over bare, taken within each pair of rounds. */
  readonly ratios: Figures;
  /** Share of time that the load generator was busy (0..1), the highest of all rounds. */
  readonly clientUtilisation: number;
}

interface Figures {
  readonly requestsPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** Per answer. Other programs on the machine disturb it far less than the times above. */
  readonly cpuMicroseconds: Spread;
}

/**
 * Measures hits through the built Worker against hits through a Worker that only does `caches.default.match`, in
 * alternating rounds on one workerd, and prints medians and ratios. Writes `bench/results/hit.json`. Takes about 60 s.
 */
export async function runHitBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-hit-"));
  const origin = await startOrigin(readFileSync(join(root, pictureFile)));
  let server: Server | undefined;
  try {
    const bundle = join(folder, "worker");
    await bundleWorker(bundle);
    await Promise.all([bundleOwn("worker-bare", folder), bundleOwn("worker-cache", folder)]);
    const real = { name: "real", folder: bundle, mainModule: "worker.js", variables: { ORIGIN: "http://origin.test" } };
    const bare = { name: "bare", folder, mainModule: "worker-bare.js", variables: {} };
    const running = await startWorkerd(folder, [real, bare], origin.port);
    server = running;

    const ports = [running.workerPort("real"), running.workerPort("bare")] as const;
    const answer = await warmWorker(ports[0]);
    await storeAnswer(running.cachePort("bare"), answer);
    const [realTarget, bareTarget] = [targetOf(ports[0], answer, true), targetOf(ports[1], answer, false)];
    const fetchesBefore = origin.count();
    for (const target of [realTarget, bareTarget]) await warmHeap(target);
    const results: HitResult[] = [];
    for (const { connections, rounds } of plan) {
      const sample = (target: LoadTarget): Promise<Sample> => measure(running, target, connections);
      results.push(summarise(connections, await alternate(realTarget, bareTarget, rounds, sample)));
    }
    for (const port of ports) await checkBody(port, answer);
    if (origin.count() !== fetchesBefore) throw new Error("the origin was asked during the measurement");
    report(results, answer, loadBefore);
  } finally {
    await server?.stop();
    origin.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function warmHeap(target: LoadTarget): Promise<void> {
  let answers = 0;
  for (let round = 0; round < warmUp.rounds && answers < warmUp.answers; round++) {
    answers += (await runLoad(target, plan[0].connections, 1)).answers;
  }
}

async function measure(server: Server, target: LoadTarget, connections: number): Promise<Sample> {
  const before = server.cpuMicroseconds() ?? Number.NaN;
  const result = await runLoad(target, connections, roundSeconds);
  const spent = (server.cpuMicroseconds() ?? Number.NaN) - before;
  return { ...result, cpuMicroseconds: spent / result.answers };
}

/** Pairs of rounds; who begins changes from pair to pair, so that a drift of the machine's speed cancels out. */
async function alternate(
  real: LoadTarget,
  bare: LoadTarget,
  rounds: number,
  sample: (target: LoadTarget) => Promise<Sample>,
): Promise<Round[]> {
  const results: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const realFirst = round % 2 === 0;
    const first = await sample(realFirst ? real : bare);
    const second = await sample(realFirst ? bare : real);
    results.push(realFirst ? { real: first, bare: second } : { real: second, bare: first });
  }
  return results;
}

function summarise(connections: number, rounds: readonly Round[]): HitResult {
  const figures = (value: (round: Round, figure: keyof Figures) => number): Figures => ({
    requestsPerSecond: spreadOf(rounds.map((round) => value(round, "requestsPerSecond"))),
    p50Ms: spreadOf(rounds.map((round) => value(round, "p50Ms"))),
    p99Ms: spreadOf(rounds.map((round) => value(round, "p99Ms"))),
    cpuMicroseconds: spreadOf(rounds.map((round) => value(round, "cpuMicroseconds"))),
  });
  return {
    connections,
    rounds: rounds.length,
    requests: rounds.reduce((sum, { real, bare }) => sum + real.requests + bare.requests, 0),
    real: figures(({ real }, figure) => real[figure]),
    bare: figures(({ bare }, figure) => bare[figure]),
    ratios: figures(({ real, bare }, figure) => real[figure] / bare[figure]),
    clientUtilisation: Math.max(
      ...rounds.flatMap(({ real, bare }) => [real.clientUtilisation, bare.clientUtilisation]),
    ),
  };
}

function report(results: readonly HitResult[], answer: Answer, loadBefore: number): void {
  const body = { type: answer.headers["content-type"], bytes: answer.body.length };
  console.log(`hits of ${body.type}, ${body.bytes} bytes; medians (lowest–highest) over pairs of rounds`);
  console.log(table(results));
  const judged = results.find(({ connections }) => connections === plan[0].connections);
  const throughput = judged?.ratios.requestsPerSecond.median ?? Number.NaN;
  const p99 = judged?.ratios.p99Ms.median ?? Number.NaN;
  const met = { throughput: throughput >= targets.throughput, p99: p99 <= targets.p99 };
  console.log(
    [
      `at ${plan[0].connections} connections: throughput ${throughput.toFixed(2)} of the bare Worker's`,
      `(target ≥ ${targets.throughput}: ${met.throughput ? "met" : "missed"}),`,
      `p99 ${p99.toFixed(2)} times (target ≤ ${targets.p99}: ${met.p99 ? "met" : "missed"})`,
    ].join(" "),
  );
  // One processor is for workerd, one for the load generator.
  if (loadBefore > cpus().length - 1) {
    console.log(
      `the machine was busy before (load ${loadBefore.toFixed(1)}): trust the CPU figures, not times and p99`,
    );
  }
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    loadBefore,
    node: process.version,
    workerd: execFileSync(join(root, "node_modules/.bin/workerd"), ["--version"], { encoding: "utf8" }).trim(),
  };
  const record = {
    date: new Date().toISOString(),
    command: "npm run bench -- hit",
    machine,
    body,
    targets,
    met,
    results,
  };
  const resultsFolder = join(root, "bench/results");
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, "hit.json"), `${JSON.stringify(record, undefined, 2)}\n`);
}

const shownFigures = [
  { title: "requests/s", figure: "requestsPerSecond", digits: 0 },
  { title: "p50 ms", figure: "p50Ms", digits: 2 },
  { title: "p99 ms", figure: "p99Ms", digits: 2 },
  { title: "CPU µs/request", figure: "cpuMicroseconds", digits: 0 },
] as const satisfies readonly { title: string; figure: keyof Figures; digits: number }[];

function table(results: readonly HitResult[]): string {
  const header = ["connections", "pairs", "client busy", "figure", "Worker", "", "bare", "", "ratio", ""];
  const rows = results.flatMap((result) =>
    shownFigures.map(({ title, figure, digits }, index) => {
      const load = [`${result.connections}`, `${result.rounds}`, `${(result.clientUtilisation * 100).toFixed(0)} %`];
      return [...(index === 0 ? load : load.map(() => "")), title, ...columns(result, figure, digits)];
    }),
  );
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [header, ...rows]
    .map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "))
    .join("\n");
}

/** Median and spread of the real Worker, the bare one, and their ratio. */
function columns(result: HitResult, figure: keyof Figures, digits: number): string[] {
  return [
    [result.real[figure], digits] as const,
    [result.bare[figure], digits] as const,
    [result.ratios[figure], 2] as const,
  ].flatMap(([{ median, lowest, highest }, decimals]) => [
    median.toFixed(decimals),
    `(${lowest.toFixed(decimals)}–${highest.toFixed(decimals)})`,
  ]);
}
