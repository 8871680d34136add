import { describe, expect, it } from "vitest";
import { bytesUrl } from "../../../../src/edge/key.ts";
import { accepts, fileOf, makePng, okay, setUp } from "../../scripted-services.ts";
import { eventually } from "../../../support/eventually.ts";

describe("SourceFlight.cancel()", () => {
  it("stores nothing of what was under way", async () => {
    const stage = setUp();
    const { flights, store } = stage.services;
    stage.encode = async (_, { format }) => {
      if (format === "avif") for (const flight of flights.all()) flight.cancel();
      return fileOf(format);
    };
    const answer = await stage.get("/a.png", accepts.both);
    expect(answer.status).toBe(200);
    const { key } = stage.image("/a.png", accepts.both);
    expect((await store.readRecord(key)).record?.variants.avif?.state).not.toBe("made");
    expect(await caches.default.match(bytesUrl(key, "avif"))).toBeUndefined();
    expect([...flights.all()]).toEqual([]);
    expect(stage.services.encoderPool.ledger.heldBytes()).toBe(0);
  });

  it("is meant for every request of the URL, whatever CORS origin it came with, and for no other", async () => {
    const stage = setUp();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    stage.origin = async () => {
      await held;
      return okay(makePng());
    };
    const answer = stage.ask("/a.png", accepts.both, { origin: "https://shop.test" });
    await eventually(() => expect([...stage.services.flights.all()]).toHaveLength(1));
    const [flight] = stage.services.flights.all();
    expect(flight?.isFor(stage.image("/a.png", accepts.any).key)).toBe(true);
    expect(flight?.isFor(stage.image("/b.png", accepts.any).key)).toBe(false);
    expect(flight?.isFor(setUp().image("/a.png", accepts.any).key)).toBe(false);
    release();
    await (await answer).arrayBuffer();
    await stage.idle();
  });

  it("is not undone by a job that began before a purge in another isolate", async () => {
    const stage = setUp();
    const { store } = stage.services;
    const { key } = stage.image("/a.png", accepts.both);
    stage.encode = async (_, { format }) => {
      stage.now += 10;
      if (format === "webp") await store.purge(key);
      return fileOf(format);
    };
    await stage.get("/a.png", accepts.both);
    expect(await store.readRecord(key)).toMatchObject({ record: undefined, wasPurged: true });
    expect(await caches.default.match(bytesUrl(key, "original"))).toBeUndefined();
    // The next request fetches again, past the platform's own copy.
    stage.encode = async (_, { format }) => fileOf(format);
    stage.now += 1000;
    expect((await stage.get("/a.png", accepts.both)).cacheStatus).toContain("fwd=uri-miss; stored");
    expect(stage.asked).toHaveLength(2);
    expect(stage.asked[1]?.cache).toBe("no-store");
  });
});
