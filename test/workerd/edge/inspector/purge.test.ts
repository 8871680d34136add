import { describe, expect, it } from "vitest";
import type { Env } from "../../../../src/edge/env.ts";
import { purgeUrls } from "../../../../src/edge/inspector/purge.ts";
import { maxPurgeUrls } from "../../../../src/edge/limits.ts";
import { createMapCache, type MapCache, urlOf } from "../../map-cache.ts";
import { accepts, fileOf, makePng, okay, setUp, type Stage } from "../../scripted-services.ts";
import { eventually } from "../../../support/eventually.ts";

interface Report {
  readonly purged: readonly string[];
  readonly failures: number;
  readonly urls: readonly { readonly url: string; readonly result: string; readonly answers: number }[];
}

async function purge(stage: Stage, urls: readonly string[]): Promise<Report & { readonly status: number }> {
  const url = new URL("/_imaging/purge", stage.image("/a.png", accepts.any).url);
  const request = new Request(url, { method: "POST", body: JSON.stringify({ urls }) });
  const response = await purgeUrls(request, url, stage.services);
  return { status: response.status, ...(await response.json<Report>()) };
}

function setUpWithCache(env: Env = {}): readonly [Stage, MapCache] {
  const cache = createMapCache();
  return [setUp(env, { cache }), cache];
}

