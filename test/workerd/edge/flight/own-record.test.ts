import { describe, expect, it } from "vitest";
import { bytesUrl } from "../../../../src/edge/key.ts";
import type { SourceRecord } from "../../../../src/edge/plan/known-source.ts";
import { accepts, fileOf, makePng, oldBrowsers, okay, setUp, type Stage } from "../../scripted-services.ts";
import { createMapCache } from "../../map-cache.ts";
import { eventually } from "../../../support/eventually.ts";

async function recordOf(stage: Stage): Promise<SourceRecord | undefined> {
  return (await stage.services.store.readRecord(stage.image("/a.png", accepts.any).key)).record;
}

/** Holds back the encoder for a format until it is released. */
function holdBack(stage: Stage, held: string): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.encode = async (_, { format }) => {
    if (format === held) await promise;
    return fileOf(format);
  };
  return resolve;
}

describe("a record that has vanished", () => {
  it("is no permission to store: a zone purge is not undone by an encode", async () => {
    const cache = createMapCache();
    const stage = setUp({}, { cache });
    const release = holdBack(stage, "avif");
    await (await stage.ask("/a.png", accepts.both)).arrayBuffer();
    await eventually(() => expect(stage.encoded).toContain("avif"));
    expect(cache.entries.size).toBeGreaterThan(2);
    cache.entries.clear();
    release();
    await stage.idle();
    expect([...cache.entries.keys()]).toEqual([]);
    expect([...stage.services.flights.all()]).toEqual([]);
    // The next request gets the new picture.
    stage.origin = () => okay(makePng("second"));
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({ body: "second" });
  });

  it("is not joined any more, although the flight has not ended yet", async () => {
    const cache = createMapCache();
    const stage = setUp({}, { cache });
    const release = holdBack(stage, "avif");
    await (await stage.ask("/a.png", accepts.both)).arrayBuffer();
    await eventually(() => expect(stage.encoded).toContain("avif"));
    cache.entries.clear();
    stage.origin = () => okay(makePng("second"));
    // The first request afterwards may still get the old picture, but only that one, and it is not kept.
    await (await stage.ask("/a.png", accepts.webp)).arrayBuffer();
    const next = await stage.ask("/a.png", accepts.any);
    expect((await next.arrayBuffer()).byteLength).toBe(makePng("second").length);
    release();
    await stage.idle();
    expect((await recordOf(stage))?.file.bytes).toBe(makePng("second").length);
  });

  it("and has come again for another picture is not the old flight's: a flight of the older one stores nothing over it", async () => {
    const cache = createMapCache();
    const stage = setUp({}, { cache });
    const host = new URL(stage.image("/a.png", accepts.any).url).origin;
    const isolate = setUp({}, { cache, host });
    const release = holdBack(stage, "avif");
    await (await stage.ask("/a.png", accepts.both)).arrayBuffer();
    await eventually(() => expect(stage.encoded).toContain("avif"));
    cache.entries.clear();
    isolate.now = stage.now + 1000;
    isolate.origin = () => okay(makePng("second"));
    await isolate.get("/a.png", accepts.webp);
    release();
    await stage.idle();
    const record = await recordOf(isolate);
    expect(record?.file.bytes).toBe(makePng("second").length);
    expect(await isolate.get("/a.png", accepts.any)).toMatchObject({ body: "second" });
  });
});

describe("two isolates with one cache", () => {
  function setUpBoth(): readonly [Stage, Stage, ReturnType<typeof createMapCache>] {
    const cache = createMapCache();
    const first = setUp({}, { cache });
    const host = new URL(first.image("/a.png", accepts.any).url).origin;
    const second = setUp({}, { cache, host });
    second.now = first.now;
    return [first, second, cache];
  }

  it("do not make what the other one is making, and forget nothing of what it has made", async () => {
    const [first, second] = setUpBoth();
    const release = holdBack(first, "avif");
    await (await first.ask("/a.png", accepts.both)).arrayBuffer();
    await eventually(() => expect(first.encoded).toContain("avif"));
    // The second one makes another format meanwhile, and leaves AVIF alone.
    const { accept, ...agent } = oldBrowsers.safari13;
    await second.get("/a.png", accept, agent);
    expect(second.encoded).toEqual(["jp2"]);
    expect((await recordOf(second))?.variants.jp2).toMatchObject({ state: "made" });
    release();
    await first.idle();
    expect((await recordOf(first))?.variants).toMatchObject({
      webp: { state: "made" },
      avif: { state: "made" },
      jp2: { state: "made" },
    });
    expect(first.encoded.toSorted()).toEqual(["avif", "webp"]);
    expect((await second.get("/a.png", accepts.both)).reason).toBe("transcoded");
    expect(second.encoded).toEqual(["jp2"]);
    expect(first.asked.length + second.asked.length).toBe(1);
  });

  it("make each background variant once, although both began before either had stored anything", async () => {
    const [first, second] = setUpBoth();
    const answers = await Promise.all([first.ask("/a.png", accepts.both), second.ask("/a.png", accepts.both)]);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    await Promise.all([first.idle(), second.idle()]);
    const avifs = [...first.encoded, ...second.encoded].filter((format) => format === "avif");
    expect(avifs).toHaveLength(1);
    expect((await recordOf(first))?.variants).toMatchObject({ webp: { state: "made" }, avif: { state: "made" } });
  });

  it("write the record a handful of times for one picture", async () => {
    const [first, second, cache] = setUpBoth();
    for (const stage of [first, second]) await stage.get("/a.png", accepts.both);
    for (const stage of [first, second]) await stage.get("/a.png", accepts.both);
    expect(cache.count("put", "/record/source/")).toBeLessThanOrEqual(6);
  });
});

