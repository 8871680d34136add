import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { displayP3Colorants, rgbProfile, sampled, srgbParametric, srgbToLinear } from "../colour/profiles.ts";
import { bytes, chunk, ihdr, png, pngSignature, tiff, u32 } from "../probe/bytes.ts";
import { allocatedBytes } from "../../../support/allocated-bytes.ts";

async function probe(file: Uint8Array): Promise<ImageFacts> {
  const facts = await probeImage(file);
  if (facts === undefined) throw new Error("not taken for an image");
  return facts;
}

const iccp = (data: Uint8Array) => chunk("iCCP", "name\0\0", data);
const gama = (value: number) => chunk("gAMA", u32(value));
const chrm = (...values: number[]) => chunk("cHRM", ...values.map(u32));
const srgbChromaticities = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];
const p3Chromaticities = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000];
const srgbIccp = iccp(deflateSync(rgbProfile(sampled(1024, srgbToLinear))));
const p3Iccp = iccp(deflateSync(rgbProfile(srgbParametric, displayP3Colorants)));
const idat = chunk("IDAT", 0);

describe("probeImage() of a PNG", () => {
  it.each([
    [0, 1, { bitDepth: 1, components: 1, colour: "gray", alpha: false }],
    [0, 16, { bitDepth: 16, components: 1, colour: "gray", alpha: false }],
    [2, 8, { bitDepth: 8, components: 3, colour: "rgb", alpha: false }],
    [3, 4, { bitDepth: 8, components: 1, colour: "palette", alpha: false }],
    [4, 8, { bitDepth: 8, components: 2, colour: "gray", alpha: true }],
    [6, 16, { bitDepth: 16, components: 4, colour: "rgb", alpha: true }],
  ])("reads colour type %i of %i bits", async (colourType, depth, expected) => {
    const file = bytes(pngSignature, ihdr({ width: 640, height: 480, colourType, depth }), idat);
    expect(await probe(file)).toMatchObject({
      format: "png",
      width: 640,
      height: 480,
      animated: false,
      hdr: false,
      provenance: false,
      ...expected,
    });
  });

  it("says where the rows come in passes", async () => {
    const header = ihdr();
    expect(await probe(bytes(pngSignature, header, idat))).not.toHaveProperty("interlaced");
    // Signature, length and type come before the data; the checksum is the decoder's business.
    const file = bytes(pngSignature, header, idat);
    file[8 + 8 + 12] = 1;
    expect(await probe(file)).toMatchObject({ format: "png", interlaced: true });
  });

  it.each<[string, Uint8Array[], ImageFacts["profile"]]>([
    ["nothing", [], "none"],
    ["an sRGB chunk", [chunk("sRGB", 0)], "srgb"],
    ["sRGB's gamma", [gama(45455)], "srgb"],
    ["a gamma too near to sRGB's to matter", [gama(47700)], "srgb"],
    ["a gamma that is taken at its word beside chromaticities", [gama(45455), chrm(...srgbChromaticities)], "other"],
    ["sRGB before gamma and chromaticities", [gama(45455), chrm(...srgbChromaticities), chunk("sRGB", 0)], "srgb"],
    ["sRGB's gamma, wider chromaticities", [gama(45455), chrm(...p3Chromaticities)], "other"],
    ["wider chromaticities alone, which browsers ignore", [chrm(...p3Chromaticities)], "none"],
    ["chromaticities of no colour", [gama(45455), chrm(31_270, 32_900, 16_841_216, 33_000, 1, 1, 1, 1)], "unusable"],
    ["linear gamma", [gama(100000)], "other"],
    ["a gamma of 1.8", [gama(55556)], "other"],
    ["sRGB before linear gamma", [gama(100000), chunk("sRGB", 0)], "srgb"],
    ["an sRGB profile", [srgbIccp], "srgb"],
    ["a Display P3 profile", [p3Iccp], "other"],
    ["a profile before gamma", [gama(45455), p3Iccp], "other"],
    ["a profile that does not inflate", [iccp(bytes("not zlib"))], "unusable"],
    ["a profile that is cut", [iccp(deflateSync(rgbProfile(srgbParametric)).subarray(0, 60))], "unusable"],
    ["a profile without a name end", [chunk("iCCP", new Uint8Array(100).fill(65))], "unusable"],
    ["an unknown compression", [chunk("iCCP", "name\0\x01", deflateSync(rgbProfile(srgbParametric)))], "unusable"],
    ["code points of sRGB before a profile", [p3Iccp, chunk("cICP", 1, 13, 0, 1)], "srgb"],
    ["code points of Display P3", [chunk("sRGB", 0), chunk("cICP", 12, 13, 0, 1)], "other"],
    ["code points of narrow range", [chunk("cICP", 1, 13, 0, 0)], "unusable"],
    ["PQ", [chunk("cICP", 9, 16, 0, 1)], "unusable"],
  ])("finds the colour meaning of %s", async (_, chunks, profile) => {
    expect((await probe(png(...chunks))).profile).toBe(profile);
  });

  it.each([
    [16, true],
    [18, true],
    [13, false],
  ])("says for transfer function %i whether it is high dynamic range: %s", async (transfer, hdr) => {
    expect((await probe(png(chunk("cICP", 9, transfer, 0, 1)))).hdr).toBe(hdr);
  });

  it("sees transparency, animation and orientation in front of the pixels", async () => {
    expect((await probe(png(chunk("tRNS", new Uint8Array(6))))).alpha).toBe(true);
    expect((await probe(png(chunk("acTL", u32(2), u32(0))))).animated).toBe(true);
    const six = tiff("MM", [{ tag: 274, type: 3, value: 6 }]);
    expect((await probe(png(chunk("eXIf", tiff("MM", [{ tag: 274, type: 3, value: 8 }]))))).orientation).toBe(8);
    // What browsers do not read: a signature in front, another type, a second block, one after the pixels.
    expect((await probe(png(chunk("eXIf", "Exif\0\0", six)))).orientation).toBe(1);
    expect((await probe(png(chunk("eXIf", tiff("MM", [{ tag: 274, type: 4, value: 6 }]))))).orientation).toBe(1);
    expect((await probe(png(chunk("eXIf"), chunk("eXIf", six)))).orientation).toBe(1);
    // An entry of which only the padding after its value is missing (measured in Chromium 156, of JPEG as well).
    expect((await probe(png(chunk("eXIf", six.subarray(0, 8 + 2 + 12))))).orientation).toBe(6);
    expect((await probe(png(chunk("eXIf", six.subarray(0, 8 + 2 + 10))))).orientation).toBe(1);
    const end = chunk("IEND");
    const behind = bytes(png().subarray(0, -end.length), chunk("eXIf", six), end);
    expect((await probe(behind)).orientation).toBe(1);
  });

  it("needs no more than the start of the pixels", async () => {
    const header = bytes(pngSignature, ihdr(), chunk("sRGB", 0));
    expect(await probe(bytes(header, u32(100_000), "IDAT", new Uint8Array(40)))).toMatchObject({
      width: 6,
      profile: "srgb",
    });
  });

  it("counts the bytes of the picture, in all IDAT chunks, apart from texts", async () => {
    const text = chunk("tEXt", "Comment\0", new Uint8Array(5000).fill(65));
    const parts = [chunk("IDAT", new Uint8Array(30)), chunk("IDAT"), chunk("IDAT", new Uint8Array(12))];
    const file = bytes(pngSignature, ihdr(), text, ...parts, text, chunk("IEND"));
    expect(await probe(file)).toMatchObject({ pictureBytes: 42 });
  });

  it("does not take an acTL after the pixels for an animation (APNG: acTL before IDAT)", async () => {
    expect((await probe(bytes(png(), chunk("acTL", u32(2), u32(0))))).animated).toBe(false);
  });

  it("stops inflating a bomb", async () => {
    const bomb = iccp(deflateSync(new Uint8Array(64 << 20)));
    const allocated = await allocatedBytes(async () => {
      expect(await probe(png(bomb))).toMatchObject({ profile: "unusable", width: 6 });
    });
    expect(allocated).toBeLessThan(16 << 20);
  });

  it("finds the profile that libvips embeds", async () => {
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: "#000" } });
    const profileOf = async (name: string) =>
      (await probe(new Uint8Array(await picture.clone().withIccProfile(name).png().toBuffer()))).profile;
    expect(await profileOf("srgb")).toBe("srgb");
    expect(await profileOf("p3")).toBe("other");
  });

  it.each<[string, Uint8Array]>([
    ["no pixels", bytes(pngSignature, ihdr(), chunk("IEND"))],
    ["another chunk first", bytes(pngSignature, chunk("sRGB", 0), ihdr(), idat)],
    ["a short header", bytes(pngSignature, chunk("IHDR", u32(6), u32(4)), idat)],
    ["an unknown colour type", bytes(pngSignature, ihdr({ colourType: 1 }), idat)],
    ["a bit depth that its colour type has not", bytes(pngSignature, ihdr({ colourType: 2, depth: 4 }), idat)],
    ["no width", bytes(pngSignature, ihdr({ width: 0 }), idat)],
    ["no height", bytes(pngSignature, ihdr({ height: 0 }), idat)],
    ["a chunk longer than the file", bytes(pngSignature, ihdr(), u32(0xffffffff), "tEXt", idat)],
    ["the signature alone", pngSignature],
  ])("gives no size with %s", async (_, file) => {
    expect(await probe(file)).toMatchObject({ format: "png", width: undefined, height: undefined });
  });
});
