import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** When, how and where figures were measured; the beginning of every file in `bench/results/`. */
export interface RunRecord {
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
}

interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Load average before the run. */
  readonly loadBefore?: number;
  readonly workerd?: string;
  /** Of sharp and its libraries. */
  readonly sharp?: Readonly<Record<string, string | undefined>>;
}

type Conditions = Pick<Machine, "loadBefore" | "workerd" | "sharp">;

export function describeRun(bench: string, conditions: Conditions = {}): RunRecord {
  return {
    date: new Date().toISOString(),
    command: `npm run bench -- ${bench}`,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      node: process.version,
      ...conditions,
    },
  };
}

export function workerdVersion(): string {
  return execFileSync(join(root, "node_modules/.bin/workerd"), ["--version"], { encoding: "utf8" }).trim();
}

/** Writes `bench/results/<bench>.json`. */
export function writeRecord(
  bench: string,
  record: RunRecord & Readonly<Record<string, unknown>>,
  render = (figures: object): string => JSON.stringify(figures, undefined, 2),
): void {
  const folder = join(root, "bench/results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${bench}.json`), `${render(record)}\n`);
}
