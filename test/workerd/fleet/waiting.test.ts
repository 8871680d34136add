/** What an answer of a gateway waits for, counted: hits for nothing but the cache, first answers for no write. */
import { describe, expect, test } from "vitest";
import type { Bucket } from "../../../src/edge/env.ts";
import { predictStreamedWebp } from "../../../src/imaging/cost/stream.ts";
import { probeImage } from "../../../src/imaging/probe/probe.ts";
import { accepts, isHit, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { startFleet } from "../scripted-fleet.ts";
import { jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");

/** A bucket that notes its calls, and whose writes can be held up. */
function watched(bucket: Bucket, calls: string[], beforePut: () => Promise<unknown>): Bucket {
  const noted = <Result>(what: string, result: Promise<Result>): Promise<Result> => {
    calls.push(what);
    return result;
  };
  return {
    get: (name) => noted("get", bucket.get(name)),
    head: (name) => noted("head", bucket.head(name)),
    put: (...written) =>
      noted(
        `put ${written[0].split("/", 1)[0]}`,
        beforePut().then(() => bucket.put(...written)),
      ),
    delete: (name) => noted("delete", bucket.delete(name)),
  };
}

/** A cache of one gateway that notes its calls. */
async function noting(name: string, calls: string[]): Promise<Cache> {
  const cache = await caches.open(name);
  const noted = <Result>(what: string, result: Promise<Result>): Promise<Result> => {
    calls.push(what);
    return result;
  };
  return {
    match: (...asked) => noted("match", cache.match(...asked)),
    put: (...stored) => noted("store", cache.put(...stored)),
    delete: (...named) => noted("remove", cache.delete(...named)),
  };
}

describe("a hit", () => {
  test("at each of two gateways is one look-up in its cache, while the encoder works on another picture", async () => {
    const calls: string[] = [];
    const made = [await noting("waiting-1", calls), await noting("waiting-2", calls)];
    const fleet = await startFleet({
      bucketOf: (bucket) => watched(bucket, calls, () => Promise.resolve()),
      cacheOf: () => made.pop() ?? caches.default,
    });
    for (const path of ["/warm.jpg", "/new.jpg"]) fleet.origin.on(path, jpeg(source));
    for (const edge of fleet.gateways) await edge.get("/warm.jpg", accepts.avif);
    await fleet.settle();
    fleet.gateways[0].pass(61);
    for (const edge of fleet.gateways) await edge.hit("/warm.jpg", accepts.avif);
    await fleet.gateways[0].get("/new.jpg", accepts.avif);
    await fleet.idle();
    const gate = Promise.withResolvers<void>();
    fleet.engine.until = gate.promise;
    const before = fleet.engine.encoded.length;
    const delivered = fleet.deliver();
    while (fleet.engine.encoded.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    calls.splice(0);
    const hits = 50;
    for (let hit = 0; hit < hits; hit++) {
      for (const edge of fleet.gateways) expect(isHit(await edge.get("/warm.jpg", accepts.avif))).toBe(true);
    }
    await fleet.idle();
    expect(calls).toEqual(Array(2 * hits).fill("match"));
    for (const { engine } of fleet.gateways) expect(engine.encoded).toEqual([]);
    gate.resolve();
    expect(await delivered).toBe(true);
  });

  test("on an interim answer looks into R2 once in two seconds, however many there are", async () => {
    const calls: string[] = [];
    const fleet = await startFleet({ bucketOf: (bucket) => watched(bucket, calls, () => Promise.resolve()) });
    fleet.origin.on("/interim.jpg", jpeg(source));
    const [edge] = fleet.gateways;
    await edge.get("/interim.jpg", accepts.avif);
    await fleet.idle();
    calls.splice(0);
    edge.pass(2.1);
    for (let hit = 0; hit < 50; hit++) await edge.get("/interim.jpg", accepts.avif);
    await fleet.idle();
    // The manifest, and the mark of a purge.
    expect(calls).toEqual(["get", "get"]);
  });
});

describe("the first answer", () => {
  test.each([accepts.avif, accepts.webp])("for %s comes before anything is written or sent", async (accept) => {
    const gate = Promise.withResolvers<void>();
    const calls: string[] = [];
    const fleet = await startFleet({ bucketOf: (bucket) => watched(bucket, calls, () => gate.promise) });
    fleet.beforeSend = () => gate.promise;
    fleet.origin.on("/first.jpg", jpeg(source));
    const [edge] = fleet.gateways;
    const answer = await edge.get("/first.jpg", accept);
    expect(verdictOf(answer)).toMatchObject({ reason: "interim" });
    // One look, and a first manifest that is on its way.
    expect(calls.filter((call) => call !== "put manifest")).toEqual(["get", "get"]);
    // What is made after the answer waits for it, too.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(fleet.queue).toEqual([]);
    gate.resolve();
    await fleet.settle();
    expect([fleet.engine.encoded.toSorted(), fleet.reported, edge.reported]).toEqual([["avif", "webp"], [], []]);
    // Nothing is handed over before it is known whether another gateway was first.
    expect(calls.filter((call) => call === "put manifest")).toHaveLength(1);
  });

  test.each([
    [2, "jpeg"],
    [4, "webp"],
  ])(
    "has a third of INLINE_BUDGET_MS for a draft: where that is %i times its work, it is %s",
    async (times, format) => {
      const facts = await probeImage(source);
      if (facts === undefined) throw new Error("no picture");
      const { ms } = predictStreamedWebp(facts, source.length);
      const fleet = await startFleet({ vars: { INLINE_BUDGET_MS: String(Math.round(times * ms)) } });
      fleet.origin.on("/draft.jpg", jpeg(source));
      const [edge] = fleet.gateways;
      const answer = await edge.get("/draft.jpg", accepts.webp);
      expect(verdictOf(answer)).toMatchObject({ reason: "interim", format });
      await fleet.settle();
    },
  );
});
