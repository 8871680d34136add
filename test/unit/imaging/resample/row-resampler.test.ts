/** Judged by libvips, which resamples in linear light where it is asked to (`scrgb`), and by values that can be worked out by hand. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { frameOf, type Rendering } from "../../../../src/imaging/model/rendering.ts";
import { drawPixels } from "../../../../src/imaging/render/draw-rows.ts";
import { lanczosTaps } from "../../../../src/imaging/resample/lanczos.ts";
import { lightOf } from "../../../../src/imaging/resample/light.ts";
import { RowResampler } from "../../../../src/imaging/resample/row-resampler.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { wideGamutProfile } from "../../../support/profiles.ts";

type Box = Pick<Rendering, "width" | "height" | "fit">;
type Colour = readonly [red: number, green: number, blue: number, alpha: number];

const srgb = lightOf(undefined);

function picture(width: number, height: number, colourAt: (x: number, y: number) => Colour): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < width * height; at++) data.set(colourAt(at % width, Math.floor(at / width)), 4 * at);
  return { data, width, height };
}

function draw(pixels: Pixels, box: Box, isOpaque: boolean, light = srgb): Pixels {
  return runAtOnce(drawPixels(pixels, frameOf(box, pixels), light, isOpaque));
}

/** Soft colours, hard edges and some grain. */
const scene = picture(331, 217, (x, y) => {
  const grain = (Math.imul(x * 331 + y, 2_654_435_761) >>> 27) - 16;
  const edge = (x + 2 * y) % 90 < 12 ? 255 : 0;
  const wave = 120 + 100 * Math.sin(x / 19) * Math.cos(y / 23);
  return [edge || wave + grain, wave, 255 - wave + grain, 255];
});

async function byLibvips({ data, width, height }: Pixels, result: Pixels): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .pipelineColourspace("scrgb")
    .resize(result.width, result.height, { kernel: "lanczos3", fit: "fill" })
    .toColourspace("srgb")
    .raw()
    .toBuffer();
}

function withoutBorder(data: ArrayLike<number>, { width, height }: Pixels, border: number): number[] {
  return Array.from(data).filter((_, at) => {
    const [x, y] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
    return Math.min(x, width - 1 - x, y, height - 1 - y) >= border;
  });
}

function differences(one: ArrayLike<number>, other: ArrayLike<number>): { mean: number; most: number } {
  const all = Array.from(one, (value, at) => Math.abs(value - (other[at] ?? Number.NaN)));
  return { mean: all.reduce((sum, each) => sum + each, 0) / all.length, most: Math.max(...all) };
}

describe("RowResampler", () => {
  // Below a quarter libvips first takes means of whole pixels, which is not what is done here.
  test.each([
    [200, 131],
    [127, 90],
    [99, 217],
    [330, 60],
  ])("draws what libvips draws in linear light: %i × %i", async (width, height) => {
    const drawn = draw(scene, { width, height, fit: "fill" }, true);
    const theirs = await byLibvips(scene, drawn);
    expect(differences(drawn.data, theirs).mean).toBeLessThan(0.4);
    // Beyond its edges libvips repeats the last pixels, and here nothing counts.
    const [own, reference] = [drawn.data, theirs].map((data) => withoutBorder(data, drawn, 3));
    expect(differences(own ?? [], reference ?? []).most).toBeLessThanOrEqual(5);
  });

  test("draws transparency as libvips does", async () => {
    const faded = picture(160, 120, (x, y) => [(7 * x) & 255, (5 * y) & 255, 90, Math.min(255, 2 * Math.abs(x - y))]);
    const drawn = draw(faded, { width: 61, height: 50, fit: "fill" }, false);
    const theirs = await byLibvips(faded, drawn);
    // Where little can be seen, its colour is rounded to nothing.
    const seen = Array.from(drawn.data, (_, at) => at).filter((at) => (theirs[at | 3] ?? 0) > 40);
    const { mean, most } = differences(
      seen.map((at) => drawn.data[at] ?? 0),
      seen.map((at) => theirs[at] ?? 0),
    );
    expect(seen.length).toBeGreaterThan(5000);
    expect(mean).toBeLessThan(0.6);
    expect(most).toBeLessThanOrEqual(8);
  });

  test("half of black and white is half of the light, and not half of the level", () => {
    const board = picture(64, 64, (x, y) => ((x + y) % 2 === 0 ? [255, 255, 255, 255] : [0, 0, 0, 255]));
    const { data } = draw(board, { width: 16, height: 16, fit: "fill" }, true);
    // 255 × (1.055 × 0.5 ^ (1 / 2.4) − 0.055), by IEC 61966-2-1.
    expect(data[4 * (8 * 16 + 8)]).toBe(188);
    const gamma = draw(board, { width: 16, height: 16, fit: "fill" }, true, lightOf(wideGamutProfile(2.2)));
    expect(gamma.data[4 * (8 * 16 + 8)]).toBe(Math.round(255 * 0.5 ** (1 / 2.2)));
  });

  test("colours that cannot be seen do not show at edges", () => {
    const sides = picture(80, 8, (x) => (x < 40 ? [200, 30, 30, 255] : [0, 255, 0, 0]));
    const { data } = draw(sides, { width: 20, height: 2, fit: "fill" }, false);
    for (let x = 0; x < 20; x++) {
      if ((data[4 * x + 3] ?? 0) > 0) expect([...data.subarray(4 * x, 4 * x + 3)]).toEqual([200, 30, 30]);
    }
    expect(data[3]).toBe(255);
    expect(data[4 * 19 + 3]).toBe(0);
  });

  test.each([0, 1, 17, 128, 254, 255])("leaves a flat %i flat", (level) => {
    const flat = picture(50, 41, () => [level, level, level, 255]);
    const { data } = draw(flat, { width: 13, height: 11, fit: "cover" }, true);
    expect(new Set(data.filter((_, at) => at % 4 !== 3))).toEqual(new Set([level]));
  });

  test("leaves a picture of the same size as it is", () => {
    const { data } = draw(scene, { width: scene.width, height: scene.height, fit: "fill" }, true);
    expect(data).toEqual(scene.data);
  });

  test("throws while rows are missing", () => {
    const resampler = new RowResampler(scene, frameOf({ width: 20, height: 20, fit: "fill" }, scene), srgb, true);
    resampler.putRow(scene.data, 0);
    expect(() => resampler.finish()).toThrow("rows of the source are missing");
  });
});

describe("lanczosTaps()", () => {
  test.each([
    [100, 37, 0, 100 / 37],
    [100, 100, 0, 1],
    [7, 1, 0, 7],
    [1, 1, 0, 1],
    [65_535, 3, 0.5, 21_844],
  ])("weighs the samples of %i for %i so that they add up to 1", (source, result, start, scale) => {
    const { first, counts, weights, stride } = lanczosTaps(source, result, start, scale);
    for (let index = 0; index < result; index++) {
      const [from, count] = [first[index] ?? -1, counts[index] ?? 0];
      expect(from).toBeGreaterThanOrEqual(0);
      expect(from + count).toBeLessThanOrEqual(source);
      expect(count).toBeLessThanOrEqual(stride);
      const row = weights.subarray(index * stride, index * stride + count);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 3);
    }
  });
});
