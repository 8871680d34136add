import { assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import type { Orientation } from "../../../../src/imaging/model/facts.ts";
import { orientPixels } from "../../../../src/imaging/pixels/orient.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import sharp from "sharp";

const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/** Every pixel has a value of its own. */
function numbered(width: number, height: number): Pixels {
  const words = Uint32Array.from({ length: width * height }, (_, i) => i);
  return { data: new Uint8ClampedArray(words.buffer), width, height };
}

function wordsOf({ data }: Pixels): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}

/** Where the pixel of column x and row y of the upright picture is stored (EXIF 3.0, tag 274). */
const storedAt: Record<
  Orientation,
  (x: number, y: number, width: number, height: number) => readonly [number, number]
> = {
  1: (x, y) => [x, y],
  2: (x, y, width) => [width - 1 - x, y],
  3: (x, y, width, height) => [width - 1 - x, height - 1 - y],
  4: (x, y, _, height) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, height) => [y, height - 1 - x],
  7: (x, y, width, height) => [width - 1 - y, height - 1 - x],
  8: (x, y, width) => [width - 1 - y, x],
};

function expectUpright(width: number, height: number, orientation: Orientation): void {
  const upright = orientPixels(numbered(width, height), orientation);
  expect([upright.width, upright.height]).toEqual(orientation < 5 ? [width, height] : [height, width]);
  const expected = new Uint32Array(width * height);
  let at = 0;
  for (let y = 0; y < upright.height; y++)
    for (let x = 0; x < upright.width; x++) {
      const [column, row] = storedAt[orientation](x, y, width, height);
      expected[at++] = row * width + column;
    }
  expect(Buffer.from(wordsOf(upright).buffer).equals(Buffer.from(expected.buffer))).toBe(true);
}

describe("orientPixels()", () => {
  it("puts every pixel of any size where EXIF says", () => {
    const side = integer({ min: 1, max: 150 });
    assert(property(side, side, constantFrom(...orientations), expectUpright), {
      numRuns: 400,
      examples: [
        [1, 1, 6],
        [1, 9, 5],
        [9, 1, 8],
        [64, 64, 7],
        [65, 64, 6],
        [64, 65, 6],
        [3, 129, 8],
      ],
    });
  });

  it.each([
    [70_000, 7],
    [7, 70_000],
    [300_000, 3],
    [1021, 769],
  ])("does so at %d × %d, where a panel has few rows or columns", (width, height) => {
    for (const orientation of orientations) expectUpright(width, height, orientation);
  });

  it("works in the buffer that it is given, which may be a part of another", () => {
    const whole = new Uint8ClampedArray(4 * 8);
    whole.set([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0], 4);
    const { data } = orientPixels({ data: whole.subarray(4, 28), width: 3, height: 2 }, 6);
    expect(data.buffer).toBe(whole.buffer);
    expect([...wordsOf({ data, width: 2, height: 3 })]).toEqual([4, 1, 5, 2, 6, 3]);
    expect([whole[0], whole[28]]).toEqual([0, 0]);
  });

  describe.skipIf(!hasCorpus)(`for the corpus${hasCorpus ? "" : " (skipped: no ../shared/corpus)"}`, () => {
    it.each([
      ...orientations.map((orientation) => [`jpeg-exif/portrait_orient${orientation}.jpg`, orientation] as const),
      ["jpeg-exif/sideways_bench_orient5_icc.jpg", 5] as const,
      ["tiff/kodim10_orient6.tif", 6] as const,
    ])("shows %s as libvips does", async (path, orientation) => {
      const stored = sharp(corpus + path)
        .ensureAlpha()
        .raw();
      const upright = sharp(corpus + path)
        .autoOrient()
        .ensureAlpha()
        .raw();
      const { data, info } = await stored.toBuffer({ resolveWithObject: true });
      const expected = await upright.toBuffer({ resolveWithObject: true });
      const pixels = { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
      const result = orientPixels(pixels, orientation);
      expect([result.width, result.height]).toEqual([expected.info.width, expected.info.height]);
      expect(Buffer.from(result.data.buffer).equals(expected.data)).toBe(true);
    });
  });
});
