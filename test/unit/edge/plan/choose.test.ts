import { describe, expect, it } from "vitest";
import type { Env } from "../../../../src/edge/env.ts";
import { classOf, listClasses } from "../../../../src/edge/negotiate/client-class.ts";
import type { Choice, Known } from "../../../../src/edge/plan/choose.ts";
import type { VariantState } from "../../../../src/edge/plan/known-source.ts";
import { reasonOrder } from "../../../../src/edge/reasons.ts";
import { legacyTargets } from "../../../../src/edge/targets.ts";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { accepts, animatedGif, gif, jpeg, png, recompressible, tiff, jpegFacts } from "../../samples.ts";
import { abandoned, beingMade, choose, chooseFor, failed, formatsOf, hour, know, made, now } from "./known.ts";

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

  it("sends a draft while its variant is to come, and waits for the variant all the same", () => {
    const drafts = new Map([["webp", new Uint8Array(600)]] as const);
    const drafted = (variants: Known["variants"], env: Env = {}): Known => ({ ...know(variants, env), drafts });
    const sent = { serve: "webp", id: "webp", to: 600, reason: "interim", transient: true };
    expect(choose(drafted({}), accepts.webp)).toMatchObject({ ...sent, pending: ["webp"], awaited: ["webp"] });
    expect(formatsOf(choose(drafted({}), accepts.webp).startable)).toEqual(["webp"]);
    expect(choose(drafted({ webp: beingMade }), accepts.webp)).toMatchObject({ ...sent, startable: [] });
    expect(choose(drafted({ webp: failed(1, now + 1) }), accepts.webp)).toMatchObject({ ...sent, startable: [] });
    expect(choose(drafted({ avif: beingMade }))).toMatchObject({ ...sent, pending: ["avif", "webp"] });
    expect(choose(drafted({ avif: made(700) }))).toMatchObject({ ...sent, pending: ["webp"] });
    expect(choose(drafted({ avif: made(500) }))).toMatchObject({ serve: "avif", reason: "interim", pending: ["webp"] });
    expect(choose(drafted({}), accepts.any)).toMatchObject({ serve: "original", reason: "not-accepted" });
    const shadow = { MODE: "shadow" };
    expect(choose(drafted({}, shadow), accepts.webp, shadow)).toMatchObject({ serve: "original", to: 600 });
    // What does not pay is no interim answer either.
    const large = { ...know({}), drafts: new Map([["webp", new Uint8Array(971)]] as const) };
    expect(choose(large, accepts.webp)).toMatchObject({ serve: "original", reason: "interim", pending: ["webp"] });
  });

  it("never sends a draft in place of what its variant turned out to be", () => {
    const drafts = new Map([["webp", new Uint8Array(600)]] as const);
    const settled = (state: VariantState): Choice => choose({ ...know({ webp: state }), drafts }, accepts.webp);
    expect(settled(made(650))).toMatchObject({ serve: "webp", to: 650, reason: "transcoded", transient: false });
    expect(settled(made(999))).toMatchObject({ serve: "original", reason: "not-smaller" });
    expect(settled({ state: "refused" })).toMatchObject({ serve: "original", reason: "not-smaller" });
    expect(settled(failed(3, now + hour))).toMatchObject({ serve: "original", reason: "encode-failed" });
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
    // AVIF is not made of a PNG by default; what is left is a smaller PNG.
    expect(choose(know({ webp: made(2), png: { state: "refused" } }, {}, png), accepts.avif)).toMatchObject({
      serve: "original",
      reason: "not-accepted",
    });
    expect(choose(know({ webp: made(2), png: made(900) }, {}, png), accepts.avif)).toMatchObject({
      serve: "png",
      reason: "transcoded",
    });
  });

  it.each(legacyTargets)("serves %s to its class alone", (target) => {
    const variants = { avif: made(400), webp: made(500), [target]: made(600), jpeg: made(900) };
    const known = know(variants, {}, recompressible);
    expect(chooseFor(known, classOf([target], "fast"))).toMatchObject({ serve: target, id: target, to: 600 });
    for (const other of listClasses().filter(
      ({ formats, network }) => network === "fast" && !formats.includes(target),
    )) {
      expect(chooseFor(known, other).serve, other.token).not.toBe(target);
      expect(chooseFor(known, other).awaited, other.token).not.toContain(target);
    }
  });

  it("names JPEG XR as what is awaited, in whichever of its forms", () => {
    for (const target of ["jxr", "jxr-ms", "jxr-hd"] as const) {
      expect(chooseFor(know({}), classOf([target], "fast"))).toMatchObject({ pending: ["jxr"], awaited: [target] });
    }
  });

  it("says that the User-Agent counts exactly where JPEG 2000 or JPEG XR could be made", () => {
    const varies = (facts: ImageFacts, env: Env = {}): boolean =>
      choose(know({}, env, facts), accepts.any, env).variesByUserAgent;
    expect(varies(jpeg)).toBe(true);
    expect(varies(png)).toBe(true);
    expect(varies(tiff)).toBe(true);
    expect(varies(jpeg, { FORMATS: "jxr" })).toBe(true);
    expect(varies(jpeg, { FORMATS: "jp2" })).toBe(true);
    // Neither is made of these.
    expect(varies(gif)).toBe(false);
    expect(varies(animatedGif)).toBe(false);
    expect(varies(recompressible, { FIDELITY: "exact" })).toBe(false);
    expect(varies(jpeg, { FORMATS: "jxl,avif,webp" })).toBe(false);
    expect(varies({ ...recompressible, jpeg: { ...jpegFacts, ...recompressible.jpeg, quality: 30 } })).toBe(false);
    expect(varies({ ...jpeg, provenance: true })).toBe(false);
    // It would have been another class's answer, whatever this one gets.
    const settled = { jpeg: made(999) };
    expect(choose(know(settled, {}, recompressible), accepts.any)).toMatchObject({ variesByUserAgent: true });
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
});
