/** Another class that asks while a flight is coming to its end: whatever the moment, its answer gets better too. */
import { describe, expect, it } from "vitest";
import type { Env } from "../../../../src/edge/env.ts";
import { pictureOf } from "../../../support/provided.ts";
import { createMapBucket } from "../../map-bucket.ts";
import { createWatchedCache } from "../../map-cache.ts";
import { startFleet } from "../../scripted-fleet.ts";
import { jpeg } from "../../scripted-origin.ts";
import { accepts, fileOf, okay, makePng, setUp, type Stage } from "../../scripted-services.ts";
import { eventually } from "../../../support/eventually.ts";

/** Only what a client waits for is made, and after its answer. */
const settings: Env = { EAGER: "", INLINE_BUDGET_MS: "0", FORMATS: "avif,webp" };

const shortly = (): Promise<void> => new Promise((later) => setTimeout(later, 20));

/** Asks for AVIF and, in the n-th operation of the cache, for WebP; false where there is no n-th any more. */
async function askForWebpIn(operation: number, vars: Env): Promise<Stage | undefined> {
  let late: Promise<unknown> | undefined;
  const ask = async (): Promise<void> => void (await (await stage.ask("/a.png", accepts.webp)).arrayBuffer());
  const cache = createWatchedCache((number) => {
    if (number !== operation) return undefined;
    late = ask();
    // It may itself wait for this operation.
    return Promise.race([late, shortly()]);
  });
  const stage = setUp(vars, { cache });
  await stage.get("/a.png", accepts.avif);
  if (late === undefined) return undefined;
  await late;
  await stage.idle();
  return stage;
}

describe("a class that asks in any moment of another one's flight", () => {
  it.each([
    ["after the answer", settings],
    ["before the answer", { ...settings, INLINE_BUDGET_MS: "1000" }],
  ])("has its final answer when all work is done, and so has the other one: work %s", async (_, vars) => {
    let operations = 1;
    for (; ; operations++) {
      const stage = await askForWebpIn(operations, vars);
      if (stage === undefined) break;
      for (const format of ["webp", "avif"] as const) {
        const answer = await stage.get("/a.png", accepts[format]);
        expect(answer, `${format}, asked in operation ${operations}`).toMatchObject({ format, reason: "transcoded" });
        expect(stage.encoded.filter((each) => each === format)).toHaveLength(1);
      }
      expect([...stage.services.flights.all()]).toEqual([]);
      expect(stage.services.encoderPool.ledger.heldBytes()).toBe(0);
    }
    expect(operations).toBeGreaterThan(10);
  });
});

describe("a class that asks in any moment of a gateway's flight", () => {
  it("has its format made by the encoder, too", async () => {
    let operations = 1;
    for (; ; operations++) {
      let late: Promise<unknown> | undefined;
      const cacheOf = (): Cache =>
        createWatchedCache((number) => {
          if (number !== operation) return undefined;
          late = gateway.get("/a.jpg", accepts.webp);
          return Promise.race([late, shortly()]);
        });
      const operation = operations;
      const fleet = await startFleet({ vars: settings as Record<string, string>, bucket: createMapBucket(), cacheOf });
      const [gateway] = fleet.gateways;
      fleet.origin.on("/a.jpg", jpeg(pictureOf("120 × 80")));
      await gateway.get("/a.jpg", accepts.avif);
      await gateway.idle();
      if (late === undefined) break;
      await late;
      await fleet.settle();
      expect(fleet.engine.encoded.toSorted(), `asked in operation ${operations}`).toEqual(["avif", "webp"]);
    }
    expect(operations).toBeGreaterThan(10);
  });
});

describe("an interim answer that is stored late", () => {
  it("does not stay in the place of the final one", async () => {
    const gate = Promise.withResolvers<void>();
    let isHeld = false;
    const cache = createWatchedCache((_, kind, url) => {
      if (kind !== "put" || !url.includes("/answer/webp/") || isHeld) return undefined;
      isHeld = true;
      return gate.promise;
    });
    const stage = setUp(settings, { cache });
    stage.origin = () => okay(makePng());
    const encoding = Promise.withResolvers<void>();
    stage.encode = async (_, { format }) => {
      await encoding.promise;
      return fileOf(format);
    };
    await (await stage.ask("/a.png", accepts.avif)).arrayBuffer();
    const late = stage.ask("/a.png", accepts.webp);
    await eventually(() => expect(isHeld).toBe(true));
    encoding.resolve();
    // The final answer is stored, then the interim one.
    await eventually(() => expect([...stage.services.flights.all()]).toEqual([]));
    gate.resolve();
    await (await late).arrayBuffer();
    await stage.idle();
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ format: "webp", reason: "transcoded" });
    expect(stage.encoded).toHaveLength(2);
  });
});
