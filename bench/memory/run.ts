import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/edge/config.ts";
import { planSource } from "../../src/edge/plan/plan.ts";
import { predictDecode } from "../../src/imaging/cost/predict.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";
import { verdictOf } from "../../test/support/answer.ts";
import { ask } from "../../test/support/http.ts";
import { canReadMemory, markPeak, readPeak } from "../coefficients/resident-memory.ts";
import { bundleOwn, bundleWorker, startWorkerd } from "../hit/serve.ts";
import { describeRun, workerdVersion, writeRecord } from "../record.ts";
import { connectHeapMeter } from "./heap.ts";
import { describeMemory, isMet, type MemoryFigures } from "./report.ts";
import { scenarios, type Source } from "./scenarios.ts";

const name = "real";
const requestTimeoutMs = 120_000;
const patienceMs = 20_000;
const pollMs = 500;

/**
 * Starts a new runtime for each scenario, asks for everything at once, and goes on until nothing is pending: as it is,
 * and beside that in a second runtime in which what is not used any more is collected all the time.
 */
export async function runMemoryBench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-memory-"));
  try {
    const bundle = join(folder, "worker");
    const folders = { asItIs: join(folder, "as-it-is"), collected: join(folder, "collected") };
    await Promise.all([bundleWorker(bundle), ...Object.values(folders).map((each) => bundleOwn("worker-cache", each))]);
    const figures: MemoryFigures[] = [];
    const run = describeRun("memory", {
      loadBefore: Math.round(10 * (loadavg()[0] ?? 0)) / 10,
      workerd: workerdVersion(),
    });
    for (const { name: scenario, accept, sources: makeSources } of scenarios) {
      const sources = await makeSources();
      const [{ peak: heap, ...others }, { peak: held }] = await Promise.all([
        measure(sources, accept, folders.asItIs, bundle, false),
        measure(sources, accept, folders.collected, bundle, true),
      ]);
      const [only] = sources;
      const predicted = only === undefined || sources.length > 1 ? undefined : await predict(only.bytes);
      figures.push({ scenario, predicted, held, heap, ...others });
      console.log(
        `${scenario}: ${(held / 1e6).toFixed(0)} MB, ${(heap / 1e6).toFixed(0)} with what is not collected yet`,
      );
    }
    console.log(`\n${describeMemory({ figures })}`);
    writeRecord("memory", { ...run, figures });
    if (!figures.every(isMet)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

type Measured = Pick<MemoryFigures, "idle" | "resident" | "answers" | "failures"> & { readonly peak: number };

async function measure(
  sources: readonly Source[],
  accepts: readonly string[],
  folder: string,
  bundle: string,
  collects: boolean,
): Promise<Measured> {
  const origin = await startOrigin(sources);
  const worker = { name, folder: bundle, mainModule: "worker.js", variables: { ORIGIN: "http://origin.test" } };
  const server = await startWorkerd(folder, [worker], (origin.address() as AddressInfo).port, { hasInspector: true });
  try {
    const url = `http://127.0.0.1:${server.workerPort(name)}`;
    await ask(`${url}/_imaging/health`);
    const meter = await connectHeapMeter(server.inspectorPort ?? 0, name);
    const { pid } = server;
    const idle = await meter.read();
    const idleResident = canReadMemory && pid !== undefined ? markPeak(pid) : undefined;
    const watching = meter.watch(collects);
    const requests = sources.flatMap(({ path }) => accepts.map((accept) => ({ url: url + path, accept })));
    const answers = await Promise.all(requests.map(({ url: target, accept }) => askOnce(target, accept)));
    await Promise.all(requests.map(({ url: target, accept }) => settle(target, accept)));
    const peak = await watching.stop();
    meter.close();
    return {
      peak,
      idle,
      resident: idleResident === undefined || pid === undefined ? undefined : readPeak(pid) - idleResident,
      answers: answers.length,
      failures: answers.filter((status) => status !== 200).length,
    };
  } finally {
    await server.stop();
    origin.closeAllConnections();
    origin.close();
  }
}

async function askOnce(url: string, accept: string): Promise<number> {
  return (await ask(url, { headers: { accept }, timeoutMs: requestTimeoutMs })).status;
}

/** Until nothing better is being made, or for as long as one is patient. */
async function settle(url: string, accept: string): Promise<void> {
  for (const start = performance.now(); performance.now() - start < patienceMs;) {
    const { reason } = verdictOf(await ask(url, { headers: { accept }, timeoutMs: requestTimeoutMs }));
    if (reason !== "interim") return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function startOrigin(sources: readonly Source[]): Promise<ReturnType<typeof createServer>> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const origin = createServer((request, response) => {
    const source = byPath.get(request.url ?? "");
    if (source === undefined) return void response.writeHead(404).end();
    const length = source.chunked === true ? {} : { "content-length": source.bytes.length };
    response.writeHead(200, { "content-type": source.type, "cache-control": "public, max-age=86400", ...length });
    return void response.end(source.bytes);
  });
  await new Promise<void>((listening) => origin.listen(0, "127.0.0.1", listening));
  return origin;
}
