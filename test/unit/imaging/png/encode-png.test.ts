import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { encodePng } from "../../../../src/imaging/png/encode-png.ts";
import * as fc from "fast-check";
import sharp from "sharp";

function picture(
  width: number,
  height: number,
  rgba: (x: number, y: number) => readonly [number, number, number, number],
): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) data.set(rgba(i % width, Math.floor(i / width)), 4 * i);
  return { data, width, height };
}

/** RGBA as libvips reads it. */
async function readBack(file: Uint8Array): Promise<Uint8ClampedArray> {
  return new Uint8ClampedArray(await sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer());
}

const grayRow = (step: number): Pixels => picture(37, 5, (x) => [(x % (255 / step + 1)) * step, 0, 0, 255]);
const gray = (pixels: Pixels): Pixels =>
  picture(pixels.width, pixels.height, (x, y) => {
    const value = pixels.data[4 * (y * pixels.width + x)] ?? 0;
    return [value, value, value, 255];
  });

describe("encodePng()", () => {
  it.each([
    ["black and white", gray(grayRow(255)), 0, 1],
    ["gray in steps of 85", gray(grayRow(85)), 0, 2],
    ["gray in steps of 17", gray(grayRow(17)), 0, 4],
    ["any gray", gray(grayRow(1)), 0, 8],
    ["two colours", picture(9, 3, (x) => [x & 1, 0, 0, 255]), 3, 1],
    ["four colours", picture(9, 3, (x) => [x & 3, 0, 0, 255]), 3, 2],
    ["five colours", picture(9, 3, (x) => [x % 5, 0, 0, 255]), 3, 4],
    ["16 colours", picture(17, 3, (x) => [x & 15, 0, 0, 255]), 3, 4],
    ["17 colours", picture(17, 3, (x) => [x, 0, 0, 255]), 3, 8],
    ["256 colours", picture(16, 16, (x, y) => [x, y, 0, 255]), 3, 8],
    ["257 colours", picture(257, 1, (x) => [x & 255, x >> 8, 0, 255]), 2, 8],
    ["a gray of every transparency", picture(32, 32, (x, y) => [x * 8, x * 8, x * 8, y * 8]), 4, 8],
    ["colours of every transparency", picture(32, 32, (x, y) => [x * 8, 0, 0, y * 8]), 6, 8],
    ["one transparent colour among opaque ones", picture(40, 40, (x, y) => [x, y, 0, x + y === 0 ? 0 : 255]), 6, 8],
  ] as const)("stores %s in the smallest type that holds it", async (_, pixels, colourType, bitDepth) => {
    const file = await encodePng(pixels);
    expect([file[25], file[24]]).toEqual([colourType, bitDepth]);
    expect(await readBack(file)).toEqual(pixels.data);
  });

  it("gives back every sample of any picture", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(1, 3, 40, 255),
        fc.constantFrom(1, 2, 255),
        fc.integer(),
        async (width, height, colours, alphas, seed) => {
          let state = seed;
          const random = (limit: number): number => {
            state = Math.imul(state, 1_664_525) + 1_013_904_223;
            return ((state >>> 16) % limit) & 255;
          };
          const pixels = picture(width, height, () => [
            random(colours),
            random(colours),
            random(colours),
            255 - random(alphas),
          ]);
          expect(await readBack(await encodePng(pixels))).toEqual(pixels.data);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("writes rows of several pieces, each filtered from the row before it", async () => {
    const pixels = picture(700, 300, (x, y) => [(x * y) >> 6, x + y, x - y, 255]);
    expect(await readBack(await encodePng(pixels))).toEqual(pixels.data);
  });

  it("writes a row that is wider than a piece", async () => {
    const pixels = picture(30_000, 3, (x, y) => [x, x >> 8, y, 255]);
    expect(await readBack(await encodePng(pixels))).toEqual(pixels.data);
  });

  it("pauses all along, and twice as often for twice the rows", async () => {
    const pausesFor = async (height: number): Promise<number> => {
      let pauses = 0;
      await encodePng(
        picture(1000, height, (x, y) => [x & 255, y & 255, (x * y) & 255, 255]),
        async () => {
          pauses++;
        },
      );
      return pauses;
    };
    const few = await pausesFor(400);
    expect(few).toBeGreaterThanOrEqual(4);
    expect(Math.abs((await pausesFor(800)) - 2 * few)).toBeLessThanOrEqual(1);
  });

  it("stays close to libpng's own size on a smooth picture", async () => {
    const pixels = picture(400, 300, (x, y) => [x / 2, (x + y) / 3, y / 2 + ((x * 7 + y * 13) % 5), 255]);
    const { data, width, height } = pixels;
    const theirs = await sharp(data, { raw: { width, height, channels: 4 } })
      .removeAlpha()
      .png({ compressionLevel: 6, adaptiveFiltering: true })
      .toBuffer();
    expect((await encodePng(pixels)).length).toBeLessThan(1.05 * theirs.length);
  });

  it.skipIf(spawnSync("pngcheck", ["-h"]).error !== undefined)(
    "writes files that pngcheck finds nothing wrong with (needs pngcheck)",
    async () => {
      const pixels = picture(60, 40, (x, y) => [x, y, x ^ y, x < 9 ? 4 : 255]);
      for (const candidate of [pixels, gray(grayRow(17)), picture(9, 3, (x) => [x % 5, 0, 0, x])]) {
        const { stdout, status } = spawnSync("pngcheck", ["-q"], { input: await encodePng(candidate) });
        expect({ status, complaints: stdout.toString() }).toEqual({ status: 0, complaints: "" });
      }
    },
  );
});
