/** Two versions of the program at once, as while a deployment spreads: visitors get pictures, and soon the final ones. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, isHit, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { createMapBucket, replaced } from "../map-bucket.ts";
import { createMapCache } from "../map-cache.ts";
import type { Edge } from "../scripted-edge.ts";
import { type Delivery, type Fleet, startFleet } from "../scripted-fleet.ts";
import { jpeg, status } from "../scripted-origin.ts";

const source = pictureOf("photo");
const small = pictureOf("120 × 80");
const changed = pictureOf("changed");
const clients = [accepts.avif, accepts.webp] as const;

/** The same message as a gateway of another version would send it. */
const foreign = (delivery: Delivery, change: Readonly<Record<string, unknown>>): Delivery => ({
  ...delivery,
  body: { ...(delivery.body as object), ...change },
});

/** What makes a message one that an encoder of this version does not understand: a later version, an earlier one, or a recipe of its own. */
const dialects: readonly Readonly<Record<string, unknown>>[] = [
  { version: 2 },
  { version: 0 },
  { variants: [{ id: "avif", target: "avif", recipe: { kind: "dream" }, cost: {} }] },
];

/** Delivers what waits, as the encoder of the other version gets it. */
async function deliverAll(fleet: Fleet, change: Readonly<Record<string, unknown>>): Promise<void> {
  await fleet.idle();
  for (const delivery of fleet.queue.splice(0)) expect(await fleet.deliver(foreign(delivery, change))).toBe(true);
  await fleet.idle();
}

async function final(fleet: Fleet, edge: Edge, path: string, accept: string): Promise<Answer> {
  for (let seconds = 0; seconds <= 70; seconds += 5) {
    const answer = await edge.get(path, accept);
    if (isHit(answer) && verdictOf(answer)["reason"] === "transcoded") return answer;
    await fleet.settle();
    edge.pass(5);
  }
  throw new Error(`${path} is not final`);
}

describe("gateways and an encoder that do not understand each other", () => {
  test("for half an hour: interim answers, no error, and final a minute later", async () => {
    const fleet = await startFleet({ bucket: createMapBucket(), cacheOf: createMapCache });
    fleet.origin.on("/rollout.jpg", jpeg(small));
    const minutes = 30;
    for (let minute = 0; minute < minutes; minute++) {
      for (const edge of fleet.gateways) {
        for (const accept of clients) {
          const answer = await edge.get("/rollout.jpg", accept);
          expect([answer.status, verdictOf(answer)["reason"]]).toEqual([200, "interim"]);
          expect(answer.body.length).toBeLessThanOrEqual(source.length);
        }
      }
      await deliverAll(fleet, dialects[minute % dialects.length] ?? {});
      fleet.clock.now += 61_000;
    }
    const letters = new Set(fleet.dead.map(({ reason }) => reason));
    expect([...letters]).toEqual(["it is no message of this version"]);
    // One for each data centre, minute and set of formats, at most; and the source is not fetched again for it.
    expect(fleet.dead.length).toBeLessThanOrEqual(minutes * fleet.gateways.length * clients.length);
    expect(fleet.origin.count("/rollout.jpg")).toBeLessThanOrEqual(fleet.gateways.length);
    expect([fleet.engine.encoded, ...fleet.gateways.map(({ reported }) => reported)]).toEqual([[], [], []]);
    // The deployment is over.
    for (const edge of fleet.gateways) {
      expect(verdictOf(await final(fleet, edge, "/rollout.jpg", accepts.avif))["format"]).toBe("avif");
    }
  });

  test("every other time, as while a deployment spreads: nothing is made twice", async () => {
    const fleet = await startFleet({ bucket: createMapBucket(), cacheOf: createMapCache });
    const paths = Array.from({ length: 6 }, (_, index) => `/spread-${index}.jpg`);
    for (const path of paths) fleet.origin.on(path, jpeg(source));
    for (let round = 0; round < 4; round++) {
      for (const path of paths) for (const edge of fleet.gateways) await edge.get(path, accepts.avif);
      await fleet.idle();
      for (const [index, delivery] of fleet.queue.splice(0).entries()) {
        await fleet.deliver(index % 2 === round % 2 ? foreign(delivery, { version: 2 }) : delivery);
      }
      fleet.clock.now += 61_000;
    }
    for (const path of paths) {
      for (const edge of fleet.gateways) await final(fleet, edge, path, accepts.avif);
    }
    expect(fleet.engine.encoded.filter((format) => format === "avif").length).toBe(paths.length);
  });
});

describe("two versions that write under different keys", () => {
  /** Settings that change answers are in every key, as the version of what is stored is. */
  const startBoth = async (): Promise<Fleet> => {
    const cache = createMapCache();
    const fleet = await startFleet({
      vars: { ADMIN_TOKEN: "secret" },
      otherVars: { FORMATS: "webp" },
      bucket: createMapBucket(),
      cacheOf: () => cache,
    });
    fleet.origin.on("/both.jpg", jpeg(source));
    return fleet;
  };

  test("in one data centre never take what the other one has kept, and both become final", async () => {
    const fleet = await startBoth();
    const [one, other] = fleet.gateways;
    const answers = [
      await final(fleet, one, "/both.jpg", accepts.avif),
      await final(fleet, other, "/both.jpg", accepts.avif),
    ];
    expect(answers.map((answer) => verdictOf(answer)["format"])).toEqual(["avif", "webp"]);
    expect((await one.get("/both.jpg", accepts.avif)).body).toEqual(answers[0]?.body);
  });

  test("share purges in R2: work of the other version on the old picture is void", async () => {
    const fleet = await startBoth();
    const [one, other] = fleet.gateways;
    await one.get("/both.jpg", accepts.avif);
    await fleet.idle();
    fleet.origin.on("/both.jpg", status(204));
    await other.ask("/both.jpg", { method: "PUT", body: "new" });
    fleet.origin.on("/both.jpg", jpeg(changed));
    await fleet.settle();
    expect(fleet.engine.encoded).toEqual([]);
    one.pass(61);
    const answer = await final(fleet, one, "/both.jpg", accepts.avif);
    expect(verdictOf(answer)["from"]).toBe(changed.length);
  });
});

describe("a manifest in R2 that another version has written under this one's name", () => {
  test("is as good as none, and is replaced", async () => {
    const bucket = createMapBucket();
    const fleet = await startFleet({ bucket, cacheOf: createMapCache });
    fleet.origin.on("/manifest.jpg", jpeg(source));
    const [one, other] = fleet.gateways;
    await final(fleet, one, "/manifest.jpg", accepts.avif);
    for (const [name, object] of bucket.objects) {
      if (name.startsWith("manifest/"))
        bucket.objects.set(name, replaced(object, await signed({ variants: [], version: 9 })));
    }
    expect((await other.get("/manifest.jpg", accepts.avif)).status).toBe(200);
    expect(verdictOf(await final(fleet, other, "/manifest.jpg", accepts.avif))["format"]).toBe("avif");
    expect(other.reported.map(String)).toEqual(["Error: R2 has a manifest that cannot be read."]);
  });

  /** With the digest that a whole manifest has. */
  async function signed(content: unknown): Promise<string> {
    const json = JSON.stringify(content);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(json)));
    return `${[...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")}\n${json}`;
  }
});
