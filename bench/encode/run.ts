import { cpus, loadavg } from "node:os";
import sharp from "sharp";
import { describeRun, workerdVersion, writeRecord } from "../record.ts";
import { measureFirstRequests } from "./first-request.ts";
import { measureMemory } from "./memory.ts";
import { describeEncodes, judgeWebp, webpTargetRatio } from "./report.ts";
import { measureStarts } from "./start-up.ts";
import { timeCodecs } from "./timing.ts";
import { hasTools, toolsHint } from "./tools.ts";

/** Each part does the least that it can be judged by, and more only within its time. */
const timingLimitMs = 75_000;
const firstRequestLimitMs = 40_000;

/**
 * Times every codec in workerd against sharp and against the formats' own tools, taking turns; their memory; what the
 * first use of each costs; and whole first requests through the built Worker. Prints tables and writes
 * `bench/results/encode.json`. Takes about three minutes on two quiet cores.
 */
export async function runEncodeBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  sharp.concurrency(1);
  sharp.cache(false);

  const results = await timeCodecs(timingLimitMs);
  const verdicts = judgeWebp(results);
  const memory = await measureMemory();
  const starts = await measureStarts();
  const firstRequests = await measureFirstRequests(firstRequestLimitMs);
  console.log(describeEncodes({ results, verdicts, memory, starts, firstRequests }));
  if (!hasTools) console.log(`not compared with the formats' own tools: ${toolsHint}`);
  if (loadBefore > cpus().length - 1) {
    console.log(`the machine was busy before (load ${loadBefore.toFixed(1)}): only ratios and bytes mean something`);
  }
  writeRecord("encode", {
    ...describeRun("encode", { loadBefore, workerd: workerdVersion(), sharp: sharp.versions }),
    targets: { webpMethod4Ratio: webpTargetRatio },
    verdicts,
    results,
    memory,
    starts,
    firstRequests,
  });
}
