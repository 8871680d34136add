/** Memory of a process that is really there, from Linux's `/proc` (proc(5)). */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

export const canReadMemory = existsSync("/proc/self/clear_refs");

/** Bytes that are resident now; the peak counts from here on. */
export function markPeak(pid: number): number {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return readStatus(pid, "VmRSS");
}

/** Most bytes that were resident since the mark. */
export function readPeak(pid: number): number {
  return readStatus(pid, "VmHWM");
}

function readStatus(pid: number, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
}