describe("purgeUrls()", () => {
  it("removes a picture for every class, and takes few operations for it", async () => {
    const [stage, cache] = setUpWithCache();
    for (const accept of Object.values(accepts)) await stage.get("/a.png", accept);
    cache.forget();
    expect(await purge(stage, ["/a.png"])).toEqual({
      status: 200,
      purged: ["/a.png"],
      failures: 0,
      urls: [{ url: "/a.png", result: "purged", answers: 4 }],
    });
    expect(cache.count()).toBeLessThanOrEqual(8);
    stage.origin = () => okay(makePng("second"));
    for (const accept of Object.values(accepts)) {
      const answer = await stage.get("/a.png", accept);
      expect(answer.headers.get("edge-imaging")).toContain(`from=${makePng("second").length}`);
    }
    expect(stage.asked).toHaveLength(2);
    expect(stage.asked[1]?.cache).toBe("no-store");
  });

  it("purges the most URLs that one request may name within the operations that one request may make", async () => {
    const [stage, cache] = setUpWithCache({ DPR: "on" });
    const paths = Array.from({ length: maxPurgeUrls }, (_, index) => `/${index}.png`);
    // A record for each, as a picture leaves it that three classes have asked for.
    const { store } = stage.services;
    await stage.get("/first.png", accepts.both);
    const image = stage.image("/first.png", accepts.both);
    const { record } = await store.readRecord(image.key);
    if (record === undefined) throw new Error("nothing is known");
    for (const path of paths) {
      const { key } = stage.image(path, accepts.any);
      await store.writeRecord(key, { ...record, answers: ["baseline", "webp", "avif+webp"] }, 60);
    }
    cache.forget();
    const report = await purge(stage, paths);
    expect(report.status).toBe(200);
    expect(report.purged).toEqual(paths);
    expect(report.urls.every(({ result }) => result === "purged")).toBe(true);
    expect(cache.count()).toBeLessThanOrEqual(8 * maxPurgeUrls);
    for (const path of paths) {
      expect((await store.readRecord(stage.image(path, accepts.any).key)).record).toBeUndefined();
    }
  });

  it("says of which of very many URLs nothing is known", async () => {
    const [stage, cache] = setUpWithCache();
    await stage.get("/known.png", accepts.both);
    const paths = ["/known.png", ...Array.from({ length: maxPurgeUrls - 1 }, (_, index) => `/${index}.png`)];
    cache.forget();
    const { urls } = await purge(stage, paths);
    expect(urls.filter(({ result }) => result === "purged").map(({ url }) => url)).toEqual(["/known.png"]);
    expect(urls.filter(({ result }) => result === "unknown")).toHaveLength(maxPurgeUrls - 1);
    expect(cache.count()).toBeLessThanOrEqual(3 * maxPurgeUrls);
  });

  it("finds the answers of a picture whose record the cache has lost", async () => {
    const [stage, cache] = setUpWithCache();
    await stage.get("/a.png", accepts.both);
    for (const url of cache.entries.keys()) if (url.includes("/record/")) cache.entries.delete(url);
    expect((await stage.get("/a.png", accepts.both)).cacheStatus).toContain("hit");
    expect((await purge(stage, ["/a.png"])).urls).toEqual([{ url: "/a.png", result: "purged", answers: 1 }]);
    expect((await stage.get("/a.png", accepts.both)).cacheStatus).toContain("fwd=uri-miss");
  });

  it.each([
    ["answers by it", { vary: "Origin" }],
    ["does not", {}],
  ])("reaches the answers for every Origin, where the origin %s", async (_, fields) => {
    const [stage, cache] = setUpWithCache();
    stage.origin = () => okay(makePng(), fields);
    const shop = { origin: "https://shop.test" };
    for (let round = 0; round < 2; round++) await stage.get("/a.png", accepts.both, shop);
    for (let index = 0; index < 70; index++) {
      await stage.get("/a.png", accepts.both, { origin: `https://foreign-${index}.test` });
    }
    expect((await stage.get("/a.png", accepts.both, shop)).cacheStatus).toContain("hit");
    cache.forget();
    expect((await purge(stage, ["/a.png"])).failures).toBe(0);
    expect(cache.count()).toBeLessThanOrEqual(8);
    const { length } = stage.asked;
    stage.origin = () => okay(makePng("second"), fields);
    const answer = await stage.get("/a.png", accepts.both, shop);
    expect(answer.cacheStatus).not.toContain("hit");
    expect(answer.headers.get("edge-imaging")).toContain(`from=${makePng("second").length}`);
    expect(stage.asked).toHaveLength(length + 1);
    for (let index = 0; index < 70; index += 10) {
      const foreign = await stage.get("/a.png", accepts.any, { origin: `https://foreign-${index}.test` });
      expect(foreign.body).toBe("second");
    }
  });

  it("counts what the cache refuses, and says it for each URL", async () => {
    const cache = createMapCache();
    const failing: Cache = {
      match: (asked) => cache.match(asked),
      put: (asked, response) =>
        urlOf(asked).includes("/record/purge/") && urlOf(asked).includes("bad")
          ? Promise.reject(new Error("too many subrequests"))
          : cache.put(asked, response),
      delete: (asked) =>
        urlOf(asked).includes("worse") ? Promise.reject(new Error("too many subrequests")) : cache.delete(asked),
    };
    const stage = setUp({}, { cache: failing });
    for (const path of ["/good.png", "/bad.png", "/worse.png"]) await stage.get(path, accepts.webp);
    const report = await purge(stage, ["/good.png", "/bad.png", "/worse.png"]);
    expect(report).toMatchObject({ status: 500, purged: ["/good.png"], failures: 2 });
    expect(report.urls.map(({ result }) => result)).toEqual(["purged", "failed", "failed"]);
  });

  it.each([
    ["another isolate", true],
    ["this isolate", false],
  ])("is not undone by a flight of %s that fetches or encodes meanwhile", async (_, isOther) => {
    const cache = createMapCache();
    const stage = setUp({}, { cache });
    const host = new URL(stage.image("/a.png", accepts.any).url).origin;
    const purger = isOther ? setUp({}, { cache, host }) : stage;
    for (const when of ["fetch", "webp", "avif"]) {
      const path = `/${when}.png`;
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
      const pauseAt = async (step: string): Promise<void> => {
        if (step !== when) return;
        reach();
        await held;
      };
      stage.origin = async () => {
        await pauseAt("fetch");
        return okay(makePng());
      };
      stage.encode = async (__, { format }) => {
        await pauseAt(format);
        return fileOf(format);
      };
      const early = stage.get(path, accepts.both);
      await reached;
      await purge(purger, [path]);
      const mark = [...cache.entries.keys()].filter((url) => url.includes(path));
      release();
      expect((await early).status).toBe(200);
      const left = [...cache.entries.keys()].filter((url) => url.includes(path) && !url.includes("/bytes/"));
      expect(left, when).toEqual(mark.filter((url) => url.includes("/record/purge/")));
      stage.origin = () => okay(makePng("second"));
      expect((await stage.get(path, accepts.any)).body, when).toBe("second");
    }
  });

  it("is not undone by an answer that is being stored while it runs", async () => {
    const cache = createMapCache();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let isHeld = true;
    const slow: Cache = {
      match: (asked) => cache.match(asked),
      delete: (asked) => cache.delete(asked),
      put: async (asked, response) => {
        if (isHeld && /\/(?:answer|record\/source)\//.test(urlOf(asked))) await held;
        return cache.put(asked, response);
      },
    };
    const stage = setUp({}, { cache: slow });
    const host = new URL(stage.image("/a.png", accepts.any).url).origin;
    const early = stage.get("/a.png", accepts.both);
    await eventually(() => expect(cache.count("match", "/record/")).toBeGreaterThan(2));
    await new Promise((after) => setTimeout(after, 50));
    await purge(setUp({}, { cache, host }), ["/a.png"]);
    isHeld = false;
    release();
    await early;
    expect([...cache.entries.keys()].filter((url) => url.includes("/answer/"))).toEqual([]);
    stage.origin = () => okay(makePng("second"));
    expect((await stage.get("/a.png", accepts.any)).body).toBe("second");
  });

  it("is not undone by an answer that is stored after its flight has ended", async () => {
    const cache = createMapCache();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: encoding, resolve: encode } = Promise.withResolvers<void>();
    let isHeld = true;
    const slow: Cache = {
      match: (asked) => cache.match(asked),
      delete: (asked) => cache.delete(asked),
      put: async (asked, response) => {
        if (isHeld && urlOf(asked).includes("/answer/baseline/")) {
          isHeld = false;
          await held;
        }
        return cache.put(asked, response);
      },
    };
    const stage = setUp({}, { cache: slow });
    const host = new URL(stage.image("/a.png", accepts.any).url).origin;
    stage.encode = async (_, { format }) => {
      if (format === "avif") await encoding;
      return fileOf(format);
    };
    await (await stage.ask("/a.png", accepts.both)).arrayBuffer();
    const late = stage.ask("/a.png", accepts.any);
    await eventually(() => expect(isHeld).toBe(false));
    encode();
    await eventually(() => expect([...stage.services.flights.all()]).toEqual([]));
    await purge(setUp({}, { cache, host }), ["/a.png"]);
    release();
    await (await late).arrayBuffer();
    await stage.idle();
    expect([...cache.entries.keys()].filter((url) => url.includes("/answer/"))).toEqual([]);
  });
});
