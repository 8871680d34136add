import { describe, expect, it } from "vitest";
import { probeJxr } from "../../../../src/imaging/jpeg-xr/probe.ts";
import { encodeAtOnce } from "./at-once.ts";
import { readDirectory } from "./jxr-file.ts";
import { decodeJpegXr, hasJxrTools, withoutJxrTools } from "./jxr-tools.ts";
import { randomSamples, toPixels } from "./samples.ts";

/** A profile of which only the length and the colour space's name matter here; odd, so that padding is needed. */
function profile(colourSpace: "RGB " | "GRAY", length = 131): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 255);
  bytes.set(Buffer.from(colourSpace, "latin1"), 16);
  return bytes;
}

const gray = toPixels(randomSamples(7, "gray"), "gray");
const rgb = toPixels(randomSamples(8, "rgb"), "rgb");
const rgba = toPixels(randomSamples(9, "rgba"), "rgba");
const lossless = { lossless: true } as const;

const long = 4;
const float = 11;
const ninetySix = 0x42c00000;

describe("encodeJpegXr() writes a directory", () => {
  it.each([
    { title: "gray", pixels: gray, guidEnd: 0x08, entries: 8 },
    { title: "RGB", pixels: rgb, guidEnd: 0x0c, entries: 8 },
    { title: "RGB and alpha", pixels: rgba, guidEnd: 0x0f, entries: 10 },
  ])("for $title, in ascending order, with what the picture is", ({ pixels, guidEnd, entries }) => {
    const file = encodeAtOnce(pixels, lossless, "jpeg-xr");
    const directory = readDirectory(file);
    const tags = [...directory.keys()];
    expect(tags).toHaveLength(entries);
    expect(tags).toEqual(tags.toSorted((a, b) => a - b));
    expect(directory.get(0xbc80)).toEqual({ type: long, count: 1, value: pixels.width });
    expect(directory.get(0xbc81)).toEqual({ type: long, count: 1, value: pixels.height });
    expect(directory.get(0xbc82)).toEqual({ type: float, count: 1, value: ninetySix });
    expect(directory.get(0xbc83)).toEqual({ type: float, count: 1, value: ninetySix });
    expect(Buffer.from(file.subarray(8, 24)).toString("hex")).toBe(
      `24c3dd6f034efe4bb1853d77768dc9${guidEnd.toString(16).padStart(2, "0")}`,
    );
  });

  it.each([gray, rgb, rgba])("whose codestreams lie at even offsets and end where the file ends", (pixels) => {
    const file = encodeAtOnce(
      pixels,
      { lossless: false, quality: 70 },
      "jpeg-xr",
      pixels === gray ? profile("GRAY") : profile("RGB "),
    );
    const value = (tag: number): number | undefined => readDirectory(file).get(tag)?.value;
    const [imageAt = 0, imageBytes = 0, alphaAt, alphaBytes = 0] = [0xbcc0, 0xbcc1, 0xbcc2, 0xbcc3].map(value);
    expect(imageAt % 2).toBe(0);
    expect(Buffer.from(file).toString("latin1", imageAt, imageAt + 7)).toBe("WMPHOTO");
    if (alphaAt === undefined) {
      expect(imageAt + imageBytes).toBe(file.length);
      return;
    }
    expect(alphaAt % 2).toBe(0);
    expect(alphaAt - imageAt - imageBytes).toBeLessThan(2);
    expect(Buffer.from(file).toString("latin1", alphaAt, alphaAt + 7)).toBe("WMPHOTO");
    expect(alphaAt + alphaBytes).toBe(file.length);
  });

  it("that probeJxr() reads", () => {
    const facts = probeJxr(encodeAtOnce(rgba, lossless, "hd-photo"));
    expect(facts).toMatchObject({ format: "jxr", width: rgba.width, height: rgba.height, bitDepth: 8, alpha: true });
    expect(probeJxr(encodeAtOnce(gray, lossless, "jpeg-xr"))).toMatchObject({ colour: "gray", alpha: false });
  });
});

describe("encodeJpegXr() marks the container", () => {
  it.each([
    { container: "hd-photo", settings: lossless, version: 0x10, overlap: 0 },
    { container: "hd-photo", settings: { lossless: false, quality: 80 }, version: 0x10, overlap: 0 },
    { container: "jpeg-xr", settings: lossless, version: 0x11, overlap: 0 },
    { container: "jpeg-xr", settings: { lossless: false, quality: 80 }, version: 0x11, overlap: 1 },
  ] as const)("$container: version byte $version, overlap $overlap", ({ container, settings, version, overlap }) => {
    const file = encodeAtOnce(rgb, settings, container);
    const at = Buffer.from(file).indexOf("WMPHOTO");
    expect(file[at + 8]).toBe(version);
    expect((file[at + 9] ?? 0) & 3).toBe(overlap);
  });
});

describe("encodeJpegXr() embeds a colour profile", () => {
  it("byte by byte, where tag 8773 says", () => {
    const icc = profile("RGB ");
    const file = encodeAtOnce(rgb, lossless, "jpeg-xr", icc);
    const { type, count = 0, value = 0 } = readDirectory(file).get(0x8773) ?? {};
    expect(type).toBe(7);
    expect(Buffer.from(file.subarray(value, value + count)).equals(icc)).toBe(true);
    expect([...readDirectory(file).keys()][0]).toBe(0x8773);
  });

  it("of RGB without turning gray samples into a gray picture", () => {
    expect(probeJxr(encodeAtOnce(gray, lossless, "jpeg-xr", profile("RGB "))).colour).toBe("rgb");
    expect(probeJxr(encodeAtOnce(gray, lossless, "jpeg-xr", profile("GRAY"))).colour).toBe("gray");
  });

  it.each([rgb, rgba])("of gray to no other samples", (pixels) => {
    expect(() => encodeAtOnce(pixels, lossless, "jpeg-xr", profile("GRAY"))).toThrow(RangeError);
  });

  it.skipIf(!hasJxrTools)(`so that JxrDecApp still decodes the picture${withoutJxrTools}`, () => {
    for (const length of [131, 132]) {
      const samples = randomSamples(9, "rgba");
      const decoded = decodeJpegXr(encodeAtOnce(rgba, lossless, "jpeg-xr", profile("RGB ", length)), "rgba");
      expect(Buffer.from(decoded.data).equals(samples.data)).toBe(true);
    }
  });
});

describe("encodeJpegXr() refuses", () => {
  it.each([
    [0, 4, 0],
    [4, 0, 0],
    [2, 2, 15],
    [2, 2, 20],
  ])("%i × %i pixels of %i bytes", (width, height, bytes) => {
    const pixels = { data: new Uint8ClampedArray(bytes), width, height };
    expect(() => encodeAtOnce(pixels, lossless, "jpeg-xr")).toThrow(RangeError);
  });
});
