/** Pixels against djpeg's and libvips', of files in both shapes. */
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../../src/imaging/model/error.ts";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import { estimateSampleMemory, streamSamples } from "../../../../../src/imaging/jpeg/decode/read-samples.ts";
import { decodeRgba, estimateRgbaMemory } from "../../../../../src/imaging/jpeg/decode/rgba.ts";
import { hasCorpus, photo } from "../../../../support/pictures.ts";
import { busyComponents, countDifferences } from "../four-components.ts";
import {
  corpusJpegs,
  djpegPixels,
  hasJpegTools,
  readCorpus,
  runTool,
  seededNumbers,
  sharpPixels,
  testPicture,
  withoutCorpus,
  withoutTools,
} from "../oracles.ts";
import { writeJpeg } from "../written-jpeg.ts";

/** RGB or gray, as decoders hand it out. */
function decode(jpeg: Uint8Array): Uint8Array {
  const frame = readJpegFrame(jpeg);
  const count = frame.components.length;
  const rgba = runAtOnce(decodeRgba(jpeg, frame));
  const pixels = new Uint8Array((rgba.length / 4) * count);
  for (let i = 0; i < rgba.length / 4; i++) {
    for (let c = 0; c < count; c++) pixels[i * count + c] = rgba[4 * i + c];
    if (rgba[4 * i + 3] !== 255) throw new Error("not opaque");
  }
  return pixels;
}

/** Undefined for a file that was refused. */
function tryToDecode(jpeg: Uint8Array): Uint8Array | undefined {
  try {
    return decode(jpeg);
  } catch (error) {
    if (error instanceof ImagingError) return undefined;
    throw error;
  }
}

function countPnmDifferences(jpeg: Uint8Array): number {
  const pixels = decode(jpeg);
  const pnm = djpegPixels(jpeg);
  return countDifferences(pixels, pnm.subarray(pnm.length - pixels.length));
}

