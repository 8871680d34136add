import { describe, expect, it, vi } from "vitest";
import type { EncodeSettings, ScoredSettings } from "../../../../src/imaging/model/settings.ts";
import type { Picture, Pixels } from "../../../../src/imaging/model/picture.ts";
import type { PixelEngine } from "../../../../src/imaging/pixel-engine.ts";
import { encodeToScore } from "../../../../src/imaging/encode/encode-to-score.ts";
import { measureDissimilarity } from "../../../../src/imaging/pixels/dissimilarity.ts";
import { predictScore } from "../../../../src/imaging/cost/score.ts";

const width = 64;
const height = 64;

/** A pattern with an error of so many levels in every other pixel. */
function pixelsWith(error: number): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < data.length; at += 4) {
    const x = (at / 4) % width;
    const y = Math.floor(at / 4 / width);
    const level = 128 + 60 * Math.sin(x / 5) * Math.cos(y / 7) + (((x >> 1) + (y >> 1)) % 2 === 0 ? error : 0);
    data.set([level, level, level, 255], at);
  }
  return { data, width, height };
}

const picture: Picture = { pixels: pixelsWith(0), profile: undefined };
const settings: ScoredSettings = {
  format: "webp",
  lossless: false,
  coder: "libwebp",
  quality: 80,
  method: 4,
  sharpYuv: true,
  target: { score: 77, isMinimum: false },
};

