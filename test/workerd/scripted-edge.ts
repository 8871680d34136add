/**
 * The application in workerd, with its real pipeline, plans and Cache API, an engine that answers at once, origins
 * without a network and a clock that a test moves. Each edge has an empty cache of its own.
 */
import { createApplication } from "../../src/edge/application.ts";
import type { Env } from "../../src/edge/env.ts";
import { type Answer, isHit, verdictOf } from "../support/answer.ts";
import { yieldToRequests } from "../../src/edge/backend/give-way.ts";
import { openWith } from "../../src/imaging/open-image.ts";
import { createScriptedEngine, type ScriptedEngine } from "./scripted-engine.ts";
import { fetchScripted, startScriptedOrigin, type ScriptedOrigin } from "./scripted-origin.ts";

type Fields = Readonly<Record<string, string>>;

export interface Ask {
  readonly method?: string;
  readonly headers?: Fields;
  readonly body?: string;
}

export interface Edge {
  /** `http://host`, without a slash at the end. */
  readonly url: string;
  readonly origin: ScriptedOrigin;
  readonly engine: ScriptedEngine;
  /** What the application has reported. */
  readonly reported: readonly unknown[];
  /** Asks once. Work after the answer goes on. */
  ask(path: string, options?: Ask): Promise<Answer>;
  /** The same, before its body is read. */
  respond(path: string, options?: Ask): Promise<Response>;
  /** GET with this Accept header; `null` sends none. Work after the answer goes on. */
  get(path: string, accept?: string | null, headers?: Fields): Promise<Answer>;
  /** Waits for all work after the answers. */
  idle(): Promise<void>;
  /** Asks, and again when all work is done as long as the answer is neither final nor a failure. */
  settle(path: string, accept: string | null, headers?: Fields): Promise<Answer>;
  /** Settles, and asks once more: what is stored. Throws when it is no hit. */
  hit(path: string, accept: string | null, headers?: Fields): Promise<Answer>;
  /** Lets time go by; the application's clock does not move by itself. */
  pass(seconds: number): void;
}

export interface EdgeOptions {
  /** Settings; `ORIGIN` is the edge's own scripted origin unless it is named. */
  readonly vars?: Fields;
  readonly origin?: ScriptedOrigin;
  /** Answers the application's `fetch` in place of the scripted origins. */
  readonly fetch?: typeof fetch;
  /** Bindings that are no text. */
  readonly bindings?: Readonly<Record<string, unknown>>;
  /** Where the edge is one data centre of several: the host that all answer for, and the clock that they share. */
  readonly site?: { readonly host: string; readonly clock: { now: number } };
  /** In place of workerd's own. */
  readonly cache?: Cache;
  /** Made with the program that leaves codecs of whole pictures to an encoder. */
  readonly isGateway?: boolean;
  /** What the platform says of every connection (`request.cf`); nothing unless it is named. */
  readonly cf?: Readonly<Record<string, unknown>> | undefined;
}

/** A first answer, one after the inline budget, and a final one. */
const maxRounds = 4;

let edges = 0;

export async function startEdge(options: EdgeOptions = {}): Promise<Edge> {
  const { origin = startScriptedOrigin(), cf } = options;
  const own = `edge-${++edges}.test`;
  const { host: name, clock } = options.site ?? { host: own, clock: { now: Date.now() } };
  const url = `http://${name}`;
  const engine = createScriptedEngine();
  const reported: unknown[] = [];
  const work: Promise<unknown>[] = [];
  const application = createApplication({
    imaging: openWith(engine, yieldToRequests),
    cache: options.cache ?? (await caches.open(own)),
    now: () => clock.now,
    fetch: options.fetch ?? fetchScripted,
    report: (error) => void reported.push(error),
    isGateway: options.isGateway ?? false,
  });
  const env = { ORIGIN: origin.url, ...options.vars, ...options.bindings } as Env;
  const context = {
    waitUntil: (promise: Promise<unknown>) => void work.push(promise.catch(() => undefined)),
    passThroughOnException: () => undefined,
    props: {},
  } as unknown as ExecutionContext;

  const edge: Edge = {
    url,
    origin,
    engine,
    reported,
    ask: async (path, asked) => read(await edge.respond(path, asked)),
    async respond(path, { method = "GET", headers = {}, body } = {}) {
      const { host = name, ...fields } = headers;
      const request = new Request(`http://${host}${path}`, {
        method,
        headers: fields,
        redirect: "manual",
        ...(body === undefined ? {} : { body }),
        ...(cf === undefined ? {} : { cf }),
      });
      return application.fetch(request as Parameters<typeof application.fetch>[0], env, context);
    },
    get: (path, accept, headers = {}) => edge.ask(path, { headers: accept == null ? headers : { accept, ...headers } }),
    async idle() {
      while (work.length > 0) await Promise.all(work.splice(0));
    },
    async settle(path, accept, headers = {}) {
      for (let round = 1; ; round++) {
        const answer = await edge.get(path, accept, headers);
        await edge.idle();
        const { reason } = verdictOf(answer);
        if (reason !== "interim" && reason !== "encode-failed") return answer;
        if (round === maxRounds) throw new Error(`${path} for ${accept} is still ${reason}`);
      }
    },
    async hit(path, accept, headers = {}) {
      await edge.settle(path, accept, headers);
      const answer = await edge.get(path, accept, headers);
      if (!isHit(answer)) throw new Error(`${path} for ${accept}: ${answer.headers["cache-status"]}`);
      return answer;
    },
    pass: (seconds) => void (clock.now += 1000 * seconds),
  };
  return edge;
}

async function read(response: Response): Promise<Answer> {
  const whole = await response.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    () => undefined,
  );
  const body = whole ?? new Uint8Array();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    cookies: response.headers.getSetCookie(),
    body,
    digest: new Uint8Array(await crypto.subtle.digest("SHA-256", body)),
    broken: whole === undefined,
  };
}
