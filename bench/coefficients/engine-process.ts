import { existsSync, readdirSync, readFileSync } from "node:fs";
import { startWorkerd } from "../encode/launch.ts";
import type { Form } from "./forms.ts";
import { workerds } from "../encode/runtime-process.ts";

/** The paths of `worker.ts`. */
export type Work = Form | "read" | "webp";

/** What some work took. CPU is that of all threads of workerd, NaN where the system does not report it. */
export interface Spent {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  /** Size of what was written, 0 for reading. */
  readonly bytes: number;
}

/** The coefficient engine in a workerd of its own. */
export interface EngineProcess {
  keep(jpeg: Uint8Array): Promise<void>;
  /** Means of so many repetitions in one request. */
  run(work: Work, repeat?: number): Promise<Spent>;
  /** Undefined where there is no `/proc`. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** Starts `worker.ts` in a new workerd, where nothing has been compiled or allocated yet. */
export async function startEngine(): Promise<EngineProcess> {
  const before = new Set(workerds());
  const miniflare = await startWorkerd("bench/coefficients/worker.ts");
  const pid = workerds().find((id) => !before.has(id));
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const response = await miniflare.dispatchFetch(`http://coefficients.test${path}`, init as object);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response as unknown as Response;
  };
  return {
    keep: async (jpeg) => {
      await send("/source", { method: "PUT", body: new Uint8Array(jpeg) });
    },
    run: async (work, repeat = 1) => {
      const cpuBefore = cpuMilliseconds(pid);
      const started = performance.now();
      const bytes = Number(await (await send(`/${work}?repeat=${repeat}`, { method: "POST" })).text());
      const milliseconds = (performance.now() - started) / repeat;
      return { milliseconds, cpuMilliseconds: (cpuMilliseconds(pid) - cpuBefore) / repeat, bytes };
    },
    pid,
    stop: () => miniflare.dispose(),
  };
}

/** From the scheduler's statistics of Linux: the first number is nanoseconds on a processor, one file per thread. */
function cpuMilliseconds(pid: number | undefined): number {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(`${tasks}/${pid}/schedstat`)) return Number.NaN;
  const nanoseconds = readdirSync(tasks).map((thread) => {
    try {
      return Number(readFileSync(`${tasks}/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // The thread has ended since the folder was read.
      return 0;
    }
  });
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
}
