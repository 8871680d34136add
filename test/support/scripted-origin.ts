/**
 * An origin on 127.0.0.1 whose every path does what a test says. It records each request, so that a test can say how
 * often, and with which headers, the Worker asked.
 */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request as it arrived. */
export interface OriginRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers one request; `count` is 1 for the first request of this path. */
export type Script = (request: OriginRequest, response: ServerResponse, count: number) => void | Promise<void>;

export interface ScriptedOrigin {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Scripts a path; with a query, only that query. Scripting it again replaces the script and keeps the count. */
  on(path: string, script: Script): void;
  /** Every request for a path, whatever its query; without a path, every request. */
  requests(path?: string): readonly OriginRequest[];
  count(path?: string): number;
  /** Ends the server and every connection, also those that hang. */
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Starts an origin on a free port. A path without a script answers 404. */
export async function startScriptedOrigin(): Promise<ScriptedOrigin> {
  const scripts = new Map<string, Script>();
  const log: OriginRequest[] = [];
  const sockets = new Set<Socket>();
  const pathOf = (url: string): string => url.split("?", 1)[0] ?? url;
  const requests = (path?: string): OriginRequest[] =>
    path === undefined ? log : log.filter((request) => pathOf(request.url) === path);

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = incoming.url ?? "/";
    const request = {
      method: incoming.method ?? "GET",
      url,
      headers: incoming.headers,
      body: await readBody(incoming),
    };
    log.push(request);
    const script = scripts.get(url) ?? scripts.get(pathOf(url)) ?? status(404, "no script for this path");
    await script(request, response, requests(pathOf(url)).length);
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: `http://${host}`,
    host,
    on: (path, script) => void scripts.set(path, script),
    requests,
    count: (path) => requests(path).length,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Freshness long enough for every rule about short-lived sources. */
export const dayFresh = "public, max-age=86400";

/** 200 with these bytes; fresh for a day unless `headers` says otherwise (`null` leaves a header out). */
export function bytes(
  body: Buffer,
  type: string,
  headers: Readonly<Record<string, string | readonly string[] | null>> = {},
): Script {
  const all = { "content-type": type, "cache-control": dayFresh, "content-length": String(body.length), ...headers };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as OutgoingHttpHeaders;
  return (request, response) => {
    response.writeHead(200, sent);
    response.end(request.method === "HEAD" ? undefined : body);
  };
}

export const jpeg = (body: Buffer, headers: Parameters<typeof bytes>[2] = {}): Script =>
  bytes(body, "image/jpeg", headers);
export const png = (body: Buffer, headers: Parameters<typeof bytes>[2] = {}): Script =>
  bytes(body, "image/png", headers);

/** An HTML page, whatever the path's name says. */
export const html = (text: string, headers: Parameters<typeof bytes>[2] = {}): Script =>
  bytes(Buffer.from(text), "text/html; charset=utf-8", headers);

/** Any status with a small text body. */
export function status(code: number, text = "", headers: OutgoingHttpHeaders = {}): Script {
  return (_request, response) => {
    response.writeHead(code, { "content-type": "text/plain; charset=utf-8", ...headers });
    response.end(text);
  };
}

export function redirect(location: string, code = 302): Script {
  return status(code, "moved", { location });
}

/** Runs another script after a pause. */
export function slow(milliseconds: number, script: Script): Script {
  return async (request, response, count) => {
    await new Promise((after) => setTimeout(after, milliseconds));
    return script(request, response, count);
  };
}

/** Never answers; the connection ends with `close()`. */
export const hang: Script = () => undefined;

/** Sends the header and the first bytes, then nothing more. */
export function stall(body: Buffer, type: string, sent: number): Script {
  return (_request, response) => {
    response.writeHead(200, { "content-type": type, "cache-control": dayFresh, "content-length": String(body.length) });
    response.write(body.subarray(0, sent));
  };
}

/** Promises the whole length, sends the first bytes and cuts the connection. */
export function cutShort(body: Buffer, type: string, sent: number): Script {
  return (_request, response) => {
    response.writeHead(200, { "content-type": type, "cache-control": dayFresh, "content-length": String(body.length) });
    response.write(body.subarray(0, sent), () => setTimeout(() => response.socket?.destroy(), 20));
  };
}

/** No Content-Length: chunks of at most 16 KiB. */
export function chunked(body: Buffer, type: string): Script {
  return (_request, response) => {
    response.writeHead(200, { "content-type": type, "cache-control": dayFresh });
    for (let at = 0; at < body.length; at += 16384) response.write(body.subarray(at, at + 16384));
    response.end();
  };
}

/** The n-th request gets the n-th script; the last one stays. */
export function sequence(...scripts: readonly [Script, ...Script[]]): Script {
  return (request, response, count) =>
    (scripts[Math.min(count, scripts.length) - 1] ?? scripts[0])(request, response, count);
}

/** 304 when the request names this ETag or date (RFC 9110 §13.1), else the bytes with these validators. */
export function revalidated(
  body: Buffer,
  type: string,
  validators: { etag?: string; lastModified?: string },
  headers: Readonly<Record<string, string>> = {},
): Script {
  const sent = {
    ...(validators.etag === undefined ? {} : { etag: validators.etag }),
    ...(validators.lastModified === undefined ? {} : { "last-modified": validators.lastModified }),
    ...headers,
  };
  return (request, response, count) => {
    const known =
      (validators.etag !== undefined && request.headers["if-none-match"] === validators.etag) ||
      (validators.lastModified !== undefined && request.headers["if-modified-since"] === validators.lastModified);
    if (!known) return bytes(body, type, sent)(request, response, count);
    response.writeHead(304, { "cache-control": dayFresh, ...sent });
    response.end();
  };
}

/** The request as JSON: method, url, headers, and the body's length. */
export const echo: Script = (request, response) => {
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(
    JSON.stringify({
      method: request.method,
      url: request.url,
      headers: request.headers,
      bodyLength: request.body.length,
    }),
  );
};
