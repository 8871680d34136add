import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { bytesTable, countBytes, savedPercent, savingTargets, savingVerdicts } from "./bytes.ts";
import { measureMemory, memoryTable } from "./memory.ts";
import { timeTargets, timeWorks, timingTable } from "./timing.ts";

/**
 * Measures the coefficient engine: time in workerd against JPEG → WebP of the same run, peak memory against what was
 * foretold, and bytes against jpegtran and cjxl. Prints tables with the targets and writes
 * `bench/results/coefficients.json`. Takes about three minutes.
 */
export async function runCoefficientBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  const timing = await timeWorks();
  console.log(
    "warm, in workerd: ms per megapixel by the clock, and of processor time, which the targets judge; median (lowest–highest).\nBeside it: how many times less processor time than JPEG → WebP; that of a whole first run in a new process",
  );
  console.log(timingTable(timing));
  // One processor is for workerd; its helper threads and this program share the other.
  if (loadBefore > cpus().length - 1) {
    console.log(`the machine was busy before (load ${loadBefore.toFixed(1)}): trust the CPU figures, not the clock's`);
  }

  const memory = await measureMemory();
  console.log("\npeak memory above idle in MB, source included");
  console.log(memory.length === 0 ? "skipped: this system has no /proc/self/clear_refs" : memoryTable(memory));

  const bytes = await countBytes();
  console.log("\nbytes of the corpus's photographs");
  console.log(bytes.length === 0 ? "skipped: no ../shared/corpus" : `${bytesTable(bytes)}\n${savingVerdicts(bytes)}`);

  const root = fileURLToPath(new URL("../..", import.meta.url));
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    loadBefore,
    node: process.version,
    workerd: execFileSync(`${root}node_modules/.bin/workerd`, ["--version"], { encoding: "utf8" }).trim(),
  };
  const record = {
    date: new Date().toISOString(),
    command: "npm run bench -- coefficients",
    machine,
    targets: { time: timeTargets, savedPercent: savingTargets },
    timing,
    memory,
    bytes: bytes.map((result) => ({
      ...result,
      savedPercent: { packed: savedPercent(result, "packed"), jxl: savedPercent(result, "jxl") },
    })),
  };
  mkdirSync(`${root}bench/results/`, { recursive: true });
  writeFileSync(`${root}bench/results/coefficients.json`, `${JSON.stringify(record, undefined, 2)}\n`);
}
