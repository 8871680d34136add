import type { Stats } from "../stats.ts";
import type { CountedRow } from "./analytics.ts";

export interface Named {
  readonly name: string;
  readonly value: number;
}

/** What an operator wants to know at a glance. */
export interface Savings {
  readonly answers: number;
  readonly hits: number;
  readonly interim: number;
  /** Bytes that were not sent, in all, by day (where days are known) and by the format that was sent. */
  readonly saved: number;
  readonly days: readonly Named[];
  readonly formats: readonly Named[];
  /** Answers by reason. */
  readonly reasons: readonly Named[];
}

/** Of one isolate. Hits beyond each hundredth are counted, and not read: their savings are an estimate. */
export function savingsSinceStart(stats: Stats): Savings {
  const formats = largestFirst(Object.entries(stats.saved));
  return {
    answers: stats.requests,
    hits: stats.hits,
    interim: stats.interim,
    saved: sumOf(formats),
    days: [],
    formats,
    reasons: largestFirst(Object.entries(stats.reasons)),
  };
}

/** Where a hit came from, as the points say it. */
const waysOfHits: readonly string[] = ["edge", "assembled", "r2"];

/** Of all data centres. */
export function savingsOf(rows: readonly CountedRow[]): Savings {
  const answersOf = (chosen: readonly CountedRow[]) => chosen.reduce((sum, { answers }) => sum + answers, 0);
  return {
    answers: answersOf(rows),
    hits: answersOf(rows.filter(({ way }) => waysOfHits.includes(way))),
    interim: answersOf(rows.filter(({ reason }) => reason === "interim")),
    saved: rows.reduce((sum, { saved }) => sum + saved, 0),
    days: group(rows, ({ day, saved }) => [day, saved]).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    formats: largestFirst(group(rows, ({ format, saved }) => [format, saved]).map(({ name, value }) => [name, value])),
    reasons: largestFirst(
      group(rows, ({ reason, answers }) => [reason, answers]).map(({ name, value }) => [name, value]),
    ),
  };
}

function group(rows: readonly CountedRow[], read: (row: CountedRow) => readonly [string, number]): readonly Named[] {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const [name, value] = read(row);
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return [...sums].map(([name, value]) => ({ name, value }));
}

function largestFirst(entries: readonly (readonly [string, number])[]): readonly Named[] {
  return entries
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => ({ name: name === "" ? "unknown" : name, value }))
    .toSorted((one, other) => other.value - one.value);
}

function sumOf(named: readonly Named[]): number {
  return named.reduce((sum, { value }) => sum + value, 0);
}
