import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheStatusOf, verdictOf } from "../../test/support/answer.ts";
import { type Answer as WholeAnswer, ask } from "../../test/support/http.ts";
import { type BenchClient, clients, type ClientName } from "../bytes/clients.ts";
import { bundleOwn, bundleWorker, type Server, startWorkerd } from "../hit/serve.ts";
import { type Spread, spreadOf } from "../hit/statistics.ts";
import { makePicture } from "./pictures.ts";

/** The whole first request of a picture that no cache has, through the built Worker, origin included. */
export interface FirstRequestResult {
  readonly client: string;
  readonly picture: string;
  readonly sourceBytes: number;
  /** Of the first answer. */
  readonly firstBytes: number;
  readonly pictures: number;
  /** Milliseconds until the first byte of the first answer. */
  readonly firstByteMs: Spread;
  /** Milliseconds until what this client is to get from then on is made and stored. */
  readonly finalMs: Spread;
  /** Processor time until nothing is being made any more, for other clients neither; NaN where the system does not report it. */
  readonly cpuMs: Spread;
  /** Format and reason of the first answer and of the final one. */
  readonly first: string;
  readonly final: string;
}

const screenshot = fileURLToPath(new URL("../../demo/public/graphics/dashboard.png", import.meta.url));

/** One with AVIF, one with WebP only, one with JPEG XL. */
const usualClients = ["avif+webp", "webp", "jxl+avif+webp"] as const satisfies readonly ClientName[];
const maxRounds = 5;
const minRounds = 2;
const pollMs = 15;
const patienceMs = 30_000;

export interface Source {
  /** Part of its paths. */
  readonly slug: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** In the order of a round: the first meets an isolate in which nothing has run yet. */
async function makeSources(): Promise<Source[]> {
  const [quarter, one, four] = [await makePicture(0.25), await makePicture(1), await makePicture(4)];
  const jpeg = { type: "image/jpeg", bytes: await one.fileAs("jpeg") } as const;
  return [
    { slug: "new", name: "1 MP JPEG, new isolate", ...jpeg },
    { slug: "quarter", name: "0.25 MP JPEG", type: jpeg.type, bytes: await quarter.fileAs("jpeg") },
    { slug: "one", name: "1 MP JPEG", ...jpeg },
    { slug: "four", name: "4 MP JPEG", type: jpeg.type, bytes: await four.fileAs("jpeg") },
    { slug: "png", name: "1 MP PNG, photographs", type: "image/png", bytes: await one.fileAs("png") },
    { slug: "screenshot", name: "1 MP PNG, screenshot", type: "image/png", bytes: readFileSync(screenshot) },
  ];
}

interface Sample {
  readonly client: ClientName;
  readonly source: Source;
  readonly firstByteMs: number;
  readonly finalMs: number;
  readonly cpuMs: number;
  readonly first: string;
  readonly firstBytes: number;
  readonly final: string;
}

/** Asks for cold pictures one by one, with each round in a new process. Ends after a whole round, near `timeLimitMs`. */
export async function measureFirstRequests(
  timeLimitMs: number,
  given?: readonly Source[],
  askedBy: readonly ClientName[] = usualClients,
): Promise<FirstRequestResult[]> {
  const sources = given ?? (await makeSources());
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-first-"));
  const origin = createServer(({ url = "" }, response) => {
    const source = sources.find(({ slug }) => url.startsWith(`/${slug}-`));
    if (source === undefined) return void response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": source.type,
      "content-length": source.bytes.length,
      "cache-control": "public, max-age=86400",
    });
    return void response.end(source.bytes);
  });
  await new Promise<void>((listening) => origin.listen(0, "127.0.0.1", listening));
  const samples: Sample[] = [];
  try {
    const bundle = join(folder, "worker");
    await Promise.all([bundleWorker(bundle), bundleOwn("worker-cache", folder)]);
    const worker = {
      name: "real",
      folder: bundle,
      mainModule: "worker.js",
      variables: { ORIGIN: "http://origin.test" },
    };
    const { port } = origin.address() as AddressInfo;
    const started = performance.now();
    for (let round = 0; round < maxRounds; round++) {
      const roundMs = (performance.now() - started) / Math.max(1, round);
      if (round >= minRounds && performance.now() - started + roundMs > timeLimitMs) break;
      for (const client of clients.filter(({ name }) => askedBy.some((asked) => asked === name))) {
        const server = await startWorkerd(folder, [worker], port);
        try {
          for (const source of sources) samples.push(await askForCold(server, source, client));
        } finally {
          await server.stop();
        }
      }
    }
  } finally {
    origin.closeAllConnections();
    origin.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return askedBy.flatMap((client) => sources.map((source) => summarise(client, source, samples)));
}

