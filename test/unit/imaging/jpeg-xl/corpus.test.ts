import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readPacked, streamBands } from "../../../../src/imaging/jpeg/decode/read-coefficients.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { writeJxl } from "../../../../src/imaging/jpeg-xl/write.ts";
import type { JxlOptions } from "../../../../src/imaging/jpeg-xl/write.ts";
import { hasCorpus } from "../../../support/pictures.ts";
import { decodeFloat } from "../jpeg/float-jpeg.ts";
import type { BandConsumer } from "../../../../src/imaging/jpeg/frame.ts";
import { readPlanes } from "../jpeg/read-planes.ts";
import { decodeJxl } from "./decoder.ts";
import { cjxl, djxl, hasJxlTools, largestDifference, withoutJxlTools } from "./oracle.ts";
import {
  corpusJpegs,
  hasJpegTools,
  readCorpus,
  runTool,
  testPicture,
  withoutCorpus,
  withoutTools,
} from "../jpeg/oracles.ts";

function transcode(jpeg: Uint8Array, options: Partial<JxlOptions> = {}): Uint8Array {
  const frame = readJpegFrame(jpeg);
  const all = { exact: false, iccProfile: frame.iccProfile, orientation: frame.orientation, ...options };
  const sourceBytes = jpeg.length;
  if (frame.shape === "streamed")
    return runAtOnce(writeJxl({ frame, sourceBytes, stream: (consume) => streamBands(jpeg, frame, consume) }, all));
  const dense = runAtOnce(readPacked(jpeg, frame));
  const source = {
    frame,
    sourceBytes,
    stream: (consume: BandConsumer) => dense.takeBands(consume),
    dcPlanes: dense.dc,
  };
  return runAtOnce(writeJxl(source, all));
}

/** One result for each corpus file, however many tests judge it. */
function oncePerFile<Result>(make: (jpeg: Uint8Array) => Result): (path: string) => Result {
  const made = new Map<string, Result>();
  return (path) => {
    const result = made.get(path) ?? make(readCorpus(path));
    made.set(path, result);
    return result;
  };
}

const transcoded = oncePerFile((jpeg) => transcode(jpeg));
const transcodedByCjxl = oncePerFile(cjxl);

function expectSameCoefficients(jpeg: Uint8Array, jxl = transcode(jpeg)): void {
  const frame = readJpegFrame(jpeg);
  const planes = readPlanes(jpeg, frame);
  const { channels, orientation, iccProfile } = decodeJxl(jxl);
  expect(orientation).toBe(frame.orientation);
  expect(iccProfile).toEqual(frame.iccProfile);
  planes.forEach((plane, index) => {
    if (plane.some((value, i) => value !== channels[index].coefficients[i])) expect.fail(`component ${index}`);
  });
}

const suitable = corpusJpegs.filter((path) => !path.startsWith("jpeg-cmyk/"));

/** Those that a slow decoder can read in a second. */
const small = suitable.filter((path) => readCorpus(path).length < 160_000);

test.each(["stream.jpg", "one_pixel.jpg", "sideways_bench_orient5_icc.jpg"])(
  "%s has the coefficients, profile and orientation that it had",
  (name) => {
    expectSameCoefficients(new Uint8Array(readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url))));
  },
);

describe.skipIf(!hasCorpus)(`corpus${withoutCorpus}`, () => {
  test.each(small)("%s has the coefficients, profile and orientation that it had", (path) => {
    expectSameCoefficients(readCorpus(path), transcoded(path));
  });

  test("its photographs shrink by 14 % at least", () => {
    const photographs = suitable.filter((path) => path.startsWith("jpeg/"));
    const before = photographs.reduce((sum, path) => sum + readCorpus(path).length, 0);
    const after = photographs.reduce((sum, path) => sum + transcoded(path).length, 0);
    expect(after / before).toBeLessThan(0.86);
  });
});

describe.skipIf(!hasCorpus || !hasJxlTools)(`corpus and libjxl${withoutCorpus}${withoutJxlTools}`, () => {
  test.each(small)("%s decodes to what cjxl's file decodes to", (path) => {
    expect(largestDifference(djxl(transcoded(path)), djxl(transcodedByCjxl(path)))).toBeLessThan(0.3);
  });

  test.each(small)("%s in the exact form is the JPEG", (path) => {
    const jpeg = readCorpus(path);
    const frame = readJpegFrame(jpeg);
    const shown = djxl(transcode(jpeg, { exact: true, orientation: 1 }));
    expect(largestDifference(shown, decodeFloat(frame, readPlanes(jpeg, frame)))).toBeLessThan(0.3);
  });

  test("is at most 1 % larger than what cjxl makes of it", () => {
    // Files with other things in them than the picture would flatter us: cjxl keeps these.
    const photographs = small.filter((path) => path.startsWith("jpeg/"));
    const ours = photographs.reduce((sum, path) => sum + transcoded(path).length, 0);
    const theirs = photographs.reduce((sum, path) => sum + transcodedByCjxl(path).length, 0);
    expect(ours / theirs).toBeLessThan(1.01);
  });
});

/** Sampling of the components, luma first, as cjpeg takes it. */
const samplings = [
  "1x1",
  "2x1",
  "1x2",
  "2x2",
  "1x1,2x1,1x1",
  "1x1,2x2,2x2",
  "2x1,1x2,1x1",
  "2x2,2x1,1x2",
  "1x2,1x1,1x2",
];
const variants = [[], ["-progressive"], ["-restart", "3B"], ["-optimize", "-restart", "1"], ["-grayscale"]];

describe.skipIf(!hasJpegTools)(`cjpeg${withoutTools}`, () => {
  test.each(samplings)("its files with sampling %s keep their coefficients", (sampling) => {
    for (const variant of variants) {
      for (const [width, height] of [
        [1, 1],
        [17, 33],
        [270, 41],
      ]) {
        const { output } = runTool(
          "cjpeg",
          ["-quality", "90", "-sample", sampling, ...variant],
          testPicture(width, height).ppm,
        );
        expectSameCoefficients(new Uint8Array(output));
      }
    }
  });
});
