import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { displayP3Colorants, rgbProfile, srgbParametric } from "../colour/profiles.ts";
import { type Part, box, bytes, fixture, tiff, u16, u16le, u32, u32le } from "./bytes.ts";

async function probe(file: Uint8Array): Promise<ImageFacts> {
  const facts = await probeImage(file);
  if (facts === undefined) throw new Error("not taken for an image");
  return facts;
}

describe("probeImage()", () => {
  // Sizes, depths and frames as ExifTool and the browsers report them.
  it.each<[string, Partial<ImageFacts>]>([
    ["one_pixel.jpg", { format: "jpeg", width: 1, height: 1, components: 3, bitDepth: 8, profile: "none" }],
    ["sideways_bench_orient5_icc.jpg", { width: 201, height: 243, orientation: 5, profile: "other" }],
    ["basn3p08.png", { format: "png", width: 32, height: 32, colour: "palette", alpha: false, profile: "other" }],
    ["wpt_dispose-background-blend-source.png", { width: 3, height: 1, animated: true, alpha: true }],
    ["interlaced.gif", { format: "gif", width: 32, height: 32, animated: false }],
    ["any-disposal.gif", { width: 32, height: 32, animated: true, alpha: true }],
    ["rotating-squares.webp", { format: "webp", width: 80, height: 80, animated: true, alpha: true }],
    ["white_1x1.avif", { format: "avif", width: 1, height: 1, bitDepth: 8, animated: false, hdr: false }],
    [
      "draw_points_idat_progressive.avif",
      { width: 33, height: 11, alpha: true, components: 4, avif: { decodable: true, hasFullChroma: true, layers: 2 } },
    ],
    ["1x1_exif_xmp.jxl", { format: "jxl", width: 1, height: 1, orientation: 1, animated: false }],
    ["kodim10_bilevel_g4.tif", { format: "tiff", width: 240, height: 360, bitDepth: 1, colour: "gray" }],
    ["logo.svg", { format: "svg", width: undefined, height: undefined, alpha: true }],
  ])("reads the real file %s", async (name, expected) => {
    expect(await probe(fixture(name))).toMatchObject(expected);
  });

  it("is undefined for what is no image", async () => {
    expect(await probeImage(bytes())).toBeUndefined();
    expect(await probeImage(bytes("<!DOCTYPE html><title>Not found</title>"))).toBeUndefined();
  });

  it("reads a view in the middle of a larger buffer", async () => {
    const file = fixture("basn3p08.png");
    const view = bytes(new Uint8Array(7), file, new Uint8Array(9)).subarray(7, 7 + file.length);
    expect(await probe(view)).toEqual(await probe(file));
  });
});

describe("probeImage() of a GIF", () => {
  const screen = (width: number, height: number) => bytes("GIF89a", u16le(width), u16le(height), 0, 0, 0);
  const image = (left: number, top: number, width: number, height: number) =>
    bytes(0x2c, u16le(left), u16le(top), u16le(width), u16le(height), 0, 2, 2, 1, 1, 0);
  const control = (flags: number) => bytes(0x21, 0xf9, 4, flags, 0, 0, 0, 0);

  it.each<[string, Uint8Array, Partial<ImageFacts>]>([
    ["one image", bytes(screen(9, 5), image(0, 0, 9, 5), 0x3b), { width: 9, height: 5, alpha: false, animated: false }],
    ["two images", bytes(screen(9, 5), image(0, 0, 9, 5), image(0, 0, 1, 1)), { animated: true }],
    ["a transparent colour", bytes(screen(9, 5), control(1), image(0, 0, 9, 5), 0x3b), { alpha: true }],
    ["a delay without transparency", bytes(screen(9, 5), control(4), image(0, 0, 9, 5), 0x3b), { alpha: false }],
    ["an image that starts further right", bytes(screen(9, 5), image(1, 0, 9, 5), 0x3b), { alpha: true }],
    ["an image less wide than the screen", bytes(screen(9, 5), image(0, 0, 8, 5), 0x3b), { alpha: true }],
    ["an image less high than the screen", bytes(screen(9, 5), image(0, 0, 9, 4), 0x3b), { alpha: true }],
    [
      "a comment with a separator in it",
      bytes(screen(9, 5), 0x21, 0xfe, 1, 0x2c, 0, image(0, 0, 9, 5), 0x3b),
      { animated: false },
    ],
    ["no trailer", bytes(screen(9, 5), image(0, 0, 9, 5)), { width: undefined, height: undefined }],
    ["no image", bytes(screen(9, 5), 0x3b), { width: undefined }],
    ["no height", bytes(screen(9, 0), image(0, 0, 9, 5), 0x3b), { width: undefined, height: undefined }],
  ])("%s", async (_, file, expected) => {
    expect(await probe(file)).toMatchObject(expected);
  });
});

