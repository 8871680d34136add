import { formatTable } from "../coefficients/table.ts";
import type { Spread } from "../hit/statistics.ts";
import type { urls } from "./requests.ts";

/** One URL, requested by many clients. */
export interface DecideResult {
  readonly url: keyof typeof urls;
  readonly accept: "seen" | "new" | "long";
  readonly rounds: number;
  readonly requestsPerRound: number;
  readonly target: number;
  readonly met: boolean;
  /** Of rounds, each the mean of its requests. */
  readonly microseconds: Spread;
  /** Of single requests, which the clock resolves to some 0.1 µs; the slow ones are garbage collections. */
  readonly p99Microseconds: number;
}

/** All that is printed. */
export interface DecideReport {
  readonly clients: { readonly source: string; readonly count: number };
  readonly results: readonly DecideResult[];
}

/** The whole report as text. */
export function describeDecisions({ clients, results }: DecideReport): string {
  const header = ["URL", "Accept", "rounds", "median", "(spread)", "p99", "target", ""];
  const rows = results.map(({ url, accept, rounds, microseconds, p99Microseconds, target, met }) => [
    url,
    accept,
    `${rounds}`,
    microseconds.median.toFixed(2),
    `(${microseconds.lowest.toFixed(2)}–${microseconds.highest.toFixed(2)})`,
    p99Microseconds.toFixed(1),
    `≤ ${target}`,
    met ? "met" : "missed",
  ]);
  return [
    `from request to cache key, ${clients.count} clients of ${clients.source}; µs per request`,
    formatTable(header, rows, 2),
  ].join("\n");
}
