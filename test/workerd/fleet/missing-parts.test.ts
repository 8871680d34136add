/** What an operator fears: a queue that is paused, dead letters that nobody keeps, objects that R2 has removed. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, isHit, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { createMapBucket, type MapBucket } from "../map-bucket.ts";
import { createMapCache } from "../map-cache.ts";
import type { Edge } from "../scripted-edge.ts";
import { type Fleet, type FleetOptions, startFleet } from "../scripted-fleet.ts";
import { jpeg } from "../scripted-origin.ts";

const source = pictureOf("120 × 80");
const path = "/picture.jpg";

async function start(options: FleetOptions = {}): Promise<{ readonly fleet: Fleet; readonly bucket: MapBucket }> {
  const bucket = createMapBucket();
  const fleet = await startFleet({ vars: { ADMIN_TOKEN: "secret" }, bucket, cacheOf: createMapCache, ...options });
  fleet.origin.on(path, jpeg(source, { "cache-control": "public, max-age=2592000" }));
  return { fleet, bucket };
}

async function final(fleet: Fleet, edge: Edge): Promise<Answer> {
  for (let seconds = 0; seconds <= 70; seconds += 5) {
    const answer = await edge.get(path, accepts.avif);
    if (isHit(answer) && verdictOf(answer)["reason"] === "transcoded") return answer;
    await fleet.settle();
    edge.pass(5);
  }
  throw new Error("it is not final");
}

interface Counts {
  readonly queue: { readonly sent: number; readonly unsent: number; readonly backlog: number };
}

async function statsOf(edge: Edge): Promise<Counts> {
  const answer = await edge.ask("/_imaging/stats", { headers: { authorization: "Bearer secret" } });
  return JSON.parse(new TextDecoder().decode(answer.body)) as Counts;
}

describe("a queue that delivers nothing for a day", () => {
  test("leaves answers interim; then each format is made once, however many messages there are", async () => {
    const { fleet } = await start({ hasBackfill: true });
    const hours = 24;
    for (let hour = 0; hour < hours; hour++) {
      for (const edge of fleet.gateways) {
        const answer = await edge.get(path, accepts.avif);
        expect([answer.status, verdictOf(answer)["reason"]]).toEqual([200, "interim"]);
      }
      await fleet.idle();
      fleet.backlogCount = fleet.queue.length;
      fleet.clock.now += 3_600_000;
    }
    expect(fleet.origin.count(path)).toBeLessThanOrEqual(fleet.gateways.length);
    expect(fleet.queue.length).toBeLessThanOrEqual(hours * fleet.gateways.length);
    const { queue } = await statsOf(fleet.gateways[1]);
    expect(queue).toMatchObject({ unsent: 0 });
    expect(Math.min(queue.sent, queue.backlog)).toBeGreaterThan(hours / 2);

    while (fleet.queue.length > 0) expect(await fleet.deliver()).toBe(true);
    for (const body of fleet.backfill) expect(await fleet.deliver({ body, sentAt: 0, attempts: 0 })).toBe(true);
    expect([fleet.engine.encoded.toSorted(), fleet.dead]).toEqual([["avif", "webp"], []]);
    for (const edge of fleet.gateways) expect(verdictOf(await final(fleet, edge))["format"]).toBe("avif");
  });
});

describe("dead letters that cannot be kept", () => {
  test("are in the log, and acknowledged", async () => {
    const { fleet } = await start();
    fleet.dead.push = () => {
      throw new Error("no such queue");
    };
    expect(await fleet.deliver({ body: { version: 99 }, sentAt: fleet.clock.now, attempts: 0 })).toBe(true);
    expect(fleet.reported).toEqual([
      { failure: "encode", reason: "it is no message of this version", message: { version: 99 } },
      new Error("no such queue"),
    ]);
  });
});

describe("a lifecycle rule that removes too much too soon", () => {
  test.each([
    ["files", (name: string) => name.startsWith("file/")],
    ["manifests", (name: string) => name.startsWith("manifest/")],
    ["everything", () => true],
  ])("of %s costs a further encode at most", async (_, isRemoved) => {
    const { fleet, bucket } = await start();
    const [one, other] = fleet.gateways;
    await final(fleet, one);
    const body = (await final(fleet, one)).body;
    for (const name of bucket.objects.keys()) if (isRemoved(name)) bucket.objects.delete(name);
    fleet.clock.now += 86_400_000;
    expect((await other.get(path, accepts.avif)).status).toBe(200);
    expect((await final(fleet, other)).body).toEqual(body);
    expect((await final(fleet, one)).body).toEqual(body);
    expect(fleet.engine.encoded.filter((format) => format === "avif").length).toBeLessThanOrEqual(2);
    expect(fleet.dead).toEqual([]);
  });
});
