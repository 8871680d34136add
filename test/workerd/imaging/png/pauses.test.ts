import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { createPngWriter } from "../../../../src/imaging/png/encode.ts";
import { createPngOptimiser, type PngOptimiser } from "../../../../src/imaging/png/optimise.ts";

/** Grain that no row repeats, over shades. */
function picture(side: number): Pixels {
  const data = new Uint8ClampedArray(4 * side * side);
  for (let at = 0; at < side * side; at++) {
    const [x, y] = [at % side, Math.floor(at / side)];
    const grain = (Math.imul(at + 1, 2_654_435_761) >>> 24) & 7;
    data.set([x + grain, (y >> 3) * 7 + grain, 90, 255 - ((x + y) & 127)], 4 * at);
  }
  return { data, width: side, height: side };
}

const pngOf = (side: number): Promise<Uint8Array<ArrayBuffer>> =>
  createPngWriter(createPngOptimiser()).encode(picture(side), "stream");

/** Both exports of the module that pause. */
const ways = [
  ["a PNG", async (optimiser: PngOptimiser, side: number) => optimiser.optimise(await pngOf(side), 1)],
  ["pixels", (optimiser: PngOptimiser, side: number) => optimiser.encode(picture(side), 1)],
] as const;

describe("oxipng in a Worker", () => {
  it.each(ways)("pauses in proportion to the pixels: %s", async (_, work) => {
    const pausesFor = async (side: number): Promise<number> => {
      let pauses = 0;
      await work(
        createPngOptimiser(async () => void pauses++),
        side,
      );
      return pauses;
    };
    const [small, large] = [await pausesFor(240), await pausesFor(480)];
    expect(small).toBeGreaterThan(1);
    expect(large / small).toBeGreaterThan(2);
  });

  it.each(ways)("is not held up by one that never goes on, and lets nobody into its instance: %s", async (_, work) => {
    const expected = await work(createPngOptimiser(), 200);
    const resume: (() => void)[] = [];
    let pauses = 0;
    const optimiser = createPngOptimiser(async () => {
      if (++pauses === 1) await new Promise<void>((resolve) => void resume.push(resolve));
    });
    let isLostDone = false;
    const lost = work(optimiser, 200).finally(() => (isLostDone = true));
    while (resume.length === 0) await new Promise((after) => setTimeout(after, 1));
    expect(await work(optimiser, 200)).toEqual(expected);
    expect(isLostDone).toBe(false);
    optimiser.drop();
    expect(optimiser.liveBytes()).toBeGreaterThan(0);
    resume[0]?.();
    expect(await lost).toEqual(expected);
    expect(optimiser.liveBytes()).toBe(0);
  });

  it("drops an instance that fails after a pause, and starts another one", async () => {
    let isFailing = true;
    const optimiser = createPngOptimiser(async () => {
      if (isFailing) throw new RangeError("no more");
    });
    await expect(optimiser.encode(picture(200), 1)).rejects.toMatchObject({ kind: "codec", format: "png" });
    expect(optimiser.liveBytes()).toBe(0);
    isFailing = false;
    expect(await optimiser.encode(picture(200), 1)).toEqual(await createPngOptimiser().encode(picture(200), 1));
  });
});
