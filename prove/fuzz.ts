/**
 * Damaged files through the imaging library, in process. `npm run fuzz` runs it alone; as a part of `npm run prove` its
 * figures are kept.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { createCourt } from "./fuzz/court.ts";
import { keepFinding } from "./fuzz/keep-finding.ts";
import { createTally } from "./fuzz/tally.ts";
import { type Accident, runInputs } from "./fuzz/run-inputs.ts";
import { createInputs } from "./fuzz/sources.ts";
import type { Finding, Outcome } from "./fuzz/exercise.ts";
import type { Proof } from "./record.ts";

/**
 * `--seconds 60` for each seed, or `--inputs 1000`, whichever comes first; `--seed 1` (or several: `--seed 1 --seed 2`, as many
 * side by side as there are cores);
 * `--from 5000` goes on with that input, after a run that was ended; `--format jpeg` for sources of one format; `--only 17` for one input, which is written beside the findings.
 */
export async function run(options: readonly string[]): Promise<Proof> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      seconds: { type: "string" },
      inputs: { type: "string" },
      from: { type: "string", default: "0" },
      seed: { type: "string", multiple: true },
      format: { type: "string" },
      only: { type: "string" },
    },
  });
  const only = values.only === undefined ? undefined : Number(values.only);
  const [first, end] =
    only === undefined
      ? [Number(values.from), Number(values.from) + Number(values.inputs ?? Infinity)]
      : [only, only + 1];
  const seconds = Number(values.seconds ?? (Number.isFinite(end) ? Infinity : 60));
  const format = values.format === undefined ? {} : { format: values.format };
  const tally = createTally();
  const court = createCourt();
  const runSeed = async (seed: number): Promise<void> => {
    const inputs = createInputs(seed, values.format);
    const keep = (number: number, findings: readonly Finding[]): void =>
      keepFinding(seed, inputs.make(number), findings);
    if (only !== undefined) keep(only, []);
    const hear = async (outcome: Outcome): Promise<void> => {
      const findings = await court.hear(inputs.make(outcome.number), outcome);
      tally.add(seed, { ...outcome, findings }, outcome.findings.length - findings.length);
      if (findings.length > 0) keep(outcome.number, findings);
    };
    let appeals = Promise.resolve();
    const started = performance.now();
    const isInTime = (): boolean => performance.now() - started < 1000 * seconds;
    await runInputs(
      { seed, first, end: Number.isFinite(end) ? end : Number.MAX_SAFE_INTEGER, ...format },
      (outcome) => {
        if (outcome.findings.length === 0) tally.add(seed, outcome);
        else appeals = appeals.then(() => hear(outcome));
        return isInTime();
      },
      ({ number, reason }: Accident) => {
        tally.addAccident(seed, number, reason);
        keep(number, [{ step: "process", reason }]);
      },
    );
    await appeals;
  };
  const waiting = (values.seed ?? ["1"]).map(Number);
  const runSeeds = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) await runSeed(seed);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runSeeds));
  await court.close();
  return tally.proof();
}
