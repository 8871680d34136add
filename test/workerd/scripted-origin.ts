/**
 * An origin whose every path does what a test says, without a network. It records each request, so that a test can say
 * how often, and with which headers, the Worker asked.
 */

/** One request as it arrived. */
export interface OriginRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cache: string | undefined;
}

/** Answers one request; `count` is 1 for the first request of this path. */
export type Script = (request: OriginRequest, count: number) => Response | Promise<Response>;

export interface ScriptedOrigin {
  /** `http://host`, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  /** Scripts a path; with a query, only that query. Scripting it again replaces the script and keeps the count. */
  on(path: string, script: Script): void;
  /** Every request for a path, whatever its query; without a path, every request. */
  requests(path?: string): readonly OriginRequest[];
  count(path?: string): number;
}

const origins = new Map<string, (request: OriginRequest) => Response | Promise<Response>>();

/** Starts an origin on a host of its own. A path without a script answers 404. */
export function startScriptedOrigin(): ScriptedOrigin {
  const scripts = new Map<string, Script>();
  const log: OriginRequest[] = [];
  const pathOf = (url: string): string => url.split("?", 1)[0] ?? url;
  const requests = (path?: string): OriginRequest[] =>
    path === undefined ? log : log.filter((request) => pathOf(request.url) === path);
  const host = `origin-${origins.size + 1}.test`;
  origins.set(host, (request) => {
    log.push(request);
    const { url } = request;
    const script = scripts.get(url) ?? scripts.get(pathOf(url)) ?? status(404, "no script for this path");
    return script(request, requests(pathOf(url)).length);
  });
  return {
    url: `http://${host}`,
    host,
    on: (path, script) => void scripts.set(path, script),
    requests,
    count: (path) => requests(path).length,
  };
}

/** `fetch` that finds the scripted origins alone. */
export const fetchScripted: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  const { host, pathname, search } = new URL(request.url);
  const answer = origins.get(host);
  if (answer === undefined) throw new TypeError(`there is no ${host}`);
  const { signal } = request;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new DOMException("The operation was aborted.", "AbortError")));
  });
  const answered = answer({
    method: request.method,
    url: pathname + search,
    headers: Object.fromEntries(request.headers),
    cache: request.cache,
  });
  return Promise.race([answered, aborted]);
};

/** Freshness long enough for every rule about short-lived sources. */
export const dayFresh = "public, max-age=86400";

type Fields = Readonly<Record<string, string | readonly string[] | null>>;

function headersOf(fields: Fields): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) if (value !== null) headers.append(name, value);
  }
  return headers;
}

/** 200 with these bytes; fresh for a day unless `fields` says otherwise (`null` leaves a field out). */
export function bytes(body: Uint8Array, type: string, fields: Fields = {}): Script {
  const all = { "content-type": type, "cache-control": dayFresh, "content-length": String(body.length), ...fields };
  return ({ method }) => new Response(method === "HEAD" ? null : body.slice(), { headers: headersOf(all) });
}

export const jpeg = (body: Uint8Array, fields: Fields = {}): Script => bytes(body, "image/jpeg", fields);
export const png = (body: Uint8Array, fields: Fields = {}): Script => bytes(body, "image/png", fields);

/** An HTML page, whatever the path's name says. */
export const html = (text: string): Script => bytes(new TextEncoder().encode(text), "text/html; charset=utf-8");

/** Any status with a small text body. */
export function status(code: number, text = "", fields: Fields = {}): Script {
  const body = [204, 304].includes(code) ? null : text;
  const all = { "content-type": "text/plain; charset=utf-8", ...fields };
  return () => new Response(body, { status: code, headers: headersOf(all) });
}

export function redirect(location: string, code = 302, fields: Fields = {}): Script {
  return status(code, "moved", { location, ...fields });
}

/** Fails as a connection does that is cut before the header. */
export const cut: Script = () => Promise.reject(new TypeError("Network connection lost."));

/** A JPEG whose header and first bytes come, then nothing more. */
export function stall(body: Uint8Array, sent: number): Script {
  return () => {
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(body.slice(0, sent)) });
    return new Response(stream, { headers: { "content-type": "image/jpeg", "cache-control": dayFresh } });
  };
}

/** Answers when it is released. */
export function held(script: Script): Script & { readonly asked: Promise<void>; readonly release: () => void } {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const waiting: Script = async (request, count) => {
    asked.resolve();
    await go.promise;
    return script(request, count);
  };
  return Object.assign(waiting, { asked: asked.promise, release: () => go.resolve() });
}

/** The n-th request gets the n-th script; the last one stays. */
export function sequence(...scripts: readonly [Script, ...Script[]]): Script {
  return (request, count) => (scripts[Math.min(count, scripts.length) - 1] ?? scripts[0])(request, count);
}

/** The image for clients that show the cookie, 403 for the others. */
export function needsCookie(cookie: string, script: Script): Script {
  return (request, count) =>
    request.headers["cookie"] === cookie ? script(request, count) : status(403, "log in first")(request, count);
}
