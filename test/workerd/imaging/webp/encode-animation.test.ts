import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { describe, expect, it } from "vitest";
import {
  type AnimationLimits,
  animationLimits,
  encodeAnimatedWebp,
} from "../../../../src/imaging/webp/encode-animation.ts";
import { createWebpEncoder } from "../../../../src/imaging/webp/encode.ts";
import { readChunks } from "../../../../src/imaging/webp/embed.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { predictAnimation } from "../../../../src/imaging/cost/animation.ts";
import { type WrittenFrame, writeGif } from "../../../unit/imaging/gif/written-gif.ts";

const palette = Array.from({ length: 16 }, (_, index) => index * 0x111111);
const limits: AnimationLimits = { ...animationLimits, maxOutputBytes: Infinity };
const encoder = createWebpEncoder();
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** A bar that moves over dithered ground. */
function clip(width: number, height: number, frames: number): Uint8Array {
  const frame = (step: number): WrittenFrame => ({
    width,
    height,
    delay: 4,
    indices: Array.from({ length: width * height }, (_, at) => {
      const x = at % width;
      const bar = step * 5;
      return x >= bar && x < bar + 8 ? 15 : ((x >> 4) + (Math.imul(at + 1, 2_654_435_761) >>> 31)) & 15;
    }),
  });
  return writeGif({
    width,
    height,
    palette,
    loops: 0,
    frames: Array.from({ length: frames }, (_, step) => frame(step)),
  });
}

describe("encodeAnimatedWebp()", () => {
  it("makes an animation with all frames that differ, smaller than the GIF", async () => {
    const gif = clip(120, 80, 12);
    const webp = (await encodeAnimatedWebp(gif, limits, encoder.encode, pause)) ?? expect.unreachable();
    expect(await probeImage(webp)).toMatchObject({ format: "webp", width: 120, height: 80, animated: true });
    expect(readChunks(webp).filter(({ type }) => type === "ANMF")).toHaveLength(12);
    expect(webp.length).toBeLessThan(gif.length);
  });

  it("lets other work have its turn after every frame", async () => {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setTimeout(count, 0);
    };
    setTimeout(count, 0);
    await encodeAnimatedWebp(clip(64, 64, 10), limits, encoder.encode, pause);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it("ends when the file grows beyond what is wanted", async () => {
    const wanted = { ...animationLimits, maxOutputBytes: 200 };
    await expect(encodeAnimatedWebp(clip(64, 64, 10), wanted, encoder.encode, pause)).resolves.toBeUndefined();
  });

  it.each<[string, Uint8Array, Partial<AnimationLimits>, ImagingError["kind"]]>([
    ["a cut file", clip(64, 64, 3).subarray(0, -100), {}, "damaged"],
    ["too many frames", clip(64, 64, 3), { maxFrames: 2 }, "limit"],
    ["too large a canvas", clip(64, 64, 3), { maxCanvasPixels: 4095 }, "limit"],
    ["too many pixels in frames", clip(64, 64, 3), { maxStoredPixels: 12_287 }, "limit"],
  ])("refuses %s without encoding anything", async (_, gif, bounds, kind) => {
    let encodes = 0;
    const encode: typeof encoder.encode = (pixels, settings) => {
      encodes++;
      return encoder.encode(pixels, settings);
    };
    const failure: unknown = await encodeAnimatedWebp(gif, { ...limits, ...bounds }, encode, pause).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ImagingError);
    expect(failure).toMatchObject({ format: "gif", kind });
    expect(encodes).toBe(0);
  });

  it("passes on the failure of the encoder", async () => {
    const failing = () => Promise.reject(new ImagingError("codec", "webp", "out of memory"));
    await expect(encodeAnimatedWebp(clip(8, 8, 2), limits, failing, pause)).rejects.toMatchObject({ kind: "codec" });
  });

  it("stays within the predicted memory", async () => {
    const own = createWebpEncoder();
    const gif = clip(700, 500, 2);
    const facts = await probeImage(gif);
    if (facts?.format !== "gif" || facts.animation === undefined) throw new Error("no facts");
    let most = 0;
    await encodeAnimatedWebp(
      gif,
      limits,
      async (pixels, settings) => {
        const file = await own.encode(pixels, settings);
        most = Math.max(most, own.liveBytes());
        return file;
      },
      pause,
    );
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(predictAnimation({ width: 700, height: 500 }, facts.animation, gif.length).peakBytes);
  });
});
