/** Runs the inputs of one seed in a process of their own, and goes on after a crash or a hang with the next input. */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./exercise.ts";

export interface Assignment {
  readonly seed: number;
  /** Number of the first input, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Sources of this format alone. */
  readonly format?: string;
}

/** The process ended at this input, or was ended since it did not get on. */
export interface Accident {
  readonly number: number;
  readonly reason: string;
}

const child = fileURLToPath(new URL("child.ts", import.meta.url));

/** Processor time in which an input must be done; where the system does not say, wall-clock time. */
const hangCpuSeconds = 60;
const hangWallSeconds = 900;
const pollMs = 1000;

/** More than a sound run needs: the library is bounded to 128 MB, and the judge holds pictures of its own. */
const heapMegabytes = 700;

/** A process takes so many inputs: what its decoders keep, or fragment, does not add up over a night. */
const inputsOfProcess = 20_000;

/** @param onOutcome decides whether to go on */
export async function runInputs(
  assignment: Assignment,
  onOutcome: (outcome: Outcome) => boolean,
  onAccident: (accident: Accident) => void,
): Promise<void> {
  for (let { first } = assignment; first < assignment.end;) {
    const end = Math.min(assignment.end, first + inputsOfProcess);
    const { ending, next, reason } = await runUntilAccident({ ...assignment, first, end }, onOutcome);
    if (ending === "stopped") return;
    if (ending === "accident") onAccident({ number: next, reason });
    first = ending === "accident" ? next + 1 : end;
  }
}

interface Run {
  readonly ending: "done" | "stopped" | "accident";
  /** The input after the last one that was reported. */
  readonly next: number;
  readonly reason: string;
}

async function runUntilAccident(assignment: Assignment, onOutcome: (outcome: Outcome) => boolean): Promise<Run> {
  const flags = ["--expose-gc", `--max-old-space-size=${heapMegabytes}`];
  const process = fork(child, [JSON.stringify(assignment)], { execArgv: flags, serialization: "advanced" });
  let next = assignment.first;
  let isStopped = false;
  let reason = "";
  const watchdog = watch(process, (why) => {
    reason = why;
    process.kill("SIGKILL");
  });
  process.on("message", (message) => {
    const outcome = message as Outcome;
    next = outcome.number + 1;
    watchdog.isAlive();
    if (isStopped || onOutcome(outcome)) return;
    isStopped = true;
    process.kill("SIGKILL");
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((ended) =>
    process.once("exit", (...how) => ended(how)),
  );
  watchdog.stop();
  const isDone = code === 0 && next === assignment.end;
  return {
    ending: isStopped ? "stopped" : isDone ? "done" : "accident",
    next,
    reason: reason || `the process ended with ${signal ?? code}`,
  };
}

function watch(process: ChildProcess, onHang: (reason: string) => void): { isAlive(): void; stop(): void } {
  let since = { cpu: cpuSeconds(process.pid), wall: performance.now() };
  const timer = setInterval(() => {
    const cpu = cpuSeconds(process.pid);
    const wall = (performance.now() - since.wall) / 1000;
    const used = cpu === undefined || since.cpu === undefined ? 0 : cpu - since.cpu;
    if (used > hangCpuSeconds) onHang(`no end after ${used.toFixed(0)} s of processor time`);
    else if (wall > hangWallSeconds) onHang(`no end after ${wall.toFixed(0)} s`);
  }, pollMs);
  return {
    isAlive: () => void (since = { cpu: cpuSeconds(process.pid), wall: performance.now() }),
    stop: () => clearInterval(timer),
  };
}

/** User and system time of a process by Linux, in hundredths of a second; undefined elsewhere. */
function cpuSeconds(pid: number | undefined): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
