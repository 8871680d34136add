/** The bucket and the queues of `platform.ts`, reached by HTTP: as in a deployment, nobody shares a thread with them. */
import type { Bucket, BucketBody, BucketObject, JobQueue } from "../../../src/edge/env.ts";

/** @param platform `http://host:port`, without a slash at the end */
export function remoteBucket(platform: string): Bucket {
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

export function remoteQueue(platform: string, name: "JOBS" | "BACKFILL" | "DEAD"): JobQueue<unknown> {
  return {
    send: async (message) => {
      const sent = await fetch(`${platform}/send/${name}`, { method: "POST", body: JSON.stringify(message) });
      return sent.json();
    },
  };
}