/** Heights and widths around every edge of blocks and MCUs. */
const sizes = [[1, 1], [7, 9], [8, 8], [16, 17], [17, 16], [31, 33], [64, 1], [1, 64], [130, 50]] as const; // prettier-ignore
const samplings = ["1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "2x2,1x2,2x1", "1x1,2x2,2x2"];

describe("streamSamples()", () => {
  it.skipIf(!hasJpegTools)(`gives djpeg's pixels for odd sizes, all subsamplings, both shapes${withoutTools}`, () => {
    for (const [width, height] of sizes) {
      const { ppm } = testPicture(width, height);
      for (const sampling of samplings) {
        for (const form of [["-restart", "1"], ["-progressive"]]) {
          const jpeg = runTool("cjpeg", ["-quality", "80", "-sample", sampling, ...form], ppm).output;
          expect(jpeg.length).toBeGreaterThan(0);
          expect(countPnmDifferences(new Uint8Array(jpeg)), `${width}x${height} ${sampling} ${form[0]}`).toBe(0);
        }
      }
    }
  });

  it.skipIf(!hasJpegTools || !hasCorpus)(`gives djpeg's pixels for the corpus${withoutTools}${withoutCorpus}`, () => {
    const files = corpusJpegs.filter((name) => !name.startsWith("jpeg-cmyk/"));
    expect(files.length).toBeGreaterThan(30);
    for (const name of files) expect(countPnmDifferences(readCorpus(name)), name).toBe(0);
  });

  it("gives libvips' pixels for a photograph", async () => {
    const jpeg = new Uint8Array(await photo(3, 203, 155));
    expect(countDifferences(decode(jpeg), await sharpPixels(jpeg))).toBe(0);
  });

  it("reads components that are each alone in their scans", async () => {
    for (const factors of [
      [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
      [
        [1, 1],
        [2, 1],
        [1, 2],
      ],
    ] as const) {
      const description = { width: 45, height: 51, divisor: 3, components: busyComponents(factors) };
      const jpeg = writeJpeg({ ...description, interleaved: false });
      expect(readJpegFrame(jpeg).shape).toBe("dense");
      expect(countDifferences(decode(jpeg), await sharpPixels(jpeg))).toBe(0);
    }
  });

  it("hands on each row once, in order", () => {
    for (const [width, height] of sizes) {
      for (const factor of [1, 2, 3, 4]) {
        const jpeg = writeJpeg({
          width,
          height,
          components: busyComponents([
            [1, factor],
            [1, 1],
          ]),
        });
        const rows: number[] = [];
        const read = streamSamples(jpeg, readJpegFrame(jpeg), (row, samples) => {
          expect(samples.map((component) => component.length >= width)).toEqual([true, true]);
          rows.push(row);
        });
        runAtOnce(read);
        expect(rows, `${width} × ${height}, factor ${factor}`).toEqual(Array.from({ length: height }, (_, i) => i));
      }
    }
  });

  it("throws where the data ends early or has what it must not have", () => {
    const jpeg = writeJpeg({
      width: 64,
      height: 64,
      components: busyComponents([
        [2, 2],
        [1, 1],
        [1, 1],
      ]),
    });
    const frame = readJpegFrame(jpeg);
    const cut = jpeg.slice(0, frame.layout.scans[0].dataStart + 300);
    expect(() => {
      runAtOnce(streamSamples(cut, readJpegFrame(cut), () => undefined));
    }).toThrow("jpeg damaged");
    const loud = writeJpeg({ width: 8, height: 8, divisor: 255, components: busyComponents([[1, 1]], 12) });
    expect(() => {
      runAtOnce(streamSamples(loud, readJpegFrame(loud), () => undefined));
    }).toThrow("jpeg unsupported");
  });

  it("makes the pixels that libvips makes of mutated files, or throws its own errors", async () => {
    const random = seededNumbers(11);
    const photograph = new Uint8Array(await photo(5, 96, 64));
    const alone = {
      width: 45,
      height: 51,
      divisor: 3,
      components: busyComponents([
        [2, 2],
        [1, 1],
        [1, 1],
      ]),
    };
    let decoded = 0;
    let refused = 0;
    for (const source of [photograph, writeJpeg({ ...alone, interleaved: false })]) {
      const { dataStart } = readJpegFrame(source).layout.scans[0];
      for (let round = 0; round < 150; round++) {
        const mutated = source.slice();
        // Mostly in the data: a header that is hit is nearly always refused.
        const from = round % 5 === 0 ? 2 : dataStart;
        mutated[from + Math.floor(random() * (source.length - from))] = Math.floor(random() * 256);
        const pixels = tryToDecode(mutated);
        if (pixels === undefined) {
          refused++;
          continue;
        }
        const expected = await sharpPixels(mutated).catch(() => undefined);
        if (expected?.length !== pixels.length) continue;
        decoded++;
        expect(countDifferences(pixels, expected), `round ${round}`).toBe(0);
      }
    }
    expect(decoded).toBeGreaterThan(30);
    expect(refused).toBeGreaterThan(30);
  });

  it("passes on what its consumer throws", () => {
    const jpeg = writeJpeg({ width: 8, height: 8, components: busyComponents([[1, 1]]) });
    const read = streamSamples(jpeg, readJpegFrame(jpeg), () => {
      throw new RangeError("enough");
    });
    expect(() => {
      runAtOnce(read);
    }).toThrow("enough");
  });
});

describe("estimateSampleMemory()", () => {
  const make = (height: number, interleaved: boolean) => {
    const components = [1, 2, 3, 4].map(() => ({ h: 1, v: 1, coefficient: () => 0 }));
    const jpeg = writeJpeg({ width: 800, height, components, interleaved });
    return readJpegFrame(jpeg);
  };

  it("does not grow with the height where the coefficients are streamed", () => {
    expect(estimateSampleMemory(make(800, true))).toBe(estimateSampleMemory(make(80, true)));
    expect(estimateSampleMemory(make(800, true))).toBeLessThan(1.5e6);
    expect(estimateSampleMemory(make(800, false))).toBeGreaterThan(2 * estimateSampleMemory(make(800, true)));
  });

  it("is what decodeRgba() needs beside its result", () => {
    const frame = { ...make(80, true) };
    expect(estimateRgbaMemory(frame)).toBe(estimateSampleMemory(frame) + 800 * 80 * 4);
  });
});

describe("decodeRgba()", () => {
  it("takes three components without marks for YCbCr, and named R, G, B for RGB", async () => {
    const jpeg = writeJpeg({
      width: 24,
      height: 24,
      divisor: 3,
      components: busyComponents([
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
    });
    expect(countDifferences(decode(jpeg), await sharpPixels(jpeg))).toBe(0);
    const renamed = renameComponents(jpeg, "RGB");
    expect(readJpegFrame(renamed).components.map(({ id }) => id)).toEqual([82, 71, 66]);
    expect(countDifferences(decode(renamed), await sharpPixels(renamed))).toBe(0);
    expect(countDifferences(decode(renamed), await sharpPixels(jpeg))).toBeGreaterThan(0);
  });

  it.each([2, 4])("refuses %i components", (count) => {
    const jpeg = writeJpeg({
      width: 8,
      height: 8,
      components: busyComponents(Array.from({ length: count }, () => [1, 1] as const)),
    });
    expect(() => runAtOnce(decodeRgba(jpeg, readJpegFrame(jpeg)))).toThrow("jpeg unsupported");
  });
});

/** Changes the identifiers 1, 2, 3 in the frame and in the scan. */
function renameComponents(jpeg: Uint8Array, names: string): Uint8Array {
  const renamed = jpeg.slice();
  for (let at = 2; at < jpeg.length;) {
    const code = jpeg[at + 1];
    const [first, step] = code === 0xc0 ? [at + 10, 3] : [at + 5, 2];
    if (code === 0xc0 || code === 0xda)
      for (const [i, name] of [...names].entries()) renamed[first + step * i] = name.charCodeAt(0);
    if (code === 0xda) break;
    at += 2 + (jpeg[at + 2] << 8) + jpeg[at + 3];
  }
  return renamed;
}
