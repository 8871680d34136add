/** Lossy JPEGs against files of the same coefficients that share no code with the project, by libjpeg through sharp. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { targetScore } from "../../../../../src/imaging/cost/score.ts";
import { naturalOrder, type JpegFrame } from "../../../../../src/imaging/jpeg/frame.ts";
import { lossyDivisors } from "../../../../../src/imaging/jpeg/optimise/lossy.ts";
import { estimateQuality } from "../../../../../src/imaging/jpeg/quality.ts";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import type { RecompressedFile } from "../../../../../src/imaging/recompress/recompressed-file.ts";
import { recompressJpeg } from "../../../../../src/imaging/recompress/recompress.ts";
import { describeRecompress } from "../../../../../src/imaging/recompress/predict.ts";
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { hasCorpus } from "../../../../support/pictures.ts";
import { corpusJpegs, readCorpus, sharpPixels, testPicture, withoutCorpus } from "../oracles.ts";
import { readPlanes } from "../read-planes.ts";
import { requantisePlanes } from "../requantise/expected.ts";
import { writeJpeg } from "../written-jpeg.ts";

function recompress(jpeg: Uint8Array, target: number): RecompressedFile {
  const recipe = { kind: "recompress", format: "jpeg", exact: false, targetScore: target } as const;
  return runAtOnce(recompressJpeg(jpeg, recipe, "none"));
}

const inZigzag = ({ quantisation }: JpegFrame["components"][number]): number[] =>
  Array.from(naturalOrder, (place) => quantisation[place]);

/** The file that the coefficients of `source` make with the divisors of `lossy`. */
function expectedFile(source: Uint8Array, lossy: Uint8Array): Uint8Array {
  const frame = readJpegFrame(source);
  const { components } = readJpegFrame(lossy);
  const steps = components.map(({ quantisation }) => quantisation);
  const planes = requantisePlanes(frame, readPlanes(source, frame), steps);
  return writeJpeg({
    width: frame.width,
    height: frame.height,
    components: frame.components.map(({ horizontalSampling, verticalSampling, paddedBlocksWide }, index) => ({
      h: horizontalSampling,
      v: verticalSampling,
      divisors: inZigzag(components[index]),
      coefficient: (x, y, k) => planes[index][(y * paddedBlocksWide + x) * 64 + naturalOrder[k]],
    })),
  });
}

const cases = [
  { quality: 92, chromaSubsampling: "4:2:0", progressive: false },
  { quality: 85, chromaSubsampling: "4:4:4", progressive: false },
  { quality: 85, chromaSubsampling: "4:2:0", progressive: true },
  { quality: 97, chromaSubsampling: "4:4:4", progressive: true },
] as const;

describe("a lossy JPEG", () => {
  test.each(cases)("shows the requantised coefficients of %j", async (options) => {
    for (const [width, height] of [
      [233, 150],
      [16, 8],
      [1, 1],
    ]) {
      const picture = sharp(testPicture(width, height).data, { raw: { width, height, channels: 3 } });
      const source = new Uint8Array(await picture.jpeg(options).toBuffer());
      const { bytes } = recompress(source, 75);
      expect((await sharpPixels(bytes)).equals(await sharpPixels(expectedFile(source, bytes)))).toBe(true);
    }
  });

  test("has divisors that are the source's or half as large again, and 255 at most", async () => {
    const picture = sharp(testPicture(64, 64).data, { raw: { width: 64, height: 64, channels: 3 } });
    const frame = readJpegFrame(new Uint8Array(await picture.jpeg({ quality: 90 }).toBuffer()));
    let coarser = 0;
    for (const [index, { quantisation }] of frame.components.entries()) {
      for (const strength of [0.1, 0.3, 0.55, 20]) {
        lossyDivisors(frame, index, strength).forEach((divisor, place) => {
          if (divisor === quantisation[place]) return;
          coarser++;
          // Rounded to a whole number after the comparison.
          expect(divisor + 0.5).toBeGreaterThanOrEqual(1.5 * quantisation[place]);
          expect(divisor).toBeLessThanOrEqual(255);
        });
      }
    }
    expect(coarser).toBeGreaterThan(100);
  });

  test("is refused for colours that are no luma and chroma", async () => {
    const picture = sharp(testPicture(32, 32).data, { raw: { width: 32, height: 32, channels: 3 } });
    const source = new Uint8Array(await picture.toColourspace("cmyk").jpeg().toBuffer());
    expect(readJpegFrame(source).components).toHaveLength(4);
    expect(() => recompress(source, 75)).toThrow("jpeg unsupported: colour-model");
  });
});

describe.skipIf(!hasCorpus)(`corpus${withoutCorpus}`, () => {
  test("photographs of quality 60 and more shrink by a quarter at least at 4 points above the usual look", () => {
    let before = 0;
    let after = 0;
    for (const path of corpusJpegs.filter((name) => name.startsWith("jpeg/"))) {
      const jpeg = readCorpus(path);
      if (describeRecompress(jpeg)?.recompress.isRequantisable !== true) continue;
      const quality = estimateQuality(inZigzag(readJpegFrame(jpeg).components[0]));
      if (quality < 60) continue;
      const { bytes, score } = recompress(jpeg, targetScore(quality) + 4);
      expect(score, path).toBeGreaterThan(70);
      expect(bytes.length, path).toBeLessThan(jpeg.length);
      before += jpeg.length;
      after += bytes.length;
    }
    expect(before).toBeGreaterThan(1e6);
    expect(after / before).toBeLessThan(0.75);
  });
});
