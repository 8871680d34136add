import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The workerd processes that this one started; none where there is no `/proc`. */
export function workerds(): number[] {
  if (!existsSync("/proc/self/status")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        return /^Name:\s+workerd$/m.test(status) && status.includes(`\nPPid:\t${process.pid}\n`);
      } catch {
        // Has ended since the folder was read.
        return false;
      }
    });
}
