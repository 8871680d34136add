import { sha256 } from "../../../../src/edge/digest.ts";
import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { createColourConverter } from "../../../../src/imaging/colour/lcms.ts";
import type { ProfileSpace } from "../../../../src/imaging/colour/icc-header.ts";
import { displayP3, grayProfile, pressProfile, profile, wideGamutProfile } from "../../../support/profiles.ts";

async function convert(space: ProfileSpace, icc: Uint8Array, ...samples: readonly number[]): Promise<number[]> {
  const pixels = Uint8ClampedArray.from(samples);
  await createColourConverter().convertToSrgb(pixels, space, icc);
  return [...pixels];
}

/** XYZ under D50 to linear sRGB: the inverse of the colorants that the ICC gives for sRGB. */
const toLinearSrgb = [
  [3.1341359, -1.6173863, -0.4906619],
  [-0.9787955, 1.9162543, 0.0334427],
  [0.0719554, -0.2289769, 1.405386],
] as const;

/** What a matrix profile with a plain gamma means, by its definition (ICC.1:2001-04 §6.3.1.2). */
function wideGamutToSrgb(rgb: readonly number[], exponent: number): number[] {
  const linear = rgb.map((value) => (value / 255) ** exponent);
  const xyz = [0, 1, 2].map((axis) =>
    displayP3.reduce((sum, colorant, i) => sum + (colorant[axis] ?? NaN) * (linear[i] ?? NaN), 0),
  );
  return toLinearSrgb.map((row) => {
    const light = Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, factor, axis) => sum + factor * (xyz[axis] ?? NaN), 0),
      ),
    );
    return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
  });
}

async function failureOf(work: Promise<unknown>): Promise<ImagingError> {
  const failure: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ImagingError);
  return failure as ImagingError;
}

