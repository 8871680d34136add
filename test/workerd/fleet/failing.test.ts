/** A fleet whose parts fail: R2, the queue, the encoder, a picture that changes meanwhile. */
import { describe, expect, test } from "vitest";
import { readMessage } from "../../../src/edge/backend/encode-message.ts";
import type { Bucket } from "../../../src/edge/env.ts";
import { accepts, type Answer, isHit, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import type { Edge } from "../scripted-edge.ts";
import { nameOf } from "../scripted-engine.ts";
import { type Fleet, startFleet } from "../scripted-fleet.ts";
import { jpeg, sequence, status } from "../scripted-origin.ts";

const source = pictureOf("photo");
const changed = pictureOf("changed");

/** A bucket whose calls a test can replace. */
function breakable(bucket: Bucket): { readonly bucket: Bucket; replaced: Partial<Bucket> } {
  const held: { bucket: Bucket; replaced: Partial<Bucket> } = {
    replaced: {},
    bucket: {
      get: (name) => (held.replaced.get ?? bucket.get.bind(bucket))(name),
      head: (name) => (held.replaced.head ?? bucket.head.bind(bucket))(name),
      put: (...written) => (held.replaced.put ?? bucket.put.bind(bucket))(...written),
      delete: (name) => (held.replaced.delete ?? bucket.delete.bind(bucket))(name),
    },
  };
  return held;
}

const throwing = (): Promise<never> => Promise.reject(new Error("we encountered an internal error"));
const hanging = (): Promise<never> => new Promise(() => undefined);

async function startBreakable(): Promise<{ fleet: Fleet; broken: { replaced: Partial<Bucket> } }> {
  let broken: ReturnType<typeof breakable> | undefined;
  const vars = { ADMIN_TOKEN: "secret" };
  const fleet = await startFleet({ vars, bucketOf: (bucket) => (broken ??= breakable(bucket)).bucket });
  if (broken === undefined) throw new Error("no gateway has a bucket");
  return { fleet, broken };
}

/** Asks until the answer is final. */
async function final(fleet: Fleet, edge: Edge, path: string, accept: string = accepts.avif): Promise<Answer> {
  for (let round = 0; round < 8; round++) {
    const answer = await edge.get(path, accept);
    if (isHit(answer) && verdictOf(answer)["reason"] !== "interim") return answer;
    await fleet.settle();
    edge.pass(3);
  }
  throw new Error(`${path} is still interim`);
}

const maxAge = ({ headers }: Answer): number => Number(/max-age=(\d+)/.exec(headers["cache-control"] ?? "")?.[1]);

describe("R2", () => {
  test.each([
    ["throws on reads", { get: throwing, head: throwing }],
    ["throws on writes", { put: throwing }],
    ["throws on everything", { get: throwing, head: throwing, put: throwing, delete: throwing }],
    ["hangs on reads", { get: hanging, head: hanging }],
  ] as const)("that %s costs nobody a picture, and what is missing is made when it is back", async (_, replaced) => {
    const { fleet, broken } = await startBreakable();
    fleet.origin.on("/broken.jpg", jpeg(source));
    broken.replaced = replaced;
    for (const edge of fleet.gateways) {
      const answer = await edge.get("/broken.jpg", accepts.chrome);
      expect([answer.status, verdictOf(answer)["reason"]]).toEqual([200, "interim"]);
      expect(maxAge(answer)).toBeLessThanOrEqual(60);
    }
    await fleet.settle();
    broken.replaced = {};
    fleet.clock.now += 61_000;
    const answer = await final(fleet, fleet.gateways[0], "/broken.jpg");
    expect(verdictOf(answer)).toMatchObject({ format: "avif", reason: "transcoded" });
  });

  test.each([
    ["PUT", 1, "new"],
    ["PUT", 2, "new"],
    ["purge", 1, "new"],
    ["purge", 2, "new"],
    ["purge", 2, "purged before"],
  ])("that fails at each %s of %d never brings the old picture back: it was %s", async (how, changes, before) => {
    const { fleet, broken } = await startBreakable();
    const [edge] = fleet.gateways;
    const clients = [accepts.avif, accepts.webp, "*/*"];
    const ask = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (const accept of clients) answers.push(nameOf((await edge.get("/put.jpg", accept)).body));
      return answers;
    };
    const purge = (): Promise<Answer> =>
      edge.ask("/_imaging/purge", {
        method: "POST",
        headers: { authorization: "Bearer secret" },
        body: JSON.stringify({ urls: ["/put.jpg"] }),
      });
    if (before === "purged before") expect((await purge()).status).toBe(200);
    fleet.origin.on("/put.jpg", jpeg(source));
    const old = await ask();
    await final(fleet, edge, "/put.jpg");
    old.push(...(await ask()));
    for (let change = 0; change < changes; change++) {
      fleet.origin.on("/put.jpg", status(204));
      broken.replaced = { put: throwing };
      const done = await (how === "PUT" ? edge.ask("/put.jpg", { method: "PUT" }) : purge());
      expect(done.status).toBe(how === "PUT" ? 204 : 500);
      // Then what R2 still has is the last but one.
      if (before === "purged before") expect((await purge()).status).toBe(500);
      broken.replaced = {};
      edge.pass(30);
      fleet.origin.on("/put.jpg", jpeg(changed));
      for (const name of await ask()) expect(old).not.toContain(name);
    }
    await fleet.settle();
    for (const name of await ask()) expect(old).not.toContain(name);
    // What was asked of the encoder before the last change is void.
    edge.pass(90);
    expect(verdictOf(await final(fleet, edge, "/put.jpg"))).toMatchObject({ format: "avif", reason: "transcoded" });
  });

  test("that fails the encoder gives the message back", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/given-back.jpg", jpeg(source));
    await fleet.gateways[0].get("/given-back.jpg", accepts.avif);
    await fleet.idle();
    const [delivery] = fleet.queue.splice(0);
    const { put } = fleet.bucket;
    fleet.bucket.put = (name, ...written) =>
      name.startsWith("manifest/") ? throwing() : put.call(fleet.bucket, name, ...written);
    try {
      expect(await fleet.deliver(delivery)).toBe(false);
    } finally {
      fleet.bucket.put = put;
    }
    fleet.clock.now += 6000;
    expect(await fleet.deliver()).toBe(true);
    expect(verdictOf(await final(fleet, fleet.gateways[0], "/given-back.jpg"))["format"]).toBe("avif");
  });
});

