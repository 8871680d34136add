import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import { encodeJpegXr } from "../../../src/imaging/jpeg-xr/encode-jpeg-xr.ts";
import { decodeRgba } from "../../../src/imaging/jpeg/decode/rgba.ts";
import { readJpegFrame } from "../../../src/imaging/jpeg/read-frame.ts";
import type { Pixels } from "../../../src/imaging/model/picture.ts";
import { recompressJpeg } from "../../../src/imaging/recompress/recompress.ts";
import type { Steps } from "../../../src/imaging/steps.ts";
import { drawFile, drawPixels } from "../../../src/imaging/render/draw-rows.ts";
import { lightOf } from "../../../src/imaging/resample/light.ts";
import { sharpen } from "../../../src/imaging/resample/sharpen.ts";
import { encodeJpegRows } from "../../../src/imaging/jpeg/encode-rows.ts";
import { streamToJxl } from "../../../src/imaging/stream/stream-to-jxl.ts";
import { streamToWebp } from "../../../src/imaging/stream/stream-to-webp.ts";
import { encodePixelsByRows } from "../../../src/imaging/webp/encode-rows.ts";

// Node.js would load the modules as code of their own; in a Worker the imports are compiled modules.
vi.mock("../../../wasm/built/webp-rows.wasm", () => {
  const file = new URL("../../../wasm/built/webp-rows.wasm", import.meta.url);
  return { default: new WebAssembly.Module(readFileSync(file)) };
});

vi.mock("../../../wasm/built/jxl-modular.wasm", () => {
  const file = new URL("../../../wasm/built/jxl-modular.wasm", import.meta.url);
  return { default: new WebAssembly.Module(readFileSync(file)) };
});

interface Given {
  readonly pixels: Pixels;
  readonly baseline: Uint8Array<ArrayBuffer>;
  readonly progressive: Uint8Array<ArrayBuffer>;
  readonly png: Uint8Array<ArrayBuffer>;
  /** Without colour that halving would spoil. */
  readonly halved: Uint8Array<ArrayBuffer>;
  readonly grayPng: Uint8Array<ArrayBuffer>;
}

/** What a decoder and an encoder have most to do with. */
async function noise(width: number, height: number): Promise<Given> {
  const samples = Uint8Array.from({ length: 3 * width * height }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24);
  const image = sharp(samples, { raw: { width, height, channels: 3 } });
  const jpeg = async (progressive: boolean, chromaSubsampling = "4:4:4"): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await image.clone().jpeg({ quality: 92, chromaSubsampling, progressive }).toBuffer());
  const rgba = await image.clone().ensureAlpha().raw().toBuffer();
  return {
    pixels: { data: new Uint8ClampedArray(rgba), width, height },
    baseline: await jpeg(false),
    progressive: await jpeg(true),
    png: new Uint8Array(await image.clone().png({ compressionLevel: 1 }).toBuffer()),
    halved: await jpeg(false, "4:2:0"),
    grayPng: new Uint8Array(
      await image.clone().grayscale().toColourspace("srgb").png({ compressionLevel: 0 }).toBuffer(),
    ),
  };
}

/** Half as wide and half as high. */
const half = ({ pixels: { width, height } }: Given) =>
  ({
    framing: { width: width / 2, height: height / 2, left: 0, top: 0, scaleX: 2, scaleY: 2 },
    light: lightOf(undefined),
    orientation: 1,
  }) as const;

const engines: Readonly<Record<string, (given: Given) => Steps<unknown>>> = {
  "a decoded JPEG": ({ baseline }) => decodeRgba(baseline, readJpegFrame(baseline)),
  "a decoded progressive JPEG": ({ progressive }) => decodeRgba(progressive, readJpegFrame(progressive)),
  "exact JPEG XL": ({ baseline }) =>
    recompressJpeg(baseline, { kind: "recompress", format: "jxl", exact: true, unbiased: false }, "none"),
  "lossy JPEG XL": ({ progressive }) =>
    recompressJpeg(progressive, { kind: "recompress", format: "jxl", exact: false, targetScore: 78 }, "none"),
  "an exact JPEG": ({ progressive }) =>
    recompressJpeg(progressive, { kind: "recompress", format: "jpeg", exact: true }, "none"),
  "a lossy JPEG": ({ baseline }) =>
    recompressJpeg(baseline, { kind: "recompress", format: "jpeg", exact: false, targetScore: 80 }, "none"),
  "streamed WebP": ({ halved }) => streamToWebp(halved, "jpeg", 70),
  "WebP of a streamed PNG": ({ grayPng }) => streamToWebp(grayPng, "png", 70),
  "JPEG XL of a PNG": ({ grayPng }) => streamToJxl(grayPng, 1),
  "WebP of pixels": ({ pixels }) => encodePixelsByRows(pixels, 70, { dissimilarity: 0.02, isMinimum: false }),
  "a smaller JPEG": (given) => drawFile(given.progressive, "jpeg", half(given)),
  "a smaller PNG": (given) => drawFile(given.png, "png", half(given)),
  "smaller pixels": (given) => drawPixels(given.pixels, half(given).framing, half(given).light, false),
  "a sharpened picture": ({ pixels: { data, ...size } }) =>
    sharpen({ data: data.slice(), ...size }, { amount: 1, radius: 2, threshold: 0 }),
  "JPEG of pixels": ({ pixels }) => encodeJpegRows(pixels, { quality: 85, chroma: "4:2:0" }),
  "JPEG XR": ({ pixels }) => encodeJpegXr(pixels, { lossless: false, quality: 85 }, "jpeg-xr", undefined),
};

/** Milliseconds: with the work between two pauses they are less than 15. */
const largestPiece = 6;

const [narrow, wide] = [await noise(3000, 48), await noise(6000, 48)];

function workOf(steps: Steps<unknown>): { total: number; largest: number } {
  const pieces = [...steps];
  return { total: pieces.reduce((sum, each) => sum + each, 0) / 1e6, largest: Math.max(...pieces) / 1e6 };
}

describe("an engine works in pieces that width and detail do not lengthen, and counts twice as much for twice the picture", () => {
  it.each(Object.keys(engines))("%s", (name) => {
    const [one, twice] = [workOf(engines[name](narrow)), workOf(engines[name](wide))];
    expect(one.largest).toBeLessThan(largestPiece);
    expect(twice.largest).toBeLessThan(largestPiece);
    expect(twice.total / one.total).toBeGreaterThan(1.3);
    expect(twice.total / one.total).toBeLessThan(2.5);
  });
});
