import { readFileSync } from "node:fs";
import sharp, { type JpegOptions } from "sharp";
import { describe, expect, it, vi } from "vitest";
import { streamToWebp } from "../../../../src/imaging/stream/stream-to-webp.ts";
import { estimateStreamedWebpMemory } from "../../../../src/imaging/webp/streamed-memory.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { encodeWebpRows } from "../../../../src/imaging/webp/rows/encode-rows.ts";
import { baseIndexOfQuality } from "../../../../src/imaging/webp/rows/quality.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";

// Node.js would load the module as code of its own; in a Worker the import is a compiled module.
const { kernel } = vi.hoisted(() => ({ kernel: { module: undefined as WebAssembly.Module | undefined } }));
vi.mock("../../../../wasm/built/webp-rows.wasm", () => ({ default: compiled() }));

function compiled(): WebAssembly.Module {
  const file = new URL("../../../../wasm/built/webp-rows.wasm", import.meta.url);
  return (kernel.module ??= new WebAssembly.Module(readFileSync(file)));
}

/** A photograph-like picture: soft colours and some grain. */
async function jpegOf(width: number, height: number, options: JpegOptions): Promise<Uint8Array<ArrayBuffer>> {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return 128 + 90 * Math.sin(x / 37 + (at % 3)) * Math.cos(y / 29) + ((Math.imul(at, 2_654_435_761) >>> 28) - 8);
  });
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85, ...options })
    .toBuffer();
  return new Uint8Array(jpeg);
}

describe("streamToWebp()", () => {
  it.each([
    ["baseline, 4:2:0", { chromaSubsampling: "4:2:0" }],
    ["baseline, 4:4:4", { chromaSubsampling: "4:4:4" }],
    ["progressive, 4:2:0", { chromaSubsampling: "4:2:0", progressive: true }],
  ] as const)("makes the file that is made of the decoded pixels: %s", async (_, options) => {
    const jpeg = await jpegOf(203, 117, options);
    const streamed = runAtOnce(streamToWebp(jpeg, "jpeg", 80));
    const { data, info } = await sharp(jpeg).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const pixels = { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
    const encoded = runAtOnce(encodeWebpRows(compiled(), pixels, baseIndexOfQuality(80)));
    expect(Buffer.from(streamed).equals(encoded)).toBe(true);
  });

  it("makes of a PNG the file that is made of its pixels", async () => {
    const png = await sharp(await jpegOf(203, 117, {}))
      .png()
      .toBuffer();
    const streamed = runAtOnce(streamToWebp(new Uint8Array(png), "png", 80));
    const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const pixels = { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
    const encoded = runAtOnce(encodeWebpRows(compiled(), pixels, baseIndexOfQuality(80)));
    expect(Buffer.from(streamed).equals(encoded)).toBe(true);
  });

  it("refuses strong colour in thin lines, of which halving would leave little, unless the source has halved it already", async () => {
    const paths = Array.from({ length: 40 }, (_, line) => `<path d="M10.5 ${10 + 3 * line}.5h120"/>`).join("");
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="300" height="300" fill="white"/><g stroke="#d00" fill="none">${paths}</g></svg>`;
    const drawn = sharp(Buffer.from(svg)).flatten();
    const jpegOfChroma = (chromaSubsampling: string) =>
      drawn.clone().jpeg({ quality: 92, chromaSubsampling }).toBuffer();
    const [full, png, halved] = await Promise.all([
      jpegOfChroma("4:4:4"),
      drawn.clone().png().toBuffer(),
      jpegOfChroma("4:2:0"),
    ]);
    expect(() => runAtOnce(streamToWebp(new Uint8Array(full), "jpeg", 80))).toThrow(/fine colour/);
    expect(() => runAtOnce(streamToWebp(new Uint8Array(png), "png", 80))).toThrow(/fine colour/);
    expect(runAtOnce(streamToWebp(new Uint8Array(halved), "jpeg", 80)).length).toBeGreaterThan(100);
  });

  it("is what libwebp shows of the picture", async () => {
    const jpeg = await jpegOf(320, 200, { chromaSubsampling: "4:2:0" });
    const webp = runAtOnce(streamToWebp(jpeg, "jpeg", 90));
    const [shown, source] = await Promise.all([webp, jpeg].map((file) => sharp(file).removeAlpha().raw().toBuffer()));
    let sum = 0;
    for (let at = 0; at < source.length; at++) sum += Math.abs(shown[at] - source[at]);
    expect(sum / source.length).toBeLessThan(5);
  });

  it("pauses at least once for each few rows, however wide the picture is", async () => {
    const jpeg = await jpegOf(4000, 160, { chromaSubsampling: "4:2:0" });
    const work = [...streamToWebp(jpeg, "jpeg", 75)];
    expect(work.length).toBeGreaterThanOrEqual(10);
    // A macroblock row of 4,000 pixels: 250 macroblocks, 5 ms.
    expect(Math.max(...work)).toBeLessThan(15e6);
  });

  it("needs a small part of the pixels' memory for a large picture", async () => {
    const frame = readJpegFrame(await jpegOf(64, 64, { chromaSubsampling: "4:2:0" }));
    const large = { ...frame, width: 6000, height: 4000, mcusWide: 375, mcusHigh: 250 };
    expect(estimateStreamedWebpMemory(large)).toBeLessThan(32e6);
  });

  it("refuses CMYK", async () => {
    const cmyk = await sharp({ create: { width: 16, height: 16, channels: 3, background: "#123" } })
      .toColourspace("cmyk")
      .jpeg()
      .toBuffer();
    expect(() => runAtOnce(streamToWebp(new Uint8Array(cmyk), "jpeg", 80))).toThrow(/components/);
  });
});
