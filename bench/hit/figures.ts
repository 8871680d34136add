import { type LoadResult, type LoadTarget, runLoad } from "./load.ts";
import type { Server } from "./serve.ts";
import { type Spread, spreadOf } from "./statistics.ts";

export interface Sample extends LoadResult {
  /** Processor time of workerd per answer, its cache included; NaN where the system does not report it. */
  readonly cpuMicroseconds: number;
}

export interface Figures {
  readonly requestsPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** Per answer. Other programs on the machine disturb it less than the times above. */
  readonly cpuMicroseconds: Spread;
}

/** The Workers that are compared. */
export const workers = ["real", "least", "bare"] as const;
export type WorkerName = (typeof workers)[number];

/** One sample of each, taken one after another. */
export type Round = Readonly<Record<WorkerName, Sample>>;

export interface HitResult {
  readonly connections: number;
  readonly rounds: number;
  readonly requests: number;
  readonly figures: Readonly<Record<WorkerName, Figures>>;
  /** Over the bare Worker's, taken within each round. */
  readonly ratios: Readonly<Record<Exclude<WorkerName, "bare">, Figures>>;
  /** Share of time that the load generator was busy (0..1), the highest of all rounds. */
  readonly clientUtilisation: number;
}

export async function measure(
  server: Server,
  target: LoadTarget,
  connections: number,
  seconds: number,
): Promise<Sample> {
  const before = server.cpuMicroseconds() ?? Number.NaN;
  const result = await runLoad(target, connections, seconds);
  const spent = (server.cpuMicroseconds() ?? Number.NaN) - before;
  return { ...result, cpuMicroseconds: spent / result.answers };
}

/** Rounds; the first Worker changes from round to round, so that a drift of the machine's speed cancels out. */
export async function alternate(rounds: number, sample: (name: WorkerName) => Promise<Sample>): Promise<Round[]> {
  const results: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const taken: Partial<Record<WorkerName, Sample>> = {};
    for (const name of round % 2 === 0 ? workers : workers.toReversed()) taken[name] = await sample(name);
    results.push(taken as Round);
  }
  return results;
}

export function summarise(connections: number, rounds: readonly Round[]): HitResult {
  const figures = (value: (round: Round, figure: keyof Figures) => number): Figures => ({
    requestsPerSecond: spreadOf(rounds.map((round) => value(round, "requestsPerSecond"))),
    p50Ms: spreadOf(rounds.map((round) => value(round, "p50Ms"))),
    p99Ms: spreadOf(rounds.map((round) => value(round, "p99Ms"))),
    cpuMicroseconds: spreadOf(rounds.map((round) => value(round, "cpuMicroseconds"))),
  });
  const of = (name: WorkerName): Figures => figures((round, figure) => round[name][figure]);
  const ratio = (name: WorkerName): Figures => figures(({ [name]: own, bare }, figure) => own[figure] / bare[figure]);
  const samples = rounds.flatMap((round) => workers.map((name) => round[name]));
  return {
    connections,
    rounds: rounds.length,
    requests: samples.reduce((sum, { requests }) => sum + requests, 0),
    figures: { real: of("real"), least: of("least"), bare: of("bare") },
    ratios: { real: ratio("real"), least: ratio("least") },
    clientUtilisation: Math.max(...samples.map(({ clientUtilisation }) => clientUtilisation)),
  };
}
