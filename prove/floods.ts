/** What floods cost: the application with its real codecs in this process, an origin and a cache in memory that count. */
import { prices } from "../bench/cost/prices.ts";
import { startImaging } from "../node/imaging.ts";
import { providePlatform } from "../node/platform.ts";
import { filesPerFormat, type Flood, floodedPath, floods, modernAccept, mostOf } from "../test/support/floods.ts";
import { photo } from "../test/support/pictures.ts";
import type { Proof } from "./record.ts";

/** Requests in a flood that has something made for each of them, and in the others. */
const [dearRequests, cheapRequests] = [10, 100];

/** A photograph of 0.2 megapixels: that of an attacker's choice would be larger, and cost in proportion. */
const [width, height] = [576, 384];

interface Counts {
  fetches: number;
  reads: number;
  writes: number;
}

/** What is used of the module that a Worker is made of; its types are those of the Workers platform. */
interface ApplicationModule {
  readonly createApplication: (platform: object) => {
    readonly fetch: (request: Request, env: object, context: object) => Promise<Response>;
  };
}

interface Application {
  readonly ask: (path: string, method: string, headers: Readonly<Record<string, string>>) => Promise<number>;
  readonly counts: Counts;
  /** Files made so far, by format. */
  readonly encodes: () => Promise<Readonly<Record<string, number>>>;
}

/** A cache in memory that keeps everything. */
function createCache(counts: Counts): object {
  const entries = new Map<string, () => Response>();
  const nameOf = (asked: string | Request): string => (typeof asked === "string" ? asked : asked.url);
  return {
    match: async (asked: string | Request) => {
      counts.reads += 1;
      return entries.get(nameOf(asked))?.();
    },
    put: async (asked: string | Request, response: Response) => {
      counts.writes += 1;
      const body = await response.arrayBuffer();
      entries.set(nameOf(asked), () => new Response(body.byteLength === 0 ? null : body, response));
    },
    delete: async (asked: string | Request) => {
      counts.writes += 1;
      return entries.delete(nameOf(asked));
    },
  };
}

async function start({ vars, limit, answer, unsafeStatus = 200 }: Flood, picture: Uint8Array): Promise<Application> {
  const counts: Counts = { fetches: 0, reads: 0, writes: 0 };
  const path = new URL("../src/edge/application.ts", import.meta.url).href;
  const { createApplication } = (await import(path)) as ApplicationModule;
  const application = createApplication({
    imaging: await startImaging(),
    cache: createCache(counts),
    now: () => Date.now(),
    report: () => undefined,
    fetch: async ({ url, method }: Request) => {
      counts.fetches += 1;
      if (new URL(url).pathname !== floodedPath) return new Response("not there", { status: 404 });
      if (method !== "GET") return new Response("done", { status: unsafeStatus });
      const headers = { "content-type": "image/jpeg", "cache-control": "public, max-age=86400", ...answer };
      return new Response(new Uint8Array(picture), {
        headers: { ...headers, "content-length": String(picture.length) },
      });
    },
  });
  let taken = 0;
  const limiter = { limit: async () => ({ success: ++taken <= (limit ?? 0) }) };
  const token = "for counting alone";
  const env = {
    ORIGIN: "https://origin.test",
    ADMIN_TOKEN: token,
    ...vars,
    ...(limit === undefined ? {} : { RATE_LIMITER: limiter }),
  };
  const underWay = new Set<Promise<unknown>>();
  const context = {
    waitUntil: (work: Promise<unknown>) => {
      const ended = work.catch(() => undefined).finally(() => underWay.delete(ended));
      underWay.add(ended);
    },
  };
  const fetchOf = (target: string, init: RequestInit): Promise<Response> =>
    application.fetch(new Request(`https://images.test${target}`, init), env, context);
  return {
    counts,
    ask: async (target, method, headers) => {
      const response = await fetchOf(target, { method, headers });
      await response.arrayBuffer();
      while (underWay.size > 0) await Promise.all(underWay);
      return response.status;
    },
    encodes: async () => {
      const response = await fetchOf("/_imaging/stats", { headers: { authorization: `Bearer ${token}` } });
      return ((await response.json()) as { readonly encodes: Record<string, number> }).encodes;
    },
  };
}

