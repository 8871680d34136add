import { describe, expect, it } from "vitest";
import type { PixelEngine } from "../../../../src/imaging/imaging.ts";
import { dropWhenIdle } from "../../../../src/edge/backend/idle-codecs.ts";
import { maxRequestsKeepingCodecs } from "../../../../src/edge/limits.ts";

/** An engine that counts how often its instances are dropped. */
function scriptedEngine(): { readonly engine: PixelEngine; readonly drops: () => number } {
  let drops = 0;
  const none = new Uint8Array();
  return {
    engine: {
      decode: () => Promise.reject(new Error("not asked for here")),
      encode: () => Promise.resolve(none),
      decodeVariant: () => Promise.reject(new Error("not asked for here")),
      optimisePng: (bytes) => Promise.resolve(bytes),
      animate: (bytes) => Promise.resolve(bytes),
      liveBytes: () => 7,
      dropIdle: () => {
        drops += 1;
      },
    },
    drops: () => drops,
  };
}

function repeat(times: number, work: () => void): void {
  for (let index = 0; index < times; index++) work();
}

describe("dropWhenIdle()", () => {
  it("releases the codecs once, after so many requests without work for them", () => {
    const { engine, drops } = scriptedEngine();
    const { countRequest } = dropWhenIdle(engine);
    repeat(maxRequestsKeepingCodecs - 1, countRequest);
    expect(drops()).toBe(0);
    repeat(3 * maxRequestsKeepingCodecs, countRequest);
    expect(drops()).toBe(1);
  });

  it("starts counting again with every work", async () => {
    const { engine, drops } = scriptedEngine();
    const idling = dropWhenIdle(engine);
    const bytes = new Uint8Array();
    for (const work of [() => idling.engine.optimisePng(bytes, 0), () => idling.engine.animate(bytes)]) {
      repeat(maxRequestsKeepingCodecs - 1, idling.countRequest);
      await work();
    }
    repeat(maxRequestsKeepingCodecs - 1, idling.countRequest);
    expect(drops()).toBe(0);
    idling.countRequest();
    expect(drops()).toBe(1);
  });

  it("hands on what the engine answers", async () => {
    const { engine } = dropWhenIdle(scriptedEngine().engine);
    const bytes = new Uint8Array([1]);
    expect(await engine.optimisePng(bytes, 0)).toBe(bytes);
    expect(engine.liveBytes()).toBe(7);
  });
});
