import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { random } from "../../jpeg-xr/samples.ts";
import { loadKernel } from "./kernel.ts";
import { type Encoded, encodeYuv, toRgb, type Yuv, yuvSize } from "./shown.ts";

const kernel = loadKernel();

async function decode(file: Uint8Array): Promise<{ width: number; height: number; rgb: Buffer }> {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { width: info.width, height: info.height, rgb: data };
}

/** libwebp shows each sample that the encoder expects. */
async function expectShown({ file, shown }: Encoded): Promise<void> {
  const { width, height, rgb } = await decode(file);
  expect([width, height]).toEqual([shown.width, shown.height]);
  expect(Buffer.from(toRgb(shown)).equals(rgb)).toBe(true);
}

function picture(width: number, height: number, sample: (index: number) => number): Yuv {
  return { width, height, samples: Uint8Array.from({ length: yuvSize(width, height) }, (_, index) => sample(index)) };
}

function noise(width: number, height: number, seed: number): Yuv {
  const next = random(seed);
  return picture(width, height, () => 256 * next());
}

/** Only black and white, of which single pixels are noise. */
function blackAndWhite(width: number, height: number): Yuv {
  const next = random(9);
  return picture(width, height, () => (next() < 0.5 ? 16 : 235));
}

const stripes = (width: number, height: number): Yuv =>
  picture(width, height, (index) => (index < width * height && (index % width) % 2 === 0 ? 235 : 16));

const photograph: Yuv = {
  width: 64,
  height: 48,
  samples: new Uint8Array(readFileSync(new URL("../../../../fixtures/webp-rows/photo64x48.yuv", import.meta.url))),
};

describe("a decoder shows what the encoder expects", () => {
  it.each([
    [1, 1],
    [1, 2],
    [2, 1],
    [1, 40],
    [40, 1],
    [15, 17],
    [16, 16],
    [17, 33],
    [31, 32],
    [64, 47],
  ])("%i × %i of noise", async (width, height) => {
    for (const index of [0, 30, 127]) await expectShown(encodeYuv(kernel, noise(width, height, width), index));
  });

  it.each([
    { title: "noise", yuv: noise(40, 24, 3) },
    { title: "a photograph", yuv: photograph },
  ])("$title at every quantiser index", async ({ yuv }) => {
    for (let index = 0; index < 128; index++) await expectShown(encodeYuv(kernel, yuv, index));
  });

  it.each([
    { title: "black and white noise", yuv: blackAndWhite(80, 48) },
    { title: "stripes", yuv: stripes(80, 48) },
    { title: "nothing", yuv: picture(80, 48, () => 128) },
  ])("$title", async ({ yuv }) => {
    for (const index of [0, 1, 40, 127]) await expectShown(encodeYuv(kernel, yuv, index));
  });

  it.each([
    [16_383, 20],
    [20, 16_383],
  ])("%i × %i", async (width, height) => {
    await expectShown(encodeYuv(kernel, noise(width, height, 5), 60));
  });

  it("also where modes have hardly any room", async () => {
    const yuv = noise(512, 512, 7);
    const free = encodeYuv(kernel, yuv, 20);
    // 11 bits are kept for each of 1024 macroblocks, and 2048 bytes for the header.
    const tight = encodeYuv(kernel, yuv, 20, 4000);
    await expectShown(free);
    await expectShown(tight);
    expect(firstPartitionBytes(free.file)).toBeGreaterThan(4000);
    expect(firstPartitionBytes(tight.file)).toBeLessThanOrEqual(4000);
  });
});

/** RFC 6386 §9.1. */
function firstPartitionBytes(file: Uint8Array): number {
  return (file[20] | (file[21] << 8) | (file[22] << 16)) >> 5;
}