interface Measured {
  readonly requests: number;
  readonly counts: Counts;
  readonly encodes: Readonly<Record<string, number>>;
  readonly cpuMs: number;
  readonly worstStatus: number;
}

/** A flood on a picture that is known, and finished, for a modern browser. */
async function measure(flood: Flood, picture: Uint8Array): Promise<Measured> {
  const application = await start(flood, picture);
  const { ask, counts } = application;
  for (let round = 0; round < 3; round++) await ask(floodedPath, "GET", { accept: modernAccept });
  const before = { counts: { ...counts }, encodes: await application.encodes() };
  const requests = ["each", "limit"].includes(flood.encodes) ? dearRequests : cheapRequests;
  const cpu = process.cpuUsage();
  let worstStatus = 0;
  for (let index = 0; index < requests; index++) {
    const headers = { accept: modernAccept, ...flood.headers?.(index) };
    if (flood.before !== undefined) await ask(flood.path(index), flood.before, headers);
    worstStatus = Math.max(worstStatus, await ask(flood.path(index), "GET", headers));
  }
  const { user, system } = process.cpuUsage(cpu);
  const after = await application.encodes();
  const encodes = Object.entries(after).map(
    ([format, made]) => [format, made - (before.encodes[format] ?? 0)] as const,
  );
  return {
    requests,
    counts: {
      fetches: counts.fetches - before.counts.fetches,
      reads: counts.reads - before.counts.reads,
      writes: counts.writes - before.counts.writes,
    },
    encodes: Object.fromEntries(encodes.filter(([, made]) => made > 0)),
    cpuMs: (user + system) / 1000,
    worstStatus,
  };
}

const perRequest = (count: number, requests: number): string => (count === 0 ? "0" : (count / requests).toFixed(2));

export async function run(): Promise<Proof> {
  providePlatform();
  const picture = await photo(1, width, height);
  const rows: string[][] = [];
  const failures: string[] = [];
  // What is compiled the first time belongs to no flood.
  for (const flood of Object.values(floods).slice(0, 1)) await measure(flood, picture);
  for (const [name, flood] of Object.entries(floods)) {
    const { requests, counts, encodes, cpuMs, worstStatus } = await measure(flood, picture);
    const made = Object.entries(encodes).map(([format, times]) => `${times} ${format}`);
    const cpuEach = cpuMs / requests;
    const asked = flood.before === undefined ? 1 : 2;
    const dollars = asked * prices.millionRequests + cpuEach * prices.millionCpuMs;
    rows.push([
      name,
      String(requests),
      perRequest(counts.fetches, requests),
      made.length === 0 ? "none" : made.join(", "),
      `${perRequest(counts.reads, requests)} / ${perRequest(counts.writes, requests)}`,
      cpuEach.toFixed(cpuEach < 10 ? 1 : 0),
      dollars.toFixed(2),
      flood.bound,
    ]);
    console.log(rows.at(-1)?.join(" | "));
    const most =
      mostOf(flood.encodes, requests, flood.limit) * (flood.vars?.["NETWORK"] === undefined ? 1 : filesPerFormat);
    for (const [format, times] of Object.entries(encodes)) {
      if (times > most) failures.push(`random ${name}: ${times} files of ${format} for ${requests} requests`);
    }
    if (counts.fetches > asked * mostOf(flood.fetches, requests) && flood.before === undefined)
      failures.push(`random ${name}: ${counts.fetches} requests to the origin for ${requests}`);
    if (worstStatus >= 500) failures.push(`random ${name}: an answer with status ${worstStatus}`);
  }
  const head = [
    "random in each request",
    "requests",
    "origin fetches each",
    "files made",
    "cache reads / writes each",
    "CPU ms each",
    "dollars per million",
    "bounded by",
  ];
  return { tables: [{ head, rows }], failures };
}
