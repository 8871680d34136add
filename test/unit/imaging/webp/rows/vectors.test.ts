import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadKernel } from "./kernel.ts";
import { encodeYuv, yuvSize } from "./shown.ts";

const fixtures = new URL("../../../../fixtures/webp-rows/", import.meta.url);

/** Planes, and the files that another implementation of the same algorithm made of them, at these quantiser indices. */
const vectors = [
  { planes: "mb16", width: 16, height: 16, indices: [30] },
  { planes: "odd17x33", width: 17, height: 33, indices: [30] },
  { planes: "photo64x48", width: 64, height: 48, indices: [6, 30, 90] },
  { planes: "flat40x24", width: 40, height: 24, indices: [60] },
].flatMap(({ indices, ...planes }) => indices.map((baseIndex) => ({ ...planes, baseIndex })));

const kernel = loadKernel();

describe("PictureEncoder and writePicture() make the vector's bytes", () => {
  it.each(vectors)("of $planes at index $baseIndex", ({ planes, width, height, baseIndex }) => {
    const samples = new Uint8Array(readFileSync(new URL(`${planes}.yuv`, fixtures)));
    expect(samples).toHaveLength(yuvSize(width, height));
    const expected = readFileSync(new URL(`${planes}.q${baseIndex}.webp`, fixtures));
    const { file } = encodeYuv(kernel, { width, height, samples }, baseIndex);
    expect(Buffer.from(file).equals(expected)).toBe(true);
  });
});
