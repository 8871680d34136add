import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../../src/imaging/model/error.ts";
import type { Pixels } from "../../../../../src/imaging/model/picture.ts";
import { encodeWebpRows, WebpRowsEncoder } from "../../../../../src/imaging/webp/rows/encode-rows.ts";
import { baseIndexOfQuality } from "../../../../../src/imaging/webp/rows/quality.ts";
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { random } from "../../jpeg-xr/samples.ts";
import { loadKernel } from "./kernel.ts";
import { encodeYuv, yuvSize } from "./shown.ts";

const kernel = loadKernel();

function pixels(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) data.set([...colour(i % width, Math.floor(i / width)), 255], 4 * i);
  return { data, width, height };
}

function noise(width: number, height: number): Pixels {
  const next = random(width);
  return pixels(width, height, () => [256 * next(), 256 * next(), 256 * next()]);
}

async function decode(file: Uint8Array): Promise<Buffer> {
  return sharp(file).raw().toBuffer();
}

/** The error that was thrown. */
function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

const isLimit = (error: unknown): boolean => error instanceof ImagingError && error.kind === "limit";

describe("encodeWebpRows() keeps colours", () => {
  it.each([
    { title: "black", colour: [0, 0, 0] },
    { title: "white", colour: [255, 255, 255] },
    { title: "gray", colour: [119, 119, 119] },
    { title: "red", colour: [255, 0, 0] },
    { title: "green", colour: [0, 255, 0] },
    { title: "blue", colour: [0, 0, 255] },
    { title: "skin", colour: [224, 172, 105] },
  ])("$title, at odd sizes too", async ({ colour }) => {
    for (const [width, height] of [
      [1, 1],
      [17, 19],
      [32, 16],
    ] as const) {
      const rgb = await decode(
        runAtOnce(
          encodeWebpRows(
            kernel,
            pixels(width, height, () => colour),
            0,
          ),
        ),
      );
      expect(rgb).toHaveLength(3 * width * height);
      rgb.forEach((sample, index) => expect(Math.abs(sample - colour[index % 3])).toBeLessThanOrEqual(3));
    }
  });

  it("of gray pictures as gray as decoders show a chroma of 128", async () => {
    const rgb = await decode(
      runAtOnce(
        encodeWebpRows(
          kernel,
          pixels(40, 30, (x, y) => [0, 0, 0].map(() => 4 * x + 3 * y)),
          38,
        ),
      ),
    );
    // libwebp rounds green by itself.
    for (let at = 0; at < rgb.length; at += 3) {
      expect(rgb[at + 2]).toBe(rgb[at]);
      expect(Math.abs(rgb[at + 1] - rgb[at])).toBeLessThanOrEqual(1);
    }
  });

  it("and every line in its place, without the fourth byte of pixels", async () => {
    const picture = pixels(70, 53, (x, y) => [3 * x, 4 * y, 100 + x - y]);
    const transparent = { ...picture, data: picture.data.map((value, index) => (index % 4 === 3 ? 0 : value)) };
    const file = runAtOnce(encodeWebpRows(kernel, picture, 6));
    expect(runAtOnce(encodeWebpRows(kernel, transparent, 6))).toEqual(file);
    const rgb = await decode(file);
    rgb.forEach((sample, index) => {
      expect(Math.abs(sample - picture.data[4 * Math.floor(index / 3) + (index % 3)])).toBeLessThanOrEqual(12);
    });
  });
});

describe("WebpRowsEncoder", () => {
  it("works in pieces that grow neither with the width nor with the detail of a picture", () => {
    const pieces = [...encodeWebpRows(kernel, noise(4000, 32), 20)];
    // 64 macroblocks of noise.
    expect(Math.max(...pieces)).toBeLessThan(12e6);
    expect(Math.max(...encodeWebpRows(kernel, noise(8000, 32), 20))).toBeLessThan(1.05 * Math.max(...pieces));
    // Twice as many rows are twice as much work.
    const sum = (work: Iterable<number>): number => [...work].reduce((total, each) => total + each, 0);
    const ratio = sum(encodeWebpRows(kernel, noise(800, 320), 20)) / sum(encodeWebpRows(kernel, noise(800, 160), 20));
    expect(ratio).toBeGreaterThan(1.9);
    expect(ratio).toBeLessThan(2.1);
  });

  it("is not disturbed by another one between its steps", () => {
    const [one, other] = [noise(400, 90), noise(390, 95)];
    const alone = [one, other].map((picture) => runAtOnce(encodeWebpRows(kernel, picture, 33)));
    const encoders = [one, other].map(
      ({ width, height }) => new WebpRowsEncoder(kernel, { width, height, baseIndex: 33 }),
    );
    for (let line = 0; line < 95; line++) {
      if (line < 90) encoders[0].putLine(one.data, 4 * 400 * line);
      encoders[1].putLine(other.data, 4 * 390 * line);
    }
    expect(encoders.map((encoder) => runAtOnce(encoder.finish()))).toEqual(alone);
  });

  it("refuses to write before the last line", () => {
    const encoder = new WebpRowsEncoder(kernel, { width: 20, height: 20, baseIndex: 33 });
    encoder.putLine(new Uint8Array(80), 0);
    expect(() => runAtOnce(encoder.finish())).toThrow(RangeError);
  });

  it.each([
    [16_384, 1],
    [1, 16_384],
    [16_383, 16_383],
  ])("refuses %i × %i pixels", (width, height) => {
    expect(errorOf(() => new WebpRowsEncoder(kernel, { width, height, baseIndex: 33 }))).toSatisfy(isLimit);
  });

  it("gives up noise that would take more memory than was said", () => {
    const [width, height] = [1600, 1600];
    const { data } = noise(width + 4096, 1);
    const encoder = new WebpRowsEncoder(kernel, { width, height, baseIndex: 0 });
    let lines = 0;
    const error = errorOf(() => {
      for (; lines < height; lines++) {
        encoder.putLine(data, 4 * ((97 * lines) % 4096));
        runAtOnce(encoder.encodeWaiting());
      }
    });
    expect(error).toSatisfy(isLimit);
    expect(lines).toBeGreaterThan(height / 2);
  });
});

describe("writePicture()", () => {
  it("refuses what does not fit into the first partition", () => {
    const [width, height] = [160, 160];
    const next = random(1);
    const yuv = { width, height, samples: Uint8Array.from({ length: yuvSize(width, height) }, () => 256 * next()) };
    expect(errorOf(() => encodeYuv(kernel, yuv, 20, 100))).toSatisfy(isLimit);
  });
});

describe("baseIndexOfQuality()", () => {
  it("is finer the higher the quality, from one end to the other", () => {
    const indices = Array.from({ length: 101 }, (_, quality) => baseIndexOfQuality(quality));
    expect(indices).toEqual(indices.toSorted((a, b) => b - a));
    expect([indices[0], indices[40], indices[75], indices[88], indices[100]]).toEqual([127, 50, 30, 14, 0]);
  });
});
