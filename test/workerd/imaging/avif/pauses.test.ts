import { describe, expect, it } from "vitest";
import { createAvifDecoder } from "../../../../src/imaging/avif/decode.ts";
import { createAvifEncoder } from "../../../../src/imaging/avif/encode.ts";
import { createPixelEngine } from "../../../../src/imaging/create-pixel-engine.ts";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import type { SettingsOf } from "../../../../src/imaging/model/settings.ts";

const settings: SettingsOf<"avif"> = { format: "avif", quality: 80, speed: 9, chroma: "4:4:4", bitDepth: 8 };

/** Fine structure, and transparency on request. */
function picture(side: number, alpha = 255): Pixels {
  const data = new Uint8ClampedArray(4 * side * side).map((_, at) =>
    at % 4 === 3 ? alpha : (Math.imul(at + 1, 2_654_435_761) >>> 26) + (at % 200),
  );
  return { data, width: side, height: side };
}

describe("an encoder of AVIF in a Worker", () => {
  it.each([255, 90])("pauses in proportion to the pixels (alpha %i)", async (alpha) => {
    const pausesFor = async (side: number): Promise<number> => {
      let pauses = 0;
      const encoder = createAvifEncoder(async () => void pauses++);
      await encoder.encode(picture(side, alpha), settings);
      return pauses;
    };
    const [small, large] = [await pausesFor(256), await pausesFor(512)];
    expect(small).toBeGreaterThan(1);
    expect(large / small).toBeGreaterThan(2);
  });

  it("works on between two pauses for as long as it says at most", async () => {
    const computed: number[] = [];
    await createAvifEncoder(async (ms = Infinity) => void computed.push(ms)).encode(picture(384), {
      ...settings,
      chroma: "4:2:0",
      bitDepth: 10,
    });
    expect(Math.max(...computed)).toBeLessThan(15);
  });

  it("pauses also while it fills planes and reads alpha, which are steps of JavaScript", async () => {
    const computed: number[] = [];
    const encoder = createAvifEncoder(async (ms = Infinity) => void computed.push(ms));
    await encoder.encode(picture(512), settings);
    // Those of libaom are of 8 ms and more.
    expect(computed.filter((ms) => ms < 8).length).toBeGreaterThan(0);
  });

  it("is not held up by an encode that never goes on, and lets nobody into its instance", async () => {
    const expected = await createAvifEncoder().encode(picture(192), settings);
    let pauses = 0;
    const resume: (() => void)[] = [];
    const encoder = createAvifEncoder(async () => {
      // In the middle of the first encode: rows of so few pixels are filled without a pause.
      if (++pauses === 1) await new Promise<void>((resolve) => void resume.push(resolve));
    });
    let isLostDone = false;
    const lost = encoder.encode(picture(192), settings).finally(() => (isLostDone = true));
    while (resume.length === 0) await new Promise((after) => setTimeout(after, 1));
    expect(await encoder.encode(picture(192), settings)).toEqual(expected);
    expect(isLostDone).toBe(false);
    // Nothing gives back the memory of one that never goes on, so it stays in the count.
    const liveBytes = encoder.liveBytes();
    encoder.drop();
    const lostBytes = encoder.liveBytes();
    expect(lostBytes).toBeGreaterThan(0);
    expect(liveBytes).toBe(2 * lostBytes);
    expect(await encoder.encode(picture(192), settings)).toEqual(expected);
    // Its instance is its own still, and the other one's stays.
    resume[0]?.();
    expect(await lost).toEqual(expected);
    expect(encoder.liveBytes()).toBe(liveBytes - lostBytes);
  });

  it("drops an instance that fails after a pause, and starts another one", async () => {
    const expected = await createAvifEncoder().encode(picture(192), settings);
    let isFailing = true;
    const encoder = createAvifEncoder(async () => {
      if (isFailing) throw new RangeError("no more");
    });
    await expect(encoder.encode(picture(192), settings)).rejects.toMatchObject({
      kind: "codec",
      format: "avif",
      message: "avif codec: no more",
    });
    expect(encoder.liveBytes()).toBe(0);
    isFailing = false;
    expect(await encoder.encode(picture(192), settings)).toEqual(expected);
  });
});

describe("a decoder of AVIF in a Worker", () => {
  it("pauses in proportion to the pixels, and reads the same", async () => {
    const read = async (side: number) => {
      const file = await createAvifEncoder().encode(picture(side), settings);
      let pauses = 0;
      const { data } = await createAvifDecoder(undefined, async () => void pauses++).decode(file);
      return { file, data, pauses };
    };
    const [small, large] = [await read(256), await read(512)];
    expect(small.pauses).toBeGreaterThan(0);
    expect(large.pauses / small.pauses).toBeGreaterThan(2);
    expect((await createAvifDecoder().decode(small.file)).data).toEqual(small.data);
  });

  it("counts as held what never goes on, also of a file that has just been made", async () => {
    const file = await createAvifEncoder().encode(picture(384), settings);
    const resume: (() => void)[] = [];
    const engine = createPixelEngine({
      pause: async () => {
        if (resume.length === 0) await new Promise<void>((resolve) => void resume.push(resolve));
      },
    });
    const lost = engine.decodeVariant(file, "avif");
    while (resume.length === 0) await new Promise((after) => setTimeout(after, 1));
    engine.dropIdle();
    expect(engine.liveBytes()).toBeGreaterThan(0);
    resume[0]?.();
    expect((await lost).width).toBe(384);
    expect(engine.liveBytes()).toBe(0);
  });
});
