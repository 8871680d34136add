import { assert, nat, property, uint8Array } from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { classifyIccProfile, joinIccChunks, maxProfileBytes } from "../../../../src/imaging/colour/icc.ts";
import { bytes } from "../probe/bytes.ts";
import {
  displayP3Colorants,
  gamma,
  parametric,
  profile,
  rgbProfile,
  sampled,
  srgbColorants,
  srgbParametric,
  srgbToLinear,
  xyz,
} from "./profiles.ts";

const black = { create: { width: 8, height: 8, channels: 3, background: "#000" } } as const;

describe("classifyIccProfile()", () => {
  it.each<[string, Uint8Array]>([
    ["the formula of IEC 61966-2-1", rgbProfile(srgbParametric)],
    [
      "the formula in its longest form",
      rgbProfile(parametric(4, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0)),
    ],
    ["a table of 1024 samples", rgbProfile(sampled(1024, srgbToLinear))],
    ["a table of 4096 samples", rgbProfile(sampled(4096, srgbToLinear))],
    ["a compact table of 42 samples", rgbProfile(sampled(42, srgbToLinear))],
    ["gray with sRGB's curve", profile("GRAY", { kTRC: srgbParametric })],
  ])("says srgb for %s", (_, icc) => {
    expect(classifyIccProfile(icc)).toBe("srgb");
  });

  it.each<[string, Uint8Array]>([
    ["Display P3", rgbProfile(srgbParametric, displayP3Colorants)],
    ["sRGB's colorants with a plain gamma of 2.2", rgbProfile(gamma(2.2))],
    ["the same as a formula", rgbProfile(parametric(0, 2.2))],
    ["sRGB's colorants with a gamma of 1.8", rgbProfile(gamma(1.8))],
    [
      "sRGB's table with three wrong levels",
      rgbProfile(sampled(1024, (x) => (x > 0.1 && x < 0.114 ? 1 : srgbToLinear(x)))),
    ],
    ["linear light", rgbProfile(bytes("curv", new Uint8Array(8)))],
    ["the television curve", rgbProfile(parametric(3, 1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081))],
    [
      "one curve that differs",
      profile("RGB ", { ...srgbColorants, rTRC: srgbParametric, gTRC: gamma(1), bTRC: srgbParametric }),
    ],
    [
      "red and blue exchanged",
      rgbProfile(srgbParametric, { ...srgbColorants, rXYZ: srgbColorants.bXYZ, bXYZ: srgbColorants.rXYZ }),
    ],
    ["SMPTE C red", rgbProfile(srgbParametric, { ...srgbColorants, rXYZ: xyz(0.4163, 0.2216, 0.0136) })],
    [
      "a look-up table beside the curves",
      profile("RGB ", {
        ...srgbColorants,
        rTRC: srgbParametric,
        gTRC: srgbParametric,
        bTRC: srgbParametric,
        A2B0: bytes("mAB "),
      }),
    ],
    [
      "a Lab connection space",
      profile("RGB ", { ...srgbColorants, rTRC: srgbParametric, gTRC: srgbParametric, bTRC: srgbParametric }, "Lab "),
    ],
    ["CMYK", profile("CMYK", { A2B0: bytes("mft2") }, "Lab ")],
    ["gray with a dot gain", profile("GRAY", { kTRC: gamma(1.75) })],
    ["missing colorants", profile("RGB ", { rTRC: srgbParametric, gTRC: srgbParametric, bTRC: srgbParametric })],
    ["an unknown formula", rgbProfile(parametric(9, 2.4))],
    ["nothing", bytes()],
    ["zeros", new Uint8Array(4096)],
  ])("says other for %s", (_, icc) => {
    expect(classifyIccProfile(icc)).toBe("other");
  });

  it("says other for every cut of a profile that reaches its tags", () => {
    const whole = rgbProfile(sampled(1024, srgbToLinear));
    for (let length = 0; length < whole.length; length += 13) {
      expect(classifyIccProfile(whole.subarray(0, length))).toBe("other");
    }
  });

  it.each([
    ["srgb", "srgb"],
    ["p3", "other"],
  ] as const)("agrees with the %s profile that libvips embeds", async (name, expected) => {
    const file = await sharp(black).withIccProfile(name).jpeg().toBuffer();
    const { icc } = await sharp(file).metadata();
    expect(classifyIccProfile(new Uint8Array(icc ?? []))).toBe(expected);
  });

  it("says other for the CMYK profile that libvips embeds", async () => {
    const file = await sharp(black).toColourspace("cmyk").withIccProfile("cmyk").jpeg().toBuffer();
    const { icc } = await sharp(file).metadata();
    expect(icc?.length).toBeGreaterThan(128);
    expect(classifyIccProfile(new Uint8Array(icc ?? []))).toBe("other");
  });

  it("never throws on random bytes after a believable header", () => {
    const start = rgbProfile(srgbParametric);
    assert(
      property(uint8Array({ maxLength: 400 }), nat(start.length), (noise, keep) => {
        expect(["srgb", "other"]).toContain(classifyIccProfile(bytes(start.subarray(0, keep), noise)));
      }),
      { seed: 20261122 },
    );
  });
});

describe("joinIccChunks()", () => {
  it("puts chunks in the order of their numbers", () => {
    expect(joinIccChunks([bytes(2, 3, "cd"), bytes(3, 3, "e"), bytes(1, 3, "ab")])).toEqual(bytes("abcde"));
  });

  it("takes a single chunk", () => {
    expect(joinIccChunks([bytes(1, 1, "abc")])).toEqual(bytes("abc"));
  });

  it.each<[string, Uint8Array[]]>([
    ["none", []],
    ["a missing one", [bytes(1, 2, "a")]],
    ["a repeated one", [bytes(1, 2, "a"), bytes(1, 2, "b")]],
    ["one too many", [bytes(1, 1, "a"), bytes(2, 1, "b")]],
    ["a number of 0", [bytes(0, 1, "a")]],
    ["an empty one", [bytes()]],
    ["more bytes than a profile may have", [bytes(1, 1, new Uint8Array(maxProfileBytes + 1))]],
  ])("is undefined for %s", (_, chunks) => {
    expect(joinIccChunks(chunks)).toBeUndefined();
  });
});