describe("the queue", () => {
  test("that refuses leaves the answer interim with a normal life, and the next request tries again", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/refused.jpg", jpeg(source));
    fleet.isRefusing = true;
    const [edge] = fleet.gateways;
    const answer = await edge.get("/refused.jpg", accepts.avif);
    expect([answer.status, verdictOf(answer)["reason"], maxAge(answer)]).toEqual([200, "interim", 60]);
    await fleet.idle();
    edge.pass(30);
    expect(isHit(await edge.get("/refused.jpg", accepts.avif))).toBe(true);
    fleet.isRefusing = false;
    edge.pass(31);
    expect(verdictOf(await final(fleet, edge, "/refused.jpg"))["format"]).toBe("avif");
    expect(fleet.origin.count("/refused.jpg")).toBe(1);
  });

  test("may deliver again, late, and in another order: nothing is made twice", async () => {
    const fleet = await startFleet();
    for (const path of ["/one.jpg", "/two.jpg"]) fleet.origin.on(path, jpeg(source));
    const [edge] = fleet.gateways;
    await edge.get("/one.jpg", accepts.avif);
    await fleet.idle();
    await edge.get("/two.jpg", accepts.avif);
    await fleet.idle();
    const [one, two] = fleet.queue.splice(0);
    for (const delivery of [two, one, one, two, one]) expect(await fleet.deliver(delivery)).toBe(true);
    expect(fleet.engine.encoded.toSorted()).toEqual(["avif", "avif", "webp", "webp"]);
  });

  test("hands what has waited for a minute to the second one, so that new messages come first", async () => {
    const fleet = await startFleet({ hasBackfill: true });
    fleet.origin.on("/old.jpg", jpeg(source));
    await fleet.gateways[0].get("/old.jpg", accepts.avif);
    await fleet.idle();
    fleet.clock.now += 61_000;
    expect(await fleet.deliver()).toBe(true);
    expect([fleet.backfill.length, fleet.engine.encoded]).toEqual([1, []]);
    // From there it is consumed, however old it is.
    await fleet.deliver({ body: fleet.backfill[0], sentAt: fleet.clock.now - 600_000, attempts: 0 });
    expect(fleet.engine.encoded.toSorted()).toEqual(["avif", "webp"]);
  });
});

