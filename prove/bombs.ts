/** Files that announce or unfold to more than anybody could hold: each is decided from what it says, in little time and memory. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Bomb, bombs } from "./bombs/make.ts";
import type { TriedBomb } from "./bombs/try-bomb.ts";
import type { Proof } from "./record.ts";

const script = fileURLToPath(new URL("bombs/try-bomb.ts", import.meta.url));

/** Wall-clock milliseconds after which a file hangs, on a machine however busy. */
const hangMs = 300_000;

/**
 * What deciding may take: milliseconds of processor time for each 100 KB, with those of code that runs for the first time,
 * and bytes beyond the file itself.
 */
const decidingMsPer100KB = 100;
const coldMs = 400;
const decidingBytes = 48e6;

/** What the work that is planned may take, against the prediction, with what is not collected and the start of the codecs. */
const timesPredictedMs = 3;
const workingBytes = 60e6;
const timesPredictedBytes = 1.5;

/** `--only PART`: those whose name has this in it. */
export async function run([, only]: readonly string[]): Promise<Proof> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-bombs-"));
  const failures: string[] = [];
  const rows: string[][] = [];
  try {
    for (const bomb of bombs.filter(({ name }) => only === undefined || name.includes(only))) {
      const path = join(folder, "bomb");
      writeFileSync(path, await bomb.make());
      const tried = await tryBomb(path).catch(String);
      if (typeof tried === "string") failures.push(`${bomb.name}: ${tried}`);
      else {
        failures.push(...complaints(bomb, tried));
        rows.push(describe(bomb, tried));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const head = ["file", "KB", "reason", "deciding: ms", "MB", "then", "ms", "MB"];
  return { tables: [{ head, rows }], failures };
}

async function tryBomb(path: string): Promise<TriedBomb> {
  const args = ["--expose-gc", script, path];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: hangMs, maxBuffer: 1e6 });
  return JSON.parse(stdout) as TriedBomb;
}

function complaints(
  { name, decided: expected }: Bomb,
  { bytes, decided, results, deciding, working }: TriedBomb,
): string[] {
  const found: string[] = [];
  if (decided !== expected) found.push(`${decided} instead of ${expected}`);
  if (results.includes("failed")) found.push("an undeclared error");
  if (deciding.ms > coldMs + (decidingMsPer100KB * bytes) / 100e3) found.push(`${deciding.ms.toFixed(0)} ms to decide`);
  if (deciding.bytes > decidingBytes + bytes) found.push(`${deciding.bytes} bytes to decide`);
  if (working.ms > coldMs + timesPredictedMs * working.predictedMs)
    found.push(`${working.ms.toFixed(0)} ms of work, ${working.predictedMs.toFixed(0)} predicted`);
  if (working.bytes > workingBytes + timesPredictedBytes * working.predictedBytes)
    found.push(`${working.bytes} bytes of work, ${working.predictedBytes} predicted`);
  return found.map((text) => `${name}: ${text}`);
}

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

function describe({ name }: Bomb, { bytes, decided, results, deciding, working }: TriedBomb): string[] {
  return [
    name,
    whole(bytes / 1000),
    decided === "planned" ? "fits" : `\`${decided}\``,
    whole(deciding.ms),
    whole(deciding.bytes / 1e6),
    ...(results.length === 0 ? ["–", "–", "–"] : [results.join(", "), whole(working.ms), whole(working.bytes / 1e6)]),
  ];
}
