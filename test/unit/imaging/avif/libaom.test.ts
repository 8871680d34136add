import { readFileSync } from "node:fs";
import { assert, asyncProperty, constantFrom, integer } from "fast-check";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import { createAvifDecoder } from "../../../../src/imaging/avif/decode.ts";
import { createAvifEncoder } from "../../../../src/imaging/avif/encode.ts";
import { readAvif } from "../../../../src/imaging/avif/read-container.ts";
import { joinBytes, u32 } from "../../../../src/imaging/bytes/join-bytes.ts";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import type { AvifSpeed, SettingsOf } from "../../../../src/imaging/model/settings.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";

// Node.js would load the modules as code of its own; in a Worker the import is a compiled module.
vi.mock("../../../../wasm/built/avif-encode.wasm", () => ({ default: compiled("avif-encode") }));
vi.mock("../../../../wasm/built/avif-decode.wasm", () => ({ default: compiled("avif-decode") }));

function compiled(name: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`../../../../wasm/built/${name}.wasm`, import.meta.url)));
}

const settings: SettingsOf<"avif"> = { format: "avif", quality: 80, speed: 9, chroma: "4:4:4", bitDepth: 10 };

/** Smooth colours with an edge, opaque unless said otherwise. */
function picture(width: number, height: number, alphaAt: (x: number, y: number) => number = () => 255): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set([(255 * x) / width, (255 * y) / height, x > width / 2 ? 200 : 40, alphaAt(x, y)], (y * width + x) * 4);
  return { data, width, height };
}

const meanDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  return sum / a.length;
};

/** Halved colour cannot be right in a few pixels; lightness is. */
const lumaOf = (rgba: ArrayLike<number>): number[] =>
  Array.from({ length: rgba.length / 4 }, (_, pixel) => {
    const [red, green, blue] = [rgba[4 * pixel], rgba[4 * pixel + 1], rgba[4 * pixel + 2]];
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });

const shown = (file: Uint8Array): Promise<Buffer> => sharp(file).ensureAlpha().raw().toBuffer();

