import { describe, expect, it } from "vitest";
import type { EncodeSettings } from "../../../../src/imaging/model/settings.ts";
import type { Picture } from "../../../../src/imaging/model/picture.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { encodeToScore } from "../../../../src/imaging/encode/encode-to-score.ts";
import { createPixelEngine } from "../../../../src/imaging/create-pixel-engine.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { measureDissimilarity } from "../../../../src/imaging/pixels/dissimilarity.ts";
import { scoreScaleOf, predictScore } from "../../../../src/imaging/cost/score.ts";

/** Waves with some grain, which every encoder damages. */
function scene(width: number, height: number): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  let state = 7;
  for (let at = 0; at < data.length; at += 4) {
    const x = (at / 4) % width;
    const y = Math.floor(at / 4 / width);
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    const grain = (state >>> 28) - 8;
    const wave = 60 * Math.sin((x * x) / 3000 + y / 9) + 30 * Math.cos(y / 3);
    data.set([128 + wave + grain, 120 + wave / 2 + grain, 140 - wave / 2 + grain, 255], at);
  }
  return { pixels: { data, width, height }, profile: undefined };
}

const webp = { format: "webp", lossless: false, coder: "libwebp", quality: 80, method: 4, sharpYuv: true } as const;
const avif = { format: "avif", quality: 60, speed: 8, chroma: "4:4:4", bitDepth: 8 } as const;

describe("decodeVariant()", () => {
  it.each<[string, EncodeSettings]>([
    ["WebP", webp],
    ["AVIF of 8 bits", { ...avif, chroma: "4:2:0" }],
    ["AVIF of 10 bits", { ...avif, bitDepth: 10 }],
    ["AVIF of 10 bits with halved colour", { ...avif, chroma: "4:2:0", bitDepth: 10 }],
  ])("gives the pixels of a %s back, and keeps no memory", async (_, settings) => {
    const engine = createPixelEngine();
    const picture = scene(321, 203);
    const file = await engine.encode(picture, settings);
    const before = engine.liveBytes();
    const pixels = await engine.decodeVariant(file, settings.format === "webp" ? "webp" : "avif");
    expect(pixels).toMatchObject({ width: 321, height: 203 });
    expect(engine.liveBytes()).toBe(before);
    const errors = pixels.data.map((sample, at) => Math.abs(sample - (picture.pixels.data[at] ?? 0)));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(6);
  });

  it("takes nothing for a picture that is none", async () => {
    const engine = createPixelEngine();
    for (const format of ["webp", "avif"] as const) {
      await expect(engine.decodeVariant(new Uint8Array(100), format)).rejects.toThrow(ImagingError);
    }
  });
});

describe("encodeToScore() with the real encoders", () => {
  it.each([webp, avif, { ...avif, bitDepth: 10 } as const])(
    "comes to the same look from either side: %o",
    async (settings) => {
      const engine = createPixelEngine();
      const picture = scene(400, 300);
      const score = 78;
      const scoreOf = async (file: Uint8Array): Promise<number> => {
        const unlike = measureDissimilarity(picture.pixels, await engine.decodeVariant(file, settings.format));
        return predictScore(scoreScaleOf(settings), unlike ?? NaN);
      };
      for (const change of [-10, 10]) {
        const quality = settings.quality + change;
        const first = await engine.encode(picture, { ...settings, quality });
        const goOn = async (): Promise<boolean> => {
          engine.dropIdle();
          return true;
        };
        const corrected = await encodeToScore(
          engine,
          picture,
          { ...settings, quality, target: { score, isMinimum: false } },
          { mayGoOn: goOn, pause: async () => undefined },
        );
        expect(await probeImage(corrected)).toMatchObject({ format: settings.format, width: 400, height: 300 });
        const [before, after] = [await scoreOf(first), await scoreOf(corrected)];
        expect(Math.abs(after - score)).toBeLessThanOrEqual(Math.max(1, Math.abs(before - score)));
      }
    },
  );
});
