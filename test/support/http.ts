/**
 * Requests over plain sockets with exactly the headers that a test names: `fetch` would add an Accept, an
 * Accept-Encoding and a User-Agent of its own, and unpack bodies.
 */
import { createHash } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { parseDictionary, parseList } from "./structured-field.ts";
import type { Item, ListMember } from "./structured-field.ts";

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case; repeated fields joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Each Set-Cookie line. */
  readonly cookies: readonly string[];
  readonly body: Buffer;
  /** The connection ended before the body was whole. */
  readonly broken: boolean;
  readonly milliseconds: number;
}

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });

/** Asks once. Redirects are not followed. Rejects when no answer's head arrives in time. */
export function ask(
  url: string | URL,
  { method = "GET", headers = {}, body, timeoutMs = 30_000 }: Ask = {},
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
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]),
          ),
          cookies: incoming.headersDistinct["set-cookie"] ?? [],
          body: Buffer.concat(chunks),
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

/** `Edge-Imaging` as a dictionary of bare values; empty when the header is absent. Throws on a malformed one. */
export function verdictOf(
  answer: Answer,
): Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[]>> {
  const members = parseDictionary(answer.headers["edge-imaging"] ?? "");
  return Object.fromEntries(
    [...members].map(([key, member]) => [
      key,
      "items" in member ? member.items.map((item: Item) => item.value) : member.value,
    ]),
  );
}

/** The member of `Cache-Status` (RFC 9211) that this program wrote: its parameters. */
export function cacheStatusOf(answer: Answer): ReadonlyMap<string, string | number | boolean> {
  const members = parseList(answer.headers["cache-status"] ?? "");
  const own = members.find((member: ListMember) => !("items" in member) && member.value === "edge-imaging");
  if (own === undefined) throw new Error(`no member edge-imaging in Cache-Status: ${answer.headers["cache-status"]}`);
  return own.parameters;
}

export const isHit = (answer: Answer): boolean => cacheStatusOf(answer).get("hit") === true;

/** Seconds of a Cache-Control directive; undefined when it is absent. */
export function directive(answer: Answer, name: string): number | undefined {
  const match = new RegExp(`(?:^|[,\\s])${name}="?(\\d+)`, "i").exec(answer.headers["cache-control"] ?? "");
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** The strong tags that may stand for the first 128 bits of SHA-256 of these bytes. */
export function strongTagsOf(body: Uint8Array): readonly string[] {
  const digest = createHash("sha256").update(body).digest().subarray(0, 16);
  return [`"${digest.toString("hex")}"`, `"${digest.toString("base64url")}"`, `"${digest.toString("base64")}"`];
}
