import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeGif } from "../../../../src/imaging/gif/decode-gif.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { seededRandom } from "../probe/bytes.ts";
import { watchAnimation } from "../../../support/animations.ts";
import { randomGif, writeGif } from "./written-gif.ts";

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url)));
const noLimit = 1e9;

/** Slopes with noise, in as many colours as a GIF can have. */
function pictureOf(width: number, height: number): Promise<Buffer> {
  const random = seededRandom(width);
  const data = Buffer.from(
    Array.from({ length: 3 * width * height }, (_, i) => ((i % width) + i / width / 3 + random() * 30) & 255),
  );
  return sharp(data, { raw: { width, height, channels: 3 } })
    .gif()
    .toBuffer();
}

async function expectSameAsSharp(file: Uint8Array): Promise<void> {
  const { data, width, height } = decodeGif(file, noLimit);
  const { shown, ...size } = await watchAnimation(file);
  expect({ width, height }).toEqual({ width: size.width, height: size.height });
  expect(shown[0]?.pixels.equals(Buffer.from(data.buffer))).toBe(true);
}

describe("decodeGif()", () => {
  it("decodes interlaced rows as libvips does", () => expectSameAsSharp(fixture("interlaced.gif")));

  it.each([
    [1, 1],
    [7, 300],
    [301, 199],
    [400, 300],
  ])("decodes what libvips wrote, %i × %i, as it does", async (width, height) => {
    await expectSameAsSharp(new Uint8Array(await pictureOf(width, height)));
  });

  it("leaves transparent what the image does not cover", () => {
    const file = writeGif({
      width: 3,
      height: 2,
      palette: [0x010203, 0xffffff],
      frames: [{ left: 1, top: 1, width: 2, height: 1, indices: [0, 1], transparent: 1 }],
    });
    expect([...decodeGif(file, 6).data]).toEqual([...new Uint8Array(16), 1, 2, 3, 255, 0, 0, 0, 0]);
  });

  it("refuses animations, and more pixels than allowed", () => {
    expect(() => decodeGif(fixture("any-disposal.gif"), noLimit)).toThrow(ImagingError);
    expect(() => decodeGif(fixture("interlaced.gif"), 1023)).toThrow(expect.objectContaining({ kind: "limit" }));
    expect(decodeGif(fixture("interlaced.gif"), 1024).width).toBe(32);
  });

  it("refuses a colour beyond the palette, on which browsers disagree, unless it is the transparent one", () => {
    const frame = { width: 1, height: 1, indices: [9] };
    const screen = { width: 1, height: 1, palette: [0, 0xffffff] };
    expect(() => decodeGif(writeGif({ ...screen, frames: [frame] }), 1)).toThrow(ImagingError);
    expect([...decodeGif(writeGif({ ...screen, frames: [{ ...frame, transparent: 9 }] }), 1).data]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it("answers damage with an ImagingError or a picture of the right size, in time", () => {
    const random = seededRandom(5);
    const written = Array.from({ length: 10 }, () => {
      const gif = randomGif((below) => Math.floor(random() * below));
      return writeGif({ ...gif, frames: gif.frames.slice(0, 1) });
    });
    const sources = [fixture("interlaced.gif"), ...written];
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const file = sources[round % sources.length]?.slice() ?? new Uint8Array();
      for (let flips = 1 << (round % 5); flips > 0; flips--) {
        const at = 10 + Math.floor(random() * (file.length - 10));
        file[at] = Math.floor(random() * 256);
      }
      try {
        const { data, width, height } = decodeGif(file, 10_000);
        expect(data.length).toBe(4 * width * height);
      } catch (error) {
        expect(error).toBeInstanceOf(ImagingError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(3000);
  });
});
