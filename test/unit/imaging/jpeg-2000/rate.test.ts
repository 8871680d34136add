import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { estimateJpegBytes } from "../../../../src/imaging/jpeg-2000/jpeg-size.ts";
import { compressionRatio } from "../../../../src/imaging/jpeg-2000/rate.ts";
import { photoPng } from "../../../support/pictures.ts";

async function photograph(width: number, height: number): Promise<Pixels> {
  const data = await sharp(await photoPng(1, width, height))
    .ensureAlpha()
    .raw()
    .toBuffer();
  return { data: new Uint8ClampedArray(data), width, height };
}

/** What libjpeg writes, headers and tables taken off. */
async function jpegScanBytes({ data, width, height }: Pixels, quality: number, gray = false): Promise<number> {
  const picture = sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
  const options = { quality, chromaSubsampling: "4:2:0", optimiseCoding: true } as const;
  const size = async (source: typeof picture) => (await source.jpeg(options).toBuffer()).length;
  const flat = sharp({ create: { width: 16, height: 16, channels: 3, background: "gray" } });
  return gray
    ? (await size(picture.toColourspace("b-w"))) - (await size(flat.toColourspace("b-w")))
    : (await size(picture)) - (await size(flat));
}

const whole = ({ width, height }: Pixels) => ({ x: 0, y: 0, width, height });

describe("estimateJpegBytes()", () => {
  let small: Pixels;
  let large: Pixels;
  beforeAll(async () => {
    small = await photograph(200, 150);
    large = await photograph(900, 700);
  });

  it.each([50, 65, 75, 85, 92, 97])(
    "is within a fifth of what libjpeg needs for a photograph at quality %i",
    async (quality) => {
      for (const picture of [small, large]) {
        const share = estimateJpegBytes(picture, whole(picture), 3, quality) / (await jpegScanBytes(picture, quality));
        expect(share).toBeGreaterThan(0.8);
        expect(share).toBeLessThan(1.25);
      }
    },
  );

  it("leaves the chroma out for one component", async () => {
    const { data, width, height } = small;
    const gray = data.map((_, at) => (at % 4 === 3 ? 255 : (data[at - (at % 4)] ?? 0)));
    const picture = { data: gray, width, height };
    const share = estimateJpegBytes(picture, whole(picture), 1, 80) / (await jpegScanBytes(picture, 80, true));
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(1.25);
  });

  it("looks at the given tile only", () => {
    const data = new Uint8ClampedArray(4 * 64 * 64).fill(128);
    for (let y = 0; y < 64; y++)
      for (let x = 32; x < 64; x++) data.fill((x * 37 * (y + 3)) & 255, 4 * (64 * y + x), 4 * (64 * y + x) + 3);
    const picture = { data, width: 64, height: 64 };
    const left = estimateJpegBytes(picture, { x: 0, y: 0, width: 32, height: 64 }, 3, 75);
    const right = estimateJpegBytes(picture, { x: 32, y: 0, width: 32, height: 64 }, 3, 75);
    expect(right).toBeGreaterThan(20 * left);
  });
});

describe("compressionRatio()", () => {
  it("falls as quality rises, from 1 to 100", async () => {
    const picture = await photograph(128, 96);
    const ratios = [1, 10, 25, 40, 50, 60, 75, 85, 92, 96, 100].map((quality) =>
      compressionRatio(picture, whole(picture), 3, quality),
    );
    expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
    expect(new Set(ratios).size).toBe(ratios.length);
  });

  it.each([-5, 0, 0.2, 101, 1000])("is a number that the encoder takes at quality %d", async (quality) => {
    const picture = await photograph(40, 30);
    const ratio = compressionRatio(picture, whole(picture), 3, quality);
    expect(ratio).toBeGreaterThanOrEqual(1);
    expect(ratio).toBeLessThan(100);
  });

  it("is 1 for a single pixel, whose headers alone are longer", () => {
    const pixel = { data: new Uint8ClampedArray([1, 2, 3, 255]), width: 1, height: 1 };
    expect(compressionRatio(pixel, whole(pixel), 3, 75)).toBe(1);
  });
});
