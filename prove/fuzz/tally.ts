/** The figures of a run. */
import type { Table } from "../../scripts/markdown.ts";
import type { Proof } from "../record.ts";
import type { Outcome, Verdict } from "./exercise.ts";

interface Row {
  inputs: number;
  readonly verdicts: Record<Verdict, number>;
  judged: number;
  notJudged: number;
  /** Milliseconds of processor time for each 100 KB, of files of at least as much, and the longest of all steps. */
  mostMsPer100KB: number;
  mostMs: number;
  mostBytes: number;
  /** Findings that only libvips had. */
  settled: number;
  findings: number;
}

export interface Tally {
  /** @param settled findings that the browser did not share */
  add(seed: number, outcome: Outcome, settled?: number): void;
  addAccident(seed: number, number: number, reason: string): void;
  proof(): Proof;
}

export function createTally(): Tally {
  const rows = new Map<string, Row>();
  const seeds = new Map<number, number>();
  const failures: string[] = [];
  const rowOf = (format: string): Row => {
    const row = rows.get(format) ?? emptyRow();
    rows.set(format, row);
    return row;
  };
  const count = (seed: number): void => void seeds.set(seed, (seeds.get(seed) ?? 0) + 1);
  return {
    add: (seed, { number, bytes, format, verdicts, judged, notJudged, slowest, mostBytes, findings }, settled = 0) => {
      count(seed);
      const row = rowOf(format);
      row.inputs++;
      for (const verdict of verdicts) row.verdicts[verdict]++;
      row.judged += judged;
      row.notJudged += notJudged;
      row.mostMs = Math.max(row.mostMs, slowest.ms);
      row.mostMsPer100KB = Math.max(row.mostMsPer100KB, slowest.ms / Math.max(1, bytes / 100e3));
      row.mostBytes = Math.max(row.mostBytes, mostBytes);
      row.settled += settled;
      row.findings += findings.length;
      for (const { step, reason } of findings)
        failures.push(`seed ${seed}, input ${number}, ${format}, ${step}: ${reason}`);
    },
    addAccident: (seed, number, reason) => {
      count(seed);
      failures.push(`seed ${seed}, input ${number}: ${reason}`);
    },
    proof: () => ({ tables: [tableOf(rows), tableOfSeeds(seeds)], failures }),
  };
}

function emptyRow(): Row {
  return {
    inputs: 0,
    verdicts: { made: 0, refused: 0, undecodable: 0, failed: 0 },
    judged: 0,
    notJudged: 0,
    mostMs: 0,
    mostMsPer100KB: 0,
    mostBytes: 0,
    settled: 0,
    findings: 0,
  };
}

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

function tableOf(rows: ReadonlyMap<string, Row>): Table {
  return {
    head: [
      "format",
      "inputs",
      "files and pictures made",
      "refused",
      "undecodable",
      "judged",
      "not judged",
      "longest step, ms",
      "ms for 100 KB at most",
      "MB at most",
      "settled by the browser",
      "findings",
    ],
    rows: [...rows]
      .toSorted(([, one], [, other]) => other.inputs - one.inputs)
      .map(([format, row]) => [
        format,
        whole(row.inputs),
        whole(row.verdicts.made),
        whole(row.verdicts.refused),
        whole(row.verdicts.undecodable),
        whole(row.judged),
        whole(row.notJudged),
        whole(row.mostMs),
        whole(row.mostMsPer100KB),
        whole(row.mostBytes / 1e6),
        whole(row.settled),
        whole(row.findings),
      ]),
  };
}

function tableOfSeeds(seeds: ReadonlyMap<number, number>): Table {
  return { head: ["seed", "inputs"], rows: [...seeds].map(([seed, inputs]) => [String(seed), whole(inputs)]) };
}
