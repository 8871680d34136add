import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { createLzwDecoder } from "../../../../src/imaging/gif/lzw.ts";
import { imageData } from "./written-gif.ts";

function decode(data: readonly number[], pixels: number): number[] {
  const indices = new Uint8Array(pixels);
  createLzwDecoder()(Uint8Array.from(data), 0, indices);
  return [...indices];
}

/** The image data of the 10 × 10 sample of Matthew Flickinger's "What's In A GIF", and its pixels. */
const sample = [
  0x02, 0x16, 0x8c, 0x2d, 0x99, 0x87, 0x2a, 0x1c, 0xdc, 0x33, 0xa0, 0x02, 0x75, 0xec, 0x95, 0xfa, 0xa8, 0xde, 0x60,
  0x8c, 0x04, 0x91, 0x4c, 0x01, 0x00,
];
const rows = ["1111122222", "1110000222", "2220000111", "2222211111"];
const samplePixels = [0, 0, 0, 1, 1, 2, 2, 3, 3, 3].flatMap((row) => [...(rows[row] ?? "")].map(Number));

describe("createLzwDecoder()", () => {
  it("decodes a published sample", () => {
    expect(decode(sample, 100)).toEqual(samplePixels);
  });

  it("decodes a code that means the string it completes", () => {
    expect(decode(imageData([1, 1, 1, 1, 1, 1, 1], 2), 7)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it("decodes through full tables and clear codes", () => {
    const noise = Array.from({ length: 50_000 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 9) & 255);
    const ramps = Array.from({ length: 50_000 }, (_, i) => (i >> 5) & 255);
    for (const indices of [noise, ramps]) expect(decode(imageData(indices, 8), indices.length)).toEqual(indices);
  });

  it("ignores data after the last pixel", () => {
    expect(decode(sample, 30)).toEqual(samplePixels.slice(0, 30));
  });

  it.each<[string, readonly number[]]>([
    ["data that end before the pixels", imageData([1, 2, 3], 2)],
    ["no data at all", [2, 0]],
    ["a code before its definition", [2, 1, 0b11_110_100, 0]],
    ["a code size of 1", imageData([1, 0, 1, 1], 1)],
    ["a code size of 9", [9, 1, 0, 0]],
  ])("refuses %s", (_, data) => {
    expect(() => decode(data, 4)).toThrow(ImagingError);
  });
});
