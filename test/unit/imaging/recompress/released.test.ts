/** Buffers are given back when the work is done, and not when the engine collects them: it does so tens of megabytes later. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, test, vi } from "vitest";
import type { RecompressRecipe } from "../../../../src/imaging/model/recipe.ts";
import { recompressJpeg } from "../../../../src/imaging/recompress/recompress.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { streamToJxl } from "../../../../src/imaging/stream/stream-to-jxl.ts";
import { streamToWebp } from "../../../../src/imaging/stream/stream-to-webp.ts";
import { keptBuffers } from "../../../support/kept-buffers.ts";
import { testPicture } from "../jpeg/oracles.ts";

vi.mock("../../../../wasm/built/webp-rows.wasm", () => ({ default: compiled("webp-rows") }));
vi.mock("../../../../wasm/built/jxl-modular.wasm", () => ({ default: compiled("jxl-modular") }));

function compiled(name: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`../../../../wasm/built/${name}.wasm`, import.meta.url)));
}

const jxl: RecompressRecipe = { kind: "recompress", format: "jxl", exact: true, unbiased: false };
const jpeg: RecompressRecipe = { kind: "recompress", format: "jpeg", exact: true };
const lossyJxl: RecompressRecipe = { kind: "recompress", format: "jxl", exact: false, targetScore: 76 };

const works: Readonly<Record<string, (source: Uint8Array) => Uint8Array>> = {
  "JPEG XL": (source) => runAtOnce(recompressJpeg(source, jxl, "none")).bytes,
  "lossy JPEG XL": (source) => runAtOnce(recompressJpeg(source, lossyJxl, "none")).bytes,
  "an optimised JPEG": (source) => runAtOnce(recompressJpeg(source, jpeg, "none")).bytes,
  "WebP by rows": (source) => runAtOnce(streamToWebp(source, "jpeg", 80)),
};

test("lossless JPEG XL of a PNG of twice the rows leaves hardly more for a collection", async () => {
  const [once = 0, twice = 0] = await Promise.all(
    [512, 1024].map(async (height) => {
      const picture = sharp(testPicture(512, height).data, { raw: { width: 512, height, channels: 3 } });
      const source = new Uint8Array(await picture.png({ compressionLevel: 0 }).toBuffer());
      return keptBuffers(() => runAtOnce(streamToJxl(source, 1)));
    }),
  );
  expect(twice - once).toBeLessThan(512 * 512);
});

test("JPEG XL that is given up, since the PNG is smaller, leaves no more than one that is made", async () => {
  const row = Uint8Array.from({ length: 3 * 600 }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24);
  const picture = sharp(Buffer.concat(Array.from({ length: 600 }, () => row)), {
    raw: { width: 600, height: 600, channels: 3 },
  });
  const [small, large] = await Promise.all(
    [9, 0].map(async (compressionLevel) => new Uint8Array(await picture.clone().png({ compressionLevel }).toBuffer())),
  );
  const made = keptBuffers(() => runAtOnce(streamToJxl(large ?? row, 1)));
  const kept = keptBuffers(() => {
    expect(() => runAtOnce(streamToJxl(small ?? row, 1))).toThrow("larger");
    return row;
  });
  expect(kept - made).toBeLessThan(600 * 256);
});

async function sourceOf(width: number, height: number, progressive: boolean): Promise<Uint8Array> {
  const drawn = sharp(testPicture(width, height).data, { raw: { width, height, channels: 3 } });
  // Colour that halving would spoil becomes no WebP.
  const picture = drawn.modulate({ saturation: 0.2 });
  return new Uint8Array(await picture.jpeg({ quality: 90, progressive, chromaSubsampling: "4:4:4" }).toBuffer());
}

describe.each([false, true])("of a JPEG (progressive: %j)", (progressive) => {
  test.each(Object.keys(works))("%s of twice the rows leaves hardly more for a collection", async (name) => {
    const [once, twice] = await Promise.all([sourceOf(1024, 256, progressive), sourceOf(1024, 512, progressive)]);
    const kept = [once, twice].map((source) => keptBuffers(() => works[name]?.(source) ?? source));
    expect((kept[1] ?? 0) - (kept[0] ?? 0)).toBeLessThan(1024 * 256);
  });
});
