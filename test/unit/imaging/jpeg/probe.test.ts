import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { estimateQuality } from "../../../../src/imaging/jpeg/quality.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { displayP3Colorants, rgbProfile, sampled, srgbParametric, srgbToLinear } from "../colour/profiles.ts";
import { bytes, eoi, fixture, frame, jpeg, scan, segment, soi, tiff, u16, u16le, u32, u32le } from "../probe/bytes.ts";
import { jpegFactsOf } from "../../samples.ts";

async function probe(file: Uint8Array): Promise<ImageFacts> {
  const facts = await probeImage(file);
  if (facts === undefined) throw new Error("not taken for an image");
  return facts;
}

const icc = (number: number, count: number, data: Uint8Array) => segment(0xe2, "ICC_PROFILE\0", number, count, data);
const exif = (orientation: number, order: "II" | "MM" = "II") =>
  segment(0xe1, "Exif\0\0", tiff(order, [{ tag: 274, type: 3, value: orientation }]));
const xmp = (text: string) => segment(0xe1, "http://ns.adobe.com/xap/1.0/\0", text);

/** A Multi-Picture index with these types of picture. */
function multiPicture(...types: number[]): Uint8Array {
  const entries = types.flatMap((type) => [...u32le(type), ...new Uint8Array(12)]);
  return segment(
    0xe2,
    "MPF\0",
    "II",
    u16le(42),
    u32le(8),
    u16le(1),
    u16le(0xb002),
    u16le(7),
    u32le(entries.length),
    u32le(26),
    u32le(0),
    entries,
  );
}

