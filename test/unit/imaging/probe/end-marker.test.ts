import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { hasEndMarker } from "../../../../src/imaging/probe/end-marker.ts";
import { bytes, chunk, eoi, fixture, frame, jpeg, png, scan, segment, soi } from "./bytes.ts";

const noise = {
  create: { width: 64, height: 64, channels: 3, background: "#000", noise: { type: "gaussian", mean: 128, sigma: 60 } },
} as const;

describe("hasEndMarker() of a JPEG", () => {
  it.each<[string, Uint8Array, boolean]>([
    ["a whole file", jpeg(frame()), true],
    ["no end", bytes(soi, frame(), scan), false],
    ["text after the end", bytes(jpeg(frame()), "PK\x03\x04 and more"), true],
    ["another JPEG after the end", bytes(jpeg(frame()), jpeg(frame())), true],
    ["a cut JPEG after the end", bytes(jpeg(frame()), soi, frame()), true],
    [
      "restart markers and several scans",
      bytes(soi, frame(), scan, 0xff, 0xd0, 1, segment(0xc4, 0), scan, eoi, 0),
      true,
    ],
    [
      "only the end of an embedded thumbnail",
      bytes(soi, segment(0xe1, "Exif\0\0", jpeg(frame())), frame(), scan),
      false,
    ],
    ["the bytes FF D9 inside a table between scans", bytes(soi, frame(), scan, segment(0xc4, 0xff, 0xd9), 1, 2), false],
    ["a cut in the segment between scans", bytes(soi, frame(), scan, 0xff, 0xc4, 1, 0, 5), false],
    ["a cut in the header", bytes(soi, frame()), false],
    ["nothing", bytes(), false],
  ])("%s", (_, file, expected) => {
    expect(hasEndMarker("jpeg", file)).toBe(expected);
  });

  it.each([{}, { progressive: true }])("is false for every cut of what libvips wrote with %j", async (options) => {
    const file = new Uint8Array(
      await sharp(noise)
        .jpeg({ quality: 90, ...options })
        .toBuffer(),
    );
    expect(hasEndMarker("jpeg", file)).toBe(true);
    for (let length = 0; length < file.length; length += 7)
      expect(hasEndMarker("jpeg", file.subarray(0, length))).toBe(false);
    expect(hasEndMarker("jpeg", file.subarray(0, -1))).toBe(false);
  });
});

describe("hasEndMarker() of a PNG", () => {
  it.each<[string, Uint8Array, boolean]>([
    ["a whole file", png(), true],
    ["bytes after the end", bytes(png(), "more"), true],
    ["no end", png().subarray(0, -12), false],
    ["a cut in the end", png().subarray(0, -1), false],
    ["the letters IEND inside another chunk", bytes(png().subarray(0, -12), chunk("tEXt", "IEND")), false],
    ["nothing", bytes(), false],
  ])("%s", (_, file, expected) => {
    expect(hasEndMarker("png", file)).toBe(expected);
  });

  it("is false for every cut of a real file", () => {
    const file = fixture("basn3p08.png");
    expect(hasEndMarker("png", file)).toBe(true);
    for (let length = 0; length < file.length; length++)
      expect(hasEndMarker("png", file.subarray(0, length))).toBe(false);
  });
});

describe("hasEndMarker() of other formats", () => {
  it("counts them as complete", () => {
    expect(hasEndMarker("webp", fixture("rotating-squares.webp"))).toBe(true);
  });
});