/** Each server is asked once for each source, so that every picture is new to it. */
async function askForCold(
  server: Server,
  source: Source,
  client: BenchClient & { readonly name: ClientName },
): Promise<Sample> {
  const url = `http://127.0.0.1:${server.workerPort("real")}/${source.slug}-picture`;
  const headers = { host: "images.test", ...client.headers };
  const cpuBefore = server.cpuMicroseconds() ?? Number.NaN;
  const started = performance.now();
  const { firstByteMs, answer } = await askFirst(url, headers);
  let found = answer;
  while (!isFinal(found)) {
    if (performance.now() - started > patienceMs) throw new Error(`${source.name} is not final: ${describe(found)}`);
    await pause(pollMs);
    found = await ask(url, { headers });
  }
  const finalMs = found === answer ? answer.milliseconds : performance.now() - started;
  await awaitIdle(server);
  const cpuMs = ((server.cpuMicroseconds() ?? Number.NaN) - cpuBefore) / 1000;
  return {
    client: client.name,
    source,
    firstByteMs,
    finalMs,
    cpuMs,
    first: describe(answer),
    firstBytes: answer.body.length,
    final: describe(found),
  };
}

type Answer = Omit<WholeAnswer, "digest">;

function isFinal(answer: Answer): boolean {
  if (answer.status !== 200) throw new Error(`a cold picture was answered with ${answer.status}`);
  const { reason } = verdictOf(answer);
  if (reason === "encode-failed") throw new Error("a cold picture could not be encoded");
  const status = cacheStatusOf(answer);
  return reason !== "interim" && (status.get("hit") === true || status.get("stored") === true);
}

function describe(answer: Answer): string {
  const { format, reason } = verdictOf(answer);
  return `${String(format)}${reason === "transcoded" ? "" : `, ${String(reason)}`}`;
}

/** Milliseconds between two looks at the processor time, and how much of it an idle process may take in between. */
const idleCheckMs = 40;
const idleCpuMicroseconds = 3000;

/** Settles when the server does nothing any more: what is made for other clients must not delay the next picture. */
async function awaitIdle(server: Server): Promise<void> {
  const endBy = performance.now() + patienceMs;
  for (let quiet = 0; quiet < 3 && performance.now() < endBy;) {
    const before = server.cpuMicroseconds();
    await pause(before === undefined ? 1000 : idleCheckMs);
    const spent = (server.cpuMicroseconds() ?? 0) - (before ?? 0);
    quiet = spent < idleCpuMicroseconds ? quiet + 1 : 0;
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((after) => setTimeout(after, milliseconds));

const agent = new Agent({ keepAlive: false });

/** Asks once and notes when the head of the answer arrives. */
function askFirst(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly firstByteMs: number; readonly answer: Answer }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, agent }, (incoming) => {
      const firstByteMs = performance.now() - started;
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({
          firstByteMs,
          answer: {
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]),
            ),
            cookies: [],
            body: Buffer.concat(chunks),
            broken: !incoming.complete,
            milliseconds: performance.now() - started,
          },
        }),
      );
    });
    outgoing.setTimeout(patienceMs, () => outgoing.destroy(new Error(`no answer within ${patienceMs} ms: ${url}`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

function summarise(client: ClientName, source: Source, samples: readonly Sample[]): FirstRequestResult {
  const own = samples.filter((sample) => sample.client === client && sample.source === source);
  const figure = (name: "firstByteMs" | "finalMs" | "cpuMs"): Spread => spreadOf(own.map((sample) => sample[name]));
  const all = (name: "first" | "final"): string => [...new Set(own.map((sample) => sample[name]))].join(" or ");
  return {
    client,
    picture: source.name,
    sourceBytes: source.bytes.length,
    firstBytes: own[0]?.firstBytes ?? 0,
    pictures: own.length,
    firstByteMs: figure("firstByteMs"),
    finalMs: figure("finalMs"),
    cpuMs: figure("cpuMs"),
    first: all("first"),
    final: all("final"),
  };
}