describe("probeImage() of a JPEG", () => {
  it("reads size, depth and components from the frame header", async () => {
    expect(await probe(jpeg(frame({ width: 6000, height: 4000 })))).toMatchObject({
      format: "jpeg",
      width: 6000,
      height: 4000,
      bitDepth: 8,
      components: 3,
      colour: "rgb",
      alpha: false,
      animated: false,
      profile: "none",
      hdr: false,
      orientation: 1,
      jpeg: { quality: undefined, subsampling: "4:2:0", progressive: false, decodable: true },
    });
  });

  it.each([
    [[0x11], "gray", "gray"],
    [[0x11, 0x11, 0x11], "4:4:4", "rgb"],
    [[0x21, 0x11, 0x11], "4:2:2", "rgb"],
    [[0x12, 0x11, 0x11], "4:4:0", "rgb"],
    [[0x41, 0x11, 0x11], "4:1:1", "rgb"],
    [[0x22, 0x21, 0x21], "4:4:0", "rgb"],
    [[0x11, 0x22, 0x22], "other", "rgb"],
    [[0x22, 0x21, 0x11], "other", "rgb"],
    [[0x22, 0x11, 0x11, 0x22], "4:2:0", "cmyk"],
    [[0x22, 0x11, 0x11, 0x11], "other", "cmyk"],
    [[0x11, 0x11], "other", "other"],
  ])("names sampling factors %j as %s, colour %s", async (factors, subsampling, colour) => {
    expect(await probe(jpeg(frame({ factors })))).toMatchObject({ colour, jpeg: { subsampling } });
  });

  it.each<[string, Uint8Array, { progressive: boolean; decodable: boolean }]>([
    ["baseline", frame(), { progressive: false, decodable: true }],
    ["extended", frame({ marker: 0xc1 }), { progressive: false, decodable: true }],
    ["progressive", frame({ marker: 0xc2 }), { progressive: true, decodable: true }],
    ["lossless", frame({ marker: 0xc3 }), { progressive: false, decodable: false }],
    ["arithmetic", frame({ marker: 0xc9 }), { progressive: false, decodable: false }],
    ["12 bits", frame({ marker: 0xc1, precision: 12 }), { progressive: false, decodable: false }],
    ["two components", frame({ factors: [0x11, 0x11] }), { progressive: false, decodable: false }],
    ["five components", frame({ factors: [0x11, 0x11, 0x11, 0x11, 0x11] }), { progressive: false, decodable: false }],
    ["a sampling factor of 0", frame({ factors: [0x01, 0x11, 0x11] }), { progressive: false, decodable: false }],
    ["two frame headers", bytes(frame(), frame()), { progressive: false, decodable: false }],
  ])("knows the coding process: %s", async (_, header, expected) => {
    expect(jpegFactsOf(await probe(jpeg(header)))).toMatchObject(expected);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("reads EXIF orientation %i in both byte orders", async (orientation) => {
    expect((await probe(jpeg(exif(orientation, "II"), frame()))).orientation).toBe(orientation);
    expect((await probe(jpeg(exif(orientation, "MM"), frame()))).orientation).toBe(orientation);
  });

  it.each([0, 9, 65535])("takes the impossible orientation %i for 1", async (orientation) => {
    expect((await probe(jpeg(exif(orientation), frame()))).orientation).toBe(1);
  });

  it("takes the first of two Exif segments and survives a broken one", async () => {
    expect((await probe(jpeg(exif(6), exif(3), frame()))).orientation).toBe(6);
    expect(await probe(jpeg(segment(0xe1, "Exif\0\0", "II*\0", u32le(0xfffffff0)), frame()))).toMatchObject({
      orientation: 1,
      width: 6,
    });
  });

  it("counts the bytes of the picture, in all scans, apart from metadata", async () => {
    const photo = sharp(fixture("stream.jpg")).jpeg({ progressive: true });
    const file = new Uint8Array(await photo.toBuffer());
    const wordy = bytes(file.subarray(0, 2), segment(0xed, new Uint8Array(20_000)), file.subarray(2));
    const { pictureBytes = 0 } = await probe(file);
    expect(await probe(wordy)).toMatchObject({ pictureBytes });
    // Tables and headers are the rest.
    expect(pictureBytes).toBeLessThan(file.length);
    expect(pictureBytes).toBeGreaterThan(file.length - 2000);
  });

  it("classifies the profile in one or several APP2 segments", async () => {
    const srgb = rgbProfile(sampled(1024, srgbToLinear));
    expect((await probe(jpeg(icc(1, 1, srgb), frame()))).profile).toBe("srgb");
    const halves = [icc(2, 2, srgb.subarray(1000)), icc(1, 2, srgb.subarray(0, 1000))];
    expect((await probe(jpeg(...halves, frame()))).profile).toBe("srgb");
    expect((await probe(jpeg(icc(1, 2, srgb), frame()))).profile).toBe("unusable");
    expect((await probe(jpeg(icc(1, 1, rgbProfile(srgbParametric, displayP3Colorants)), frame()))).profile).toBe(
      "other",
    );
  });

  it.each<[string, Uint8Array, boolean]>([
    ["the XMP of Ultra HDR", xmp('<x xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'), true],
    ["other XMP", xmp('<x xmlns:dc="http://purl.org/dc/elements/1.1/"/>'), false],
    ["the URN of ISO 21496-1", segment(0xe2, "urn:iso:std:iso:ts:21496:-1\0", u32(0)), true],
    ["a second picture of no stated type", multiPicture(0x20030000, 0), true],
    ["previews of a camera", multiPicture(0x20030000, 0x010001, 0x010002), false],
    ["a broken Multi-Picture index", segment(0xe2, "MPF\0", "II*\0"), false],
  ])("looks for a gain map: %s", async (_, extra, hdr) => {
    expect((await probe(jpeg(extra, frame()))).hdr).toBe(hdr);
  });

  it("skips bytes between segments and fill bytes, as decoders do", async () => {
    expect(await probe(bytes(soi, 0xff, 0xff, frame(), 0, 0x12, scan, eoi))).toMatchObject({ width: 6, height: 4 });
  });

  it.each<[string, Uint8Array]>([
    ["no frame header", jpeg()],
    ["no scan", bytes(soi, frame(), eoi)],
    ["a scan before the frame header", bytes(soi, scan, frame(), eoi)],
    ["a segment longer than the file", bytes(soi, frame(), 0xff, 0xe1, 0xff, 0xff, scan, eoi)],
    ["a segment shorter than its length field", bytes(soi, frame(), 0xff, 0xfe, 0, 1, scan, eoi)],
    ["a frame header shorter than its components", bytes(soi, segment(0xc0, 8, u16(4), u16(6), 3), scan, eoi)],
    ["no width", jpeg(frame({ width: 0 }))],
    ["no height", jpeg(frame({ height: 0 }))],
    ["the signature alone", bytes(soi, 0xff)],
  ])("gives no size with %s", async (_, file) => {
    expect(await probe(file)).toMatchObject({ format: "jpeg", width: undefined, height: undefined });
  });
});

describe("estimateQuality()", () => {
  it.each(Array.from({ length: 71 }, (_, i) => i + 30))("finds the quality %i of an IJG encoder", async (quality) => {
    const file = await sharp({ create: { width: 16, height: 16, channels: 3, background: "#48c" } })
      .jpeg({ quality, mozjpeg: false })
      .toBuffer();
    // Above 92 some neighbours share most of their table.
    expect(Math.abs((jpegFactsOf(await probe(new Uint8Array(file))).quality ?? 0) - quality)).toBeLessThanOrEqual(1);
  });

  it.each([60, 75, 85, 92])("finds the quality %i of a gray and of a progressive file", async (quality) => {
    const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: "#48c" } });
    const files = [picture.clone().grayscale().jpeg({ quality }), picture.clone().jpeg({ quality, progressive: true })];
    for (const file of files)
      expect(jpegFactsOf(await probe(new Uint8Array(await file.toBuffer()))).quality).toBe(quality);
  });

  it("reads tables of 16-bit values", async () => {
    // Table K.1 at quality 10 is 5 times Annex K: entries above 255, which baseline files clamp.
    const base = [
      16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51,
      61, 60, 57, 51,
    ];
    const rest = [
      56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112,
      100, 120, 92, 101, 103, 99,
    ];
    const wide = segment(0xdb, 0x10, ...[...base, ...rest].map((value) => u16(value * 5)));
    expect(jpegFactsOf(await probe(jpeg(wide, frame({ marker: 0xc1 })))).quality).toBe(10);
  });

  it("takes the table that the first component names, as last defined", async () => {
    const flat = (id: number, value: number) => segment(0xdb, id, new Uint8Array(64).fill(value));
    expect(jpegFactsOf(await probe(jpeg(flat(0, 255), flat(1, 255), flat(0, 1), frame()))).quality).toBe(100);
  });

  it("gives a table of another shape a quality between its extremes", async () => {
    const plain = sharp({ create: { width: 16, height: 16, channels: 3, background: "#48c" } });
    // Tables 1 to 8 of mozjpeg keep the meaning of the scale, with other shapes.
    for (const quantisationTable of [2, 3, 4, 5]) {
      const file = await plain.clone().jpeg({ quality: 80, quantisationTable }).toBuffer();
      const quality = jpegFactsOf(await probe(new Uint8Array(file))).quality ?? 0;
      expect(quality).toBeGreaterThan(60);
      expect(quality).toBeLessThan(92);
    }
  });

  it("stays between 1 and 100", () => {
    expect(estimateQuality(new Uint16Array(64).fill(1))).toBe(100);
    expect(estimateQuality(new Uint16Array(64).fill(0))).toBe(100);
    expect(estimateQuality(new Uint16Array(64).fill(65535))).toBe(1);
  });
});
