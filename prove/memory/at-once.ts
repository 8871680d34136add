import { readConfig } from "../../src/edge/config.ts";
import { planSource } from "../../src/edge/plan/plan.ts";
import { predictDecode } from "../../src/imaging/cost/predict.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";
import type { Proof } from "../record.ts";
import { judgeHeap, judgePrediction, mb } from "./figures.ts";
import { bursts, type JpegForm, largeJpegs, largePngs, type Scenario, type Source } from "./scenarios.ts";
import { type MeasuredWorker, withBundle } from "./server.ts";

const patienceMs = 20_000;
/** Of many large files that pass, asking more often would be most of the work. */
const pauseMs = 2000;

interface Measured {
  readonly idle: number;
  readonly peak: number;
  readonly resident: number | undefined;
  readonly statuses: readonly number[];
}

export const proveBursts = (): Promise<Proof> => proveAtOnce(bursts);
export const proveLargeJpegs = (form: JpegForm): Promise<Proof> => proveAtOnce(largeJpegs(form));
export const proveLargePngs = (): Promise<Proof> => proveAtOnce(largePngs);

/** Starts a new runtime for each scenario, asks for everything at once, and goes on until nothing is pending. */
async function proveAtOnce(scenarios: readonly Scenario[]): Promise<Proof> {
  const rows: string[][] = [];
  const failures: string[] = [];
  await withBundle(async (start) => {
    for (const { name, accept, sources: makeSources } of scenarios) {
      const sources = await makeSources();
      const { idle, peak, resident, statuses } = await measure(await start(sources), sources, accept);
      const [only] = sources;
      const predicted = only === undefined || sources.length > 1 ? undefined : await predict(only.bytes);
      const failed = statuses.filter((status) => status !== 200).length;
      rows.push([name, `${statuses.length}`, mb(predicted), mb(idle), mb(peak), mb(resident)]);
      failures.push(
        ...judgeHeap(name, peak),
        ...judgePrediction(name, predicted, peak - idle),
        ...(failed === 0 ? [] : [`${name}: ${failed} answers that are no 200`]),
      );
      console.log(rows.at(-1)?.join(", "));
    }
  });
  const head = ["one isolate, MB", "requests", "predicted", "idle", "heap", "resident over idle"];
  return { tables: [{ head, rows }], failures };
}

/** Bytes of the dearest work that is planned for a source. */
async function predict(bytes: Uint8Array): Promise<number | undefined> {
  const facts = await probeImage(bytes);
  const plan = facts && planSource(facts, bytes.length, readConfig({ ORIGIN: "https://origin.test" }));
  if (facts === undefined || plan?.kind !== "make") return undefined;
  const decodeBytes = predictDecode(facts, bytes.length).peakBytes;
  const costs = Object.values(plan.variants).flatMap((variant) =>
    typeof variant === "string"
      ? []
      : [Math.max(variant.cost.peakBytes, variant.recipe.kind === "encode" ? decodeBytes : 0)],
  );
  return costs.length === 0 ? undefined : Math.max(...costs);
}

async function measure(
  worker: MeasuredWorker,
  sources: readonly Source[],
  accepts: readonly string[],
): Promise<Measured> {
  try {
    const watching = worker.meter.watch();
    const requests = sources.flatMap(({ path }) => accepts.map((accept) => ({ path, accept })));
    const answers = await Promise.all(requests.map(({ path, accept }) => worker.ask(path, accept)));
    await Promise.all(requests.map(({ path, accept }) => worker.settle(path, accept, patienceMs, pauseMs)));
    const { most: peak } = await watching.stop();
    return { peak, idle: worker.idle, resident: worker.residentPeak(), statuses: answers.map(({ status }) => status) };
  } finally {
    await worker.stop();
  }
}
