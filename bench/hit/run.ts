import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
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
  { connections: 16, rounds: 14 },
  { connections: 1, rounds: 6 },
  { connections: 64, rounds: 6 },
] as const;
const roundSeconds = 0.85;
const warmUpSeconds = 1.5;

interface Round {
  readonly real: LoadResult;
  readonly bare: LoadResult;
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
}

/**
 * Measures hits through the built Worker against hits through a Worker that only does `caches.default.match`, in
 * alternating rounds on one workerd, and prints medians and ratios. Writes `bench/results/hit.json`. Takes about 60 s.
 */
export async function runHitBench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-hit-"));
  const origin = await startOrigin(readFileSync(join(root, pictureFile)));
  let server: Server | undefined;
  try {
    const bundle = join(folder, "worker");
    await bundleWorker(bundle);
    await Promise.all([bundleOwn("worker-bare", folder), bundleOwn("worker-cache", folder)]);
    const real = { name: "real", folder: bundle, mainModule: "worker.js", variables: { ORIGIN: "http://origin.test" } };
    const bare = { name: "bare", folder, mainModule: "worker-bare.js", variables: {} };
    server = await startWorkerd(folder, [real, bare], origin.port);

    const answer = await warmWorker(server.workerPort("real"));
    await storeAnswer(server.cachePort("bare"), answer);
    const ports = [server.workerPort("real"), server.workerPort("bare")] as const;
    const [realTarget, bareTarget] = [targetOf(ports[0], answer, true), targetOf(ports[1], answer, false)];
    const fetchesBefore = origin.count();
    for (const target of [realTarget, bareTarget]) await runLoad(target, 16, warmUpSeconds);
    const results: HitResult[] = [];
    for (const { connections, rounds } of plan) {
      results.push(summarise(connections, await alternate(realTarget, bareTarget, connections, rounds)));
    }
    for (const port of ports) await checkBody(port, answer);
    if (origin.count() !== fetchesBefore) throw new Error("the origin was asked during the measurement");
    report(results, answer);
  } finally {
    await server?.stop();
    origin.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Pairs of rounds; who begins changes from pair to pair, so that a drift of the machine's speed cancels out. */
async function alternate(real: LoadTarget, bare: LoadTarget, connections: number, rounds: number): Promise<Round[]> {
  const results: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const realFirst = round % 2 === 0;
    const first = await runLoad(realFirst ? real : bare, connections, roundSeconds);
    const second = await runLoad(realFirst ? bare : real, connections, roundSeconds);
    results.push(realFirst ? { real: first, bare: second } : { real: second, bare: first });
  }
  return results;
}

function summarise(connections: number, rounds: readonly Round[]): HitResult {
  const figures = (value: (round: Round, figure: keyof Figures) => number): Figures => ({
    requestsPerSecond: spreadOf(rounds.map((round) => value(round, "requestsPerSecond"))),
    p50Ms: spreadOf(rounds.map((round) => value(round, "p50Ms"))),
    p99Ms: spreadOf(rounds.map((round) => value(round, "p99Ms"))),
  });
  return {
    connections,
    rounds: rounds.length,
    requests: rounds.reduce((sum, { real, bare }) => sum + real.requests + bare.requests, 0),
    real: figures(({ real }, figure) => real[figure]),
    bare: figures(({ bare }, figure) => bare[figure]),
    ratios: figures(({ real, bare }, figure) => real[figure] / bare[figure]),
    clientUtilisation: Math.max(...rounds.flatMap(({ real, bare }) => [real.clientUtilisation, bare.clientUtilisation])),
  };
}

function report(results: readonly HitResult[], answer: Answer): void {
  const body = { type: answer.headers["content-type"], bytes: answer.body.length };
  console.log(`hits of ${String(body.type)}, ${body.bytes} bytes; medians (lowest–highest) over pairs of rounds`);
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
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    node: process.version,
    workerd: execFileSync(join(root, "node_modules/.bin/workerd"), ["--version"], { encoding: "utf8" }).trim(),
  };
  const record = { date: new Date().toISOString(), command: "npm run bench -- hit", machine, body, targets, met, results };
  const resultsFolder = join(root, "bench/results");
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, "hit.json"), `${JSON.stringify(record, undefined, 2)}\n`);
}

function table(results: readonly HitResult[]): string {
  const header = ["connections", "figure", "Worker", "", "bare", "", "ratio", "", "pairs", "client busy"];
  const rows = results.flatMap((result) => [
    [`${result.connections}`, "requests/s", ...columns(result, "requestsPerSecond", 0), `${result.rounds}`],
    ["", "p50 ms", ...columns(result, "p50Ms", 2), ""],
    ["", "p99 ms", ...columns(result, "p99Ms", 2), `${(result.clientUtilisation * 100).toFixed(0)} %`],
  ]);
  const aligned = rows.map((row, index) => (index % 3 === 2 ? row.toSpliced(8, 0, "") : [...row, ""]));
  const widths = header.map((title, column) => Math.max(title.length, ...aligned.map((row) => row[column]?.length ?? 0)));
  return [header, ...aligned]
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
