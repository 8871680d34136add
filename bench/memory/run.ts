import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { verdictOf } from "../../test/support/answer.ts";
import { ask } from "../../test/support/http.ts";
import { canReadMemory, markPeak, readPeak } from "../coefficients/resident-memory.ts";
import { bundleOwn, bundleWorker, startWorkerd } from "../hit/serve.ts";
import { describeRun, workerdVersion, writeRecord } from "../record.ts";
import { connectHeapMeter } from "./heap.ts";
import { describeMemory, type MemoryFigures, mostHeapBytes } from "./report.ts";
import { type Scenario, scenarios, type Source } from "./scenarios.ts";

const name = "real";
const requestTimeoutMs = 120_000;
const patienceMs = 120_000;
const pollMs = 500;

/** Starts a new runtime for each scenario, asks for everything at once, and goes on until nothing is pending. */
export async function runMemoryBench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-memory-"));
  try {
    const bundle = join(folder, "worker");
    await Promise.all([bundleWorker(bundle), bundleOwn("worker-cache", folder)]);
    const figures: MemoryFigures[] = [];
    const run = describeRun("memory", {
      loadBefore: Math.round(10 * (loadavg()[0] ?? 0)) / 10,
      workerd: workerdVersion(),
    });
    for (const scenario of scenarios) {
      const measured = await measure(scenario, folder, bundle);
      figures.push(measured);
      console.log(`${scenario.name}: ${(measured.peakHeapBytes / 1e6).toFixed(0)} MB`);
    }
    console.log(`\n${describeMemory({ figures })}`);
    writeRecord("memory", { ...run, figures });
    if (figures.some(({ met }) => !met)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(scenario: Scenario, folder: string, bundle: string): Promise<MemoryFigures> {
  const sources = await scenario.sources();
  const origin = await startOrigin(sources);
  const worker = { name, folder: bundle, mainModule: "worker.js", variables: { ORIGIN: "http://origin.test" } };
  const server = await startWorkerd(folder, [worker], (origin.address() as AddressInfo).port, { hasInspector: true });
  try {
    const url = `http://127.0.0.1:${server.workerPort(name)}`;
    await ask(`${url}/_imaging/health`);
    const meter = await connectHeapMeter(server.inspectorPort ?? 0, name);
    const { pid } = server;
    const idleHeapBytes = await meter.read();
    const idleResidentBytes = canReadMemory && pid !== undefined ? markPeak(pid) : undefined;
    const watching = meter.watch();
    const requests = sources.flatMap(({ path }) => scenario.accept.map((accept) => ({ url: url + path, accept })));
    const answers = await Promise.all(requests.map(({ url: target, accept }) => askOnce(target, accept)));
    await Promise.all(requests.map(({ url: target, accept }) => settle(target, accept)));
    const peakHeapBytes = await watching.stop();
    meter.close();
    const failures = answers.filter((status) => status !== 200).length;
    return {
      scenario: scenario.name,
      idleHeapBytes,
      peakHeapBytes,
      residentBytes:
        idleResidentBytes === undefined || pid === undefined ? undefined : readPeak(pid) - idleResidentBytes,
      answers: answers.length,
      failures,
      met: peakHeapBytes <= mostHeapBytes && failures === 0,
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
