import { readFileSync } from "node:fs";
import sharp, { type Channels, type PngOptions } from "sharp";
import { describe, expect, it, vi } from "vitest";
import { createSlicedImaging } from "../../../../src/imaging/create-sliced-imaging.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { estimateModularMemory } from "../../../../src/imaging/jpeg-xl/modular-memory.ts";
import { runAtOnce, workPerStep } from "../../../../src/imaging/steps.ts";
import { streamToJxl } from "../../../../src/imaging/stream/stream-to-jxl.ts";
import { djxlPng, djxlProfile, hasJxlTools, withoutJxlTools } from "../jpeg-xl/oracle.ts";

// Node.js would load the modules as code of its own; no test here encodes WebP.
vi.mock("../../../../wasm/built/webp-rows.wasm", () => ({ default: undefined }));
vi.mock("../../../../wasm/built/jxl-modular.wasm", () => {
  const file = new URL("../../../../wasm/built/jxl-modular.wasm", import.meta.url);
  return { default: new WebAssembly.Module(readFileSync(file)) };
});

/** Soft colours with grain, and an alpha that changes below the picture as well. */
function samplesOf(width: number, height: number, channels: Channels): Uint8Array {
  return Uint8Array.from({ length: channels * width * height }, (_, at) => {
    const pixel = Math.floor(at / channels);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return (
      128 + 100 * Math.sin(x / 37 + (at % channels)) * Math.cos(y / 29) + ((Math.imul(at, 2_654_435_761) >>> 28) - 8)
    );
  });
}

async function pngOf(width: number, height: number, channels: Channels, options: PngOptions = {}) {
  const image = sharp(samplesOf(width, height, channels), { raw: { width, height, channels } });
  const gray = channels < 3 ? image.toColourspace("b-w") : image;
  return new Uint8Array(await gray.png(options).toBuffer());
}

/** The same colours in 16 bits, whose low bytes are grain, with the largest differences that there are in the first rows. */
async function deepPngOf(width: number, height: number, channels: Channels): Promise<Uint8Array> {
  const samples = Uint16Array.from(samplesOf(width, height, channels), (sample, at) => {
    if (at < 2 * width * channels) return Math.imul(at + 1, 2_654_435_761) >>> 31 === 0 ? 0 : 65_535;
    return sample * 256 + (Math.imul(at, 40_503) & 0xff);
  });
  const image = sharp(samples, { raw: { width, height, channels } });
  const options = { compressionLevel: 0 } as const;
  return new Uint8Array(
    await image
      .toColourspace(channels < 3 ? "grey16" : "rgb16")
      .png(options)
      .toBuffer(),
  );
}

/** All bits of them. */
async function deepSamplesOf(png: Uint8Array, channels: Channels): Promise<Buffer> {
  const image = sharp(png).toColourspace(channels < 3 ? "grey16" : "rgb16");
  return image.raw({ depth: "ushort" }).toBuffer();
}

async function samplesOfJxl(jxl: Uint8Array): Promise<{ data: Buffer; channels: number; space: string | undefined }> {
  const png = djxlPng(jxl);
  const { space } = await sharp(png).metadata();
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return { data, channels: info.channels, space };
}

/** One group; two across; the border of a group; two down; thin ones; two groups of LF groups. */
const cases = [
  ...([1, 2, 3, 4] as const).flatMap((channels) => [
    [203, 117, channels] as const,
    [300, 40, channels] as const,
    [257, 257, channels] as const,
  ]),
  [256, 256, 3],
  [40, 300, 3],
  [1, 600, 3],
  [600, 1, 4],
  [2100, 30, 1],
] as const;