describe("probeImage() of a WebP", () => {
  const picture = sharp({
    create: { width: 37, height: 21, channels: 4, background: { r: 1, g: 2, b: 3, alpha: 0.5 } },
  });

  it.each<[string, () => Promise<Buffer>, Partial<ImageFacts>]>([
    ["lossy", () => picture.clone().removeAlpha().webp().toBuffer(), { alpha: false, components: 3, profile: "none" }],
    ["lossy with alpha", () => picture.clone().webp().toBuffer(), { alpha: true, components: 4 }],
    ["lossless", () => picture.clone().webp({ lossless: true }).toBuffer(), { alpha: true }],
    [
      "lossless without alpha",
      () => picture.clone().removeAlpha().webp({ lossless: true }).toBuffer(),
      { alpha: false },
    ],
    ["an sRGB profile", () => picture.clone().withIccProfile("srgb").webp().toBuffer(), { profile: "srgb" }],
    ["a Display P3 profile", () => picture.clone().withIccProfile("p3").webp().toBuffer(), { profile: "other" }],
    // Browsers do not turn it.
    ["an orientation", () => picture.clone().withMetadata({ orientation: 6 }).webp().toBuffer(), { orientation: 1 }],
  ])("written by libvips: %s", async (_, encode, expected) => {
    expect(await probe(new Uint8Array(await encode()))).toMatchObject({
      format: "webp",
      width: 37,
      height: 21,
      bitDepth: 8,
      animated: false,
      ...expected,
    });
  });

  it("finds the profile after a chunk of odd length", async () => {
    const icc = rgbProfile(srgbParametric);
    const header = bytes("RIFF", u32le(0), "WEBPVP8X", u32le(10), 0x20, 0, 0, 0, 4, 0, 0, 4, 0, 0);
    const file = bytes(header, "ABCD", u32le(3), "xyz", 0, "ICCP", u32le(icc.length), icc);
    expect(await probe(file)).toMatchObject({ width: 5, height: 5, profile: "srgb" });
  });

  it.each<[string, Uint8Array]>([
    [
      "a profile that is announced and missing",
      bytes("RIFF", u32le(30), "WEBPVP8X", u32le(10), 0x20, 0, 0, 0, 4, 0, 0, 4, 0, 0),
    ],
    ["an unknown first chunk", bytes("RIFF", u32le(30), "WEBPABCD", u32le(10), new Uint8Array(10))],
    ["a frame without start code", bytes("RIFF", u32le(30), "WEBPVP8 ", u32le(10), new Uint8Array(10))],
  ])("gives no size with %s", async (_, file) => {
    expect(await probe(file)).toMatchObject({ format: "webp", width: undefined, height: undefined });
  });
});

