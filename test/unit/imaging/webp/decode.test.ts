import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import { createWebpDecoder } from "../../../../src/imaging/webp/decode.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";

// Node.js would load the module as code of its own; in a Worker the import is a compiled module.
vi.mock("../../../../wasm/built/webp-decode.wasm", () => ({
  default: new WebAssembly.Module(readFileSync(new URL("../../../../wasm/built/webp-decode.wasm", import.meta.url))),
}));

const shown = (file: Uint8Array) => sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });

const noise = (width: number, height: number, channels: 3 | 4) =>
  sharp(
    Uint8Array.from({ length: width * height * channels }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24),
    { raw: { width, height, channels } },
  );

describe("createWebpDecoder()", () => {
  it.each([
    ["lossless", 3, { lossless: true }],
    ["lossless with alpha", 4, { lossless: true }],
    ["lossy", 3, { quality: 80 }],
    ["lossy with alpha", 4, { quality: 80 }],
  ] as const)("shows the pixels that libvips shows: %s", async (_, channels, options) => {
    const file = await noise(61, 43, channels).webp(options).toBuffer();
    const { data, width, height } = await createWebpDecoder().decode(new Uint8Array(file));
    const expected = await shown(file);
    expect([width, height]).toEqual([expected.info.width, expected.info.height]);
    expect(Buffer.from(data).equals(expected.data)).toBe(true);
  });

  it.skipIf(!hasCorpus).each(["bryce.webp", "lossless1.webp", "lossy_alpha1.webp", "segment01.webp", "small_1x1.webp"])(
    "%s of the corpus (skipped where ../shared/corpus is missing)",
    async (name) => {
      const file = new Uint8Array(readFileSync(`${corpus}webp/${name}`));
      const { data } = await createWebpDecoder().decode(file);
      expect(Buffer.from(data).equals((await shown(file)).data)).toBe(true);
    },
  );

  it("refuses what is cut off, and decodes the next file", async () => {
    const file = new Uint8Array(await noise(61, 43, 3).webp().toBuffer());
    const decoder = createWebpDecoder();
    await expect(decoder.decode(file.slice(0, 400))).rejects.toThrow(/webp damaged/);
    expect((await decoder.decode(file)).width).toBe(61);
  });
});
