/**
 * Requests over plain sockets with exactly the headers that a test names: `fetch` would add an Accept, an
 * Accept-Encoding and a User-Agent of its own, and unpack bodies.
 */
import { createHash } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Answer as AnyAnswer } from "./answer.ts";

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly timeoutMs?: number;
}

/** An answer over the network. */
export interface Answer extends AnyAnswer<Buffer> {
  readonly milliseconds: number;
}

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });

/** Asks once. Redirects are not followed. Rejects when no answer's head arrives in time. */
export function ask(
  url: string | URL,
  { method = "GET", headers = {}, body, timeoutMs = 120_000 }: Ask = {},
): Promise<Answer> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent }, (incoming: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let settled = false;
      const settle = (broken: boolean): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        const whole = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]),
          ),
          cookies: incoming.headersDistinct["set-cookie"] ?? [],
          body: whole,
          digest: createHash("sha256").update(whole).digest(),
          broken,
          milliseconds: performance.now() - started,
        });
      };
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => settle(!incoming.complete));
      incoming.on("error", () => settle(true));
      incoming.on("close", () => settle(!incoming.complete));
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no whole answer within ${timeoutMs} ms: ${method} ${String(url)}`)),
      timeoutMs,
    );
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(body);
  });
}

/** Sends a request and hangs up as soon as it has left. */
export function askAndLeave(
  url: string | URL,
  headers: Readonly<Record<string, string>>,
  afterMs: number,
): Promise<void> {
  return new Promise((left) => {
    const outgoing = httpRequest(url, { headers, agent });
    outgoing.on("error", () => undefined);
    outgoing.on("close", () => left());
    outgoing.end();
    setTimeout(() => outgoing.destroy(), afterMs);
  });
}
