import { describe, expect, it } from "vitest";
import { classOf } from "../../../../src/edge/negotiate/client-class.ts";
import type { Known } from "../../../../src/edge/plan/choose.ts";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { accepts, avif, losslessWebp, webp } from "../../samples.ts";
import { choose, chooseFor, formatsOf, know, made } from "./known.ts";

describe("chooseAnswer() of WebP and AVIF", () => {
  it.each<[string, ImageFacts, string]>([
    ["a lossy WebP", webp, accepts.chrome],
    ["a lossy WebP", webp, accepts.webp],
    ["a lossless WebP", losslessWebp, accepts.chrome],
    ["an AVIF", avif, accepts.chrome],
    ["an AVIF", avif, accepts.avif],
    ["an AVIF of 10 bits", { ...avif, bitDepth: 10 }, accepts.chrome],
    ["an AVIF that is put together", { ...avif, avif: { decodable: false, refusal: "derived" } }, accepts.chrome],
    ["an AVIF that is too large", { ...avif, width: 20_000, height: 20_000 }, accepts.chrome],
  ])("leaves %s as it is for those who name its format, whatever has been made of it", (_, facts, accept) => {
    const best = { serve: "original", reason: "already-best", to: 1000, mustConvert: false, startable: [] } as const;
    expect(choose(know({}, {}, facts), accept)).toMatchObject({ ...best, transient: false, pending: [] });
    const converted = { webp: made(300), jpeg: made(200), png: made(100) };
    expect(choose(know(converted, {}, facts), accept)).toMatchObject(best);
  });

  it.each<[string, ImageFacts, string, readonly string[]]>([
    ["a lossy WebP", webp, accepts.any, ["jpeg"]],
    ["a lossy WebP", webp, accepts.avif, ["jpeg"]],
    ["a lossy WebP with alpha", { ...webp, alpha: true }, accepts.any, ["png"]],
    ["a lossless WebP", losslessWebp, accepts.any, ["png"]],
    ["an AVIF", avif, accepts.any, ["jpeg"]],
    ["an AVIF", avif, accepts.webp, ["jpeg", "webp"]],
    ["an AVIF with alpha", { ...avif, alpha: true }, accepts.any, ["png"]],
  ])("makes of %s for %s what the client shows", (_, facts, accept, wanted) => {
    const choice = choose(know({}, {}, facts), accept);
    expect(choice).toMatchObject({ mustConvert: true, reason: "interim", variesByUserAgent: false });
    expect(formatsOf(choice.startable).toSorted()).toEqual(wanted);
    const larger = know({ jpeg: made(5000), png: made(5000), webp: made(6000) }, {}, facts);
    expect(choose(larger, accept)).toMatchObject({ reason: "transcoded", to: 5000 });
  });

  it("converts a WebP for Safari that shows JPEG 2000, which is not made of it", () => {
    const choice = chooseFor(know({}, {}, webp), classOf(["jp2"], "fast"));
    expect(choice).toMatchObject({ mustConvert: true, variesByUserAgent: false });
    expect(formatsOf(choice.startable)).toEqual(["jpeg"]);
  });

  it("says why a source that the client cannot show is sent all the same", () => {
    const derived = know({}, {}, { ...avif, avif: { decodable: false, refusal: "derived" } });
    expect(choose(derived, accepts.any)).toMatchObject({ serve: "original", reason: "undecodable", transient: false });
    const huge = know({}, {}, { ...avif, width: 20_000, height: 20_000 });
    expect(choose(huge, accepts.any)).toMatchObject({ serve: "original", reason: "too-large", transient: false });
  });

  it("makes AVIF of a lossless WebP where PNG_MODE allows, for those who show both", () => {
    const env = { PNG_MODE: "lossy" };
    const known = (variants: Known["variants"]) => know(variants, env, losslessWebp, 1_000_000);
    expect(formatsOf(choose(known({}), accepts.chrome, env).startable)).toEqual(["avif"]);
    const smaller = choose(known({ avif: made(300_000), png: made(100) }), accepts.chrome, env);
    expect(smaller).toMatchObject({ serve: "avif", reason: "transcoded" });
    const larger = choose(known({ avif: made(1_100_000), png: made(100) }), accepts.chrome, env);
    expect(larger).toMatchObject({ serve: "original", reason: "not-smaller" });
    expect(choose(known({}), accepts.webp, env)).toMatchObject({ serve: "original", reason: "already-best" });
  });
});
