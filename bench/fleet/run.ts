import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runBurst } from "./run-burst.ts";
import { runShared } from "./run-shared.ts";

const parts = { shared: runShared, burst: runBurst };

/**
 * `npm run bench -- fleet`: what new pictures take in a fleet, beside data centres that each make their own. Parts:
 * `shared`, what 1, 2 and 8 data centres take for a picture, and a day on paper; `burst`, many new pictures at once.
 */
export async function runFleetBench(part?: string): Promise<void> {
  const chosen = Object.entries(parts).filter(([name]) => part === undefined || name === part);
  if (chosen.length === 0) throw new Error(`The parts of this benchmark are ${Object.keys(parts).join(", ")}.`);
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-bench-fleet-"));
  try {
    for (const [, run] of chosen) await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
