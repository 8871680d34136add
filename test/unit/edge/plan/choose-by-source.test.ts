import { describe, expect, it } from "vitest";
import type { Known } from "../../../../src/edge/plan/choose.ts";
import { accepts, animatedGif, cmykJpeg, jpeg, png, recompressible, tiff, jpegFacts } from "../../samples.ts";
import { beingMade, choose, failed, formatsOf, hour, know, made, now } from "./known.ts";

describe("chooseAnswer() of sources whose fallback is made too", () => {
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

  it("exempts TIFF from MIN_SAVING_PERCENT also for those who list image/tiff, unless the TIFF is smaller", () => {
    const viewer = "image/tiff,*/*;q=0.5";
    const refused = { state: "refused" } as const;
    expect(choose(know({ png: made(1500), jpeg: refused }, {}, tiff), viewer)).toMatchObject({ serve: "original" });
    expect(choose(know({ png: made(1000), jpeg: refused }, {}, tiff), viewer)).toMatchObject({ serve: "original" });
    expect(choose(know({ png: made(999), jpeg: refused }, {}, tiff), viewer)).toMatchObject({ serve: "png" });
    // A client that shows more gets nothing larger than one that shows less.
    const both = know({ png: made(999), jpeg: refused, webp: made(990) }, {}, tiff);
    for (const accept of [accepts.webp, `image/webp,${viewer}`]) {
      expect(choose(both, accept)).toMatchObject({ serve: "webp", to: 990 });
    }
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

  it("gives a client of baseline formats CMYK in sRGB, where that is smaller", () => {
    expect(choose(know({ jpeg: made(900) }, {}, cmykJpeg), accepts.any)).toMatchObject({ serve: "jpeg" });
    expect(choose(know({ jpeg: made(999) }, {}, cmykJpeg), accepts.any)).toMatchObject({ reason: "not-accepted" });
  });

  it("serves the smallest of the exact and the lossy files that the class accepts", () => {
    const all = { jxl: made(850), avif: made(500), webp: made(700), jpeg: made(950) };
    const known = know(all, {}, recompressible);
    expect(choose(known, accepts.jxl)).toMatchObject({ serve: "avif", reason: "transcoded" });
    expect(choose(known, accepts.webp)).toMatchObject({ serve: "webp", reason: "transcoded" });
    expect(choose(known, "image/jxl,*/*")).toMatchObject({ serve: "jxl", reason: "transcoded" });
    expect(choose(known, accepts.any)).toMatchObject({ serve: "jpeg", to: 950, reason: "transcoded" });
    // An optimised JPEG that another client asked for wins as well where it is the smallest.
    const poor = know({ ...all, avif: made(960), webp: made(960) }, {}, recompressible);
    expect(choose(poor, accepts.chrome)).toMatchObject({ serve: "jpeg", reason: "transcoded", pending: [] });
  });

  it("has the optimised JPEG made only for clients that get nothing better", () => {
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

  it("has a PNG of a plain picture optimised for everybody, which may be smaller than any modern file", () => {
    const awaitedFor = (webp: number): readonly string[] =>
      choose(know({ webp: made(webp) }, {}, png, 100_000), accepts.webp).awaited;
    expect(awaitedFor(1_500)).toEqual(["png"]);
    expect(awaitedFor(4_097)).toEqual([]);
    expect(awaitedFor(86_000)).toEqual(["png"]);
    const both = know({ webp: made(1_500), png: made(1_400) }, {}, png, 100_000);
    expect(choose(both, accepts.webp)).toMatchObject({ serve: "png", to: 1_400, reason: "transcoded", pending: [] });
    // An optimised JPEG never saves so much.
    expect(choose(know({ webp: made(500) }, {}, recompressible, 100_000), accepts.webp).awaited).toEqual([]);
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

  it("gives the reason of the formats that the client named when optimising saves nothing", () => {
    const optimised = { jpeg: made(999) };
    expect(choose(know(optimised, {}, recompressible), accepts.any)).toMatchObject({ reason: "not-accepted" });
    const poor = { ...recompressible, jpeg: { ...jpegFacts, ...recompressible.jpeg, quality: 40 } };
    expect(choose(know(optimised, {}, poor), accepts.chrome)).toMatchObject({ reason: "low-quality-source" });
    const refused = { jxl: { state: "refused" }, jpeg: made(999) } as const;
    expect(choose(know(refused, {}, poor), "image/jxl,*/*")).toMatchObject({ reason: "not-smaller", pending: [] });
  });
});
