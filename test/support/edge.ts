/**
 * The built Worker in the local edge (miniflare, workerd), with its real Cache API, on a real socket. Each edge
 * has an empty cache of its own.
 */
import { readFile, readdir } from "node:fs/promises";
import { Miniflare, Response, convertV4MiniflareOptions } from "miniflare";
import { inject } from "vitest";
import { accepts, isHit, verdictOf } from "./answer.ts";
import { ask } from "./http.ts";
import type { Answer, Ask } from "./http.ts";

export interface Edge {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** What the Worker wrote to its console, for reading when a test fails. */
  readonly logs: readonly string[];
  ask(path: string, options?: Ask): Promise<Answer>;
  /** GET with this Accept header; `null` sends none. */
  get(path: string, accept?: string | null, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Asks until the answer is final (neither `interim` nor `encode-failed`) and returns it; `watch` sees each answer. */
  settle(
    path: string,
    accept: string,
    headers?: Readonly<Record<string, string>>,
    watch?: (answer: Answer) => void,
  ): Promise<Answer>;
  close(): Promise<void>;
}

export interface EdgeOptions {
  /** Bindings besides nothing: `ENVIRONMENT` too is only there when it is named. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Answers the Worker's own `fetch` in place of the network, with the URL and the headers that it asked with. */
  readonly outbound?: (
    url: URL,
    headers: Headers,
  ) => { readonly status: number; readonly headers: Record<string, string>; readonly body: Uint8Array };
  /** What the platform says of every connection (`request.cf`); nothing unless it is named. */
  readonly cf?: Readonly<Record<string, unknown>>;
}

/** @param folder with `worker.js` and its `.wasm` modules */
export async function launchEdge(folder: string, { vars = {}, outbound, cf }: EdgeOptions = {}): Promise<Edge> {
  const files = await readdir(folder);
  const logs: string[] = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      rootPath: folder,
      modulesRoot: folder,
      modules: [
        { type: "ESModule", path: `${folder}/worker.js` },
        ...(await Promise.all(
          files
            .filter((file) => file.endsWith(".wasm"))
            .map(async (file) => ({
              type: "CompiledWasm" as const,
              path: `${folder}/${file}`,
              contents: await readFile(`${folder}/${file}`),
            })),
        )),
      ],
      compatibilityDate: await readCompatibilityDate(),
      bindings: { ...vars },
      cf: cf ?? false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ message }) => void logs.push(message),
      ...(outbound === undefined
        ? {}
        : {
            outboundService: (request: { readonly url: string; readonly headers: Iterable<[string, string]> }) => {
              const { status, headers, body } = outbound(new URL(request.url), new Headers([...request.headers]));
              return new Response(body, { status, headers });
            },
          }),
    }),
  );
  const base = await miniflare.ready;
  return edgeAt(base.origin, logs, () => miniflare.dispose());
}

/** Whatever answers there, asked as the tests ask. */
export function edgeAt(url: string, logs: readonly string[], close: () => Promise<void>): Edge {
  const edge: Edge = {
    url,
    host: new URL(url).host,
    logs,
    ask: (path, options) => ask(url + path, options),
    get: (path, accept = accepts.chrome, headers = {}) =>
      ask(url + path, { headers: accept === null ? headers : { accept, ...headers } }),
    async settle(path, accept, headers = {}, watch = () => undefined) {
      const patience = performance.now() + patienceMs;
      for (;;) {
        const answer = await edge.get(path, accept, headers);
        const { reason } = verdictOf(answer);
        watch(answer);
        if (reason !== "interim" && reason !== "encode-failed") return answer;
        if (performance.now() > patience)
          throw new Error(
            `${path} for ${accept} is still ${reason} after ${patienceMs / 1000} s\n${logs.slice(-5).join("\n")}`,
          );
        await pause(pollMs);
      }
    },
    close,
  };
  return edge;
}

/** The local edge with the bundle that the set-up has made. */
export const startEdge = (options: EdgeOptions = {}): Promise<Edge> => launchEdge(inject("workerBundle"), options);

/** Milliseconds between two requests of those who wait for an answer to change. */
const pollMs = 25;

/** Milliseconds that an answer may take to become final: nothing is wrong with a machine that is busy. */
const patienceMs = 120_000;

async function readCompatibilityDate(): Promise<string> {
  const toml = await readFile(new URL("../../wrangler.toml", import.meta.url), "utf8");
  if (/^compatibility_flags/m.test(toml))
    throw new Error("wrangler.toml has compatibility flags: hand them to the local edge too");
  const date = /^compatibility_date = "(\d{4}-\d{2}-\d{2})"/m.exec(toml)?.[1];
  if (date === undefined) throw new Error("wrangler.toml has no compatibility_date");
  return date;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((after) => setTimeout(after, milliseconds));
}

/** Asks again and again until the answer meets the condition; the last answer when it never does within the time. */
export async function until(
  request: () => Promise<Answer>,
  condition: (answer: Answer) => boolean,
  withinMs = 60_000,
): Promise<Answer> {
  const patience = performance.now() + withinMs;
  for (;;) {
    const answer = await request();
    if (condition(answer) || performance.now() > patience) return answer;
    await pause(pollMs);
  }
}

/** The answer as soon as it is a hit: storing happens after the response. */
export function untilHit(request: () => Promise<Answer>): Promise<Answer> {
  return until(request, isHit);
}
