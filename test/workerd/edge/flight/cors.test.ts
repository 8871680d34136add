import { describe, expect, it } from "vitest";
import { maxRememberedReplies } from "../../../../src/edge/limits.ts";
import { createMapCache, type MapCache } from "../../map-cache.ts";
import { accepts, makePng, okay, setUp, type Stage } from "../../scripted-services.ts";

const sites = Array.from({ length: 20 }, (_, index) => `https://shop-${index}.test`);

const get = (stage: Stage, origin: string | undefined, accept: string = accepts.both) =>
  stage.get("/a.png", accept, origin === undefined ? {} : { origin });

/** An origin that allows the Origin that asks, and says so. */
function reflecting(picture = ""): Stage["origin"] {
  return (request) =>
    okay(makePng(picture), { vary: "Origin", "access-control-allow-origin": request.headers.get("origin") ?? "none" });
}

function setUpWithCache(): readonly [Stage, MapCache] {
  const cache = createMapCache();
  return [setUp({}, { cache }), cache];
}

describe("an origin that does not answer by Origin", () => {
  it.each([
    ["says nothing about it", {}],
    ["allows everybody", { "access-control-allow-origin": "*" }],
  ])("and %s costs one fetch and one encode for twenty of them, and one look for a hit", async (_, fields) => {
    const [stage, cache] = setUpWithCache();
    stage.origin = () => okay(makePng(), fields);
    for (const site of sites) await get(stage, site);
    expect(stage.asked).toHaveLength(1);
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
    for (const site of [...sites, undefined]) {
      cache.forget();
      expect((await get(stage, site)).cacheStatus).toContain("detail=edge");
      expect(cache.count()).toBe(1);
    }
    expect(stage.asked).toHaveLength(1);
  });

  it("costs the same when all ask at once", async () => {
    const [stage] = setUpWithCache();
    await Promise.all(sites.map((site) => get(stage, site)));
    expect(stage.asked).toHaveLength(1);
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
  });

  it("is asked a second time where the first request had no Origin, and nothing is encoded for it", async () => {
    const [stage] = setUpWithCache();
    await get(stage, undefined);
    for (const site of sites) await get(stage, site);
    expect(stage.asked.map(({ headers }) => headers.get("origin"))).toEqual([null, sites[0]]);
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
    expect((await get(stage, undefined)).cacheStatus).toContain("hit");
    expect(stage.asked).toHaveLength(2);
  });

  it("is asked once where it allows everybody, also without an Origin", async () => {
    const [stage] = setUpWithCache();
    stage.origin = () => okay(makePng(), { "access-control-allow-origin": "*" });
    await get(stage, undefined);
    for (const site of sites) await get(stage, site);
    expect(stage.asked).toHaveLength(1);
  });
});

describe("an origin that answers by Origin", () => {
  it("is asked by each, who gets what is meant for it; the picture is encoded once", async () => {
    const [stage, cache] = setUpWithCache();
    stage.origin = reflecting();
    for (const round of [1, 2]) {
      for (const site of [...sites, undefined]) {
        cache.forget();
        const answer = await get(stage, site);
        expect(answer.headers.get("access-control-allow-origin"), `round ${round}`).toBe(site ?? "none");
        if (round === 2 && site !== undefined) expect(cache.count()).toBe(2);
      }
    }
    expect(stage.asked).toHaveLength(sites.length + 1);
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
  });

  it("gives to each what is its own when all ask at once", async () => {
    const [stage] = setUpWithCache();
    stage.origin = reflecting();
    const all = [...sites, undefined];
    const answers = await Promise.all(all.map((site) => get(stage, site)));
    expect(answers.map(({ headers }) => headers.get("access-control-allow-origin"))).toEqual(
      all.map((site) => site ?? "none"),
    );
    expect(stage.asked).toHaveLength(all.length);
    expect([...stage.services.flights.all()]).toEqual([]);
  });

  it("is not mixed up where an Origin is named without Vary", async () => {
    const [stage] = setUpWithCache();
    stage.origin = (request) => {
      const asked = request.headers.get("origin");
      return okay(makePng(), asked === "https://good.test" ? { "access-control-allow-origin": asked } : {});
    };
    const good = "https://good.test";
    expect((await get(stage, good)).headers.get("access-control-allow-origin")).toBe(good);
    expect((await get(stage, undefined)).headers.get("access-control-allow-origin")).toBeNull();
    expect((await get(stage, good)).headers.get("access-control-allow-origin")).toBe(good);
  });

  it("may even send each another picture", async () => {
    const [stage] = setUpWithCache();
    stage.origin = (request) => reflecting(request.headers.get("origin") === sites[1] ? "second" : "")(request);
    for (let round = 0; round < 3; round++) {
      for (const [site, body] of [
        [sites[0], "png"],
        [sites[1], "second"],
        [undefined, "png"],
      ] as const) {
        expect((await get(stage, site, accepts.any)).body).toBe(body);
      }
    }
  });

  it("is remembered for a bounded number of Origins; others cost it a question", async () => {
    const [stage, cache] = setUpWithCache();
    stage.origin = reflecting();
    const many = Array.from({ length: 3 * maxRememberedReplies }, (_, index) => `https://many-${index}.test`);
    for (const site of many) await get(stage, site);
    const { record } = await stage.services.store.readRecord(stage.image("/a.png", accepts.any).key);
    expect(Object.keys(record?.replies ?? {})).toHaveLength(maxRememberedReplies);
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
    // The answers of the others are still there.
    cache.forget();
    expect((await get(stage, many[0])).cacheStatus).toContain("detail=edge");
  });

  it("may change its mind", async () => {
    const [stage] = setUpWithCache();
    stage.origin = reflecting();
    for (const site of [sites[0], undefined]) await get(stage, site);
    stage.now += 86_400_000 + 1000;
    stage.origin = () => okay(makePng());
    for (const site of sites) await get(stage, site);
    expect(stage.asked).toHaveLength(3);
    stage.now += 86_400_000 + 1000;
    stage.origin = reflecting();
    for (const site of sites) {
      expect((await get(stage, site)).headers.get("access-control-allow-origin")).toBe(site);
    }
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
  });
});
