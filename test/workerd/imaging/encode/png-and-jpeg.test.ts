import { describe, expect, it } from "vitest";
import { encoderIdleCeilingBytes } from "../../../../src/imaging/wasm/adapter.ts";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { createJpegWriter } from "../../../../src/imaging/jpeg/encode.ts";
import { createPngDecoder } from "../../../../src/imaging/png/decode.ts";
import { createPngOptimiser } from "../../../../src/imaging/png/optimise.ts";
import { createPngWriter } from "../../../../src/imaging/png/encode.ts";

function noise(width: number, height: number, alpha = false): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0, state = 1; at < data.length; at++)
    data[at] = !alpha && at % 4 === 3 ? 255 : (state = Math.imul(state, 1_664_525) + 1_013_904_223) >>> 24;
  return { data, width, height };
}

/** RGBA whose rows differ little, so that more than one way of packing it pays. */
function shades(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < data.length; at++) data[at] = (at % 4) * 40 + (at >> 6) + ((at * 7) % 5);
  return { data, width, height };
}

const jpegSettings = { quality: 90, chroma: "4:4:4" } as const;

describe("createPngOptimiser()", () => {
  it("holds no WASM memory before its first call and after drop()", async () => {
    const optimiser = createPngOptimiser();
    expect(optimiser.liveBytes()).toBe(0);
    await optimiser.encode(noise(16, 16), 1);
    expect(optimiser.liveBytes()).toBeGreaterThan(0);
    optimiser.drop();
    expect(optimiser.liveBytes()).toBe(0);
  });

  it("optimises to bytes of its own, which later work does not change, and gives back what it cannot better", async () => {
    const optimiser = createPngOptimiser();
    const plain = await createPngWriter(optimiser).encode(shades(64, 40), "stream");
    const optimised = await optimiser.optimise(plain, 2);
    expect(optimised.length).toBeLessThan(plain.length);
    expect(optimised.buffer.byteLength).toBe(optimised.byteLength);
    const before = optimised.slice();
    expect(await optimiser.optimise(optimised, 2)).toBe(optimised);
    expect(optimised).toEqual(before);
  });

  it("gives up its instance when the Rust code panics, and starts again", async () => {
    const optimiser = createPngOptimiser();
    await expect(optimiser.encode({ data: new Uint8ClampedArray(12), width: 2, height: 2 }, 0)).rejects.toMatchObject({
      name: "ImagingError",
      format: "png",
      kind: "codec",
    });
    expect(optimiser.liveBytes()).toBe(0);
    expect((await optimiser.encode(noise(8, 8), 0)).length).toBeGreaterThan(8 * 8 * 3);
  });

  it.each([0, 8, 30, 5000])("answers %i bytes of garbage with an ImagingError about the source", async (size) => {
    const failure: unknown = await createPngOptimiser()
      .optimise(new Uint8Array(size).fill(0x5a), 1)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImagingError);
    expect(failure).toMatchObject({ format: "png", kind: "damaged" });
  });

  it("releases an instance that grew past the ceiling", async () => {
    const optimiser = createPngOptimiser();
    await optimiser.encode(noise(1700, 1500, true), 1);
    expect(optimiser.liveBytes()).toBeLessThanOrEqual(encoderIdleCeilingBytes);
  });
});

describe("createPngWriter()", () => {
  it.each(["stream", 1] as const)("writes with effort %s what the PNG decoder reads back", async (effort) => {
    const pixels = noise(333, 222, true);
    const file = await createPngWriter(createPngOptimiser()).encode(pixels, effort);
    expect(await createPngDecoder().decode(file)).toEqual(pixels);
  });

  it("starts no WASM for streaming", async () => {
    const optimiser = createPngOptimiser();
    await createPngWriter(optimiser).encode(noise(100, 100), "stream");
    expect(optimiser.liveBytes()).toBe(0);
  });
});

describe("createJpegWriter()", () => {
  it("gives bytes of its own, which later work does not change", async () => {
    const jpeg = createJpegWriter();
    const file = await jpeg.encode(noise(40, 24), jpegSettings);
    expect([...file.subarray(0, 3), ...file.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xff, 0xd9]);
    expect(file.buffer.byteLength).toBe(file.byteLength);
    const before = file.slice();
    await jpeg.encode(noise(64, 64), jpegSettings);
    expect(file).toEqual(before);
    expect(jpeg.liveBytes()).toBeGreaterThan(0);
    jpeg.drop();
    expect(jpeg.liveBytes()).toBe(0);
  });

  it("refuses transparency before it starts an instance", async () => {
    const jpeg = createJpegWriter();
    await expect(jpeg.encode(noise(8, 8, true), jpegSettings)).rejects.toMatchObject({
      name: "ImagingError",
      format: "jpeg",
      kind: "unsupported",
    });
    expect(jpeg.liveBytes()).toBe(0);
  });

  it("answers a picture that is too wide for JPEG with an ImagingError", async () => {
    const jpeg = createJpegWriter();
    const wide = { data: new Uint8ClampedArray(4 * 65_501).fill(255), width: 65_501, height: 1 };
    await expect(jpeg.encode(wide, jpegSettings)).rejects.toMatchObject({ name: "ImagingError", kind: "codec" });
    expect(jpeg.liveBytes()).toBe(0);
    expect((await jpeg.encode(noise(8, 8), jpegSettings)).length).toBeGreaterThan(100);
  });
});
