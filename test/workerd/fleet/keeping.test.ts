/** What is in use stays in R2, and a queue that is too long is left alone. */
import { describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../../support/answer.ts";
import { bytesRetentionSeconds, maxBacklog } from "../../../src/edge/limits.ts";
import type { Bucket, BucketObject } from "../../../src/edge/env.ts";
import { pictureOf } from "../../support/provided.ts";
import { startFleet } from "../scripted-fleet.ts";
import { jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");

/** A bucket whose objects seem to have been written so long ago. */
function aged(bucket: Bucket, ageSeconds: () => number, written: string[]): Bucket {
  const age = <Found extends BucketObject>(found: Found | null): Found | null =>
    found &&
    new Proxy(found, {
      get(target, name) {
        if (name === "uploaded") return new Date(target.uploaded.getTime() - 1000 * ageSeconds());
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  return {
    get: async (name) => age(await bucket.get(name)),
    head: async (name) => age(await bucket.head(name)),
    put: (name, ...rest) => {
      written.push(name.split("/")[0] ?? "");
      return bucket.put(name, ...rest);
    },
    delete: (name) => bucket.delete(name),
  };
}

describe("what is read in R2", () => {
  test.each([
    ["before half of its life is over is not written again", 0.4, []],
    ["after half of it is, so that a lifecycle rule leaves it", 0.6, ["file", "manifest"]],
  ] as const)("%s", async (_, share, expected) => {
    let ageSeconds = 0;
    const written: string[] = [];
    const fleet = await startFleet({ bucketOf: (bucket) => aged(bucket, () => ageSeconds, written) });
    fleet.origin.on("/kept.jpg", jpeg(source));
    const [edge, other] = fleet.gateways;
    await edge.get("/kept.jpg", accepts.avif);
    await fleet.settle();
    ageSeconds = share * bytesRetentionSeconds;
    written.splice(0);
    expect(verdictOf(await other.get("/kept.jpg", accepts.avif))).toMatchObject({ format: "avif" });
    await fleet.idle();
    expect([...new Set(written)].toSorted()).toEqual(expected);
  });
});

describe("a queue that says how many messages wait", () => {
  test("gets no more for some seconds where it is too long, and answers stay interim", async () => {
    const fleet = await startFleet();
    for (const path of ["/one.jpg", "/two.jpg", "/three.jpg"]) fleet.origin.on(path, jpeg(source));
    const [edge] = fleet.gateways;
    fleet.backlogCount = maxBacklog + 1;
    await edge.get("/one.jpg", accepts.avif);
    await fleet.idle();
    const answer = await edge.get("/two.jpg", accepts.avif);
    await fleet.idle();
    expect([answer.status, verdictOf(answer)["reason"], fleet.queue.length]).toEqual([200, "interim", 1]);
    edge.pass(11);
    await edge.get("/three.jpg", accepts.avif);
    await fleet.idle();
    expect(fleet.queue.length).toBe(2);
  });
});
