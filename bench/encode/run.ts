import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { measureFirstRequests } from "./first-request.ts";
import { measureMemory } from "./memory.ts";
import {
  describeVerdicts,
  firstRequestTable,
  judgeWebp,
  memoryTable,
  startTable,
  timingTable,
  toolTable,
  webpTargetRatio,
} from "./report.ts";
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
  console.log(
    "milliseconds per megapixel, one thread each, in workerd and by sharp at the same settings; medians (lowest–highest), ratios of rounds in turns",
  );
  console.log(timingTable(results));
  console.log("\nbeside the formats' own tools, in the same rounds");
  console.log(hasTools ? toolTable(results) : `skipped: ${toolsHint}`);
  console.log(`\n${describeVerdicts(verdicts)}`);

  const memory = await measureMemory();
  console.log(
    "\npeak memory of one run, its input not counted: WASM memory of a new instance; more bytes resident than before, after a tiny picture, in workerd and in Node.js with sharp",
  );
  console.log(memory.length === 0 ? "skipped: this system has no /proc/self/clear_refs" : memoryTable(results, memory));

  const starts = await measureStarts();
  console.log(
    "\nfirst use of each codec, a picture of 16 × 16, timed from outside: in a new isolate, where code is still to be compiled, and with a new instance of compiled code",
  );
  console.log(startTable(starts));

  const firstRequests = await measureFirstRequests(firstRequestLimitMs);
  console.log(
    "\nfirst request of a picture that no cache has, through the built Worker, origin on the same machine: until the first byte, until the final variant is stored, and all processor time, of what is made for other clients too",
  );
  console.log(firstRequestTable(firstRequests));
  if (loadBefore > cpus().length - 1) {
    console.log(`the machine was busy before (load ${loadBefore.toFixed(1)}): only ratios and bytes mean something`);
  }

  const root = fileURLToPath(new URL("../..", import.meta.url));
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    loadBefore,
    node: process.version,
    workerd: execFileSync(`${root}node_modules/.bin/workerd`, ["--version"], { encoding: "utf8" }).trim(),
    sharp: sharp.versions,
  };
  const record = {
    date: new Date().toISOString(),
    command: "npm run bench -- encode",
    machine,
    targets: { webpMethod4Ratio: webpTargetRatio },
    verdicts,
    results,
    memory,
    starts,
    firstRequests,
  };
  mkdirSync(`${root}bench/results/`, { recursive: true });
  writeFileSync(`${root}bench/results/encode.json`, `${JSON.stringify(record, undefined, 2)}\n`);
}
