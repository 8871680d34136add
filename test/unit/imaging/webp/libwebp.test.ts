import { readFileSync } from "node:fs";
import { assert, asyncProperty, boolean, constantFrom, integer } from "fast-check";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import type { WebpMethod } from "../../../../src/imaging/model/settings.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { createWebpEncoder, type LibwebpSettings } from "../../../../src/imaging/webp/encode.ts";

// Node.js would load the module as code of its own; in a Worker the import is a compiled module.
vi.mock("../../../../wasm/built/webp-encode.wasm", () => ({
  default: new WebAssembly.Module(readFileSync(new URL("../../../../wasm/built/webp-encode.wasm", import.meta.url))),
}));

const lossless = (effort: WebpMethod): LibwebpSettings => ({ format: "webp", lossless: true, effort });
const lossy = (quality: number, sharpYuv: boolean, method: WebpMethod = 4): LibwebpSettings => ({
  format: "webp",
  lossless: false,
  coder: "libwebp",
  quality,
  method,
  sharpYuv,
});

/** Smooth colours with an edge; those of the transparent part are not black. */
function picture(width: number, height: number, isOpaque = true): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const alpha = isOpaque ? 255 : Math.max(0, 255 - 8 * Math.abs(x - y));
      data.set([(255 * x) / width, (255 * y) / height, x > width / 2 ? 200 : 40, alpha], (y * width + x) * 4);
    }
  return { data, width, height };
}

/** The same with fine strong colour. */
function grainy(width: number, height: number, isOpaque = true): Pixels {
  const pixels = picture(width, height, isOpaque);
  for (let at = 0; at < width * height; at += 3) pixels.data.set([(at * 89) & 255, 255 - ((at * 7) & 255), 20], 4 * at);
  return pixels;
}

/** Read by libvips. */
const shown = (file: Uint8Array): Promise<Buffer> => sharp(file).ensureAlpha().raw().toBuffer();

const alphaOf = (rgba: ArrayLike<number>): number[] => Array.from(rgba).filter((_, at) => at % 4 === 3);

const meanDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  return sum / a.length;
};

describe("createWebpEncoder()", () => {
  it("keeps every pixel of any size without loss, colours of transparent ones too", async () => {
    const encoder = createWebpEncoder();
    const side = integer({ min: 1, max: 70 });
    await assert(
      asyncProperty(
        side,
        side,
        boolean(),
        constantFrom<WebpMethod>(0, 1, 4),
        async (width, height, isOpaque, effort) => {
          const pixels = picture(width, height, isOpaque);
          const file = await encoder.encode(pixels, lossless(effort));
          expect(Buffer.from(pixels.data).equals(await shown(file))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("keeps alpha without loss in lossy pictures of any size", async () => {
    const encoder = createWebpEncoder();
    const side = integer({ min: 1, max: 70 });
    await assert(
      asyncProperty(side, side, boolean(), async (width, height, sharpYuv) => {
        const pixels = picture(width, height, false);
        expect(alphaOf(await shown(await encoder.encode(pixels, lossy(80, sharpYuv))))).toEqual(alphaOf(pixels.data));
      }),
      { numRuns: 20 },
    );
  });

  it.each([true, false])("shows the picture again (fitted colour: %s)", async (sharpYuv) => {
    const pixels = picture(97, 61);
    const file = await createWebpEncoder().encode(pixels, lossy(95, sharpYuv));
    expect(meanDifference(await shown(file), pixels.data)).toBeLessThan(3);
    expect(await probeImage(file)).toMatchObject({ format: "webp", width: 97, height: 61, alpha: false });
  });

  /** The same version in native code, without anything of ours. */
  it.skipIf(sharp.versions.webp !== "1.6.0").each([
    ["lossless", lossless(4), { lossless: true, quality: 75, effort: 4, exact: true }],
    ["lossless, quick", lossless(1), { lossless: true, quality: 75, effort: 1, exact: true }],
    ["lossy", lossy(80, false), { quality: 80, effort: 4 }],
    ["lossy with fitted colour", lossy(60, true), { quality: 60, effort: 4, smartSubsample: true }],
  ] as const)(
    `writes the bytes of libwebp 1.6.0 (skipped with another one in sharp): %s`,
    async (_, settings, options) => {
      const encoder = createWebpEncoder();
      for (const pixels of [grainy(211, 97), grainy(64, 65, false), grainy(1, 1), grainy(2, 3), grainy(33, 1)]) {
        const { data, width, height } = pixels;
        const raw = sharp(Buffer.from(data), { raw: { width, height, channels: 4 } });
        const expected = await raw.webp(options).toBuffer();
        expect(expected.equals(await encoder.encode(pixels, settings))).toBe(true);
      }
    },
  );

  it.each([
    ["lossless", lossless(4)],
    ["lossy", lossy(80, true)],
  ] as const)("gives the same bytes in one piece as with pauses: %s", async (_, settings) => {
    const canPause = "Suspending" in WebAssembly;
    let pauses = 0;
    const encoder = createWebpEncoder(async () => void pauses++);
    const pixels = grainy(330, 230, false);
    const paused = await encoder.encode(pixels, settings);
    expect(await encoder.encode(pixels, settings)).toEqual(paused);
    vi.stubGlobal("WebAssembly", Object.create(WebAssembly, { Suspending: {}, promising: {} }));
    vi.resetModules();
    const whole = await import("../../../../src/imaging/webp/encode.ts");
    vi.unstubAllGlobals();
    vi.resetModules();
    const before = pauses;
    const inOnePiece = await whole.createWebpEncoder(async () => void pauses++).encode(pixels, settings);
    expect(inOnePiece).toEqual(paused);
    expect([before > 0, pauses - before]).toEqual([canPause, 0]);
  });
});
