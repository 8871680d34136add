import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { estimateWebpRowsMemory, maxLevelBytes } from "../../../../../src/imaging/webp/rows/memory.ts";
import { PictureEncoder } from "../../../../../src/imaging/webp/rows/picture-encoder.ts";
import { writeChroma, writeLuma } from "../../../../../src/imaging/webp/rows/rgb-planes.ts";
import { writePicture } from "../../../../../src/imaging/webp/rows/write-picture.ts";
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { random } from "../../jpeg-xr/samples.ts";
import { loadKernel } from "./kernel.ts";

const kernel = loadKernel();

/** A photograph as large as the pixels of a camera make it, over and over, of which 16 lines at a time are asked for. */
const [tileWidth, tileHeight] = [768, 512];
const tile = await sharp(fileURLToPath(new URL("../../../../fixtures/stream.jpg", import.meta.url)))
  .resize(tileWidth, tileHeight)
  .ensureAlpha()
  .raw()
  .toBuffer();

/** Bytes that are held when all rows are coded, and when the file is there; its pages are held beside it then. */
function encodeTiled(width: number, height: number, baseIndex: number): { coded: number; written: number } {
  const encoder = new PictureEncoder(kernel, Math.ceil(width / 16), Math.ceil(height / 16), baseIndex);
  const lines = [new Uint8Array(4 * width), new Uint8Array(4 * width)];
  for (let y = 0; y < height; y++) {
    const line = lines[y & 1];
    const from = 4 * tileWidth * (y % tileHeight);
    for (let x = 0; x < width; x += tileWidth) {
      line.set(tile.subarray(from, from + 4 * Math.min(tileWidth, width - x)), 4 * x);
    }
    const row = y & 15;
    writeLuma(line, 0, width, encoder.planes, row);
    if ((y & 1) === 1) writeChroma(lines[0], 0, line, 0, width, encoder.planes, row >> 1);
    if (row < 15 && y + 1 < height) continue;
    encoder.planes.pad(width, row + 1);
    runAtOnce(encoder.encodeRow());
  }
  const coded = encoder.planes.luma.buffer.byteLength + encoder.heldBytes;
  const file = runAtOnce(writePicture(encoder, width, height));
  expect(encoder.heldBytes).toBe(0);
  return { coded, written: encoder.planes.luma.buffer.byteLength + 2 * file.length };
}

describe("estimateWebpRowsMemory()", () => {
  it("is not exceeded by 24 megapixels, which take less than 12 MB", () => {
    const { coded, written } = encodeTiled(6000, 4000, 30);
    expect(Math.max(coded, written)).toBeLessThan(12e6);
    expect(Math.max(coded, written)).toBeLessThan(estimateWebpRowsMemory(6000, 4000));
  });

  it.each([
    [1, 1],
    [16_383, 16],
    [16, 16_383],
    [640, 480],
  ])("is not exceeded by the worst noise of %i × %i", (width, height) => {
    const next = random(2);
    const [wide, high] = [Math.ceil(width / 16), Math.ceil(height / 16)];
    const encoder = new PictureEncoder(kernel, wide, high, 0);
    const { luma, u, v } = encoder.planes;
    for (let row = 0; row < high && encoder.heldBytes <= maxLevelBytes(width, height); row++) {
      for (const plane of [luma, u, v]) plane.forEach((_, index) => (plane[index] = 256 * next()));
      runAtOnce(encoder.encodeRow());
    }
    const held = encoder.heldBytes;
    const file = runAtOnce(writePicture(encoder, width, height));
    const most = luma.buffer.byteLength + Math.max(held, 2 * file.length);
    expect(most).toBeLessThan(estimateWebpRowsMemory(width, height));
  });
});
