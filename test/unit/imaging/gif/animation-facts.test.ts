import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { maxAnimationFrames } from "../../../../src/imaging/gif/animation-facts.ts";
import { writeGif, type WrittenFrame } from "./written-gif.ts";
import { animationOf } from "../../samples.ts";

const palette = [0, 0xffffff];
const frame = (width: number, height: number, rest: Partial<WrittenFrame> = {}): WrittenFrame => ({
  width,
  height,
  indices: Array.from({ length: width * height }, () => 1),
  ...rest,
});

describe("probeImage() of an animated GIF", () => {
  it("counts frames, their pixels, and the pixels that may change", async () => {
    const frames = [
      frame(4, 4),
      frame(2, 2, { disposal: 2 }),
      frame(1, 1, { left: 6, top: 3 }),
      frame(3, 1, { left: 7, top: 9 }),
    ];
    // The third encloses what the second leaves behind; the last is cut by the canvas.
    expect(animationOf(await probeImage(writeGif({ width: 8, height: 10, palette, frames })))).toEqual({
      frames: 4,
      storedPixels: 16 + 4 + 1 + 3,
      largestFramePixels: 16,
      changedPixels: 80 + 4 + 7 * 4 + 1,
    });
  });

  it("has no such facts for a still picture, or when the frames cannot be read to the last", async () => {
    const gif = new Uint8Array(readFileSync(new URL("../../../fixtures/any-disposal.gif", import.meta.url)));
    expect(animationOf(await probeImage(gif))?.frames).toBe(5);
    expect(await probeImage(gif.subarray(0, -1))).toMatchObject({ animated: true, animation: undefined });
    const still = new Uint8Array(readFileSync(new URL("../../../fixtures/interlaced.gif", import.meta.url)));
    expect(await probeImage(still)).toMatchObject({ animated: false, animation: undefined });
  });

  it("has no such facts for more frames than are worth the time", async () => {
    const many = (count: number) => Array.from({ length: count }, () => frame(1, 1));
    const probe = (count: number) => probeImage(writeGif({ width: 1, height: 1, palette, frames: many(count) }));
    expect(animationOf(await probe(maxAnimationFrames))?.frames).toBe(maxAnimationFrames);
    expect(await probe(maxAnimationFrames + 1)).toMatchObject({ animated: true, animation: undefined });
  });

  it("gives the size of the first image where it is larger than the screen, as browsers do", async () => {
    const gif = writeGif({ width: 2, height: 3, palette, frames: [frame(4, 4), frame(9, 9)] });
    expect(await probeImage(gif)).toMatchObject({ width: 4, height: 4 });
  });
});
