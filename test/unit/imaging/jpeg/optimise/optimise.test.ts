/** Optimised files against their sources by decoders that are not ours: sharp everywhere, libjpeg-turbo's tools where they are. */
import sharp from "sharp";
import type { JpegOptions } from "sharp";
import { describe, expect, it } from "vitest";
import { optimiseJpeg as optimise } from "../optimise-jpeg.ts";
import type { MetadataParts } from "../../../../../src/imaging/jpeg/optimise/metadata.ts";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import { fixture } from "../../probe/bytes.ts";
import { hasCorpus } from "../../../../support/pictures.ts";
import {
  canonicalCoefficients,
  corpusJpegs,
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

const nothingElse: MetadataParts = { icc: false, orientation: false, jfif: false, adobe: false };
const everything = { metadata: "keep" } as const;

/** Every check that is there: pixels by sharp, coefficients and divisors by libjpeg-turbo's tools. */
async function expectSamePicture(optimised: Uint8Array, source: Uint8Array, title: string): Promise<void> {
  expect((await sharpPixels(optimised)).equals(await sharpPixels(source)), `${title}: sharp`).toBe(true);
  if (!hasJpegTools) return;
  const expected = canonicalCoefficients(source);
  expect(expected.length, title).toBeGreaterThan(0);
  expect(canonicalCoefficients(optimised).equals(expected), `${title}: jpegtran`).toBe(true);
}

async function jpegOf(
  width: number,
  height: number,
  options: JpegOptions = {},
  channels: "rgb" | "gray" = "rgb",
): Promise<Uint8Array> {
  const picture = sharp(testPicture(width, height).data, { raw: { width, height, channels: 3 } });
  return new Uint8Array(await (channels === "gray" ? picture.grayscale() : picture).jpeg(options).toBuffer());
}

describe("writeOptimised()", () => {
  it.each([1, 2, 7, 8, 9, 15, 16, 17])("keeps the picture at width %i and every height to 33", async (width) => {
    for (const height of [1, 2, 8, 9, 16, 17, 31, 33]) {
      const source = await jpegOf(width, height, { progressive: height % 2 === 0, quality: 90 });
      await expectSamePicture(optimise(source, everything), source, `${width} × ${height}`);
    }
  });

  it.each([
    ["wide", 2049, 1],
    ["tall", 8, 3000],
    ["large", 300, 700],
  ])("keeps a %s picture", async (_, width, height) => {
    const source = await jpegOf(width, height, { quality: 75 });
    await expectSamePicture(optimise(source, everything), source, `${width} × ${height}`);
  });

  it("keeps pictures of every quality, sequential or progressive, gray or coloured", async () => {
    for (const quality of [1, 20, 50, 80, 95, 100]) {
      for (const progressive of [false, true]) {
        for (const [subsampling, channels] of [
          ["4:2:0", "rgb"],
          ["4:4:4", "rgb"],
          ["4:4:4", "gray"],
        ] as const) {
          const source = await jpegOf(150, 110, { quality, progressive, chromaSubsampling: subsampling }, channels);
          await expectSamePicture(optimise(source, everything), source, `${quality} ${progressive} ${subsampling}`);
        }
      }
    }
  });

  it("keeps refinements exact: mozjpeg's scripts, and its own output optimised again", async () => {
    const source = await jpegOf(400, 300, { quality: 92, mozjpeg: true });
    const optimised = optimise(source, everything);
    await expectSamePicture(optimised, source, "mozjpeg");
    expect(optimise(optimised, everything)).toEqual(optimised);
  });

  it("keeps extreme coefficients and long runs in all scans", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const components = [0, 1, 2].map((index) => ({
        h: index === 0 ? 2 : 1,
        v: 1,
        coefficient: extremes(seed + 50 * index),
      }));
      const source = writeJpeg({ width: 200, height: 90, components, divisor: 1 });
      await expectSamePicture(optimise(source, everything), source, `seed ${seed}`);
    }
  });

  it("keeps quantisation tables of 16 bits, in files that may have them", async () => {
    const coefficient = (x: number, y: number, k: number) => (k === 0 ? ((x + y) % 5) - 2 : k === 9 ? 1 : 0);
    for (const width of [9, 400]) {
      const source = writeJpeg({ width, height: width, components: [{ h: 1, v: 1, coefficient }], divisor: 300 });
      const optimised = optimise(source, everything);
      expect(optimised[optimised.indexOf(0xdb) - 1]).toBe(0xff);
      expect(readJpegFrame(optimised).components[0].quantisation).toEqual(new Uint16Array(64).fill(300));
      await expectSamePicture(optimised, source, `${width}`);
    }
  });

  it("keeps a run of ended blocks that is longer than one symbol can say", async () => {
    const coefficient = (x: number, _y: number, k: number) => (x === 0 && (k === 0 || k === 3) ? 5 : 0);
    const source = writeJpeg({ width: 8, height: 8 * 300, components: [{ h: 1, v: 1, coefficient: () => 0 }] });
    await expectSamePicture(optimise(source, everything), source, "no coefficients");
    const long = writeJpeg({ width: 1600, height: 1400, components: [{ h: 1, v: 1, coefficient }] });
    await expectSamePicture(optimise(long, everything), long, "35,000 blocks");
  });

  it("drops restart intervals, fill bytes and bytes after the end", async () => {
    const coefficient = extremes(7);
    const plain = { width: 64, height: 64, components: [{ h: 1, v: 1, coefficient }] };
    const expected = optimise(writeJpeg(plain), everything);
    const end = Uint8Array.of(0xff, 0xd9, 1, 2, 3);
    const source = writeJpeg({ ...plain, restartInterval: 3, fill: [0xff], end });
    expect(optimise(source, everything)).toEqual(expected);
    await expectSamePicture(expected, source, "restart intervals");
  });

  it.skipIf(!hasJpegTools)(`keeps the picture of every sampling that cjpeg makes${withoutTools}`, async () => {
    const { ppm } = testPicture(91, 67);
    for (const sample of [
      "1x1",
      "2x1",
      "1x2",
      "2x2",
      "4x1",
      "1x4",
      "4x2",
      "2x4",
      "1x1,2x2,2x2",
      "2x2,2x1,1x2",
      "2x1,1x2,1x1",
      "3x1",
      "1x3",
    ]) {
      for (const args of [[], ["-progressive"], ["-restart", "1"], ["-rgb"], ["-optimize", "-restart", "3B"]]) {
        const { output, failed } = runTool("cjpeg", ["-quality", "85", "-sample", sample, ...args], ppm);
        expect(failed, sample).toBe(false);
        await expectSamePicture(optimise(output, everything), output, `${sample} ${args.join(" ")}`);
      }
    }
  });

  it.skipIf(!hasCorpus)(`keeps the picture of every JPEG of the corpus${withoutCorpus}`, async () => {
    for (const path of corpusJpegs) {
      const source = readCorpus(path);
      const optimised = optimise(source, everything);
      await expectSamePicture(optimised, source, path);
    }
  });

  it.skipIf(!hasCorpus || !hasJpegTools)(
    `is in sum no larger than jpegtran's optimised progressive files of the corpus${withoutCorpus || withoutTools}`,
    () => {
      let ours = 0;
      let theirs = 0;
      for (const path of corpusJpegs) {
        const source = readCorpus(path);
        const optimised = optimise(source, { metadata: { ...nothingElse, jfif: true, adobe: true } }).length;
        const other = runTool("jpegtran", ["-copy", "none", "-optimize", "-progressive"], source).output.length;
        expect(optimised, path).toBeLessThan(other * 1.01);
        ours += optimised;
        theirs += other;
      }
      expect(ours).toBeLessThan(theirs);
    },
  );
});

