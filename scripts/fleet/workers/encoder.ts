/**
 * The encoder in a process of its own, as it has a thread of its own where it is deployed: messages come by HTTP, and the
 * bucket is reached by HTTP. See `platform.ts`.
 */
import encoder from "../../../src/encoder.ts";
import type { Bucket, BucketBody, BucketObject, Env, JobQueue } from "../../../src/edge/env.ts";
import { countCalls } from "./counted-bucket.ts";

type LocalEnv = Env & { readonly PLATFORM: string };

const counts = { writes: 0, reads: 0 };
let seen: { readonly given: LocalEnv; readonly own: Env } | undefined;

function remoteBucket(platform: string): Bucket {
  const call = (method: string, name: string, rest: RequestInit = {}): Promise<Response> =>
    fetch(`${platform}/r2/${encodeURIComponent(name)}`, { method, ...rest });
  const describe = (response: Response): BucketObject => ({
    etag: response.headers.get("x-etag") ?? "",
    uploaded: new Date(Number(response.headers.get("x-uploaded"))),
  });
  return {
    async get(name) {
      const response = await call("GET", name);
      if (response.status !== 200) return null;
      const body: BucketBody = {
        ...describe(response),
        arrayBuffer: () => response.arrayBuffer(),
        text: () => response.text(),
        json: () => response.json(),
      };
      return body;
    },
    async head(name) {
      const response = await call("HEAD", name);
      return response.status === 200 ? describe(response) : null;
    },
    async put(name, value, options) {
      const headers = { "x-only-if": JSON.stringify(options?.onlyIf ?? null) };
      const response = await call("PUT", name, { body: value as BodyInit, headers });
      return response.status === 200 ? describe(response) : null;
    },
    async delete(name) {
      await call("DELETE", name);
    },
  };
}

function remoteQueue(platform: string, name: string): JobQueue<unknown> {
  return {
    send: async (message) => {
      await fetch(`${platform}/send/${name}`, { method: "POST", body: JSON.stringify(message) });
      return {};
    },
  };
}

function ownEnv(given: LocalEnv): Env {
  if (seen?.given === given) return seen.own;
  const { PLATFORM } = given;
  const own: Env = {
    ...given,
    VARIANTS: countCalls(remoteBucket(PLATFORM), counts),
    BACKFILL: remoteQueue(PLATFORM, "BACKFILL"),
    DEAD: remoteQueue(PLATFORM, "DEAD"),
  };
  seen = { given, own };
  return own;
}

export default {
  async fetch(request, given, context) {
    const { pathname } = new URL(request.url);
    const env = ownEnv(given);
    if (pathname === "/_fleet/counts") return Response.json(counts);
    if (pathname !== "/deliver") {
      return encoder.fetch(request, env, context);
    }
    const { timestamp, ...sent } = await request.json<{ timestamp: number; body: unknown; attempts: number }>();
    let outcome: object = { kind: "none" };
    const message = {
      ...sent,
      timestamp: new Date(timestamp),
      ack: () => (outcome = { kind: "ack" }),
      retry: (options: object) => (outcome = { kind: "retry", ...options }),
    };
    await encoder.queue({ messages: [message], queue: "jobs" } as unknown as MessageBatch, env, context);
    return Response.json(outcome);
  },
} satisfies ExportedHandler<LocalEnv>;
