/** Profiles that files embed, and those made of a PNG's colour chunks, judged by LittleCMS. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { assert, asyncProperty, nat, property, tuple } from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { metadataSegments } from "../../../../src/imaging/jpeg/embed.ts";
import { wrapPng } from "../../../../src/imaging/png/embed.ts";
import { changesColours } from "../../../../src/imaging/png/colour-chunks.ts";
import { classifyIccProfile } from "../../../../src/imaging/colour/icc.ts";
import { readProfileHeader } from "../../../../src/imaging/colour/icc-header.ts";
import {
  buildMatrixProfile,
  type Chromaticities,
  toGrayProfile,
} from "../../../../src/imaging/colour/matrix-profile.ts";
import { readProfile } from "../../../../src/imaging/decode/read-profile.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { convertWithTransicc, hasTransicc } from "../colour/transicc.ts";
import { encoded, icc } from "../carry/wrapped.ts";
import { bytes, chunk, frame, jpeg, png, u32 } from "../probe/bytes.ts";

type File = Uint8Array<ArrayBuffer>;

const d65 = [0.3127, 0.329] as const;
const srgb: Chromaticities = { white: d65, red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06] };
const displayP3: Chromaticities = { white: d65, red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] };
const adobeRgb: Chromaticities = { ...srgb, green: [0.21, 0.71] };

const gama = (value: number) => chunk("gAMA", u32(value));
const chrm = ({ white, red, green, blue }: Chromaticities) =>
  chunk(
    "cHRM",
    [white, red, green, blue].flat().flatMap((value) => u32(Math.round(value * 100_000))),
  );

/** Signed 16.16 numbers of the XYZ tags. */
function colorants(profile: Uint8Array): number[] {
  const view = new DataView(profile.buffer, profile.byteOffset);
  const text = Buffer.from(profile).toString("latin1");
  return ["rXYZ", "gXYZ", "bXYZ"].flatMap((tag) => {
    const at = view.getUint32(text.indexOf(tag, 128) + 4);
    return [8, 12, 16].map((offset) => view.getInt32(at + offset) / 65536);
  });
}

describe("buildMatrixProfile()", () => {
  it("makes of sRGB's numbers a profile that is sRGB", () => {
    expect(classifyIccProfile(buildMatrixProfile("srgb", srgb) ?? bytes())).toBe("srgb");
  });

  it("adapts Display P3 to D50 as the profile that libvips ships", () => {
    const built = buildMatrixProfile("srgb", displayP3) ?? bytes();
    const shipped = colorants(icc);
    colorants(built).forEach((value, i) => expect(value).toBeCloseTo(shipped[i], 2.5));
    expect(built.length).toBeLessThan(600);
    expect(readProfileHeader(built)).toEqual({ space: "rgb", hasTables: false });
  });

  it("gives the colorants that Adobe publishes for Adobe RGB (1998)", () => {
    const published = [0.60974, 0.31111, 0.01947, 0.20528, 0.62567, 0.06087, 0.14919, 0.06322, 0.74457];
    colorants(buildMatrixProfile({ gamma: 2.2 }, adobeRgb) ?? bytes()).forEach((value, i) =>
      expect(Math.abs(value - published[i])).toBeLessThan(0.0005),
    );
  });

  it("is undefined for primaries that span no space and for numbers that do not fit", () => {
    expect(buildMatrixProfile("srgb", { ...srgb, green: srgb.red })).toBeUndefined();
    expect(buildMatrixProfile("srgb", { ...srgb, white: [0.3, 0] })).toBeUndefined();
    expect(
      buildMatrixProfile("srgb", {
        white: [0, 0.24574],
        red: [0, 0.00001],
        green: [0, 0.74443],
        blue: [0.00001, 0.00001],
      }),
    ).toBeUndefined();
    for (const gamma of [0, -1, 1e9, Number.NaN, Number.POSITIVE_INFINITY])
      expect(buildMatrixProfile({ gamma }, srgb)).toBeUndefined();
  });

  it("never throws", () => {
    const point = tuple(nat(100_000), nat(100_000));
    assert(
      property(point, point, point, point, nat(500_000), (white, red, green, blue, gamma) => {
        const scaled = ([x, y]: readonly [number, number]) => [x / 100_000, y / 100_000] as const;
        const chromaticities = { white: scaled(white), red: scaled(red), green: scaled(green), blue: scaled(blue) };
        const profile = buildMatrixProfile({ gamma: gamma / 1000 }, chromaticities);
        if (profile !== undefined) expect(readProfileHeader(profile)).toBeDefined();
      }),
    );
  });
});

