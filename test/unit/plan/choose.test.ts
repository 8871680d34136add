import { assert, constantFrom, integer, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { VariantState } from "../../../src/cache/meta.ts";
import type { Env } from "../../../src/env.ts";
import type { ImageFacts } from "../../../src/formats/facts.ts";
import { encodedFormats } from "../../../src/codecs/codec.ts";
import { listClasses, readAccept } from "../../../src/negotiate/client-class.ts";
import { type Choice, chooseAnswer, eagerVariants, type Known } from "../../../src/plan/choose.ts";
import { planSource } from "../../../src/plan/plan.ts";
import { reasonOrder, reasons } from "../../../src/reasons.ts";
import { accepts, configOf, jpeg, jpegFacts, png, repackable } from "../samples.ts";

const now = 1_800_000_000_000;
const hour = 3_600_000;

function made(bytes: number): VariantState {
  return { state: "made", bytes, etag: `"${bytes}"` };
}
const beingMade: VariantState = { state: "pending", until: now + 1, attempts: 0 };
const abandoned: VariantState = { state: "pending", until: now, attempts: 0 };
function failed(attempts: number, retryAt: number): VariantState {
  return { state: "failed", attempts, retryAt };
}

function know(variants: Known["variants"], env: Env = {}, facts: ImageFacts = jpeg, sourceBytes = 1000): Known {
  const plan = planSource(facts, sourceBytes, configOf(env));
  return { sourceFormat: facts.format, sourceBytes, plan, variants, now };
}

function choose(known: Known, accept: string = accepts.chrome, env: Env = {}): Choice {
  return chooseAnswer(known, readAccept(accept).clientClass, configOf(env));
}

function formatsOf(variants: readonly { settings: { format: string } }[]): string[] {
  return variants.map(({ settings }) => settings.format);
}

describe("chooseAnswer()", () => {
  it.each([
    [{ avif: made(500), webp: made(600) }, accepts.chrome, "avif", 500],
    [{ avif: made(600), webp: made(500) }, accepts.chrome, "webp", 500],
    [{ avif: made(500), webp: made(600) }, accepts.webp, "webp", 600],
    [{ avif: made(500), webp: made(600) }, accepts.avif, "avif", 500],
    // What another class still waits for is of no concern.
    [{ avif: beingMade, webp: made(600) }, accepts.webp, "webp", 600],
  ] as const)("serves the smallest accepted file of %j for %s: %s", (variants, accept, serve, to) => {
    expect(choose(know(variants), accept)).toMatchObject({
      serve,
      to,
      reason: "transcoded",
      transient: false,
      pending: [],
    });
  });

  it.each<[number, number, boolean]>([
    [970, 3, true],
    [971, 3, false],
    [999, 0, true],
    [1000, 0, false],
    // Exactly the percentage is enough, whatever binary fractions make of it.
    [930, 7, true],
    [931, 7, false],
    [430, 57, true],
    [0, 100, true],
    [1, 100, false],
  ])("serves %i of 1000 bytes at a minimum saving of %i percent: %s", (bytes, percent, isServed) => {
    const env = { MIN_SAVING_PERCENT: String(percent) };
    const choice = choose(know({ webp: made(bytes) }, env), accepts.webp, env);
    expect(choice).toMatchObject(
      isServed
        ? { serve: "webp", reason: "transcoded" }
        : { serve: "original", reason: "not-smaller", to: 1000, transient: false },
    );
  });

  it("answers with the best there is while a better one may come", () => {
    const choice = choose(know({ webp: made(600) }));
    expect(choice).toMatchObject({ serve: "webp", to: 600, reason: "interim", pending: ["avif"], transient: true });
    expect(formatsOf(choice.startable)).toEqual(["avif"]);
    expect(choose(know({}))).toMatchObject({
      serve: "original",
      to: 1000,
      reason: "interim",
      pending: ["avif", "webp"],
      transient: true,
    });
    // A variant that does not pay is no interim answer either.
    expect(choose(know({ webp: made(999) }))).toMatchObject({ serve: "original", to: 1000, reason: "interim" });
  });

  it("lets nobody start what is being made, and anybody what was abandoned", () => {
    expect(choose(know({ avif: beingMade, webp: made(600) }))).toMatchObject({ pending: ["avif"], startable: [] });
    expect(formatsOf(choose(know({ avif: abandoned, webp: made(600) })).startable)).toEqual(["avif"]);
  });

  it("waits for a failed format between attempts, and gives up for an hour after the third", () => {
    const soon = know({ avif: failed(1, now + 10_000), webp: made(600) });
    expect(choose(soon)).toMatchObject({ reason: "interim", pending: ["avif"], startable: [] });
    expect(formatsOf(choose(know({ avif: failed(2, now), webp: made(600) })).startable)).toEqual(["avif"]);
    const rested = know({ avif: failed(3, now + hour), webp: made(600) });
    expect(choose(rested)).toMatchObject({
      serve: "webp",
      reason: "transcoded",
      transient: false,
      pending: [],
      startable: [],
    });
    const nothing = know({ avif: failed(3, now + hour), webp: failed(3, now + hour) });
    expect(choose(nothing)).toMatchObject({
      serve: "original",
      reason: "encode-failed",
      transient: true,
      startable: [],
    });
    const again = know({ avif: failed(3, now), webp: failed(3, now + hour) });
    expect(formatsOf(choose(again).startable)).toEqual(["avif"]);
  });

  it("names encode-failed before not-smaller, as the order of reasons has it", () => {
    expect(reasonOrder.indexOf("encode-failed")).toBeLessThan(reasonOrder.indexOf("not-smaller"));
    expect(choose(know({ avif: failed(3, now + hour), webp: made(999) }))).toMatchObject({
      serve: "original",
      reason: "encode-failed",
    });
  });

  it("gives a client without a makeable format the original", () => {
    expect(choose(know({ avif: made(1), webp: made(2) }), accepts.any)).toMatchObject({
      serve: "original",
      reason: "not-accepted",
      transient: false,
    });
    // AVIF is not made of a PNG by default.
    expect(choose(know({ webp: made(2) }, {}, png), accepts.avif)).toMatchObject({
      serve: "original",
      reason: "not-accepted",
    });
  });

  it("names the first of the reasons against the formats that the client accepts", () => {
    const webpOnly = { FORMATS: "webp" };
    expect(choose(know({ webp: made(2) }, webpOnly), accepts.avif, webpOnly)).toMatchObject({
      serve: "original",
      reason: "format-off",
    });
    expect(choose(know({ webp: made(2) }, webpOnly), accepts.chrome, webpOnly)).toMatchObject({ serve: "webp" });
    const poor = { ...jpeg, jpeg: { ...jpegFacts, quality: 40 } };
    expect(choose(know({}, {}, poor))).toMatchObject({ serve: "original", reason: "low-quality-source" });
    expect(choose(know({}, webpOnly, poor), accepts.chrome, webpOnly)).toMatchObject({ reason: "format-off" });
    expect(choose(know({}, {}, poor), accepts.any)).toMatchObject({ reason: "not-accepted" });
  });

  it("serves the smallest of the exact and the lossy files that the class accepts", () => {
    const all = { jxl: made(850), avif: made(500), webp: made(700), jpeg: made(950) };
    const known = know(all, {}, repackable);
    expect(choose(known, accepts.jxl)).toMatchObject({ serve: "avif", reason: "transcoded" });
    expect(choose(known, accepts.webp)).toMatchObject({ serve: "webp", reason: "transcoded" });
    expect(choose(known, "image/jxl,*/*")).toMatchObject({ serve: "jxl", reason: "transcoded" });
    expect(choose(known, accepts.any)).toMatchObject({ serve: "jpeg", to: 950, reason: "transcoded" });
    // A packed JPEG that somebody else asked for wins as well where it is the smallest.
    const poor = know({ ...all, avif: made(960), webp: made(960) }, {}, repackable);
    expect(choose(poor, accepts.chrome)).toMatchObject({ serve: "jpeg", reason: "transcoded", pending: [] });
  });

  it("has the packed JPEG made for those only who get nothing better", () => {
    const startableFor = (variants: Known["variants"], accept: string): string[] =>
      formatsOf(choose(know(variants, {}, repackable), accept).startable);
    expect(startableFor({}, accepts.any)).toEqual(["jpeg"]);
    expect(startableFor({}, accepts.jxl)).toEqual(["jxl", "avif", "webp"]);
    expect(startableFor({ avif: made(999), webp: beingMade }, accepts.chrome)).toEqual([]);
    expect(startableFor({ avif: made(999), webp: made(500) }, accepts.chrome)).toEqual([]);
    expect(startableFor({ avif: made(999), webp: made(999) }, accepts.chrome)).toEqual(["jpeg"]);
    const exact = know({}, { FIDELITY: "exact" }, repackable);
    expect(formatsOf(choose(exact, accepts.chrome, { FIDELITY: "exact" }).startable)).toEqual(["jpeg"]);
  });

  it("gives the reason of the formats that the client named when packing saves nothing", () => {
    const packed = { jpeg: made(999) };
    expect(choose(know(packed, {}, repackable), accepts.any)).toMatchObject({ reason: "not-accepted" });
    const poor = { ...repackable, jpeg: { ...jpegFacts, ...repackable.jpeg, quality: 40 } };
    expect(choose(know(packed, {}, poor), accepts.chrome)).toMatchObject({ reason: "low-quality-source" });
    const refused = { jxl: { state: "refused" }, jpeg: made(999) } as const;
    expect(choose(know(refused, {}, poor), "image/jxl,*/*")).toMatchObject({ reason: "not-smaller", pending: [] });
  });

  it("hands on the reason of a plan that passes", () => {
    expect(choose(know({}, {}, { ...jpeg, animated: true }))).toMatchObject({
      serve: "original",
      reason: "animated",
      pending: [],
      startable: [],
      to: 1000,
    });
  });

  it("sends the original in shadow mode and reports what would have been sent", () => {
    const env = { MODE: "shadow" };
    expect(choose(know({ avif: made(500), webp: made(600) }, env), accepts.chrome, env)).toMatchObject({
      serve: "original",
      reason: "shadow",
      to: 500,
      transient: false,
    });
    expect(choose(know({ webp: made(600) }, env), accepts.chrome, env)).toMatchObject({
      serve: "original",
      reason: "interim",
      to: 600,
      pending: ["avif"],
    });
    expect(choose(know({ avif: made(999), webp: made(999) }, env), accepts.chrome, env)).toMatchObject({
      serve: "original",
      reason: "not-smaller",
    });
  });

  it("never serves what it must not, and always the smallest of what it may", () => {
    const state = option(
      record({
        state: constantFrom("made" as const, "pending" as const, "failed" as const),
        bytes: integer({ min: 0, max: 1100 }),
        attempts: integer({ min: 0, max: 4 }),
        at: constantFrom(now - 1, now, now + 1, now + hour),
      }).map(({ state: kind, bytes, attempts, at }): VariantState => {
        if (kind === "made") return made(bytes);
        return kind === "pending" ? { state: "pending", until: at, attempts } : failed(attempts, at);
      }),
      { nil: undefined },
    );
    const setting = record({
      FORMATS: constantFrom("avif", "webp", "avif,webp", ""),
      PNG_MODE: constantFrom("lossless", "lossy"),
      MIN_SAVING_PERCENT: integer({ min: 0, max: 100 }).map(String),
      MODE: constantFrom("on", "shadow"),
    });
    const client = constantFrom(...listClasses());
    const source = constantFrom(
      jpeg,
      png,
      { ...jpeg, jpeg: { ...jpegFacts, quality: 30 } },
      { ...jpeg, orientation: 3 as const },
    );
    assert(
      property(
        state,
        state,
        setting,
        client,
        source,
        integer({ min: 1, max: 1000 }),
        (avif, webp, env, clientClass, facts, sourceBytes) => {
          const variants = { ...(avif && { avif }), ...(webp && { webp }) };
          const known = know(variants, env, facts, sourceBytes);
          const choice = chooseAnswer(known, clientClass, configOf(env));
          const { plan } = known;
          const isAllowed = (format: "avif" | "webp"): boolean =>
            clientClass.formats.includes(format) &&
            env.FORMATS.split(",").includes(format) &&
            plan.kind === "make" &&
            typeof plan.variants[format] === "object";
          const paying = encodedFormats.filter((format) => {
            const each = variants[format];
            const saves =
              each?.state === "made" &&
              each.bytes < sourceBytes &&
              (sourceBytes - each.bytes) * 100 >= Number(env.MIN_SAVING_PERCENT) * sourceBytes;
            return isAllowed(format) && saves;
          });
          const sizeOf = (format: "avif" | "webp"): number => {
            const each = variants[format];
            return each?.state === "made" ? each.bytes : Infinity;
          };
          if (choice.serve === "original") {
            expect(paying.length === 0 || env.MODE === "shadow").toBe(true);
          } else {
            expect(env.MODE).toBe("on");
            expect(paying).toContain(choice.serve);
            expect(choice.to).toBe(Math.min(...paying.map(sizeOf)));
            expect(variants[choice.serve as "avif" | "webp"]).toMatchObject({ bytes: choice.to });
          }
          // Transient exactly when something may still come.
          const isOpen = encodedFormats.some((format) => isAllowed(format) && variants[format]?.state !== "made");
          if (!isOpen) expect(choice.transient).toBe(false);
          expect(choice.transient).toBe(reasons[choice.reason].transient);
          expect(choice.pending.length > 0).toBe(choice.reason === "interim");
          for (const format of choice.pending) expect(isAllowed(format as "avif" | "webp")).toBe(true);
          expect(choice.pending).toEqual(expect.arrayContaining(formatsOf(choice.startable)));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("eagerVariants()", () => {
  function eager(known: Known, env: Env = {}): string[] {
    return formatsOf(eagerVariants(known, configOf(env)));
  }

  it("names what is to be made for everybody and is not there", () => {
    expect(eager(know({}))).toEqual(["avif", "webp"]);
    expect(eager(know({ webp: made(1) }))).toEqual(["avif"]);
    expect(eager(know({}), { EAGER: "webp" })).toEqual(["webp"]);
    expect(eager(know({}), { EAGER: "" })).toEqual([]);
    expect(eager(know({}), { EAGER: "all" })).toEqual(["avif", "webp"]);
  });

  it("leaves out what is not planned, being made, or resting after a failure", () => {
    expect(eager(know({}, { FORMATS: "avif" }))).toEqual(["avif"]);
    expect(eager(know({}, {}, png))).toEqual(["webp"]);
    expect(eager(know({}, {}, { ...jpeg, animated: true }))).toEqual([]);
    expect(eager(know({ avif: beingMade, webp: failed(1, now + 1) }))).toEqual([]);
    expect(eager(know({ avif: abandoned, webp: failed(3, now) }))).toEqual(["avif", "webp"]);
  });
});
