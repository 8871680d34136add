import { cpus, loadavg } from "node:os";
import { describeRun, workerdVersion, writeRecord } from "../record.ts";
import { countBytes } from "./bytes.ts";
import { measureMemory } from "./memory.ts";
import { describeCoefficients, savedPercent, savingTargets } from "./report.ts";
import { timeTargets, timeWorks } from "./timing.ts";

/**
 * Measures the coefficient engine: time in workerd against JPEG → WebP of the same run, peak memory against what was
 * predicted, and bytes against jpegtran and cjxl. Prints tables with the targets and writes
 * `bench/results/coefficients.json`. Takes about three minutes.
 */
export async function runCoefficientBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  const timing = await timeWorks();
  const memory = await measureMemory();
  const bytes = await countBytes();
  console.log(describeCoefficients({ timing, memory, bytes }));
  // One processor is for workerd; its helper threads and this program share the other.
  if (loadBefore > cpus().length - 1) {
    console.log(`the machine was busy before (load ${loadBefore.toFixed(1)}): trust the CPU figures, not the clock's`);
  }
  writeRecord("coefficients", {
    ...describeRun("coefficients", { loadBefore, workerd: workerdVersion() }),
    targets: { time: timeTargets, savedPercent: savingTargets },
    timing,
    memory,
    bytes: bytes.map((result) => ({
      ...result,
      savedPercent: { optimised: savedPercent(result, "optimised"), jxl: savedPercent(result, "jxl") },
    })),
  });
}
