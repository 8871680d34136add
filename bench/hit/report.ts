import type { Figures, HitResult } from "./figures.ts";
import type { Spread } from "./statistics.ts";
import type { EncodingResult } from "./while-encoding.ts";

/** What the project asks of itself: throughput at least this share of the bare Worker's, p99 at most this multiple. */
export const targets = { throughput: 0.95, p99: 1.15 } as const;
const judgedConnections = 16;

type Verdict = "met" | "missed" | "not judged";

/** How far the bare Worker's fastest round may be from its slowest one: beyond it, chance decides whether a target is met. */
const steadyWithin = 1.5;

function isSteady({ figures }: HitResult): boolean {
  const { highest, lowest } = figures.bare.requestsPerSecond;
  return highest <= lowest * steadyWithin;
}

/** All that is printed. */
export interface HitReport {
  readonly body: { readonly type: string | undefined; readonly bytes: number };
  readonly results: readonly HitResult[];
  readonly whileEncoding: readonly EncodingResult[];
}

/** The whole report as text. */
export function describeHits({ body, results, whileEncoding }: HitReport): string {
  return [
    `hits of ${body.type}, ${body.bytes} bytes; medians (lowest–highest) of rounds`,
    layOut(hitRows(results)),
    verdictOf(results),
    "\nhits in ms, alone and while a new picture comes in every 1.5 s; medians of rounds (highest)",
    layOut(encodingRows(whileEncoding)),
  ].join("\n");
}

function verdictOf(results: readonly HitResult[]): string {
  const { throughput, p99, met, isNoisy } = judge(results);
  return [
    [
      `at ${judgedConnections} connections: throughput ${throughput.toFixed(2)} of the bare Worker's`,
      `(target ≥ ${targets.throughput}: ${met.throughput}), p99 ${p99.toFixed(2)} times (target ≤ ${targets.p99}: ${met.p99})`,
    ].join(" "),
    ...(isNoisy
      ? [
          `rounds of the same Worker differ by more than ${steadyWithin}: other programs were measured, nothing is judged`,
        ]
      : []),
  ].join("\n");
}

interface Judgement {
  readonly throughput: number;
  readonly p99: number;
  readonly met: { readonly throughput: Verdict; readonly p99: Verdict };
  readonly isNoisy: boolean;
}

/** The figures that have targets. */
export function judge(results: readonly HitResult[]): Judgement {
  const judged = results.find(({ connections }) => connections === judgedConnections);
  const throughput = judged?.ratios.real.requestsPerSecond.median ?? Number.NaN;
  const p99 = judged?.ratios.real.p99Ms.median ?? Number.NaN;
  const isNoisy = judged === undefined || !isSteady(judged);
  const verdict = (isMet: boolean): Verdict => (isNoisy ? "not judged" : isMet ? "met" : "missed");
  const met = { throughput: verdict(throughput >= targets.throughput), p99: verdict(p99 <= targets.p99) };
  return { throughput, p99, met, isNoisy };
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
