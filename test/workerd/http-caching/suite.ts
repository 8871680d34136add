/** Plays what a public test of HTTP caches plays: an origin that answers by a script, and a client that asks again. */
import { type Answer, isHit } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import type { OriginRequest } from "../scripted-origin.ts";

/** Fields in order; a name may be repeated. */
export type Fields = readonly (readonly [name: string, value: string])[];

export interface Reply {
  readonly status?: number;
  readonly fields: Fields;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** A picture that is sent as it is, so that nothing but HTTP decides. */
const picture = pictureOf("webp");

/** One test of the suite: an origin's URL of its own, on an edge and a clock that all of them share. */
export class Play {
  static #edge: Edge | undefined;
  static #now = 0;
  readonly path: string;
  #reply: Reply | "cut" = { fields: [] };
  #tag = "";

  private constructor(path: string) {
    this.path = path;
  }

  static async begin(id: string): Promise<Play> {
    if (Play.#edge === undefined) {
      Play.#now = Date.now();
      Play.#edge = await startEdge({
        vars: { MIN_TTL_SECONDS: "0", DEFAULT_TTL_SECONDS: "0", FORMATS: "", EAGER: "" },
      });
    }
    const play = new Play(`/${encodeURIComponent(id)}.webp`);
    Play.#edge.origin.on(play.path, (request) => play.#answer(request));
    // No test is to know what another one's origin has done.
    Play.pass(120);
    return play;
  }

  static pass(seconds: number): void {
    Play.edge.pass(seconds);
    Play.#now += 1000 * seconds;
  }

  static get edge(): Edge {
    if (Play.#edge === undefined) throw new Error("nothing has begun");
    return Play.#edge;
  }

  /** What the origin answers from now on; a connection that is cut counts as an answer. */
  says(reply: Reply | "cut"): void {
    this.#reply = reply;
  }

  get requests(): readonly OriginRequest[] {
    return Play.edge.origin.requests(this.path);
  }

  /** Asks, and waits for all work that follows. In `If-None-Match` the origin's tag replaces the one that was sent. */
  async ask(fields: Fields = [], method = "GET", query = ""): Promise<Answer> {
    const own = this.#reply === "cut" ? undefined : this.#reply.fields.find(([name]) => name === "etag")?.[1];
    const headers: Record<string, string> = { accept: "image/webp,*/*" };
    for (const [name, value] of fields) {
      const text =
        name === "if-none-match" && own !== undefined ? value.replace(own, this.#tag) : dated(value, Play.#now);
      headers[name] = headers[name] === undefined ? text : `${headers[name]}, ${text}`;
    }
    const answer = await Play.edge.ask(this.path + query, {
      method,
      headers,
      ...(method === "POST" ? { body: "x" } : {}),
    });
    await Play.edge.idle();
    this.#tag = answer.headers["etag"] ?? this.#tag;
    return answer;
  }

  #answer({ method, headers: asked }: OriginRequest): Response {
    if (this.#reply === "cut") throw new TypeError("Network connection lost.");
    const { status = 200, fields, body = picture } = this.#reply;
    const headers = new Headers();
    for (const [name, value] of fields) headers.append(name, dated(value, Play.#now));
    if (!headers.has("date")) headers.set("date", dated("@0", Play.#now));
    if (!headers.has("content-type")) headers.set("content-type", status === 200 ? "image/webp" : "text/plain");
    const { "if-none-match": tag, "if-modified-since": since } = asked;
    const isConfirmed =
      tag === undefined ? since !== undefined && since === headers.get("last-modified") : tag === headers.get("etag");
    if (status === 200 && isConfirmed) return new Response(null, { status: 304, headers });
    const isEmpty = method === "HEAD" || [204, 205, 304].includes(status);
    return new Response(isEmpty ? null : body.slice(), { status, headers });
  }
}

function dated(value: string, now: number): string {
  const offset = /^@(-?\d+)$/.exec(value)?.[1];
  return offset === undefined ? value : new Date(now + 1000 * Number(offset)).toUTCString();
}

export type Outcome = "reused" | "asked" | "confirmed" | "unchanged" | "failed";

/** What the last request has found. */
export function outcomeOf(answer: Answer, newRequests: readonly OriginRequest[]): Outcome {
  if (answer.status >= 500) return "failed";
  if (newRequests.length === 0) return answer.status === 304 ? "unchanged" : "reused";
  const cacheStatus = answer.headers["cache-status"] ?? "";
  // What is stale is sent while the origin is asked, or because it fails: nothing new was stored for it.
  if (isHit(answer) || (cacheStatus.includes("fwd=stale") && !cacheStatus.includes("stored"))) return "reused";
  const asked = newRequests.at(-1)?.headers ?? {};
  return ["if-none-match", "if-modified-since"].some((name) => asked[name] !== undefined) ? "confirmed" : "asked";
}

/** `name: value ¦ name: value`. */
export function readFields(text: string): Fields {
  return text
    .split("¦")
    .filter((field) => field.trim() !== "")
    .map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon).trim(), field.slice(colon + 1).trim()] as const;
    });
}
