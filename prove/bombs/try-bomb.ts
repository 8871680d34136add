/** One bomb, in a process of its own, so that what it takes is seen: `node try-bomb.ts FILE` prints a line of JSON. */
import { readFileSync, writeFileSync } from "node:fs";
import { loadWasmModules } from "../../node/imaging.ts";
import type { Decided } from "./decide.ts";

loadWasmModules();
const { createImaging } = await import("../../src/imaging/create-imaging.ts");
const { config, decide } = await import("./decide.ts");

export interface Effort {
  /** Processor time. */
  readonly ms: number;
  /** By which the process grew at the most. */
  readonly bytes: number;
}

export interface TriedBomb {
  readonly bytes: number;
  readonly decided: Decided["decided"];
  /** What became of the recipes: `made`, `refused` and so on. */
  readonly results: readonly string[];
  readonly deciding: Effort;
  /** Of all recipes that the plan has. */
  readonly working: Effort & {
    readonly recipes: number;
    readonly predictedMs: number;
    readonly predictedBytes: number;
  };
}

const file = new Uint8Array(readFileSync(process.argv[2] ?? ""));
globalThis.gc?.();

/** Begins a new peak where the system lets it (Linux), and says what is resident now. */
function startPeak(): number {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // The peak since the process began counts then.
  }
  return readPeak();
}

/** Bytes that were resident at the most. */
function readPeak(): number {
  try {
    return 1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}

async function measure<Result>(work: () => Promise<Result>): Promise<{ result: Result; effort: Effort }> {
  const before = startPeak();
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return {
    result,
    effort: { ms: (user + system) / 1000, bytes: Math.max(0, readPeak() - before) },
  };
}

const deciding = await measure(() => decide(file));
const { decided, plan, facts } = deciding.result;
const planned = plan?.kind === "make" ? Object.values(plan.variants) : [];
const variants = planned.filter((variant) => typeof variant === "object");

const worked = await measure(async () => {
  if (facts === undefined || variants.length === 0) return [];
  const image = createImaging().open(file, facts, config.METADATA);
  const kinds: string[] = [];
  for (const { recipe } of variants) kinds.push((await image.make(recipe)).kind);
  image.close();
  return kinds;
});
const decode = plan?.kind === "make" ? plan.decode : { ms: 0, peakBytes: 0 };
const tried: TriedBomb = {
  bytes: file.length,
  decided,
  results: [...new Set(worked.result)],
  deciding: deciding.effort,
  working: {
    ...worked.effort,
    recipes: variants.length,
    predictedMs: variants.reduce((sum, { cost }) => sum + cost.ms, decode.ms),
    predictedBytes: Math.max(0, ...variants.map(({ cost }) => Math.max(cost.peakBytes, decode.peakBytes))),
  },
};
console.log(JSON.stringify(tried));