describe("streamToJxl()", () => {
  it.skipIf(!hasJxlTools).each(cases)(
    `libjxl decodes every sample of %i × %i pixels of %i channels${withoutJxlTools}`,
    async (width, height, channels) => {
      const png = await pngOf(width, height, channels, { compressionLevel: 0, adaptiveFiltering: height % 2 === 0 });
      const source = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      const shown = await samplesOfJxl(runAtOnce(streamToJxl(png, 1)));
      expect([shown.channels, shown.space]).toEqual([source.info.channels, channels < 3 ? "b-w" : "srgb"]);
      expect(shown.data.equals(source.data)).toBe(true);
    },
  );

  it("is what the library makes without codecs of whole pictures, with the metadata that stays", async () => {
    const turned = await sharp(await pngOf(300, 40, 3))
      .withMetadata({ orientation: 6 })
      .withExifMerge({ IFD0: { Copyright: "somebody" } })
      .png()
      .toBuffer();
    const png = new Uint8Array(turned);
    const facts = await probeImage(png);
    if (facts === undefined) throw new Error("not a PNG");
    const made = await createSlicedImaging().open(png, facts, "keep").make({ kind: "stream", format: "jxl" });
    if (made.kind !== "made") throw new Error(made.kind);
    expect(await probeImage(made.bytes)).toMatchObject({ format: "jxl", width: 300, height: 40, orientation: 6 });
    expect(Buffer.from(made.bytes).includes("somebody")).toBe(true);
  });

  it("says size and orientation in its header", async () => {
    const facts = await probeImage(runAtOnce(streamToJxl(await pngOf(300, 40, 3), 6)));
    expect(facts).toMatchObject({ format: "jxl", width: 300, height: 40, orientation: 6, bitDepth: 8, alpha: false });
  });

  it.skipIf(!hasJxlTools)(`carries the profile byte by byte${withoutJxlTools}`, async () => {
    const tagged = await sharp(await pngOf(300, 40, 3))
      .withIccProfile("p3")
      .png()
      .toBuffer();
    const { icc } = await sharp(tagged).metadata();
    expect(djxlProfile(runAtOnce(streamToJxl(new Uint8Array(tagged), 1))).equals(icc ?? Buffer.alloc(0))).toBe(true);
  });

  it.each([
    ["a palette", { palette: true }],
    ["an interlaced one", { progressive: true }],
  ])("refuses %s", async (_, options) => {
    const png = await pngOf(64, 64, 3, options);
    expect(() => runAtOnce(streamToJxl(png, 1))).toThrow(expect.objectContaining({ kind: "unsupported" }));
  });

  it.skipIf(!hasJxlTools).each([
    [300, 40, 1],
    [203, 117, 2],
    [257, 257, 3],
    [300, 40, 4],
  ] as const)(
    `libjxl decodes all 16 bits of %i × %i pixels of %i channels${withoutJxlTools}`,
    async (width, height, channels) => {
      const png = await deepPngOf(width, height, channels);
      expect(png[24]).toBe(16);
      const shown = djxlPng(runAtOnce(streamToJxl(png, 1)));
      expect([shown[24], shown[25]]).toEqual([16, png[25]]);
      expect((await deepSamplesOf(shown, channels)).equals(await deepSamplesOf(png, channels))).toBe(true);
    },
  );

  it("says the depth of 16 bits", async () => {
    const facts = await probeImage(runAtOnce(streamToJxl(await deepPngOf(40, 30, 4), 1)));
    expect(facts).toMatchObject({ format: "jxl", width: 40, height: 30, bitDepth: 16, alpha: true });
  });

  it("ends as soon as it is as large as the PNG", async () => {
    // Rows that repeat are nothing for a coder of single samples.
    const row = samplesOf(600, 1, 3).map((_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24);
    const data = Buffer.concat(Array.from({ length: 600 }, () => row));
    const png = await sharp(data, { raw: { width: 600, height: 600, channels: 3 } })
      .png({ compressionLevel: 9, adaptiveFiltering: true })
      .toBuffer();
    expect(() => runAtOnce(streamToJxl(new Uint8Array(png), 1))).toThrow(expect.objectContaining({ kind: "limit" }));
  });

  it("says that a PNG is damaged", async () => {
    const png = await pngOf(300, 300, 3);
    png[png.length >> 1] ^= 0xff;
    expect(() => runAtOnce(streamToJxl(png, 1))).toThrow(expect.objectContaining({ kind: "damaged" }));
  });

  it("works in pieces that are shorter than a step", async () => {
    const png = await pngOf(2600, 20, 4);
    const pieces = [...streamToJxl(png, 1)];
    expect(pieces.length).toBeGreaterThan(20);
    expect(Math.max(...pieces)).toBeLessThan(workPerStep);
  });

  it("needs memory for a band of the width, and not for the height", () => {
    expect(estimateModularMemory(4000, 6000, 3)).toBe(estimateModularMemory(4000, 600, 3));
    expect(estimateModularMemory(6000, 4000, 3)).toBeLessThan(26e6);
  });
});
