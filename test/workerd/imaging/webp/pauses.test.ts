import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { createWebpEncoder, type LibwebpSettings } from "../../../../src/imaging/webp/encode.ts";

const lossless: LibwebpSettings = { format: "webp", lossless: true, effort: 1 };
const lossy: LibwebpSettings = {
  format: "webp",
  lossless: false,
  coder: "libwebp",
  quality: 80,
  method: 4,
  sharpYuv: true,
};

/** Fine structure and flat colour, and transparency on request. */
function picture(side: number, alpha = false): Pixels {
  const data = new Uint8ClampedArray(4 * side * side);
  for (let at = 0; at < side * side; at++) {
    const [x, y] = [at % side, Math.floor(at / side)];
    const grain = (x >> 5) + (y >> 5) > 3 ? (Math.imul(at + 1, 2_654_435_761) >>> 0) & 31 : 0;
    data.set([x + grain, (y >> 3) * 7 + grain, 90, alpha ? 255 - ((x + y + grain) & 127) : 255], 4 * at);
  }
  return { data, width: side, height: side };
}

describe("libwebp in a Worker", () => {
  it.each([
    ["lossless", lossless, false],
    ["lossless with transparency", lossless, true],
    ["lossy", lossy, false],
    ["lossy with transparency", lossy, true],
  ])("pauses in proportion to the pixels: %s", async (_, settings, alpha) => {
    const pausesFor = async (side: number): Promise<number> => {
      let pauses = 0;
      await createWebpEncoder(async () => void pauses++).encode(picture(side, alpha), settings);
      return pauses;
    };
    const [small, large] = [await pausesFor(400), await pausesFor(800)];
    expect(small).toBeGreaterThan(1);
    expect(large / small).toBeGreaterThan(2);
  });

  it.each([lossless, lossy])("works on between two pauses for as long as it says at most", async (settings) => {
    const computed: number[] = [];
    await createWebpEncoder(async (ms = Infinity) => void computed.push(ms)).encode(picture(512, true), settings);
    expect(Math.max(...computed)).toBeLessThan(15);
  });

  it("is not held up by an encode that never goes on, and lets nobody into its instance", async () => {
    const expected = await createWebpEncoder().encode(picture(256), lossless);
    const resume: (() => void)[] = [];
    let pauses = 0;
    const encoder = createWebpEncoder(async () => {
      if (++pauses === 1) await new Promise<void>((resolve) => void resume.push(resolve));
    });
    let isLostDone = false;
    const lost = encoder.encode(picture(256), lossless).finally(() => (isLostDone = true));
    while (resume.length === 0) await new Promise((after) => setTimeout(after, 1));
    expect(await encoder.encode(picture(256), lossless)).toEqual(expected);
    expect(isLostDone).toBe(false);
    encoder.drop();
    expect(encoder.liveBytes()).toBeGreaterThan(0);
    resume[0]?.();
    expect(await lost).toEqual(expected);
    expect(encoder.liveBytes()).toBe(0);
  });

  it("drops an instance that fails after a pause, and starts another one", async () => {
    let isFailing = true;
    const encoder = createWebpEncoder(async () => {
      if (isFailing) throw new RangeError("no more");
    });
    await expect(encoder.encode(picture(256), lossy)).rejects.toMatchObject({ kind: "codec", format: "webp" });
    expect(encoder.liveBytes()).toBe(0);
    isFailing = false;
    const expected = await createWebpEncoder().encode(picture(256), lossy);
    expect(await encoder.encode(picture(256), lossy)).toEqual(expected);
  });
});