describe("probeImage() of an AVIF or HEIC", () => {
  const full = (type: string, ...payload: readonly Part[]) => box(type, u32(0), ...payload);
  const ftyp = (brand: string) => box("ftyp", brand, u32(0), "mif1");
  const infe = (id: number, type: string) => box("infe", 2, 0, 0, 0, u16(id), u16(0), type, 0);
  const ispe = full("ispe", u32(64), u32(48));

  /** One item with these properties. */
  function file(
    properties: readonly Uint8Array[],
    { brand = "avif", items = [infe(1, "av01")], more = bytes() } = {},
  ): Uint8Array {
    const iinf = full("iinf", u16(items.length), ...items);
    const ipma = full(
      "ipma",
      u32(1),
      u16(1),
      properties.length,
      properties.map((__, i) => 0x80 | (i + 1)),
    );
    return bytes(
      ftyp(brand),
      full("meta", full("pitm", u16(1)), iinf, box("iprp", box("ipco", ...properties), ipma)),
      more,
    );
  }
  const nclx = (primaries: number, transfer: number) =>
    box("colr", "nclx", u16(primaries), u16(transfer), u16(6), 0x80);

  it.each<[string, Uint8Array, Partial<ImageFacts>]>([
    [
      "pixel information",
      file([ispe, full("pixi", 3, 10, 10, 10)]),
      { bitDepth: 10, components: 3, colour: "rgb", alpha: false },
    ],
    ["AV1 settings of 12 bits", file([ispe, box("av1C", 0x81, 0, 0x60, 0)]), { bitDepth: 12, components: 3 }],
    [
      "AV1 settings of a gray image",
      file([ispe, box("av1C", 0x81, 0, 0x1c, 0)]),
      { bitDepth: 8, components: 1, colour: "gray" },
    ],
    [
      "HEVC settings",
      file([ispe, box("hvcC", new Uint8Array(16), 0xfd, 0xfa, new Uint8Array(5))], { brand: "heic" }),
      { format: "heic", bitDepth: 10, components: 3 },
    ],
    [
      "alpha",
      file([ispe, full("pixi", 3, 8, 8, 8), full("auxC", "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")]),
      { alpha: true, components: 4 },
    ],
    ["depth, which is not alpha", file([ispe, full("auxC", "urn:mpeg:hevc:2015:auxid:2\0")]), { alpha: false }],
    ["sRGB code points", file([ispe, nclx(1, 13)]), { profile: "srgb", hdr: false }],
    ["unspecified code points", file([ispe, nclx(2, 2)]), { profile: "none", hdr: false }],
    ["PQ", file([ispe, nclx(9, 16)]), { profile: "other", hdr: true }],
    ["HLG", file([ispe, nclx(9, 18)]), { profile: "other", hdr: true }],
    [
      "an sRGB profile",
      file([ispe, nclx(12, 13), box("colr", "prof", rgbProfile(srgbParametric))]),
      { profile: "srgb" },
    ],
    [
      "a P3 profile",
      file([ispe, box("colr", "prof", rgbProfile(srgbParametric, displayP3Colorants)), nclx(1, 13)]),
      { profile: "other" },
    ],
    ["a tone map", file([ispe], { items: [infe(1, "av01"), infe(2, "tmap")] }), { hdr: true }],
    [
      "Apple's gain map",
      file([ispe, full("auxC", "urn:com:apple:photo:2020:aux:hdrgainmap\0")], { brand: "heic" }),
      { hdr: true },
    ],
    ["a sequence brand", file([ispe], { brand: "avis" }), { animated: true }],
    ["a film beside the picture", file([ispe], { more: box("moov") }), { animated: true }],
    ["one picture", file([ispe]), { animated: false, width: 64, height: 48 }],
  ])("%s", async (_, bytesOfFile, expected) => {
    expect(await probe(bytesOfFile)).toMatchObject({ width: 64, height: 48, ...expected });
  });

  // The pairs that libavif and libheif write for each EXIF orientation.
  it.each([
    [undefined, undefined, 1],
    [undefined, 1, 2],
    [2, undefined, 3],
    [undefined, 0, 4],
    [1, 0, 5],
    [3, undefined, 6],
    [3, 0, 7],
    [1, undefined, 8],
  ])("turns irot %s and imir %s into orientation %i", async (turns, axis, orientation) => {
    const properties = [ispe];
    if (turns !== undefined) properties.push(box("irot", turns));
    if (axis !== undefined) properties.push(box("imir", axis));
    expect((await probe(file(properties))).orientation).toBe(orientation);
  });

  it("takes the size of the primary item, not of another", async () => {
    const other = full("ispe", u32(9), u32(9));
    const ipma = full("ipma", u32(2), u16(2), 1, 1, u16(1), 1, 2);
    const meta = full("meta", full("pitm", u16(1)), box("iprp", box("ipco", other, ispe), ipma));
    expect(await probe(bytes(ftyp("avif"), meta))).toMatchObject({ width: 64, height: 48 });
  });

  it("reads associations of 32-bit items and 15-bit indices", async () => {
    const ipma = box("ipma", 1, 0, 0, 1, u32(1), u32(70_000), 1, u16(0x8001));
    const meta = full("meta", box("pitm", 1, 0, 0, 0, u32(70_000)), box("iprp", box("ipco", ispe), ipma));
    expect(await probe(bytes(ftyp("avif"), meta))).toMatchObject({ width: 64, height: 48 });
  });

  it("takes the size of a track when there is no item", async () => {
    const tkhd = full("tkhd", new Uint8Array(72), u16(159), u16(0), u16(120), u16(0));
    const mdia = box("mdia", full("hdlr", u32(0), "auxv"));
    const moov = box("moov", box("trak", tkhd, mdia));
    expect(await probe(bytes(ftyp("avis"), moov))).toMatchObject({
      width: 159,
      height: 120,
      animated: true,
      alpha: true,
    });
  });

  it.each<[string, Uint8Array]>([
    ["no boxes after ftyp", ftyp("avif")],
    ["no properties", bytes(ftyp("avif"), full("meta", full("pitm", u16(1))))],
    ["a meta box that is cut", file([ispe]).subarray(0, -1)],
    ["a property that is cut", file([full("ispe", u32(64))])],
    ["a box smaller than its header", bytes(ftyp("avif"), u32(4), "meta")],
    ["a 64-bit size beyond the file", bytes(ftyp("avif"), u32(1), "meta", u32(0x7fffffff), u32(0), u32(0))],
    [
      "associations that never end",
      bytes(
        ftyp("avif"),
        full("meta", full("pitm", u16(1)), box("iprp", box("ipco", ispe), full("ipma", u32(0xffffffff)))),
      ),
    ],
  ])("gives no size with %s", async (_, bytesOfFile) => {
    expect(await probe(bytesOfFile)).toMatchObject({ format: "avif", width: undefined, height: undefined });
  });
});

