/**
 * `npm run bench`: all benchmarks; `npm run bench -- bytes` (or another name of the table below): one of them;
 * `npm run bench -- encode avif`: of that one, what is about one codec.
 */
import { runBytesBench } from "./bytes/run.ts";
import { runCostBench } from "./cost/run.ts";
import { runCoefficientBench } from "./coefficients/run.ts";
import { runDecideBench } from "./decide/run.ts";
import { renewCodec } from "./encode/renew.ts";
import { runEncodeBench } from "./encode/run.ts";
import { runFleetBench } from "./fleet/run.ts";
import { runHitBench } from "./hit/run.ts";
import { runPromisesBench } from "./promises/run.ts";
import { runStepsBench } from "./steps/run.ts";
import { runWebpRowsBench } from "./webp-rows/run.ts";

const benchmarks = {
  bytes: () => runBytesBench(),
  encode: (codec?: string) => (codec === undefined ? runEncodeBench() : renewCodec(codec)),
  coefficients: () => runCoefficientBench(),
  hit: () => runHitBench(),
  decide: () => runDecideBench(),
  cost: () => runCostBench(),
  fleet: (part?: string) => runFleetBench(part),
  promises: () => runPromisesBench(),
  steps: () => runStepsBench(),
  "webp-rows": () => runWebpRowsBench(),
};

const [wanted, part] = process.argv.slice(2);
const chosen = Object.entries(benchmarks).filter(([name]) => wanted === undefined || name === wanted);
if (chosen.length === 0) {
  console.error(`No benchmark is called "${wanted}"; there are ${Object.keys(benchmarks).join(", ")}.`);
  process.exitCode = 2;
}
for (const [name, run] of chosen) {
  console.log(`\n${name}`);
  await run(part);
}
