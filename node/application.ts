import { setImmediate as nextTurn } from "node:timers/promises";
import { logLine } from "../src/edge/log.ts";
import { DiskCache } from "./disk-cache.ts";
import { startImaging } from "./imaging.ts";
import { fetchOrigin, providePlatform } from "./platform.ts";

/** Settings by name, as `vars` are in a Worker. */
export type Variables = Readonly<Record<string, string>>;

export interface NodeApplication {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Settles when no work is left that goes on after its answer. */
  readonly settled: () => Promise<void>;
}

/** What is used of the module that a Worker is made of; its types are those of the Workers platform. */
interface ApplicationModule {
  readonly createApplication: (platform: object) => {
    readonly fetch: (request: Request, env: Variables, context: object) => Promise<Response>;
  };
}

/** @param maxBytes of the cache on the disk */
export interface ApplicationOptions {
  readonly variables: Variables;
  readonly cacheFolder: string;
  readonly maxCacheBytes: number;
  readonly report?: (error: unknown) => void;
  /** Where originals come from; the network unless something else is named. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** The Worker's application in Node.js: the same pipeline, with a cache on the disk and the origin by `fetch`. */
export async function startApplication(options: ApplicationOptions): Promise<NodeApplication> {
  providePlatform();
  const imaging = await startImaging({ pause: () => nextTurn() });
  const path = new URL("../src/edge/application.ts", import.meta.url).href;
  const { createApplication } = (await import(path)) as ApplicationModule;
  const application = createApplication({
    imaging,
    cache: await DiskCache.open(options.cacheFolder, options.maxCacheBytes),
    now: () => Date.now(),
    fetch: options.fetch ?? fetchOrigin,
    report: options.report ?? ((error: unknown) => console.error(logLine(error))),
  });
  const underWay = new Set<Promise<unknown>>();
  const context = {
    waitUntil: (work: Promise<unknown>) => {
      const ended = work.catch(() => undefined).finally(() => underWay.delete(ended));
      underWay.add(ended);
    },
    passThroughOnException: () => undefined,
  };
  return {
    fetch: (request) => application.fetch(request, options.variables, context),
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
