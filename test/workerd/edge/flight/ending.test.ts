import { describe, expect, it, vi } from "vitest";
import { flightPhaseMs } from "../../../../src/edge/limits.ts";
import { createMapCache } from "../../map-cache.ts";
import { accepts, fileOf, makePng, okay, setUp, type Stage } from "../../scripted-services.ts";
import { eventually } from "../../../support/eventually.ts";

const day = 86_400_000;

/** A promise of a request that the platform has ended never settles. */
const lost = (): Promise<never> => new Promise(() => undefined);

/** Asks, and does not wait for work that may never end. */
async function ask(stage: Stage, accept: string = accepts.both): Promise<Response> {
  const response = await stage.ask("/a.png", accept);
  await response.arrayBuffer();
  return response;
}

/** Asks for the first time; the encoder never comes back. */
async function askAndDie(): Promise<Stage> {
  const cache = createMapCache();
  const stage = setUp({ INLINE_BUDGET_MS: "0" }, { cache });
  const encode = vi.fn(lost);
  stage.encode = encode;
  await ask(stage);
  await eventually(() => {
    expect(encode).toHaveBeenCalled();
    expect([...cache.entries.keys()].some((url) => url.includes("/answer/"))).toBe(true);
  });
  stage.encode = async (_, { format }) => fileOf(format);
  return stage;
}

describe("a flight whose request the platform has ended", () => {
  it("does not answer for the source for ever", async () => {
    const stage = await askAndDie();
    stage.now += 2 * day;
    stage.origin = () => okay(makePng("second"));
    await ask(stage);
    expect(stage.asked).toHaveLength(2);
  });

  it("is not joined once its work cannot be going on, although the source is fresh", async () => {
    const stage = await askAndDie();
    const [dead] = stage.services.flights.all();
    stage.now += flightPhaseMs - 1;
    expect(dead?.isJoinable(stage.image("/a.png", accepts.avif))).toBe(true);
    stage.now += 1;
    expect(dead?.isJoinable(stage.image("/a.png", accepts.avif))).toBe(false);
    await ask(stage, accepts.avif);
    expect([...stage.services.flights.all()]).not.toContain(dead);
    expect(stage.asked).toHaveLength(1);
  });

  it("holds no memory once another request has come, whatever that asks for", async () => {
    const stage = await askAndDie();
    expect(stage.services.encoderPool.ledger.heldBytes()).toBeGreaterThan(0);
    stage.now += day;
    await (await stage.ask("/b.gif", accepts.both)).arrayBuffer();
    await eventually(() => expect(stage.services.encoderPool.ledger.heldBytes()).toBe(0));
  });

  it("does not make hits of an interim answer wait", async () => {
    const stage = await askAndDie();
    const [dead] = stage.services.flights.all();
    let polls = 0;
    const isFinalFor = dead?.isFinalFor.bind(dead);
    Object.assign(dead ?? {}, { isFinalFor: (token: string) => (polls++, isFinalFor?.(token)) });
    stage.now += flightPhaseMs;
    Object.assign(stage.services.config, { INLINE_BUDGET_MS: 1500 });
    const hit = await ask(stage);
    expect(hit.headers.get("cache-status")).toContain("hit");
    expect(polls).toBe(0);
  });

  it("is replaced while it loads, too", async () => {
    const stage = setUp();
    stage.origin = lost;
    void stage.ask("/a.png", accepts.both);
    await eventually(() => expect(stage.asked).toHaveLength(1));
    stage.now += flightPhaseMs;
    stage.origin = () => okay(makePng());
    expect((await ask(stage)).status).toBe(200);
    expect(stage.asked).toHaveLength(2);
  });
});

describe("a source of no lifetime", () => {
  const noCache = { "cache-control": "no-cache" };

  it("is not used again while its flight lives", async () => {
    const stage = setUp({ MIN_TTL_SECONDS: "0", INLINE_BUDGET_MS: "0" });
    stage.origin = () => okay(makePng(), noCache);
    stage.encode = lost;
    await ask(stage);
    expect([...stage.services.flights.all()]).toHaveLength(1);
    stage.now += 1000;
    stage.origin = () => okay(makePng("second"), noCache);
    const second = await ask(stage, accepts.any);
    expect(stage.asked).toHaveLength(2);
    expect(second.headers.get("edge-imaging")).toContain(`from=${makePng("second").length}`);
  });

  it("is shared by the requests that waited for it", async () => {
    const stage = setUp({ MIN_TTL_SECONDS: "0" });
    stage.origin = () => okay(makePng(), noCache);
    await Promise.all(Array.from({ length: 20 }, () => ask(stage)));
    expect(stage.asked).toHaveLength(1);
  });
});
