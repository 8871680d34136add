/** The processes of workerd that this one has started, by what Linux says of them in /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, in which Linux counts processor time for programs; see time(7). */
const ticksPerSecond = 100;

/** Fields 3 and following of /proc/pid/stat, which begin after the name in parentheses; see proc_pid_stat(5). */
function statOf(pid: number): readonly string[] {
  const [, rest = ""] = /^\d+ \(.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  return rest.split(" ");
}

/** Of this process's children; empty where there is no /proc. */
export function workerdPids(): readonly number[] {
  try {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => {
      try {
        const isOurs = Number(statOf(pid)[1]) === process.pid;
        return isOurs && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd");
      } catch {
        // It has ended meanwhile.
        return false;
      }
    });
  } catch {
    return [];
  }
}

/** Processor seconds of a process so far, user and system. */
export function processorSeconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
