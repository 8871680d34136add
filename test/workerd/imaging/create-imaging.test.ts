import { describe, expect, it } from "vitest";
import { encoderIdleCeilingBytes } from "../../../src/imaging/wasm/adapter.ts";
import type { DecodedFormat } from "../../../src/imaging/model/formats.ts";
import type { Picture } from "../../../src/imaging/model/picture.ts";
import { ImagingError } from "../../../src/imaging/model/error.ts";
import { createPixelEngine } from "../../../src/imaging/create-pixel-engine.ts";
import { avif as avifSource, gif, jpeg, png, tiff, webp as webpSource } from "../../unit/samples.ts";

const lossy = { format: "webp", lossless: false, coder: "libwebp", quality: 80, method: 2, sharpYuv: false } as const;
const lossless = { format: "webp", lossless: true, effort: 0 } as const;
const avif = { format: "avif", quality: 80, speed: 10, chroma: "4:2:0", bitDepth: 8 } as const;

function noise(width: number, height: number): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0, state = 1; at < data.length; at++)
    data[at] = at % 4 === 3 ? 255 : (state = Math.imul(state, 1_664_525) + 1_013_904_223) >>> 24;
  return { pixels: { data, width, height }, profile: undefined };
}

describe("createPixelEngine()", () => {
  it("holds no WASM memory before its first call and after dropIdle()", async () => {
    const engine = createPixelEngine();
    expect(engine.liveBytes()).toBe(0);
    await engine.encode(noise(32, 32), lossy);
    expect(engine.liveBytes()).toBeGreaterThan(0);
    engine.dropIdle();
    expect(engine.liveBytes()).toBe(0);
  });

  it.each([
    ["lossy WebP", lossy],
    ["lossless WebP", lossless],
    ["AVIF", avif],
  ])("gives %s as bytes of its own, which later work does not change", async (_, settings) => {
    const engine = createPixelEngine();
    const file = await engine.encode(noise(40, 24), settings);
    expect(file.buffer.byteLength).toBe(file.byteLength);
    const before = file.slice();
    await engine.encode(noise(64, 64), settings);
    expect(file).toEqual(before);
  });

  it("lets an encoder go that grew past the ceiling", async () => {
    const engine = createPixelEngine();
    await engine.encode(noise(2000, 1000), lossless);
    expect(engine.liveBytes()).toBeLessThanOrEqual(encoderIdleCeilingBytes);
    expect(engine.liveBytes()).toBe(0);
  });

  it.each<DecodedFormat>(["jpeg", "png", "gif", "tiff", "webp", "avif"])(
    "answers garbage with an ImagingError, drops the %s decoder and starts again",
    async (format) => {
      const engine = createPixelEngine();
      for (const size of [0, 1, 30, 5000]) {
        const failure: unknown = await engine
          .decode(new Uint8Array(size).fill(0x5a), { gif, jpeg, png, tiff, webp: webpSource, avif: avifSource }[format])
          .catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(ImagingError);
        expect(failure).toMatchObject({ format: format, kind: "damaged" });
        expect(engine.liveBytes()).toBe(0);
      }
    },
  );

  it.each([
    ["a short buffer", { data: new Uint8ClampedArray(12), width: 2, height: 2 }],
    ["no pixels", { data: new Uint8ClampedArray(0), width: 0, height: 0 }],
  ])("refuses to encode %s", async (_, pixels) => {
    const engine = createPixelEngine();
    await expect(engine.encode({ pixels, profile: undefined }, lossy)).rejects.toMatchObject({
      name: "ImagingError",
      format: "webp",
      kind: "codec",
    });
    expect(engine.liveBytes()).toBe(0);
  });

  it("refuses a side that WebP cannot hold", async () => {
    const engine = createPixelEngine();
    await expect(engine.encode(noise(16_384, 1), lossy)).rejects.toMatchObject({ format: "webp", kind: "codec" });
    expect(engine.liveBytes()).toBe(0);
  });
});