describe("probeImage() of JPEG 2000 and JPEG XR", () => {
  const signature = bytes(u32(12), "jP  ", 0x0d, 0x0a, 0x87, 0x0a);
  const ihdr = (components: number, depth: number) => box("ihdr", u32(48), u32(64), u16(components), depth, 7, 0, 0);
  const jp2 = (...boxes: Uint8Array[]) =>
    bytes(signature, box("ftyp", "jp2 ", u32(0)), box("jp2h", ...boxes), box("jp2c"));

  it.each<[string, Uint8Array, Partial<ImageFacts>]>([
    [
      "sRGB",
      jp2(ihdr(3, 7), box("colr", 1, 0, 0, u32(16))),
      { bitDepth: 8, components: 3, colour: "rgb", alpha: false, profile: "none" },
    ],
    ["gray of 12 bits", jp2(ihdr(1, 11), box("colr", 1, 0, 0, u32(17))), { bitDepth: 12, colour: "gray" }],
    ["CMYK", jp2(ihdr(4, 7), box("colr", 1, 0, 0, u32(12))), { components: 4, colour: "cmyk" }],
    ["a profile", jp2(ihdr(3, 7), box("colr", 2, 0, 0, rgbProfile(srgbParametric))), { profile: "srgb" }],
    ["a channel of opacity", jp2(ihdr(3, 7), box("cdef", u16(1), u16(2), u16(1), u16(0))), { alpha: true }],
    ["a palette", jp2(ihdr(1, 7), box("pclr", new Uint8Array(8))), { colour: "palette", bitDepth: 8 }],
    ["components that differ", jp2(ihdr(3, 255)), { bitDepth: undefined, components: 3 }],
    [
      "a bare codestream with an offset",
      bytes(
        0xff,
        0x4f,
        0xff,
        0x51,
        u16(47),
        u16(0),
        u32(74),
        u32(53),
        u32(10),
        u32(5),
        new Uint8Array(16),
        u16(3),
        7,
        1,
        1,
      ),
      { bitDepth: 8, components: 3 },
    ],
  ])("%s", async (_, file, expected) => {
    expect(await probe(file)).toMatchObject({ format: "jp2", width: 64, height: 48, ...expected });
  });

  it("gives no size without a header box", async () => {
    expect(await probe(bytes(signature, box("jp2c")))).toMatchObject({ format: "jp2", width: undefined });
    expect(await probe(jp2(box("colr", 1, 0, 0, u32(16))))).toMatchObject({ width: undefined });
  });

  it.each([
    [0x0d, { bitDepth: 8, components: 3, colour: "rgb", alpha: false }],
    [0x0f, { bitDepth: 8, components: 4, colour: "rgb", alpha: true }],
    [0x1c, { bitDepth: 8, components: 4, colour: "cmyk" }],
    [0xfe, { bitDepth: undefined, colour: "unknown", alpha: true }],
  ])("reads a JPEG XR of pixel format %i", async (format, expected) => {
    const entry = (tag: number, type: number, count: number, value: number) =>
      bytes(u16le(tag), u16le(type), u32le(count), u32le(value));
    const entries = [entry(0xbc01, 1, 16, 50), entry(0xbc80, 4, 1, 64), entry(0xbc81, 4, 1, 48)];
    const file = bytes("II", 0xbc, 1, u32le(8), u16le(3), ...entries, u32le(0), new Uint8Array(15), format);
    expect(await probe(file)).toMatchObject({ format: "jxr", width: 64, height: 48, ...expected });
  });
});

