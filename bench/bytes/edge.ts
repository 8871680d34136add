import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FormatId, formats } from "../../src/imaging/model/formats.ts";
import { verdictOf } from "../../test/support/answer.ts";
import { ask } from "../../test/support/http.ts";
import { bundleOwn, bundleWorker, startWorkerd } from "../hit/serve.ts";
import type { BenchClient } from "./clients.ts";
import type { BenchPicture } from "./pictures.ts";

/** What a client ends up with. */
export interface FinalAnswer {
  readonly format: FormatId;
  readonly reason: string;
  readonly body: Buffer;
}

/** The built Worker in workerd, in front of the pictures. */
export interface BenchEdge {
  /** The answer when nothing better is being made any more. */
  settle(picture: BenchPicture, client: BenchClient): Promise<FinalAnswer>;
  close(): Promise<void>;
}

const settleTimeoutMs = 60_000;
const pollMs = 60;

/** Bundles the Worker as for a deployment and starts it with its default settings. */
export async function startBenchEdge(pictures: readonly BenchPicture[]): Promise<BenchEdge> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-bytes-"));
  const bundle = join(folder, "worker");
  const byPath = new Map(pictures.map((picture) => [`/${picture.path}`, picture]));
  const origin = createServer((request, response) => {
    const picture = byPath.get(request.url ?? "");
    if (picture === undefined) return void response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": formats[picture.format].mediaTypes[0],
      "content-length": picture.bytes.length,
      "cache-control": "public, max-age=86400",
    });
    return void response.end(picture.bytes);
  });
  await new Promise<void>((listening) => origin.listen(0, "127.0.0.1", listening));
  const close = (): void => {
    origin.closeAllConnections();
    origin.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([bundleWorker(bundle), bundleOwn("worker-cache", folder)]);
    const worker = {
      name: "real",
      folder: bundle,
      mainModule: "worker.js",
      variables: { ORIGIN: "http://origin.test" },
    };
    const server = await startWorkerd(folder, [worker], (origin.address() as AddressInfo).port);
    const base = `http://127.0.0.1:${server.workerPort("real")}`;
    return {
      settle: (picture, client) => settle(`${base}/${picture.path}`, client),
      close: async () => {
        await server.stop();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function settle(url: string, { headers }: BenchClient): Promise<FinalAnswer> {
  const patience = performance.now() + settleTimeoutMs;
  for (;;) {
    const answer = await ask(url, { headers: { host: "images.test", ...headers }, timeoutMs: settleTimeoutMs });
    const { format, reason } = verdictOf(answer);
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
    if (reason !== "interim" && reason !== "encode-failed") {
      return { format: format as FormatId, reason: String(reason), body: answer.body };
    }
    if (performance.now() > patience) throw new Error(`${url} for ${headers["accept"]} is still ${reason}`);
    await new Promise((after) => setTimeout(after, pollMs));
  }
}
