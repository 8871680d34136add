import { describe, expect, it } from "vitest";
import type { Env } from "../../../../src/edge/env.ts";
import { eagerVariants, type Known } from "../../../../src/edge/plan/choose.ts";
import { avif, losslessWebp, webp, animatedGif, configOf, png, recompressible, jpeg } from "../../samples.ts";
import { abandoned, beingMade, failed, formatsOf, know, made, now } from "./known.ts";

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
    for (const facts of [webp, losslessWebp, avif]) expect(eager(know({}, {}, facts))).toEqual([]);
    expect(eager(know({}, { PNG_MODE: "lossy" }, losslessWebp))).toEqual(["avif"]);
    expect(eager(know({}, {}, { ...jpeg, animated: true }))).toEqual([]);
    expect(eager(know({ avif: beingMade, webp: failed(1, now + 1) }))).toEqual([]);
    expect(eager(know({ avif: abandoned, webp: failed(3, now) }))).toEqual(["avif", "webp"]);
  });
});
