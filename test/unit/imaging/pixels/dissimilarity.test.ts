import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { measureDissimilarity } from "../../../../src/imaging/pixels/dissimilarity.ts";
import { photo } from "../../../support/pictures.ts";

async function pixelsOf(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

const source = await photo();
const original = await pixelsOf(sharp(source));

/** But for rounding. */
const nothing: unknown = expect.closeTo(0, 3);

async function afterWebp(quality: number): Promise<Pixels> {
  return pixelsOf(sharp(await sharp(source).webp({ quality }).toBuffer()));
}

describe("measureDissimilarity()", () => {
  it("is nothing for the same picture, and all but nothing for the least change", () => {
    expect(measureDissimilarity(original, original)).toEqual(nothing);
    const changed = { ...original, data: original.data.slice() };
    changed.data[40_000] = (changed.data[40_000] ?? 0) ^ 3;
    const least = measureDissimilarity(original, changed);
    expect(least).toBeGreaterThan(0);
    expect(least).toBeLessThan(0.01);
  });

  it("rises as the quality of an encoder of others falls", async () => {
    const measures = [];
    for (const quality of [95, 85, 70, 50, 20]) measures.push(measureDissimilarity(original, await afterWebp(quality)));
    expect(measures).toEqual(measures.toSorted((a = NaN, b = NaN) => a - b));
    expect(new Set(measures).size).toBe(5);
  });

  it("lets one bad place count for more than the same error all over", () => {
    const noisy = (level: (x: number, y: number) => number): Pixels => {
      const data = original.data.map((sample, at) => {
        const x = (at >> 2) % original.width;
        const y = Math.floor((at >> 2) / original.width);
        const sign = ((x >> 1) + (y >> 1)) % 2 === 0 ? 1 : -1;
        return at % 4 === 3 ? sample : sample + sign * level(x, y);
      });
      return { ...original, data };
    };
    // A sixteenth of the area with four times the amplitude has the same energy.
    const everywhere = measureDissimilarity(
      original,
      noisy(() => 6),
    );
    const inOnePlace = measureDissimilarity(
      original,
      noisy((x, y) => (x < 96 && y < 64 ? 24 : 0)),
    );
    expect(inOnePlace).toBeGreaterThan(everywhere ?? NaN);
  });

  it("says nothing of two sizes, nor of pictures without a window", async () => {
    const other = await pixelsOf(sharp(source).resize(100, 100));
    expect(measureDissimilarity(original, other)).toBeUndefined();
    const [tiny, small] = await Promise.all([15, 16].map((side) => pixelsOf(sharp(source).resize(side, side))));
    if (tiny === undefined || small === undefined) throw new Error("not resized");
    expect(measureDissimilarity(tiny, tiny)).toBeUndefined();
    expect(measureDissimilarity(small, small)).toEqual(nothing);
  });
});