/** Coefficients at both ends of what 8-bit samples give, after runs of every length; blocks without any in between. */
function extremes(seed: number): (x: number, y: number, k: number) => number {
  return (x, y, k) => {
    const block = seededNumbers(seed + 31 * (x + 500 * y));
    block();
    const density = block() < 0.3 ? 0 : block() ** 3;
    if (k === 0) return block() < 0.5 ? 1000 - Math.floor(block() * 3) : -1000;
    const random = seededNumbers(seed + 31 * (x + 500 * y) + 1_000_003 * k);
    random();
    if (random() > density) return 0;
    const magnitude = Math.max(1, Math.floor(1023 ** (random() ** 2)));
    return random() < 0.5 ? magnitude : -magnitude;
  };
}

describe("writeOptimised() metadata", () => {
  const oriented = () => fixture("sideways_bench_orient5_icc.jpg");

  it("keeps every segment with `keep`", async () => {
    const before = await sharp(oriented()).metadata();
    const after = await sharp(optimise(oriented(), everything)).metadata();
    expect(before.exif).toBeDefined();
    expect(after.exif).toEqual(before.exif);
    expect(after.icc).toEqual(before.icc);
    expect(after.orientation).toBe(5);
  });

  it("carries the orientation in an EXIF block of its own, and nothing else of it", async () => {
    const optimised = optimise(oriented(), { metadata: { ...nothingElse, orientation: true } });
    const after = await sharp(optimised).metadata();
    expect(after.orientation).toBe(5);
    expect(after.exif?.length).toBe(32);
    expect(after.icc).toBeUndefined();
  });

  it("carries the ICC profile byte for byte", async () => {
    const optimised = optimise(oriented(), { metadata: { ...nothingElse, icc: true } });
    const after = await sharp(optimised).metadata();
    expect(after.icc).toEqual((await sharp(oriented()).metadata()).icc);
    expect(after.exif).toBeUndefined();
    expect(after.orientation).toBeUndefined();
  });

  it("writes further segments as they are handed in", () => {
    const extra = [Uint8Array.of(0xff, 0xfe, 0, 4, 0x68, 0x69)];
    const optimised = optimise(oriented(), { metadata: { ...nothingElse, extra } });
    expect(Buffer.from(optimised).includes(Buffer.from(extra[0]))).toBe(true);
  });

  it("writes JFIF without its thumbnail", () => {
    const jfif = [0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 1, 0, 72, 0, 72, 1, 1, 9, 9, 9];
    const source = writeJpeg({
      width: 8,
      height: 8,
      components: [{ h: 1, v: 1, coefficient: () => 0 }],
      extra: [Uint8Array.from([0xff, 0xe0, 0, jfif.length + 2, ...jfif])],
    });
    const optimised = optimise(source, { metadata: { ...nothingElse, jfif: true } });
    expect([...optimised.subarray(2, 20)]).toEqual([0xff, 0xe0, 0, 16, ...jfif.slice(0, 12), 0, 0]);
    expect(readJpegFrame(optimised).jfif).toBe(true);
  });

  it("keeps the markers that decide about colours although they are not asked for", async () => {
    const adobe = (transform: number) =>
      Uint8Array.from([0xff, 0xee, 0, 14, ...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, transform]);
    const components = [0, 1, 2, 3].map((index) => ({
      h: 1,
      v: 1,
      coefficient: (x: number, _y: number, k: number) => (k === 0 ? 20 * x - 30 * index : 0),
    }));
    for (const [count, transform] of [
      [3, 0],
      [3, 1],
      [4, 0],
      [4, 2],
    ]) {
      const source = writeJpeg({
        width: 30,
        height: 8,
        components: components.slice(0, count),
        divisor: 8,
        extra: [adobe(transform)],
      });
      const optimised = optimise(source, { metadata: nothingElse });
      const { adobeTransform } = readJpegFrame(optimised);
      expect(adobeTransform).toBe(count === 3 && transform === 1 ? undefined : transform);
      expect((await sharpPixels(optimised)).equals(await sharpPixels(source)), `${count} ${transform}`).toBe(true);
    }
  });
});
