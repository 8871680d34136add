/** What a proof leaves in `prove/results/`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { describeRun, type RunRecord } from "../bench/record.ts";
import type { Table } from "../scripts/markdown.ts";

/** What was tried, in figures. */
export interface Proof {
  readonly tables: readonly Table[];
  /** What did not hold, each in a sentence; empty where everything did. */
  readonly failures: readonly string[];
}

export type ProofRecord = RunRecord & Proof;

/** To be called before the run, since the load before it is part of the record. */
export function describeProof(part: string, options: readonly string[]): RunRecord {
  const { date, machine } = describeRun(part, { loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)) });
  const command = ["npm run prove --", part, ...options].join(" ");
  return { date, command, machine };
}

const recordOf = (part: string): URL => new URL(`results/${part}.json`, import.meta.url);

export function writeProof(part: string, record: ProofRecord): void {
  mkdirSync(new URL("results/", import.meta.url), { recursive: true });
  writeFileSync(recordOf(part), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** The record of the last run; undefined where there was none. */
export function readProof(part: string): ProofRecord | undefined {
  const file = recordOf(part);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ProofRecord) : undefined;
}
