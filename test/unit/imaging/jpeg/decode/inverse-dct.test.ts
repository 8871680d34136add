/** Samples against a transform in floating point, and against libjpeg-turbo's of the same file. */
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { describe, expect, it } from "vitest";
import { InverseDct } from "../../../../../src/imaging/jpeg/decode/inverse-dct.ts";
import { naturalOrder } from "../../../../../src/imaging/jpeg/frame.ts";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import { streamSamples } from "../../../../../src/imaging/jpeg/decode/read-samples.ts";
import { busyBlocks, countDifferences } from "../four-components.ts";
import { seededNumbers, sharpPixels } from "../oracles.ts";
import { writeJpeg } from "../written-jpeg.ts";
import type { WrittenComponent } from "../written-jpeg.ts";

const ones = new Uint16Array(64).fill(1);

/** 64 coefficients in natural order through the transform, as a block of 8 × 8. */
function transform(coefficients: readonly number[], quantisation = ones): Uint8ClampedArray {
  const entries = Array.from({ length: 63 }, (_, i) => ({ k: i + 1, value: coefficients[naturalOrder[i + 1]] }))
    .filter(({ value }) => value !== 0)
    .map(({ k, value }) => (value << 6) | k);
  const samples = new Uint8ClampedArray(64);
  new InverseDct().transform(coefficients[0], Int32Array.from(entries), 0, entries.length, quantisation, samples, 0, 8);
  return samples;
}

/** ITU T.81 §A.3.3, by definition. */
function transformExactly(coefficients: readonly number[]): number[] {
  const scale = (frequency: number) => (frequency === 0 ? Math.SQRT1_2 : 1);
  const wave = (at: number, frequency: number) => Math.cos(((2 * at + 1) * frequency * Math.PI) / 16);
  return Array.from({ length: 64 }, (_, i) => {
    let sum = 0;
    for (let v = 0; v < 8; v++) {
      for (let u = 0; u < 8; u++)
        sum += scale(u) * scale(v) * coefficients[8 * v + u] * wave(i & 7, u) * wave(i >> 3, v);
    }
    return Math.min(Math.max(sum / 4 + 128, 0), 255);
  });
}

/** A gray file holds nothing but transformed blocks. */
async function compareWithSharp(coefficient: WrittenComponent["coefficient"], divisor: number): Promise<number> {
  const [width, height] = [104, 88];
  const jpeg = writeJpeg({ width, height, divisor, components: [{ h: 1, v: 1, coefficient }] });
  const samples = new Uint8Array(width * height);
  const read = streamSamples(jpeg, readJpegFrame(jpeg), (row, [gray]) => {
    samples.set(gray.subarray(0, width), row * width);
  });
  runAtOnce(read);
  // Gray comes as RGB.
  const expected = (await sharpPixels(jpeg)).filter((_, i) => i % 3 === 0);
  expect(new Set(expected).size).toBeGreaterThan(1);
  return countDifferences(samples, expected);
}

describe("InverseDct", () => {
  it("stays within one level of the exact transform, and rarely misses the nearest one", () => {
    const random = seededNumbers(5);
    let wrong = 0;
    const blocks = 400;
    for (let block = 0; block < blocks; block++) {
      // From nearly empty blocks to full ones.
      const density = ((block % 20) + 1) / 20;
      const coefficients = naturalOrder.reduce<number[]>((all, _, i) => {
        all.push(random() < density ? Math.floor((random() - 0.5) * (600 / (1 + (i & 7) + (i >> 3)))) : 0);
        return all;
      }, []);
      const samples = transform(coefficients);
      for (const [i, exact] of transformExactly(coefficients).entries()) {
        expect(Math.abs(samples[i] - exact)).toBeLessThan(1);
        if (Math.abs(samples[i] - exact) > 0.6) wrong++;
      }
    }
    expect(wrong / (64 * blocks)).toBeLessThan(0.001);
  });

  it.each([1, 3, 16, 99, 255])("gives libjpeg-turbo's samples with divisors of %i", async (divisor) => {
    const strength = 3 / divisor + 0.05;
    expect(await compareWithSharp(busyBlocks(0, 2 * strength), divisor)).toBe(0);
    expect(await compareWithSharp(busyBlocks(1, strength), divisor)).toBe(0);
  });

  it("gives libjpeg-turbo's samples for each coefficient alone and for each pair with DC", async () => {
    const alone: WrittenComponent["coefficient"] = (x, y, k) => (k === (x + 13 * y) % 64 ? 301 - 17 * x : 0);
    expect(await compareWithSharp(alone, 2)).toBe(0);
    const pairs: WrittenComponent["coefficient"] = (x, y, k) =>
      k === 0 ? 40 * y - 200 : k === (x + 13 * y) % 64 ? 55 + x : 0;
    expect(await compareWithSharp(pairs, 2)).toBe(0);
  });

  it("leaves nothing over for the next block", () => {
    const dct = new InverseDct();
    const [fresh, used] = [new Uint8ClampedArray(64), new Uint8ClampedArray(64)];
    const small = Int32Array.of((9 << 6) | 2);
    dct.transform(0, small, 0, 1, ones, fresh, 0, 8);
    dct.transform(
      0,
      Int32Array.from({ length: 63 }, (_, i) => (20 << 6) | (i + 1)),
      0,
      63,
      ones,
      used,
      0,
      8,
    );
    expect(() => {
      dct.transform(0, Int32Array.of((1023 << 6) | 5), 0, 1, new Uint16Array(64).fill(300), used, 0, 8);
    }).toThrow("jpeg unsupported");
    dct.transform(0, small, 0, 1, ones, used, 0, 8);
    expect(used).toEqual(fresh);
  });

  it("writes inside its eight rows of eight only", () => {
    const samples = new Uint8ClampedArray(30 * 10).fill(7);
    const dct = new InverseDct();
    dct.transform(100, Int32Array.of((5 << 6) | 1), 0, 1, ones, samples, 30 + 11, 30);
    dct.transform(-100, new Int32Array(0), 0, 0, ones, samples, 30 + 19, 30);
    for (let i = 0; i < samples.length; i++) {
      const [x, y] = [i % 30, Math.floor(i / 30)];
      expect(samples[i] === 7).toBe(x < 11 || x >= 27 || y < 1 || y >= 9);
    }
  });

  it("refuses what no samples of 8 bits have, before a sum can overflow", () => {
    const refuse = (coefficients: readonly number[], divisor: number) => () =>
      transform(coefficients, new Uint16Array(64).fill(divisor));
    const only = (place: number, value: number) => Array.from({ length: 64 }, (_, i) => (i === place ? value : 0));
    expect(refuse(only(0, 2047), 17)).toThrow("jpeg unsupported");
    expect(refuse(only(63, -1023), 33)).toThrow("jpeg unsupported");
    expect(refuse(only(0, 8191), 1)).not.toThrow();
    expect(refuse(only(0, -8192), 1)).toThrow("jpeg unsupported");
    // One column of little more than 16 bits between the passes, and one of less.
    const column = (value: number) => Array.from({ length: 64 }, (_, i) => ([0, 8].includes(i) ? value : 0));
    expect(refuse(column(3400), 1)).not.toThrow();
    expect(refuse(column(3800), 1)).toThrow("jpeg unsupported");
    // The largest sums that are let pass, of either sign.
    const most = Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1023 : 0));
    expect(transform(most)[0]).toBe(255);
    expect(transform(most.map((value) => -value))[0]).toBe(0);
    expect(
      transform(
        only(9, 5000 >> 5).map((value) => value),
        new Uint16Array(64).fill(32),
      )[0],
    ).toBe(255);
  });
});