describe("probeImage() of a TIFF", () => {
  const field = (tag: number, value: number, type = 3) => ({ tag, type, value });
  const size = [field(256, 640), field(257, 70000, 4)];
  const withSecond = (fields: Parameters<typeof tiff>[1]) => {
    const first = [...size, field(262, 2)];
    return bytes(tiff("II", first, tiff("II", first).length), tiff("II", fields).subarray(8));
  };

  it.each<[string, Uint8Array, Partial<ImageFacts>]>([
    [
      "both byte orders: little-endian",
      tiff("II", [...size, field(258, 8), field(262, 2), field(277, 3)]),
      { components: 3, colour: "rgb", bitDepth: 8 },
    ],
    [
      "both byte orders: big-endian",
      tiff("MM", [...size, field(258, 8), field(262, 2), field(277, 3)]),
      { components: 3, colour: "rgb", bitDepth: 8 },
    ],
    ["CMYK", tiff("II", [...size, field(258, 8), field(262, 5), field(277, 4)]), { colour: "cmyk", components: 4 }],
    [
      "a palette",
      tiff("II", [...size, field(258, 4), field(262, 3)]),
      { colour: "palette", bitDepth: 8, components: 1 },
    ],
    ["Lab", tiff("II", [...size, field(258, 8), field(262, 8), field(277, 3)]), { colour: "other" }],
    [
      "black and white by default",
      tiff("II", [...size, field(262, 0)]),
      { colour: "gray", bitDepth: 1, components: 1 },
    ],
    ["an extra channel", tiff("II", [...size, field(262, 2), field(277, 4), field(338, 1)]), { alpha: true }],
    ["an orientation", tiff("II", [...size, field(262, 2), field(274, 6)]), { orientation: 6 }],
    ["a second page", withSecond([field(262, 2)]), { animated: true }],
    ["a thumbnail", withSecond([field(254, 1), field(262, 2)]), { animated: false }],
    ["a thumbnail of the older kind", withSecond([field(255, 2), field(262, 2)]), { animated: false }],
    ["a directory that follows itself", tiff("II", [...size, field(262, 2)], 8), { animated: false }],
    ["a field that occurs twice", tiff("II", [...size, field(256, 1), field(262, 2)]), { width: 640 }],
  ])("%s", async (_, file, expected) => {
    expect(await probe(file)).toMatchObject({ format: "tiff", width: 640, height: 70000, ...expected });
  });

  it.each<[string, Uint8Array]>([
    ["a directory beyond the file", bytes("II", 42, 0, u32le(4000))],
    [
      "a directory of too many fields",
      bytes(tiff("II", size).subarray(0, 8), u16le(65535), tiff("II", size).subarray(10, 34), new Uint8Array(800_000)),
    ],
    ["a profile beyond the file", tiff("II", [...size, field(262, 2), field(34675, 9999, 4)]).subarray(0, -6)],
    [
      "a BigTIFF of 2^64 fields",
      bytes("II", 43, 0, 8, 0, 0, 0, u32le(16), u32le(0), u32le(0xffffffff), u32le(0xffffffff)),
    ],
    ["a width of 0", tiff("II", [field(256, 0), field(257, 5)])],
    ["no height", tiff("II", [field(256, 5)])],
    ["a second directory beyond the file", tiff("II", [...size, field(262, 2)], 4000)],
  ])("gives no size with %s", async (_, file) => {
    expect(await probe(file)).toMatchObject({ format: "tiff", width: undefined, height: undefined });
  });
});

describe("probeImage() of bitmaps and icons", () => {
  const bmp = (height: number, bits: number) =>
    bytes("BM", u32le(0), u32le(0), u32le(54), u32le(40), u32le(64), u32le(height >>> 0), u16le(1), u16le(bits));

  it.each<[string, Uint8Array, Partial<ImageFacts>]>([
    ["24 bits", bmp(48, 24), { colour: "rgb", components: 3, alpha: false }],
    ["rows from the top", bmp(-48, 32), { components: 4, alpha: true }],
    ["a palette", bmp(48, 8), { colour: "palette", components: 1 }],
    [
      "the oldest header",
      bytes("BM", u32le(0), u32le(0), u32le(26), u32le(12), u16le(64), u16le(48), u16le(1), u16le(24)),
      { colour: "rgb" },
    ],
  ])("BMP: %s", async (_, file, expected) => {
    expect(await probe(file)).toMatchObject({ format: "bmp", width: 64, height: 48, ...expected });
  });

  it("ICO: 0 means 256", async () => {
    const icon = (size: number) => bytes(0, 0, 1, 0, 1, 0, size, size, 0, 0, 1, 0, 32, 0, u32le(40), u32le(22));
    expect(await probe(icon(48))).toMatchObject({ format: "ico", width: 48, height: 48 });
    expect(await probe(icon(0))).toMatchObject({ width: 256, height: 256 });
  });
});