describe("createColourConverter()", () => {
  it("holds no WASM memory before its first call and after drop()", async () => {
    const converter = createColourConverter(sha256);
    expect(converter.liveBytes()).toBe(0);
    await converter.convertToSrgb(new Uint8ClampedArray(4), "rgb", wideGamutProfile());
    expect(converter.liveBytes()).toBeGreaterThan(0);
    converter.drop();
    expect(converter.liveBytes()).toBe(0);
  });

  it("converts RGB by the profile's matrix and curves, and keeps alpha", async () => {
    const colours = [0, 40, 128, 200, 255].flatMap((r) =>
      [0, 90, 255].flatMap((g) => [0, 33, 170, 255].map((b) => [r, g, b])),
    );
    const converted = await convert(
      "rgb",
      wideGamutProfile(2.2),
      ...colours.flatMap((rgb, i) => [...rgb, (i * 7) & 255]),
    );
    colours.forEach((rgb, i) => {
      const expected = wideGamutToSrgb(rgb, 2.2);
      expected.forEach((value, channel) => {
        expect(Math.abs((converted[i * 4 + channel] ?? NaN) - value)).toBeLessThan(1.5);
      });
      expect(converted[i * 4 + 3]).toBe((i * 7) & 255);
    });
  });

  it("converts gray by the profile's curve, into three equal channels, and keeps alpha", async () => {
    const [r = 0, g, b, a] = await convert("gray", grayProfile(1), 55, 55, 55, 99);
    expect(Math.abs(r - 255 * (1.055 * (55 / 255) ** (1 / 2.4) - 0.055))).toBeLessThan(1.5);
    expect([g, b, a]).toEqual([r, r, 99]);
  });

  it("takes CMYK with 0 = no ink, and makes it opaque", async () => {
    const [paper, cyan, magenta, yellow, black] = await Promise.all(
      [
        [0, 0, 0, 0],
        [255, 0, 0, 0],
        [0, 255, 0, 0],
        [0, 0, 255, 0],
        [0, 0, 0, 255],
      ].map((inks) => convert("cmyk", pressProfile(), ...inks)),
    );
    expect(paper).toEqual([255, 255, 255, 255]);
    expect(black).toEqual([0, 0, 0, 255]);
    expect(cyan?.[0]).toBeLessThan(60);
    expect(magenta?.[1]).toBeLessThan(60);
    expect(yellow?.[2]).toBeLessThan(60);
    for (const ink of [cyan, magenta, yellow]) expect(Math.max(...(ink ?? []).slice(0, 3))).toBeGreaterThan(140);
  });

  it("gives the same for a picture of many strips as for its parts", async () => {
    const pixels = 150_001;
    const samples = Uint8ClampedArray.from({ length: pixels * 4 }, (_, at) => Math.imul(at, 2_654_435_761) >>> 24);
    const parts = samples.slice();
    const converter = createColourConverter(sha256);
    await converter.convertToSrgb(samples, "cmyk", pressProfile());
    for (let at = 0; at < parts.length; at += 4 * 7001)
      // One after the other, as rows come out of a decoder.
      await converter.convertToSrgb(parts.subarray(at, at + 4 * 7001), "cmyk", pressProfile());
    expect(parts).toEqual(samples);
  });

  it("takes the two for different that differ in one byte", async () => {
    const converter = createColourConverter(sha256);
    const one = Uint8ClampedArray.of(128, 128, 128, 255);
    const other = one.slice();
    await converter.convertToSrgb(one, "gray", grayProfile(1));
    await converter.convertToSrgb(other, "gray", grayProfile(1.5));
    expect(one).not.toEqual(other);
  });

  it("stays small with any number of profiles", async () => {
    const converter = createColourConverter(sha256);
    const first = await convert("rgb", wideGamutProfile(1.2), 10, 100, 200, 255);
    for (let i = 0; i < 15; i++) {
      const samples = Uint8ClampedArray.of(10, 100, 200, 255);
      await converter.convertToSrgb(samples, "rgb", wideGamutProfile(1.2 + i / 10));
      await converter.convertToSrgb(samples, "cmyk", pressProfile().fill(i, 100, 128));
    }
    expect(converter.liveBytes()).toBeLessThan(24_000_000);
    const again = Uint8ClampedArray.of(10, 100, 200, 255);
    await converter.convertToSrgb(again, "rgb", wideGamutProfile(1.2));
    expect([...again]).toEqual(first);
  });

  it.each<[string, ProfileSpace, Uint8Array]>([
    ["no profile at all", "rgb", new Uint8Array(0)],
    ["garbage", "rgb", new Uint8Array(5000).fill(0x5a)],
    ["a profile that is cut", "cmyk", pressProfile().subarray(0, 2000)],
    ["CMYK with an RGB profile", "cmyk", wideGamutProfile()],
    ["RGB with a press's profile", "rgb", pressProfile()],
    ["RGB with a gray profile", "rgb", grayProfile(2.2)],
    ["a profile without tags", "rgb", profile({ space: "RGB ", connection: "XYZ " }, {})],
    ["a table that is shorter than it says", "cmyk", cutTable()],
    ["a table of half a gigabyte", "cmyk", hugeTable()],
  ])("refuses %s with an ImagingError about the picture, and goes on working", async (_, space, icc) => {
    const converter = createColourConverter(sha256);
    const failure = await failureOf(converter.convertToSrgb(new Uint8ClampedArray(8), space, icc));
    expect(failure.format).toBe("icc");
    expect(failure.kind).not.toBe("codec");
    expect(converter.liveBytes()).toBe(0);
    const white = Uint8ClampedArray.of(255, 255, 255, 255);
    await converter.convertToSrgb(white, "rgb", wideGamutProfile());
    expect([...white]).toEqual([255, 255, 255, 255]);
  });
});

/** The tag's length ends it inside of the table's nodes. */
function cutTable(): Uint8Array {
  const icc = pressProfile();
  const length = 48 + 4 * 256 + 20;
  new DataView(icc.buffer).setUint32(128 + 4 + 8, length);
  const shortened = icc.slice(0, 128 + 4 + 24 + length);
  new DataView(shortened.buffer).setUint32(0, shortened.length);
  return shortened;
}

/** 95 nodes for each of four inks. */
function hugeTable(): Uint8Array {
  const icc = pressProfile();
  const table = new DataView(icc.buffer).getUint32(128 + 4 + 4);
  icc[table + 10] = 95;
  return icc;
}