describe("createAvifEncoder()", () => {
  it.each([
    [8, "4:2:0"],
    [8, "4:4:4"],
    [10, "4:2:0"],
    [10, "4:4:4"],
  ] as const)("writes what an independent decoder shows: %i bits, %s", async (bitDepth, chroma) => {
    const pixels = picture(97, 61);
    const file = await createAvifEncoder().encode(pixels, { ...settings, bitDepth, chroma, quality: 95 });
    expect(meanDifference(await shown(file), pixels.data)).toBeLessThan(chroma === "4:4:4" ? 2 : 3);
    const metadata = await sharp(file).metadata();
    expect(metadata).toMatchObject({ width: 97, height: 61, hasAlpha: false, format: "heif" });
    expect(await probeImage(file)).toMatchObject({ format: "avif", width: 97, height: 61, bitDepth, profile: "none" });
  });

  it("keeps alpha without loss", async () => {
    const pixels = picture(64, 48, (x, y) => (x * 4 + y) & 255);
    const file = await createAvifEncoder().encode(pixels, { ...settings, bitDepth: 8 });
    const alphaOf = (rgba: ArrayLike<number>) => Array.from(rgba).filter((_, at) => at % 4 === 3);
    expect(alphaOf(await shown(file))).toEqual(alphaOf(pixels.data));
  });

  it.each<AvifSpeed>([6, 7, 8, 9, 10])("codes speed %i within its stack", async (speed) => {
    const pixels = picture(256, 200);
    const file = await createAvifEncoder().encode(pixels, { ...settings, speed });
    expect(meanDifference(await shown(file), pixels.data)).toBeLessThan(4);
  });

  it("gives the same bytes for the same picture, whatever was encoded before", async () => {
    const encoder = createAvifEncoder();
    const first = await encoder.encode(picture(40, 30), settings);
    await encoder.encode(
      picture(200, 90, (x) => x & 255),
      { ...settings, bitDepth: 8 },
    );
    expect(await encoder.encode(picture(40, 30), settings)).toEqual(first);
  });

  it("takes any size", async () => {
    const encoder = createAvifEncoder();
    await assert(
      asyncProperty(
        integer({ min: 1, max: 70 }),
        integer({ min: 1, max: 70 }),
        constantFrom(8 as const, 10 as const),
        constantFrom("4:2:0" as const, "4:4:4" as const),
        async (width, height, bitDepth, chroma) => {
          const pixels = picture(width, height);
          const file = await encoder.encode(pixels, { ...settings, bitDepth, chroma, quality: 97 });
          expect(meanDifference(lumaOf(await shown(file)), lumaOf(pixels.data))).toBeLessThan(14);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each(["4:4:4", "4:2:0"] as const)("gives the same bytes in one piece as with pauses: %s", async (chroma) => {
    const canPause = "Suspending" in WebAssembly;
    let pauses = 0;
    const pixels = picture(320, 240, (x) => x & 255);
    const paused = await createAvifEncoder(async () => void pauses++).encode(pixels, { ...settings, chroma });
    vi.stubGlobal("WebAssembly", Object.create(WebAssembly, { Suspending: {}, promising: {} }));
    vi.resetModules();
    const whole = await import("../../../../src/imaging/avif/encode.ts");
    vi.unstubAllGlobals();
    vi.resetModules();
    const before = pauses;
    const inOnePiece = await whole.createAvifEncoder(async () => void pauses++).encode(pixels, { ...settings, chroma });
    expect(inOnePiece).toEqual(paused);
    // What is left are the rows that JavaScript fills.
    expect([before > pauses - before, canPause]).toEqual([canPause, canPause]);
  });

  it("has larger files for higher qualities", async () => {
    const encoder = createAvifEncoder();
    const sizes = [];
    for (const quality of [20, 50, 80, 95]) {
      sizes.push((await encoder.encode(picture(200, 150), { ...settings, quality })).length);
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(new Set(sizes).size).toBe(sizes.length);
  });
});

describe("createAvifDecoder()", () => {
  it.each([
    [8, "4:2:0"],
    [8, "4:4:4"],
    [10, "4:2:0"],
    [10, "4:4:4"],
  ] as const)("reads what the encoder wrote as sharp does: %i bits, %s", async (bitDepth, chroma) => {
    const file = await createAvifEncoder().encode(picture(97, 61), { ...settings, bitDepth, chroma });
    const { data } = await createAvifDecoder().decode(file);
    // Decoders interpolate halved colour in different ways.
    expect(meanDifference(data, await shown(file))).toBeLessThan(chroma === "4:4:4" ? 0.6 : 1.5);
  });

  it("reads alpha", async () => {
    const pixels = picture(64, 48, (x, y) => (x * 4 + y) & 255);
    const file = await createAvifEncoder().encode(pixels, { ...settings, bitDepth: 8 });
    const { data } = await createAvifDecoder().decode(file);
    expect(data[4 * (64 * 5 + 7) + 3]).toBe(pixels.data[4 * (64 * 5 + 7) + 3]);
  });

  // Of `picture(32, 24)`, by avifenc of libavif 1.2.1.
  it.each([
    ["limited-10-bits-420.avif", { bitDepth: 10, alpha: false, avif: { decodable: true, hasFullChroma: false } }, 3],
    ["limited-422.avif", { bitDepth: 8, alpha: false, avif: { decodable: true, hasFullChroma: false } }, 3],
    ["alpha-12-bits.avif", { bitDepth: 12, alpha: true, avif: { decodable: true, hasFullChroma: true } }, 1.5],
    ["premultiplied.avif", { bitDepth: 8, alpha: true, avif: { decodable: true, hasFullChroma: true } }, 1.5],
    ["identity.avif", { bitDepth: 8, alpha: false, avif: { decodable: true, hasFullChroma: true } }, 0],
  ] as const)("shows the picture that %s was made of", async (name, facts, limit) => {
    const file = new Uint8Array(readFileSync(new URL(`../../../fixtures/avif/${name}`, import.meta.url)));
    expect(await probeImage(file)).toMatchObject({ width: 32, height: 24, ...facts });
    const pixels = picture(32, 24, (_, y) => (facts.alpha ? Math.min(255, y * 12) : 255));
    const { data } = await createAvifDecoder().decode(file);
    // A colour that is multiplied with little alpha is rounded away.
    const firstRow = name === "premultiplied.avif" ? 6 : 1;
    const from = 4 * 32 * firstRow;
    expect(meanDifference(data.subarray(from), pixels.data.subarray(from))).toBeLessThanOrEqual(limit);
    const alphaOf = (rgba: ArrayLike<number>) => Array.from(rgba).filter((__, at) => at % 4 === 3);
    expect(alphaOf(data)).toEqual(alphaOf(pixels.data));
  });

  it("shows gray as luma alone", async () => {
    const file = new Uint8Array(readFileSync(new URL("../../../fixtures/avif/monochrome.avif", import.meta.url)));
    expect(await probeImage(file)).toMatchObject({ colour: "gray", components: 1, alpha: false });
    const { data } = await createAvifDecoder().decode(file);
    const luma = lumaOf(picture(32, 24).data);
    expect(meanDifference(lumaOf(data), luma)).toBeLessThan(1.5);
    expect(data.every((value, at) => at % 4 === 3 || value === data[at - (at % 4)])).toBe(true);
  });

  describe.skipIf(!hasCorpus)(`the corpus${hasCorpus ? "" : " (skipped: no ../shared/corpus)"}`, () => {
    const load = (name: string) => new Uint8Array(readFileSync(`${corpus}avif/${name}`));

    it.each([
      "kodim23_yuv420_8bpc.avif",
      "white_1x1.avif",
      "colors_sdr_srgb.avif",
      "draw_points_idat_progressive.avif",
      "plum_12bpc_444_alpha.avif",
      "paris_icc_exif_xmp.avif",
    ])("%s as sharp does", async (name) => {
      const file = load(name);
      const { data, width, height } = await createAvifDecoder().decode(file);
      const expected = await sharp(file).ensureAlpha().raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
      expect([width, height]).toEqual([expected.info.width, expected.info.height]);
      expect(meanDifference(data, expected.data)).toBeLessThan(1.5);
    });

    it.each(["sofa_grid1x5_420.avif"])("refuses %s, which is put together", async (name) => {
      await expect(createAvifDecoder().decode(load(name))).rejects.toThrow(/derived/);
    });
  });

  it("refuses a stream of more frames than layers, which would all be held", async () => {
    const file = await createAvifEncoder().encode(picture(97, 61), settings);
    const { colour } = readAvif(file);
    // The same frame again and again, in an item that is as much longer.
    const stream = joinBytes(Array.from({ length: 5 }, () => colour.bytes));
    const at = Buffer.from(file).indexOf(Buffer.from(colour.bytes));
    const longer = joinBytes([file.subarray(0, at), stream, file.subarray(at + colour.bytes.length)]);
    const [start, size] = [at, colour.bytes.length].map((value) => Buffer.from(u32(value)));
    const extent = Buffer.from(longer).indexOf(Buffer.concat([start ?? Buffer.of(), size ?? Buffer.of()]));
    expect(extent).toBeGreaterThan(0);
    longer.set(u32(stream.length), extent + 4);
    expect(await probeImage(longer)).toMatchObject({ avif: { decodable: false, refusal: "layers" } });
    await expect(createAvifDecoder().decode(longer)).rejects.toThrow(/layers/);
  });

  it("refuses a stream that is larger than the file says", async () => {
    const file = await createAvifEncoder().encode(picture(97, 61), settings);
    const at = Buffer.from(file).indexOf("ispe") + 8;
    expect(file[at + 3]).toBe(97);
    file[at + 3] = 96;
    expect(await probeImage(file)).toMatchObject({ width: 96, avif: { decodable: false, refusal: "size" } });
    await expect(createAvifDecoder().decode(file)).rejects.toThrow(/another size/);
  });

  it("refuses what is cut off", async () => {
    const file = await createAvifEncoder().encode(picture(97, 61), settings);
    await expect(createAvifDecoder().decode(file.slice(0, file.length / 2))).rejects.toThrow(/avif/);
  });
});
