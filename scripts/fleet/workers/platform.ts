/** What the platform does between gateways and encoder: it holds the bucket and the queues, and delivers messages. */
import type { JobQueue } from "../../../src/edge/env.ts";

interface PlatformEnv {
  readonly ENCODER_URL: string;
  readonly VARIANTS: R2Bucket;
  readonly JOBS: JobQueue<unknown>;
  readonly BACKFILL: JobQueue<unknown>;
  readonly DEAD: JobQueue<unknown>;
}

const describe = (object: R2Object): Record<string, string> => ({
  "x-etag": object.etag,
  "x-uploaded": String(object.uploaded.getTime()),
});

async function callBucket(request: Request, name: string, { VARIANTS: bucket }: PlatformEnv): Promise<Response> {
  switch (request.method) {
    case "GET": {
      const object = await bucket.get(name);
      return object === null
        ? new Response(null, { status: 404 })
        : new Response(object.body, { headers: describe(object) });
    }
    case "PUT": {
      const onlyIf = JSON.parse(request.headers.get("x-only-if") ?? "null") as R2Conditional | null;
      const object = await bucket.put(name, await request.arrayBuffer(), onlyIf === null ? {} : { onlyIf });
      return object === null
        ? new Response(null, { status: 412 })
        : new Response(null, { status: 200, headers: describe(object) });
    }
    case "DELETE":
      await bucket.delete(name);
      return new Response(null);
    default: {
      const object = await bucket.head(name);
      return new Response(null, object === null ? { status: 404 } : { headers: describe(object) });
    }
  }
}

export default {
  async fetch(request, env) {
    const [kind = "", name = ""] = new URL(request.url).pathname.slice(1).split("/");
    if (kind === "r2") return callBucket(request, decodeURIComponent(name), env);
    const queue = { JOBS: env.JOBS, BACKFILL: env.BACKFILL, DEAD: env.DEAD }[name];
    if (kind !== "send" || queue === undefined) return new Response(null, { status: 404 });
    return Response.json((await queue.send(await request.json())) ?? {});
  },

  async queue(batch, { ENCODER_URL }) {
    for (const message of batch.messages) {
      const { body, attempts, timestamp } = message;
      const delivery = JSON.stringify({ body, attempts, timestamp: timestamp.getTime() });
      const answer = await fetch(`${ENCODER_URL}/deliver`, { method: "POST", body: delivery });
      const outcome = await answer.json<{ kind: string; delaySeconds?: number }>();
      if (outcome.kind === "ack") message.ack();
      else message.retry({ delaySeconds: outcome.delaySeconds ?? 1 });
    }
  },
} satisfies ExportedHandler<PlatformEnv>;