const withoutTransicc = hasTransicc ? "" : " (skipped: transicc is not installed)";

/** From encoded values to linear light, and from there to sRGB, by the textbook. */
function expectedSrgb(rgb: readonly number[], gamma: number): number[] {
  // Display P3 to sRGB, both with D65 (CSS Color 4, conversion matrices).
  const matrix = [
    [1.2249401762805598, -0.2249401762805597, 0],
    [-0.04205695470968816, 1.0420569547096881, 0],
    [-0.01963755459033443, -0.07863604555063188, 1.0982736001409663],
  ];
  const linear = rgb.map((value) => (value / 255) ** gamma);
  return matrix.map((row) => {
    const value = row.reduce((sum, factor, i) => sum + factor * linear[i], 0);
    const clipped = Math.min(Math.max(value, 0), 1);
    return 255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055);
  });
}

describe("readProfile()", () => {
  it.skipIf(!hasTransicc)(`gives LittleCMS a profile that means what gAMA and cHRM say${withoutTransicc}`, async () => {
    const profile = await readProfile(png(gama(50_000), chrm(displayP3)), "png");
    const folder = mkdtempSync(join(tmpdir(), "profile-"));
    try {
      const path = join(folder, "built.icc");
      writeFileSync(path, profile ?? bytes());
      const samples = Uint8Array.from([128, 128, 128, 200, 180, 90, 90, 100, 110, 40, 60, 50, 255, 255, 255]);
      const converted = convertWithTransicc(samples, "rgb", path);
      for (let at = 0; at < samples.length; at += 3)
        expectedSrgb([...samples.subarray(at, at + 3)], 2).forEach((value, i) =>
          expect(Math.abs(converted[at + i] - value)).toBeLessThan(0.6),
        );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const iccp = (profile: Uint8Array) => chunk("iCCP", "x\0\0", deflateSync(profile));

  it.each<[string, Uint8Array[], Uint8Array | undefined]>([
    ["nothing", [], undefined],
    ["an embedded profile", [iccp(icc)], icc],
    ["a profile before gamma and sRGB", [chunk("sRGB", 0), gama(50_000), iccp(icc)], icc],
    ["sRGB before gamma", [chunk("sRGB", 0), gama(50_000)], undefined],
    ["a gamma", [gama(50_000)], buildMatrixProfile({ gamma: 2 }, srgb)],
    ["gamma and chromaticities", [gama(50_000), chrm(displayP3)], buildMatrixProfile({ gamma: 2 }, displayP3)],
    ["a gamma near 1/2.2", [gama(46_000)], undefined],
    ["a gamma of 0", [gama(0), chrm(displayP3)], undefined],
    ["chromaticities without gamma", [chrm(displayP3)], undefined],
    ["code points of Display P3", [chunk("cICP", 12, 13, 0, 1), iccp(icc)], buildMatrixProfile("srgb", displayP3)],
    ["code points of sRGB before a profile", [chunk("cICP", 1, 13, 0, 1), iccp(icc)], undefined],
    ["code points that are not known", [chunk("cICP", 200, 13, 0, 1)], undefined],
    ["a profile that does not inflate", [chunk("iCCP", "x\0\0no zlib")], undefined],
    ["a profile that inflates to too much", [iccp(new Uint8Array((4 << 20) + 1))], undefined],
    ["a cut chunk", [gama(50_000), chunk("cHRM", 0)], undefined],
  ])("takes from a PNG with %s the profile that decides", async (_, chunks, expected) => {
    expect(await readProfile(png(...chunks), "png")).toEqual(expected);
  });

  it.each(["jpeg", "png", "tiff", "webp", "avif"] as const)(
    "gives the bytes that libvips has embedded in a %s",
    async (format) => {
      const picture = sharp({ create: { width: 4, height: 4, channels: 3, background: "#48c" } }).withIccProfile("p3");
      const file = new Uint8Array(await picture.toFormat(format).toBuffer());
      expect(await readProfile(file, format)).toEqual(icc);
      expect(await readProfile(await encoded("jpeg"), "jpeg")).toBeUndefined();
    },
  );

  it.each([
    ["Display P3", 12, 13, buildMatrixProfile("srgb", displayP3)],
    // A camera's curve: Chromium 156 takes it for sRGB's.
    ["Display P3 with the curve of BT.709", 12, 1, buildMatrixProfile("srgb", displayP3)],
    ["primaries without a curve", 12, 2, buildMatrixProfile("srgb", displayP3)],
    ["a gamma", 1, 4, buildMatrixProfile({ gamma: 2.2 }, srgb)],
    ["sRGB", 1, 13, undefined],
    ["nothing", 2, 2, undefined],
    ["a logarithmic curve, which Chromium refuses", 1, 9, undefined],
  ])("takes from an AVIF the profile that its code points mean: %s", async (_, primaries, transfer, expected) => {
    const file = new Uint8Array(readFileSync(new URL("../../../fixtures/avif/limited-422.avif", import.meta.url)));
    const at = Buffer.from(file).indexOf("nclx") + 4;
    file.set([0, primaries, 0, transfer], at);
    expect(await readProfile(file, "avif")).toEqual(expected);
  });

  it("joins the parts of a long profile, and gives none when one is missing", async () => {
    const long = new Uint8Array(3_000_000).fill(7);
    const segments = metadataSegments({ icc: long });
    expect(await readProfile(jpeg(...segments, frame()), "jpeg")).toEqual(long);
    expect(await readProfile(jpeg(...segments.slice(1), frame()), "jpeg")).toBeUndefined();
  });

  it.each(["gif", "svg"] as const)("gives none for %s, which has no reader", async (format) => {
    expect(await readProfile(bytes("anything"), format)).toBeUndefined();
  });

  it.skipIf(!hasCorpus)("finds CMYK profiles (../shared/corpus; skipped where it is missing)", async () => {
    const read = (name: string) => new Uint8Array(readFileSync(`${corpus}${name}`));
    const inJpeg = await readProfile(read("jpeg-cmyk/ycck_with_cmyk_icc.jpg"), "jpeg");
    const inTiff = await readProfile(read("tiff/fogra_cmyk_icc.tif"), "tiff");
    expect([inJpeg, inTiff].map((profile) => readProfileHeader(profile ?? bytes())?.space)).toEqual(["cmyk", "cmyk"]);
  });

  it("never throws for a damaged file", async () => {
    const file = await wrapPng(await encoded("png"), { icc });
    await assert(
      asyncProperty(nat(file.length - 1), nat(255), nat(file.length), async (at, value, length) => {
        for (const format of ["png", "jpeg", "tiff", "webp", "avif"] as const)
          await readProfile(file.with(at, value).subarray(0, length), format);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe("changesColours()", () => {
  it.each([
    [45_455, false, false],
    [43_182, false, false],
    [43_181, false, true],
    [47_727, false, false],
    [47_728, false, true],
    [45_455, true, true],
    [0, true, false],
  ])("with gamma %i and chromaticities: %s, is %s", (gamma, hasChromaticities, expected) => {
    expect(changesColours(gamma, hasChromaticities)).toBe(expected);
  });
});

describe("toGrayProfile()", () => {
  it("is undefined where red, green and blue have other curves, tables, or no curve", () => {
    const replaced = (from: string, to: string) => bytes(Buffer.from(icc).toString("latin1").replace(from, to)) as File;
    expect(toGrayProfile(icc)).toBeDefined();
    expect(toGrayProfile(replaced("rTRC", "xTRC"))).toBeUndefined();
    expect(toGrayProfile(replaced("cprt", "A2B0"))).toBeUndefined();
    expect(toGrayProfile(icc.subarray(0, 300))).toBeUndefined();
    expect(toGrayProfile(bytes())).toBeUndefined();
  });

  it.skipIf(!hasTransicc)(`means for LittleCMS what the RGB profile means${withoutTransicc}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "profile-"));
    try {
      const [rgbPath, grayPath] = [join(folder, "rgb.icc"), join(folder, "gray.icc")];
      writeFileSync(rgbPath, buildMatrixProfile({ gamma: 1.8 }, adobeRgb) ?? bytes());
      writeFileSync(grayPath, toGrayProfile(buildMatrixProfile({ gamma: 1.8 }, adobeRgb) ?? bytes()) ?? bytes());
      const levels = Uint8Array.from([0, 30, 90, 128, 200, 255]);
      const viaGray = convertWithTransicc(levels, "gray", grayPath);
      const viaRgb = convertWithTransicc(
        levels.reduce<Uint8Array>((all, level) => bytes(all, level, level, level), bytes()),
        "rgb",
        rgbPath,
      );
      viaGray.forEach((value, i) => expect(Math.abs(value - viaRgb[i])).toBeLessThan(0.3));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
