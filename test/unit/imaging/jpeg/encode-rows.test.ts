/** Judged by libjpeg: the same tables, no more bytes and no more error than its own files of the same quality. */
import sharp, { type OutputInfo } from "sharp";
import { describe, expect, test } from "vitest";
import { encodeJpegRows, type JpegRowsSettings } from "../../../../src/imaging/jpeg/encode-rows.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";

function scene(width: number, height: number, isGray = false) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const wave = 120 + 100 * Math.sin(x / 19) * Math.cos(y / 23) + (Math.imul(at, 2_654_435_761) >>> 28);
    data.set(isGray ? [wave, wave, wave, 255] : [wave, 255 - wave, (3 * x + y) & 255, 255], 4 * at);
  }
  return { data, width, height };
}

function meanError(pixels: ReturnType<typeof scene>, shown: { data: Buffer; info: OutputInfo }): number {
  const { channels } = shown.info;
  let sum = 0;
  for (let at = 0; at < pixels.width * pixels.height; at++) {
    for (let channel = 0; channel < 3; channel++) {
      sum += Math.abs((pixels.data[4 * at + channel] ?? 0) - (shown.data[channels * at + (channel % channels)] ?? 0));
    }
  }
  return sum / (3 * pixels.width * pixels.height);
}

describe("encodeJpegRows()", () => {
  test.each([
    [200, 150, 85, "4:2:0"],
    [161, 97, 92, "4:4:4"],
    [33, 50, 30, "4:2:0"],
    [1, 1, 75, "4:2:0"],
    [17, 3, 100, "4:4:4"],
    [90, 70, 85, "gray"],
  ] as const)("%i × %i at quality %i, %s, is as good as libjpeg's", async (width, height, quality, chroma) => {
    const pixels = scene(width, height, chroma === "gray");
    const settings: JpegRowsSettings = { quality, chroma };
    const file = runAtOnce(encodeJpegRows(pixels, settings));
    const image = sharp(pixels.data, { raw: { width, height, channels: 4 } }).removeAlpha();
    const theirs = await (chroma === "gray" ? image.toColourspace("b-w") : image)
      .jpeg({ quality, ...(chroma !== "gray" && { chromaSubsampling: chroma }), optimiseCoding: true })
      .toBuffer();
    const [own, reference] = [readJpegFrame(file), readJpegFrame(new Uint8Array(theirs))];
    const describeComponents = ({ components }: typeof own) =>
      components.map((each) => [each.horizontalSampling, each.verticalSampling, ...each.quantisation]);
    expect(describeComponents(own)).toEqual(describeComponents(reference));
    expect(own.jfif).toBe(true);
    const [shown, shownTheirs] = await Promise.all(
      [file, theirs].map((each) => sharp(each).raw().toBuffer({ resolveWithObject: true })),
    );
    if (shown === undefined || shownTheirs === undefined) throw new Error("not decoded");
    expect(shown.info).toMatchObject({ width, height });
    expect(meanError(pixels, shown)).toBeLessThanOrEqual(meanError(pixels, shownTheirs) * 1.02 + 0.1);
    expect(file.length).toBeLessThanOrEqual(theirs.length * 1.02 + 20);
  });
});