function qualityOf(made: EncodeSettings): number {
  return "quality" in made ? made.quality : Number.NaN;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

async function goOn(): Promise<boolean> {
  await pause();
  return true;
}

/** An engine whose file holds the quality that it was made with, and shows the error that this leaves. */
function engineThatShows(errorOf: (quality: number) => number) {
  const engine = {
    encode: vi.fn<PixelEngine["encode"]>(async (_, made) => Uint8Array.of(qualityOf(made))),
    decodeVariant: vi.fn<PixelEngine["decodeVariant"]>(async ([quality = NaN]) => pixelsWith(errorOf(quality))),
  };
  return { engine, whole: engine as unknown as PixelEngine };
}

/** The error that looks as is wanted. */
const rightError =
  Array.from({ length: 400 }, (_, step) => step / 10).find((error) => {
    const unlike = measureDissimilarity(picture.pixels, pixelsWith(error)) ?? NaN;
    return Math.abs(predictScore("webp", unlike) - 77) < 0.5;
  }) ?? NaN;

describe("encodeToScore()", () => {
  it.each([
    ["too bad", 87, 88],
    ["needlessly good", 73, 72],
  ])("encodes again what is %s, until it looks right", async (_, rightQuality, beyond) => {
    // Steeper than any typical picture: the first correction goes too far.
    const { engine, whole } = engineThatShows((quality) =>
      Math.max(0, rightError * (1 + (rightQuality - quality) / 9)),
    );
    const mayGoOn = vi.fn<() => Promise<boolean>>(goOn);
    const [quality = NaN] = await encodeToScore(whole, picture, settings, { mayGoOn, pause });
    expect(Math.abs(quality - rightQuality)).toBeLessThanOrEqual(2);
    expect(Math.sign(quality - 80)).toBe(Math.sign(beyond - 80));
    const encodes = engine.encode.mock.calls.length;
    expect(encodes).toBeGreaterThan(1);
    expect(encodes).toBeLessThanOrEqual(3);
    expect(engine.encode).toHaveBeenLastCalledWith(picture, { ...settings, quality });
    expect(mayGoOn).toHaveBeenCalledTimes(engine.decodeVariant.mock.calls.length);
    expect(engine.decodeVariant.mock.calls[0]).toEqual([Uint8Array.of(80), "webp"]);
  });

  it("makes three of a picture that no quality helps", async () => {
    const { engine, whole } = engineThatShows((quality) => 60 - quality / 10);
    const [quality = NaN] = await encodeToScore(whole, picture, settings, { mayGoOn: goOn, pause });
    expect(engine.encode.mock.calls.length).toBeLessThanOrEqual(3);
    expect(quality).toBe(94);
  });

  it("keeps the first file where the look is right", async () => {
    const { engine, whole } = engineThatShows(() => rightError);
    await encodeToScore(whole, picture, settings, { mayGoOn: goOn, pause });
    expect(engine.encode).toHaveBeenCalledTimes(1);
    expect(engine.decodeVariant).toHaveBeenCalledTimes(1);
  });

  it("makes what is drawn better, and never worse", async () => {
    const least: ScoredSettings = { ...settings, target: { score: 77, isMinimum: true } };
    const good = engineThatShows(() => 0);
    expect(await encodeToScore(good.whole, picture, least, { mayGoOn: goOn, pause })).toEqual(Uint8Array.of(80));
    expect(good.engine.encode).toHaveBeenCalledTimes(1);
    const bad = engineThatShows(() => 60);
    const [quality = NaN] = await encodeToScore(bad.whole, picture, least, { mayGoOn: goOn, pause });
    expect(quality).toBeGreaterThan(80);
  });

  const { target: __, ...withoutTarget } = settings;

  it.each<[string, EncodeSettings]>([
    ["no look is wanted", withoutTarget],
    ["the format is not scored", { format: "jp2", lossless: false, quality: 80 }],
  ])("encodes once and looks at nothing where %s", async (_, changed) => {
    const { engine, whole } = engineThatShows(() => 60);
    expect(await encodeToScore(whole, picture, changed, { mayGoOn: goOn, pause })).toEqual(Uint8Array.of(80));
    expect(engine.encode).toHaveBeenCalledTimes(1);
    expect(engine.decodeVariant).not.toHaveBeenCalled();
  });

  it("keeps the first file where it has no leave to go on", async () => {
    const { engine, whole } = engineThatShows(() => 60);
    expect(await encodeToScore(whole, picture, settings, { mayGoOn: async () => false, pause })).toEqual(
      Uint8Array.of(80),
    );
    expect(engine.encode).toHaveBeenCalledTimes(1);
    expect(engine.decodeVariant).not.toHaveBeenCalled();
  });

  it("keeps the first file of a picture that is too small to be compared", async () => {
    const { engine, whole } = engineThatShows(() => 60);
    engine.decodeVariant.mockResolvedValue({ ...pixelsWith(60), width: 32, height: 128 });
    expect(await encodeToScore(whole, picture, settings, { mayGoOn: goOn, pause })).toEqual(Uint8Array.of(80));
    expect(engine.encode).toHaveBeenCalledTimes(1);
  });

  it("keeps the file that it has where another encode fails", async () => {
    const { engine, whole } = engineThatShows(() => 60);
    engine.encode.mockResolvedValueOnce(Uint8Array.of(80)).mockRejectedValueOnce(new Error("out of memory"));
    expect(await encodeToScore(whole, picture, settings, { mayGoOn: goOn, pause })).toEqual(Uint8Array.of(80));
    expect(engine.encode).toHaveBeenCalledTimes(2);
  });

  it("fails where the first encode does", async () => {
    const { engine, whole } = engineThatShows(() => 60);
    engine.encode.mockRejectedValueOnce(new Error("out of memory"));
    await expect(encodeToScore(whole, picture, settings, { mayGoOn: goOn, pause })).rejects.toThrow("out of memory");
  });

  it("fails where the file cannot be read again", async () => {
    const { engine, whole } = engineThatShows(() => 0);
    engine.decodeVariant.mockRejectedValue(new Error("unreadable"));
    await expect(encodeToScore(whole, picture, settings, { mayGoOn: goOn, pause })).rejects.toThrow("unreadable");
  });

  it("lets other work have its turn between its steps", async () => {
    const { engine, whole } = engineThatShows(() => 60);
    const order: string[] = [];
    engine.encode.mockImplementation(async (_, made) => {
      const quality = qualityOf(made);
      order.push(`encode ${quality > 80 ? "again" : "first"}`);
      setTimeout(() => order.push("other work"), 0);
      return Uint8Array.of(quality);
    });
    engine.decodeVariant.mockImplementation(async () => {
      order.push("look");
      setTimeout(() => order.push("other work"), 0);
      return pixelsWith(60);
    });
    await encodeToScore(whole, picture, settings, { mayGoOn: goOn, pause });
    expect(order.slice(0, 5)).toEqual(["encode first", "other work", "look", "other work", "encode again"]);
  });
});
