/**
 * The encoder in a process of its own, as it has a thread of its own where it is deployed: messages come by HTTP. See
 * `platform.ts`.
 */
import encoder from "../../../src/encoder.ts";
import type { Env } from "../../../src/edge/env.ts";
import { countCalls, createCounts, timed } from "./counted-bucket.ts";
import { remoteBucket, remoteQueue } from "./remote-platform.ts";

type LocalEnv = Env & { readonly PLATFORM: string };

const counts = createCounts();
let seen: { readonly given: LocalEnv; readonly own: Env } | undefined;

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
    const batch = { messages: [message], queue: "jobs" } as unknown as MessageBatch;
    await timed(counts, "delivery", async () => encoder.queue(batch, env, context));
    return Response.json(outcome);
  },
} satisfies ExportedHandler<LocalEnv>;
