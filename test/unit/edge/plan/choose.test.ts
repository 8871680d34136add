import { assert, constantFrom, integer, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { VariantState } from "../../../../src/edge/plan/known-source.ts";
import type { Env } from "../../../../src/edge/env.ts";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { formatOf } from "../../../../src/imaging/model/recipe.ts";
import type { PlannedVariant } from "../../../../src/edge/plan/variant.ts";
import { legacyTargets, type Target, targets, universalTargets } from "../../../../src/edge/targets.ts";
import { type ClientClass, classOf, listClasses, readAccept } from "../../../../src/edge/negotiate/client-class.ts";
import { type Choice, chooseAnswer, eagerVariants, type Known } from "../../../../src/edge/plan/choose.ts";
import { planSource } from "../../../../src/edge/plan/plan.ts";
import { reasonOrder, reasons } from "../../../../src/edge/reasons.ts";
import {
  accepts,
  animatedGif,
  cmykJpeg,
  configOf,
  gif,
  jpeg,
  jpegFacts,
  png,
  recompressible,
  tiff,
} from "../../samples.ts";

const allTargets = Object.keys(targets) as Target[];

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

/** The same for a class that no Accept header leads to. */
function chooseFor(known: Known, client: ClientClass, env: Env = {}): Choice {
  return chooseAnswer(known, client, configOf(env));
}

function formatsOf(variants: readonly PlannedVariant[]): string[] {
  return variants.map(({ recipe }) => formatOf(recipe));
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

  it("exempts TIFF from MIN_SAVING_PERCENT, since browsers do not show it", () => {
    const env = { MIN_SAVING_PERCENT: "50" };
    const larger = know({ png: made(1500), jpeg: { state: "refused" } }, env, tiff);
    expect(choose(larger, accepts.any, env)).toMatchObject({ serve: "png", reason: "transcoded", to: 1500 });
    const both = know({ png: made(1500), webp: made(990), jpeg: made(970) }, env, tiff);
    expect(choose(both, accepts.webp, env)).toMatchObject({ serve: "jpeg", to: 970 });
    expect(choose(both, accepts.any, env)).toMatchObject({ serve: "jpeg", to: 970 });
    expect(choose(know({ webp: made(2000) }, env, tiff), accepts.webp, env)).toMatchObject({ serve: "webp", to: 2000 });
  });

  it("says whether the original is any use to the client", () => {
    expect(choose(know({}, {}, tiff), accepts.webp)).toMatchObject({ serve: "original", mustConvert: true });
    expect(choose(know({}, {}, tiff), "image/tiff,*/*;q=0.5")).toMatchObject({ mustConvert: false });
    expect(choose(know({}, {}, jpeg), accepts.webp)).toMatchObject({ mustConvert: false });
  });

  it("sends a larger or hardly smaller file to nobody who lists image/tiff", () => {
    const viewer = "image/tiff,*/*;q=0.5";
    const refused = { state: "refused" } as const;
    expect(choose(know({ png: made(1500), jpeg: refused }, {}, tiff), viewer)).toMatchObject({ serve: "original" });
    expect(choose(know({ png: made(980), jpeg: refused }, {}, tiff), viewer)).toMatchObject({ serve: "original" });
    expect(choose(know({ png: made(970), jpeg: refused }, {}, tiff), viewer)).toMatchObject({ serve: "png" });
    expect(choose(know({ webp: made(990) }, {}, tiff), `image/webp,${viewer}`)).not.toMatchObject({ serve: "webp" });
    // Of other sources nobody is exempt.
    expect(choose(know({ png: made(1500) }, {}, png), accepts.any)).toMatchObject({ serve: "original" });
  });

  it("waits for whatever a TIFF becomes, and ends with the smallest", () => {
    expect(formatsOf(choose(know({}, {}, tiff), accepts.webp).startable).toSorted()).toEqual(["jpeg", "png", "webp"]);
    // The lossless WebP of a photograph is three times as large as its JPEG, which all others get.
    const refusedPng = { png: { state: "refused" } } as const;
    const first = know({ ...refusedPng, webp: made(1300) }, {}, tiff);
    expect(choose(first, accepts.webp)).toMatchObject({ serve: "webp", reason: "interim", pending: ["jpeg"] });
    const both = know({ ...refusedPng, webp: made(1300), jpeg: made(400) }, {}, tiff);
    expect(choose(both, accepts.webp)).toMatchObject({ serve: "jpeg", to: 400, reason: "transcoded", pending: [] });
    expect(choose(both, accepts.any)).toMatchObject({ serve: "jpeg", to: 400, reason: "transcoded", pending: [] });
    expect(formatsOf(choose(know({}, {}, tiff), accepts.any).startable).toSorted()).toEqual(["jpeg", "png"]);
    // One of them turned out to be of the wrong kind.
    const drawing = know({ jpeg: { state: "refused" } }, {}, tiff);
    expect(choose(drawing, accepts.any)).toMatchObject({ reason: "interim", pending: ["png"], serve: "original" });
    // No WebP can be had.
    const broken = know({ webp: failed(3, now + hour) }, {}, tiff);
    expect(formatsOf(choose(broken, accepts.webp).startable).toSorted()).toEqual(["jpeg", "png"]);
  });

  it("waits for an animated GIF's WebP, and gives everybody else the GIF", () => {
    expect(choose(know({}, {}, animatedGif), accepts.chrome)).toMatchObject({
      serve: "original",
      reason: "interim",
      awaited: ["webp"],
    });
    expect(choose(know({ webp: made(700) }, {}, animatedGif), accepts.chrome)).toMatchObject({ serve: "webp" });
    expect(choose(know({ webp: { state: "refused" } }, {}, animatedGif), accepts.chrome)).toMatchObject({
      serve: "original",
      reason: "not-smaller",
      pending: [],
    });
    expect(choose(know({ webp: made(700) }, {}, animatedGif), accepts.any)).toMatchObject({
      serve: "original",
      reason: "not-accepted",
    });
  });

  it("gives a client of baseline formats inks in sRGB, where that is smaller", () => {
    expect(choose(know({ jpeg: made(900) }, {}, cmykJpeg), accepts.any)).toMatchObject({ serve: "jpeg" });
    expect(choose(know({ jpeg: made(999) }, {}, cmykJpeg), accepts.any)).toMatchObject({ reason: "not-accepted" });
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
    const known = know(all, {}, recompressible);
    expect(choose(known, accepts.jxl)).toMatchObject({ serve: "avif", reason: "transcoded" });
    expect(choose(known, accepts.webp)).toMatchObject({ serve: "webp", reason: "transcoded" });
    expect(choose(known, "image/jxl,*/*")).toMatchObject({ serve: "jxl", reason: "transcoded" });
    expect(choose(known, accepts.any)).toMatchObject({ serve: "jpeg", to: 950, reason: "transcoded" });
    // A packed JPEG that somebody else asked for wins as well where it is the smallest.
    const poor = know({ ...all, avif: made(960), webp: made(960) }, {}, recompressible);
    expect(choose(poor, accepts.chrome)).toMatchObject({ serve: "jpeg", reason: "transcoded", pending: [] });
  });

  it("has the packed JPEG made for those only who get nothing better", () => {
    const startableFor = (variants: Known["variants"], accept: string): string[] =>
      formatsOf(choose(know(variants, {}, recompressible), accept).startable);
    expect(startableFor({}, accepts.any)).toEqual(["jpeg"]);
    expect(startableFor({}, accepts.jxl)).toEqual(["jxl", "avif", "webp"]);
    expect(startableFor({ avif: made(999), webp: beingMade }, accepts.chrome)).toEqual([]);
    expect(startableFor({ avif: made(999), webp: made(500) }, accepts.chrome)).toEqual([]);
    expect(startableFor({ avif: made(999), webp: made(999) }, accepts.chrome)).toEqual(["jpeg"]);
    const exact = know({}, { FIDELITY: "exact" }, recompressible);
    expect(formatsOf(choose(exact, accepts.chrome, { FIDELITY: "exact" }).startable)).toEqual(["jpeg"]);
  });

  it("compares with the picture in the source, not with what the source says about itself", () => {
    const wordy = { ...recompressible, pictureBytes: 600 };
    const startableFor = (webp: number): string[] =>
      formatsOf(choose(know({ webp: made(webp) }, {}, wordy), accepts.webp).startable);
    expect(startableFor(500)).toEqual([]);
    expect(startableFor(520)).toEqual(["jpeg"]);
    const settled = know({ webp: made(520), jpeg: made(510) }, {}, wordy);
    expect(choose(settled, accepts.webp)).toMatchObject({ serve: "jpeg", to: 510, reason: "transcoded" });
  });

  it("gives the reason of the formats that the client named when packing saves nothing", () => {
    const packed = { jpeg: made(999) };
    expect(choose(know(packed, {}, recompressible), accepts.any)).toMatchObject({ reason: "not-accepted" });
    const poor = { ...recompressible, jpeg: { ...jpegFacts, ...recompressible.jpeg, quality: 40 } };
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
        state: constantFrom("made" as const, "pending" as const, "failed" as const, "refused" as const),
        bytes: integer({ min: 0, max: 1100 }),
        attempts: integer({ min: 0, max: 4 }),
        at: constantFrom(now - 1, now, now + 1, now + hour),
      }).map(({ state: kind, bytes, attempts, at }): VariantState => {
        if (kind === "made") return made(bytes);
        if (kind === "refused") return { state: "refused" };
        return kind === "pending" ? { state: "pending", until: at, attempts } : failed(attempts, at);
      }),
      { nil: undefined },
    );
    const states = record(Object.fromEntries(allTargets.map((target) => [target, state])));
    const setting = record({
      FORMATS: constantFrom("avif", "webp", "avif,webp", "jxl,jp2,jxr", ""),
      PNG_MODE: constantFrom("lossless", "lossy"),
      MIN_SAVING_PERCENT: integer({ min: 0, max: 100 }).map(String),
      MODE: constantFrom("on", "shadow"),
    });
    const client = constantFrom(...listClasses().filter(({ network }) => network === "fast"));
    const source = constantFrom(
      jpeg,
      recompressible,
      cmykJpeg,
      png,
      tiff,
      { ...tiff, alpha: true },
      gif,
      animatedGif,
      { ...jpeg, jpeg: { ...jpegFacts, quality: 30 } },
      { ...jpeg, orientation: 3 as const },
    );
    assert(
      property(
        states,
        setting,
        client,
        source,
        integer({ min: 1, max: 1000 }),
        (found, env, clientClass, facts, sourceBytes) => {
          const variants: Partial<Record<Target, VariantState>> = Object.fromEntries(
            Object.entries(found).filter(([, each]) => each !== undefined),
          );
          const known = know(variants, env, facts, sourceBytes);
          const choice = chooseAnswer(known, clientClass, configOf(env));
          const { plan } = known;
          const isUniversal = (target: Target): boolean => universalTargets.some((each) => each === target);
          const isAllowed = (target: Target): boolean =>
            (isUniversal(target) ||
              (clientClass.formats.some((each) => each === target) &&
                env.FORMATS.split(",").includes(targets[target].format))) &&
            plan.kind === "make" &&
            typeof plan.variants[target] === "object";
          const isExempt = facts.format === "tiff" && !clientClass.formats.includes("tiff");
          const saves = (bytes: number): boolean =>
            bytes < sourceBytes && (sourceBytes - bytes) * 100 >= Number(env.MIN_SAVING_PERCENT) * sourceBytes;
          const sizeOf = (target: Target): number => {
            const each = variants[target];
            return each?.state === "made" ? each.bytes : Infinity;
          };
          const paying = allTargets.filter(
            (target) => isAllowed(target) && sizeOf(target) < Infinity && (isExempt || saves(sizeOf(target))),
          );
          if (choice.serve === "original") {
            expect(paying.length === 0 || env.MODE === "shadow").toBe(true);
          } else {
            expect(env.MODE).toBe("on");
            expect(paying).toContain(choice.serve);
            expect(choice.to).toBe(Math.min(...paying.map(sizeOf)));
            expect(variants[choice.serve]).toMatchObject({ bytes: choice.to });
          }
          // Transient exactly when something may still come.
          const isOpen = allTargets.some(
            (target) => isAllowed(target) && !["made", "refused"].includes(variants[target]?.state ?? ""),
          );
          if (!isOpen) expect(choice.transient).toBe(false);
          expect(choice.transient).toBe(reasons[choice.reason].transient);
          expect(choice.pending.length > 0).toBe(choice.reason === "interim");
          expect(choice.awaited.filter((id) => !isAllowed(id as Target))).toEqual([]);
          // For the source optimised nobody waits who has, or may get, something clearly smaller.
          const isOptimised = (target: Target): boolean => {
            const verdict = plan.kind === "make" ? plan.variants[target] : undefined;
            return isUniversal(target) && typeof verdict === "object" && verdict.optimisedBytes !== undefined;
          };
          if (choice.awaited.some((id) => isOptimised(id as Target))) {
            expect(choice.awaited.every((id) => isUniversal(id as Target))).toBe(true);
            expect(paying.filter((target) => sizeOf(target) * 100 <= sourceBytes * 85)).toEqual([]);
          }
          // Whoever accepts fewer formats gets nothing smaller.
          const fewer = chooseAnswer(known, { ...clientClass, formats: clientClass.formats.slice(1) }, configOf(env));
          const isShown = fewer.serve !== "original" || !fewer.mustConvert;
          // A client that shows TIFF keeps it where a file that others need instead saves too little.
          const isTooLittle = fewer.mustConvert && !choice.mustConvert && !saves(fewer.to);
          if (!choice.transient && env.MODE === "on" && isShown && !isTooLittle)
            expect(fewer.to).toBeGreaterThanOrEqual(choice.to);
          expect(choice.pending).toEqual(expect.arrayContaining(formatsOf(choice.startable)));
        },
      ),
      { numRuns: 1000 },
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
  });

  it("makes all formats of FORMATS for EAGER=all, but none that only few old browsers want", () => {
    expect(eager(know({}, {}, recompressible), { EAGER: "all" })).toEqual(["jxl", "avif", "webp", "jp2", "jxr"]);
    const targetsOf = eagerVariants(know({}), configOf({ EAGER: "all" })).map(({ target }) => target);
    expect(targetsOf).not.toContain("jxr-ms");
    expect(targetsOf).not.toContain("jxr-hd");
    expect(eager(know({}, {}, animatedGif))).toEqual(["webp"]);
  });

  it("leaves out what is not planned, being made, or resting after a failure", () => {
    expect(eager(know({}, { FORMATS: "avif" }))).toEqual(["avif"]);
    expect(eager(know({}, {}, png))).toEqual(["webp"]);
    expect(eager(know({}, {}, { ...jpeg, animated: true }))).toEqual([]);
    expect(eager(know({ avif: beingMade, webp: failed(1, now + 1) }))).toEqual([]);
    expect(eager(know({ avif: abandoned, webp: failed(3, now) }))).toEqual(["avif", "webp"]);
  });
});
