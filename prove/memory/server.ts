import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canReadMemory, markPeak, readPeak } from "../../bench/coefficients/resident-memory.ts";
import { bundleOwn, bundleWorker, startWorkerd } from "../../bench/hit/serve.ts";
import { verdictOf } from "../../test/support/answer.ts";
import { type Answer, ask } from "../../test/support/http.ts";
import { connectHeapMeter, type HeapMeter } from "./heap.ts";
import type { Source } from "./scenarios.ts";

const name = "real";
const requestTimeoutMs = 120_000;

/** The Worker in a runtime of its own, whose memory is watched, in front of an origin with some files. */
export interface MeasuredWorker {
  readonly meter: HeapMeter;
  /** Bytes of the isolate before the first request. */
  readonly idle: number;
  ask(path: string, accept: string): Promise<Answer>;
  /** Asks until nothing better is being made, or for as long as one is patient, with pauses. */
  settle(path: string, accept: string, patienceMs: number, pauseMs: number): Promise<void>;
  /** Most resident bytes of the process over what it had before; undefined where the system does not say. */
  residentPeak(): number | undefined;
  stop(): Promise<void>;
}

/** Builds the Worker once, runs some work with it, and cleans up. */
export async function withBundle<Result>(
  work: (start: (sources: readonly Source[]) => Promise<MeasuredWorker>) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-memory-"));
  const bundle = join(folder, "worker");
  try {
    await bundleWorker(bundle);
    return await work((sources) => startMeasured(bundle, mkdtempSync(join(folder, "server-")), sources));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startMeasured(bundle: string, folder: string, sources: readonly Source[]): Promise<MeasuredWorker> {
  const [origin] = await Promise.all([startOrigin(sources), bundleOwn("worker-cache", folder)]);
  const worker = { name, folder: bundle, mainModule: "worker.js", variables: { ORIGIN: "http://origin.test" } };
  const server = await startWorkerd(folder, [worker], (origin.address() as AddressInfo).port, { hasInspector: true });
  const url = `http://127.0.0.1:${server.workerPort(name)}`;
  await ask(`${url}/_imaging/health`);
  const meter = await connectHeapMeter(server.inspectorPort ?? 0, name);
  const { pid } = server;
  const idle = await meter.read();
  const idleResident = canReadMemory && pid !== undefined ? markPeak(pid) : undefined;
  const askFor = (path: string, accept: string): Promise<Answer> =>
    ask(url + path, { headers: { accept }, timeoutMs: requestTimeoutMs });
  return {
    meter,
    idle,
    ask: askFor,
    settle: async (path, accept, patienceMs, pauseMs) => {
      for (const start = performance.now(); performance.now() - start < patienceMs;) {
        if (verdictOf(await askFor(path, accept)).reason !== "interim") return;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    },
    residentPeak: () => (idleResident === undefined || pid === undefined ? undefined : readPeak(pid) - idleResident),
    stop: async () => {
      meter.close();
      await server.stop();
      origin.closeAllConnections();
      origin.close();
    },
  };
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