describe("an original that the cache has lost", () => {
  async function setUpLost(accept: string): Promise<Stage> {
    const stage = setUp({ FORMATS: "webp,avif" });
    await stage.get("/a.png", accept);
    await caches.default.delete(bytesUrl(stage.image("/a.png", accepts.any).key, "original"));
    return stage;
  }

  it("is not missed where the variants are there", async () => {
    const stage = await setUpLost(accepts.both);
    const { length } = stage.encoded;
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({
      body: "webp",
      reason: "transcoded",
      cacheStatus: expect.stringContaining("hit") as string,
    });
    expect(stage.asked).toHaveLength(1);
    expect(stage.encoded).toHaveLength(length);
  });

  it("is fetched again for who gets it, and nothing is encoded again", async () => {
    const stage = await setUpLost(accepts.both);
    const { length } = stage.encoded;
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({ body: "png", status: 200 });
    expect(stage.asked).toHaveLength(2);
    expect(stage.encoded).toHaveLength(length);
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ body: "webp", reason: "transcoded" });
    expect(stage.encoded).toHaveLength(length);
    expect(stage.asked).toHaveLength(2);
  });

  it("is fetched once for many, among them some who do not need it", async () => {
    const stage = await setUpLost(accepts.both);
    const wanted = [accepts.any, accepts.webp, accepts.any, accepts.webp, accepts.any];
    const answers = await Promise.all(wanted.map((accept) => stage.get("/a.png", accept)));
    expect(answers.map(({ body }) => body)).toEqual(["png", "webp", "png", "webp", "png"]);
    expect(stage.asked).toHaveLength(2);
  });

  it("is not confirmed by a 304 that nobody has asked for, and what that forbids is not stored", async () => {
    const stage = await setUpLost(accepts.both);
    stage.now += 86_400_000 + 1000;
    stage.origin = () =>
      stage.asked.length === 2
        ? new Response(null, { status: 304, headers: { "cache-control": "no-store" } })
        : okay(makePng("second"));
    const answer = await stage.get("/a.png", accepts.webp);
    expect(answer).toMatchObject({ status: 200, body: "second" });
    expect(answer.cacheStatus).not.toContain("stored");
  });

  it("brings a new picture where the origin has one", async () => {
    const stage = await setUpLost(accepts.both);
    stage.origin = () => okay(makePng("second"));
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({ body: "second" });
  });
});

describe("a source that is confirmed again while a flight works on it", () => {
  it("stays as fresh as the origin has said last", async () => {
    const cache = createMapCache();
    const stage = setUp({ MIN_TTL_SECONDS: "0" }, { cache });
    const shortly = { "cache-control": "max-age=2" };
    stage.origin = () => okay(makePng(), { ...shortly, "x-asked": "once" });
    const release = holdBack(stage, "avif");
    await (await stage.ask("/a.png", accepts.both)).arrayBuffer();
    await eventually(() => expect(stage.encoded).toContain("avif"));
    stage.now += 3000;
    stage.origin = () => okay(makePng(), { ...shortly, "x-asked": "twice" });
    // Nobody joins a flight whose source is stale.
    await (await stage.ask("/a.png", accepts.webp)).arrayBuffer();
    expect(stage.asked).toHaveLength(2);
    release();
    await stage.idle();
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
    const record = await recordOf(stage);
    expect(record?.replies["-"]?.confirmedAt).toBe(stage.now);
    const answer = await stage.get("/a.png", accepts.both);
    expect(answer).toMatchObject({ reason: "transcoded", cacheStatus: expect.stringContaining("hit") as string });
    expect(answer.headers.get("x-asked")).toBe("twice");
    expect(stage.asked).toHaveLength(2);
  });
});