describe("an encoder that is killed", () => {
  /** Begins a delivery that never ends: its isolate is gone. */
  async function kill(fleet: Fleet, at: "first" | "second"): Promise<void> {
    const encode = fleet.engine.encode.bind(fleet.engine);
    const begun = Promise.withResolvers<void>();
    let encodes = 0;
    fleet.engine.encode = (...wanted) => {
      encodes += 1;
      if (at === "second" && encodes === 1) return encode(...wanted);
      begun.resolve();
      return new Promise(() => undefined);
    };
    void fleet.deliver(fleet.queue[0]);
    await begun.promise;
    fleet.engine.encode = encode;
  }

  test.each(["first", "second"] as const)(
    "in its %s encode: the next delivery waits for the lease, then goes on",
    async (at) => {
      const fleet = await startFleet();
      fleet.origin.on("/killed.jpg", jpeg(source));
      await fleet.gateways[0].get("/killed.jpg", accepts.avif);
      await fleet.idle();
      const [delivery] = fleet.queue;
      await kill(fleet, at);
      fleet.queue.splice(0);
      expect(await fleet.deliver(delivery)).toBe(false);
      // Longer than the lease, and than the permit of the dead holder.
      fleet.clock.now += 700_000;
      expect(await fleet.deliver()).toBe(true);
      fleet.clock.now -= 690_000;
      expect(verdictOf(await final(fleet, fleet.gateways[0], "/killed.jpg"))["format"]).toBe("avif");
    },
  );

  test("before its manifest: the files that are there are not written again, and the manifest is", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/unsaid.jpg", jpeg(source));
    await fleet.gateways[0].get("/unsaid.jpg", accepts.avif);
    await fleet.idle();
    const [delivery] = fleet.queue.splice(0);
    const { put } = fleet.bucket;
    const written: string[] = [];
    fleet.bucket.put = async (name, ...rest) => {
      written.push(name.split("/")[0] ?? "");
      if (written.at(-1) === "manifest") throw new Error("the isolate is gone");
      return put.call(fleet.bucket, name, ...rest);
    };
    await fleet.deliver(delivery);
    fleet.bucket.put = put;
    expect(written.filter((kind) => kind === "file").length).toBe(2);
    fleet.queue.splice(0);
    fleet.clock.now += 6000;
    expect(await fleet.deliver(delivery)).toBe(true);
    expect(verdictOf(await final(fleet, fleet.gateways[0], "/unsaid.jpg"))["format"]).toBe("avif");
  });
});

describe("a message", () => {
  test("that cannot be read ends among the dead, with its reason", async () => {
    const fleet = await startFleet();
    expect(await fleet.deliver({ body: { version: 99 }, sentAt: fleet.clock.now, attempts: 0 })).toBe(true);
    expect(fleet.dead).toEqual([{ reason: "it is no message of this version", message: { version: 99 } }]);
  });

  test("whose source is gone ends among the dead after three deliveries, and nobody asks again for an hour", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/poison.jpg", jpeg(source));
    const [edge, other] = fleet.gateways;
    await edge.get("/poison.jpg", accepts.avif);
    await fleet.idle();
    const { get } = fleet.bucket;
    fleet.bucket.get = (name) => (name.includes("/original/") ? Promise.resolve(null) : get.call(fleet.bucket, name));
    try {
      for (let delivery = 1; delivery <= 3; delivery++) await fleet.deliver();
    } finally {
      fleet.bucket.get = get;
    }
    expect([fleet.queue, fleet.dead.map(({ reason }) => reason)]).toEqual([[], ["the source's bytes cannot be read"]]);
    expect((await other.get("/poison.jpg", accepts.avif)).status).toBe(200);
    await fleet.idle();
    // What is left for such clients is a smaller JPEG.
    const asked = fleet.queue.flatMap(({ body }) => readMessage(body)?.variants.map(({ id }) => id) ?? []);
    expect(asked).toEqual(["jpeg"]);
  });

  test("that ends its encoder each time is given up without another try", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/fatal.jpg", jpeg(source));
    await fleet.gateways[0].get("/fatal.jpg", accepts.avif);
    await fleet.idle();
    const [delivery] = fleet.queue.splice(0);
    expect(await fleet.deliver({ ...(delivery ?? { body: null, sentAt: 0 }), attempts: 3 })).toBe(true);
    expect([fleet.engine.encoded, fleet.dead.length]).toEqual([[], 1]);
  });
});

describe("what was found out", () => {
  test("of a codec that fails is in the manifest with its time: no other data centre tries at once", async () => {
    const fleet = await startFleet({ vars: { FORMATS: "avif" } });
    fleet.origin.on("/failing.jpg", jpeg(source));
    let tries = 0;
    fleet.engine.encode = () => {
      tries += 1;
      return Promise.reject(new Error("out of memory"));
    };
    const [edge, other] = fleet.gateways;
    await edge.get("/failing.jpg", accepts.avif);
    await fleet.settle();
    await other.get("/failing.jpg", accepts.avif);
    await fleet.settle();
    expect(tries).toBe(1);
    other.pass(61);
    await other.get("/failing.jpg", accepts.avif);
    await fleet.settle();
    expect(tries).toBe(2);
  });
});

describe("a picture that changes", () => {
  test("between two data centres: each has its own version, and later all have the later one", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/changes.jpg", sequence(jpeg(source), jpeg(changed)));
    const [edge, other] = fleet.gateways;
    await edge.get("/changes.jpg", accepts.avif);
    await fleet.idle();
    const [late] = fleet.queue.splice(0);
    // The first one's copy is stale; the second one fetches.
    fleet.clock.now += 86_401_000;
    await other.get("/changes.jpg", accepts.avif);
    await fleet.settle();
    const answer = await final(fleet, other, "/changes.jpg");
    // A message about the older version changes nothing.
    expect(await fleet.deliver(late)).toBe(true);
    const again = await final(fleet, edge, "/changes.jpg");
    expect(again.headers["etag"]).toBe(answer.headers["etag"]);
  });
});
