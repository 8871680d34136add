import { describe, expect, it, vi } from "vitest";
import type { EncodeSettings, Picture, PixelEngine, Pixels } from "../../../src/codecs/codec.ts";
import { encodeToLook } from "../../../src/codecs/encode-to-look.ts";
import { giveWay } from "../../../src/codecs/give-way.ts";

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
const settings: EncodeSettings = {
  format: "webp",
  lossless: false,
  quality: 80,
  effort: 4,
  fullChroma: true,
  look: 77,
};

async function goOn(): Promise<boolean> {
  await giveWay();
  return true;
}

/** An engine whose file holds the quality that it was made with. */
function engineThatShows(shown: Pixels) {
  const engine = {
    encode: vi.fn<PixelEngine["encode"]>(async (_, { quality }) => Uint8Array.of(quality)),
    decodeVariant: vi.fn<PixelEngine["decodeVariant"]>(async () => shown),
  };
  return { engine, whole: engine as unknown as PixelEngine };
}

describe("encodeToLook()", () => {
  it.each([
    ["too bad", 60, (quality: number) => quality > 80],
    ["needlessly good", 0, (quality: number) => quality < 80],
  ])("encodes once more what is %s", async (_, error, isRight) => {
    const { engine, whole } = engineThatShows(pixelsWith(error));
    const mayGoOn = vi.fn<() => Promise<boolean>>(goOn);
    const [quality = NaN] = await encodeToLook(whole, picture, settings, mayGoOn);
    expect(isRight(quality)).toBe(true);
    expect(engine.encode).toHaveBeenCalledTimes(2);
    expect(engine.encode).toHaveBeenLastCalledWith(picture, { ...settings, quality });
    expect(engine.decodeVariant).toHaveBeenCalledExactlyOnceWith(Uint8Array.of(80), "webp");
    expect(mayGoOn).toHaveBeenCalledTimes(1);
  });

  it("keeps the first file where the look is right", async () => {
    for (let error = 0; error < 40; error += 0.5) {
      const { engine, whole } = engineThatShows(pixelsWith(error));
      await encodeToLook(whole, picture, settings, goOn);
      if (engine.encode.mock.calls.length === 1) return;
    }
    throw new Error("no error was near the look that is wanted");
  });

  const { look: __, ...withoutLook } = settings;

  it.each<[string, EncodeSettings]>([
    ["no look is wanted", withoutLook],
    ["the format has no decoder here", { ...settings, format: "jp2" }],
  ])("encodes once and looks at nothing where %s", async (_, changed) => {
    const { engine, whole } = engineThatShows(pixelsWith(60));
    expect(await encodeToLook(whole, picture, changed, goOn)).toEqual(Uint8Array.of(80));
    expect(engine.encode).toHaveBeenCalledTimes(1);
    expect(engine.decodeVariant).not.toHaveBeenCalled();
  });

  it("keeps the first file where it has no leave to go on", async () => {
    const { engine, whole } = engineThatShows(pixelsWith(60));
    expect(await encodeToLook(whole, picture, settings, async () => false)).toEqual(Uint8Array.of(80));
    expect(engine.encode).toHaveBeenCalledTimes(1);
    expect(engine.decodeVariant).not.toHaveBeenCalled();
  });

  it("keeps the first file of a picture that is too small to be compared", async () => {
    const { engine, whole } = engineThatShows({ ...pixelsWith(60), width: 32, height: 128 });
    expect(await encodeToLook(whole, picture, settings, goOn)).toEqual(Uint8Array.of(80));
    expect(engine.encode).toHaveBeenCalledTimes(1);
  });

  it("fails where the file cannot be read again", async () => {
    const { engine, whole } = engineThatShows(pixelsWith(0));
    engine.decodeVariant.mockRejectedValue(new Error("unreadable"));
    await expect(encodeToLook(whole, picture, settings, goOn)).rejects.toThrow("unreadable");
  });

  it("lets other work have its turn between its steps", async () => {
    const { engine, whole } = engineThatShows(pixelsWith(60));
    const order: string[] = [];
    engine.encode.mockImplementation(async (_, { quality }) => {
      order.push(`encode ${quality > 80 ? "again" : "first"}`);
      setTimeout(() => order.push("other work"), 0);
      return Uint8Array.of(quality);
    });
    engine.decodeVariant.mockImplementation(async () => {
      order.push("look");
      setTimeout(() => order.push("other work"), 0);
      return pixelsWith(60);
    });
    await encodeToLook(whole, picture, settings, goOn);
    expect(order).toEqual(["encode first", "other work", "look", "other work", "encode again"]);
  });
});
