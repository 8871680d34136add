import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer } from "../../test/support/http.ts";
import type { Figures, HitResult } from "./figures.ts";
import type { Spread } from "./statistics.ts";
import type { EncodingResult } from "./while-encoding.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the project asks of itself: throughput at least this share of the bare Worker's, p99 at most this multiple. */
const targets = { throughput: 0.95, p99: 1.15 } as const;
const judgedConnections = 16;

type Verdict = "met" | "missed" | "not judged";

/** How far the bare Worker's fastest round may be from its slowest one: beyond it, chance decides whether a target is met. */
const steadyWithin = 1.5;

function isSteady({ figures }: HitResult): boolean {
  const { highest, lowest } = figures.bare.requestsPerSecond;
  return highest <= lowest * steadyWithin;
}

/** Prints the tables and writes `bench/results/hit.json`. */
export function report(
  results: readonly HitResult[],
  whileEncoding: readonly EncodingResult[],
  answer: Answer,
  loadBefore: number,
): void {
  const body = { type: answer.headers["content-type"], bytes: answer.body.length };
  console.log(`hits of ${body.type}, ${body.bytes} bytes; medians (lowest–highest) of rounds`);
  console.log(layOut(hitRows(results)));
  const judged = results.find(({ connections }) => connections === judgedConnections);
  const throughput = judged?.ratios.real.requestsPerSecond.median ?? Number.NaN;
  const p99 = judged?.ratios.real.p99Ms.median ?? Number.NaN;
  const isNoisy = judged === undefined || !isSteady(judged);
  const judge = (isMet: boolean): Verdict => (isNoisy ? "not judged" : isMet ? "met" : "missed");
  const met = { throughput: judge(throughput >= targets.throughput), p99: judge(p99 <= targets.p99) };
  console.log(
    [
      `at ${judgedConnections} connections: throughput ${throughput.toFixed(2)} of the bare Worker's`,
      `(target ≥ ${targets.throughput}: ${met.throughput}), p99 ${p99.toFixed(2)} times (target ≤ ${targets.p99}: ${met.p99})`,
    ].join(" "),
  );
  if (isNoisy) {
    console.log(
      `rounds of the same Worker differ by more than ${steadyWithin}: other programs were measured, nothing is judged`,
    );
  }
  console.log("\nhits in ms, alone and while a new picture comes in every 1.5 s; medians of rounds (highest)");
  console.log(layOut(encodingRows(whileEncoding)));
  // One processor is for workerd, one for the load generator.
  if (loadBefore > cpus().length - 1) {
    console.log(
      `the machine was busy before (load ${loadBefore.toFixed(1)}): of all figures, CPU µs/request is disturbed least`,
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
    whileEncoding,
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

function hitRows(results: readonly HitResult[]): readonly (readonly string[])[] {
  const header = ["connections", "rounds", "figure", "bare", "least", "ratio", "", "Worker", "ratio", ""];
  const rows = results.flatMap(({ connections, rounds, figures, ratios }) =>
    shownFigures.map(({ title, figure, digits }, index) => [
      index === 0 ? `${connections}` : "",
      index === 0 ? `${rounds}` : "",
      title,
      figures.bare[figure].median.toFixed(digits),
      figures.least[figure].median.toFixed(digits),
      ...withRange(ratios.least[figure]),
      figures.real[figure].median.toFixed(digits),
      ...withRange(ratios.real[figure]),
    ]),
  );
  return [header, ...rows];
}

function withRange({ median, lowest, highest }: Spread): readonly [string, string] {
  return [median.toFixed(2), `(${lowest.toFixed(2)}–${highest.toFixed(2)})`];
}

function encodingRows(results: readonly EncodingResult[]): readonly (readonly string[])[] {
  const header = ["formats made", "pictures", "", "requests/s", "p50", "p99", "longest"];
  const rows = results.flatMap(({ formats, encodedPictures, quiet, encoding }) => [
    [formats, "", "alone", ...times(quiet)],
    ["", `${encodedPictures}`, "encoding", ...times(encoding)],
  ]);
  return [header, ...rows];
}

function times({ requestsPerSecond, p50Ms, p99Ms, longestMs }: EncodingResult["quiet"]): readonly string[] {
  const ms = ({ median, highest }: Spread): string => `${median.toFixed(1)} (${highest.toFixed(1)})`;
  return [requestsPerSecond.median.toFixed(0), ms(p50Ms), ms(p99Ms), ms(longestMs)];
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "));
  return lines.map((line) => line.trimEnd()).join("\n");
}
