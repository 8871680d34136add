/** The single Worker, and two gateways with their encoder, in this process and on stores that fail. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Imaging } from "../../src/imaging/imaging.ts";
import { startImaging } from "../../node/imaging.ts";
import { providePlatform } from "../../node/platform.ts";
import type { Chaos } from "./chaos.ts";
import type { SoakOrigin } from "./origin.ts";
import { createSoakBucket, createSoakCache, createSoakQueue, type SoakBucket, type SoakQueue } from "./stores.ts";

interface Application {
  fetch(request: Request, env: object, context: object): Promise<Response>;
}
interface Encoder {
  queue(batch: object, env: object, context: object): Promise<void>;
  fetch(): Response;
}
interface Modules {
  readonly createApplication: (platform: object) => Application;
  readonly createEncoder: (platform: object) => Encoder;
}

interface EncoderStats {
  readonly heldBytes: number;
  readonly encodes: Readonly<Record<string, number>>;
}

/** An isolate that answers. */
export interface SoakEdge {
  readonly name: "worker" | "gateway 1" | "gateway 2";
  readonly url: string;
  ask(path: string, headers: Readonly<Record<string, string>>, method?: string): Promise<Response>;
  /** Of `/_imaging/stats`. */
  stats(): Promise<{ readonly flights: number; readonly heldBytes: number }>;
}

export interface Stages {
  readonly edges: readonly SoakEdge[];
  readonly bucket: SoakBucket;
  readonly queue: SoakQueue;
  readonly dead: unknown[];
  readonly reported: Map<string, number>;
  /** Bytes held by the encoder. */
  encoderHeld(): Promise<number>;
  /** Files that it has made, by format. */
  encoderMade(): Promise<Readonly<Record<string, number>>>;
  /** Delivers one message that is due; false where there is none. */
  deliver(): Promise<boolean>;
  /** Drops the codecs that do nothing, in all isolates. Bytes that others hold: of work that goes on, or never ends. */
  dropIdleCodecs(): number;
  /** Bytes in all stores, which are part of this process. */
  storedBytes(): number;
}

async function load(): Promise<Modules> {
  const at = (path: string): string => new URL(`../../src/edge/${path}`, import.meta.url).href;
  const [application, encoder] = (await Promise.all([
    import(at("application.ts")),
    import(at("encoder-application.ts")),
  ])) as [Modules, Modules];
  return { createApplication: application.createApplication, createEncoder: encoder.createEncoder };
}

const deliveries = 12;

/** What a line of the log is about. */
function nameOf(failure: unknown): string {
  if (failure instanceof Error) return failure.message;
  if (typeof failure !== "object" || failure === null) return String(failure);
  const { failure: where, status, reason } = failure as Readonly<Record<string, string | number | undefined>>;
  return ["failure", where, status, reason]
    .filter((part) => typeof part === "string" || typeof part === "number")
    .join(" ");
}

/** @param clock milliseconds since the epoch */
export async function startStages(
  chaos: Chaos,
  origin: SoakOrigin,
  clock: () => number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Stages> {
  providePlatform();
  const { createApplication, createEncoder } = await load();
  const bucket = createSoakBucket(chaos, clock);
  const queue = createSoakQueue(chaos, clock);
  const reported = new Map<string, number>();
  const report = (failure: unknown): void => {
    const name = nameOf(failure);
    reported.set(name, (reported.get(name) ?? 0) + 1);
  };
  const vars = { ORIGIN: origin.url, MIN_TTL_SECONDS: "0", ADMIN_TOKEN: "soak", EAGER: "avif,webp", ...settings };
  const context = {
    waitUntil: (work: Promise<unknown>) => void work.catch(() => undefined),
    passThroughOnException: () => undefined,
  };
  const caches: { storedBytes(): number }[] = [];
  const libraries: Imaging[] = [];
  const imaging = async (): Promise<Imaging> => {
    const library = await startImaging({ pause: () => nextTurn() });
    libraries.push(library);
    return library;
  };

  const start = async (name: SoakEdge["name"], env: object): Promise<SoakEdge> => {
    const cache = createSoakCache(chaos);
    caches.push(cache);
    const isGateway = name !== "worker";
    const application = createApplication({
      imaging: await imaging(),
      cache,
      now: clock,
      fetch: (input: Request | string) => origin.fetch(input instanceof Request ? input : new Request(input)),
      report,
      isGateway,
    });
    const url = isGateway ? "http://fleet.test" : "http://worker.test";
    const ask: SoakEdge["ask"] = (path, headers, method = "GET") =>
      application.fetch(new Request(url + path, { method, headers }), env, context);
    const token = { authorization: "Bearer soak" };
    return {
      name,
      url,
      ask,
      stats: async () => (await ask("/_imaging/stats", token)).json() as ReturnType<SoakEdge["stats"]>,
    };
  };
  const fleetEnv = { ...vars, VARIANTS: bucket, JOBS: queue.jobs };
  const edges = [
    await start("worker", { ...vars }),
    await start("gateway 1", { ...fleetEnv }),
    await start("gateway 2", { ...fleetEnv }),
  ];
  const encoder = createEncoder({ imaging: await imaging(), now: clock, report, pause: () => nextTurn() });
  const encoderStats = async (): Promise<EncoderStats> => (await encoder.fetch().json()) as EncoderStats;
  const dead: unknown[] = [];
  const encoderEnv = {
    ORIGIN: "route",
    VARIANTS: bucket,
    DEAD: { send: async (message: unknown) => (dead.push(message), {}) },
  };
  return {
    edges,
    bucket,
    queue,
    dead,
    reported,
    encoderHeld: async () => (await encoderStats()).heldBytes,
    encoderMade: async () => (await encoderStats()).encodes,
    async deliver() {
      const index = queue.waiting.findIndex(({ notBefore }) => notBefore <= clock());
      const [delivery] = index < 0 ? [] : queue.waiting.splice(index, 1);
      if (delivery === undefined) return false;
      delivery.attempts += 1;
      let again: number | undefined;
      const message = {
        id: "1",
        timestamp: new Date(delivery.sentAt),
        body: delivery.body,
        attempts: delivery.attempts,
        ack: () => undefined,
        retry: ({ delaySeconds }: { readonly delaySeconds: number }) => (again = delaySeconds),
      };
      await encoder.queue({ messages: [message], queue: "jobs" }, encoderEnv, {});
      if (again !== undefined && delivery.attempts < deliveries) {
        delivery.notBefore = clock() + again * 1000;
        queue.waiting.push(delivery);
      }
      return true;
    },
    dropIdleCodecs() {
      for (const library of libraries) library.dropIdle();
      return libraries.reduce((sum, library) => sum + library.liveBytes(), 0);
    },
    storedBytes: () => bucket.storedBytes() + caches.reduce((sum, cache) => sum + cache.storedBytes(), 0),
  };
}
