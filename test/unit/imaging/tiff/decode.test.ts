/** TIFF layouts: written from known samples, and by other programs, judged by sharp (libvips with libtiff). */
import { readFileSync } from "node:fs";
import { assert, asyncProperty, boolean, constantFrom, integer, nat, record } from "fast-check";
import type { Sharp, TiffOptions } from "sharp";
import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { type DecodedTiff, decodeTiff } from "../../../../src/imaging/tiff/decode.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { planTiff } from "../../../../src/imaging/tiff/plan.ts";
import type { TiffRefusal } from "../../../../src/imaging/model/facts.ts";
import { corpus, hasCorpus, transparency } from "../../../support/pictures.ts";
import { sampleNumbers, type TiffSpec, writeTiff } from "../../../support/write-tiff.ts";
import sharp from "sharp";

/** Every colour that is decoded: photometric interpretation, channels, depths, and what four bytes a pixel becomes. */
const colours: readonly {
  readonly name: string;
  readonly kind: DecodedTiff["kind"];
  readonly photometric: number;
  readonly channels: number;
  readonly depths: readonly TiffSpec["bits"][];
  readonly extraSamples?: readonly number[];
  readonly pixel: (levels: readonly number[]) => readonly number[];
}[] = [
  {
    name: "gray",
    kind: "gray",
    photometric: 1,
    channels: 1,
    depths: [1, 2, 4, 8, 16],
    pixel: ([g = 0]) => [g, g, g, 255],
  },
  {
    name: "gray, 0 is white",
    kind: "gray",
    photometric: 0,
    channels: 1,
    depths: [1, 2, 4, 8, 16],
    pixel: ([g = 0]) => [255 - g, 255 - g, 255 - g, 255],
  },
  {
    name: "gray with alpha",
    kind: "graya",
    photometric: 1,
    channels: 2,
    depths: [8, 16],
    extraSamples: [2],
    pixel: ([g = 0, a = 0]) => [g, g, g, a],
  },
  { name: "RGB", kind: "rgb", photometric: 2, channels: 3, depths: [8, 16], pixel: (rgb) => [...rgb, 255] },
  {
    name: "RGB with alpha",
    kind: "rgba",
    photometric: 2,
    channels: 4,
    depths: [8, 16],
    extraSamples: [2],
    pixel: (rgba) => rgba,
  },
  {
    name: "gray with three selections",
    kind: "gray",
    photometric: 0,
    channels: 4,
    depths: [8, 16],
    extraSamples: [0, 0, 0],
    pixel: ([g = 0]) => [255 - g, 255 - g, 255 - g, 255],
  },
  {
    name: "RGB with a selection",
    kind: "rgb",
    photometric: 2,
    channels: 4,
    depths: [8, 16],
    extraSamples: [0],
    pixel: (rgb) => [...rgb.slice(0, 3), 255],
  },
  {
    name: "RGB with alpha and a selection",
    kind: "rgba",
    photometric: 2,
    channels: 5,
    depths: [8, 16],
    extraSamples: [2, 0],
    pixel: (rgba) => rgba.slice(0, 4),
  },
  {
    name: "CMYK with a selection",
    kind: "cmyk",
    photometric: 5,
    channels: 5,
    depths: [8, 16],
    extraSamples: [0],
    pixel: (inks) => inks.slice(0, 4),
  },
  { name: "CMYK", kind: "cmyk", photometric: 5, channels: 4, depths: [8, 16], pixel: (inks) => inks },
];

function expected(spec: TiffSpec, pixel: (levels: readonly number[]) => readonly number[]): Uint8ClampedArray {
  const max = 2 ** spec.bits - 1;
  const pixels: number[] = [];
  for (let at = 0; at < spec.samples.length; at += spec.channels) {
    const levels = Array.from({ length: spec.channels }, (_, channel) => (spec.samples[at + channel] ?? 0) / max);
    pixels.push(...pixel(levels.map((level) => Math.round(level * 255))));
  }
  return Uint8ClampedArray.from(pixels);
}

const layouts = record({
  colour: constantFrom(...colours),
  depth: nat(4),
  width: integer({ min: 1, max: 70 }),
  height: integer({ min: 1, max: 40 }),
  order: constantFrom("II" as const, "MM" as const),
  bigTiff: boolean(),
  planar: boolean(),
  tiled: boolean(),
  rowsPerStrip: constantFrom(1, 7, 16, 2 ** 32 - 1),
  compression: constantFrom("none" as const, "deflate" as const, "packbits" as const, "lzw" as const),
  predictor: boolean(),
  orientation: integer({ min: 1, max: 8 }),
  seed: nat(1000),
});

describe("decodeTiff()", () => {
  it("gives the samples that were written, in every layout", async () => {
    await assert(
      asyncProperty(layouts, async ({ colour, depth, width, height, tiled, orientation, seed, ...layout }) => {
        const bits = colour.depths[depth % colour.depths.length] ?? 8;
        const isPredicted = layout.predictor && bits >= 8 && ["deflate", "lzw"].includes(layout.compression);
        const spec: TiffSpec = {
          ...layout,
          ...(tiled ? { tile: [32, 16] } : {}),
          width,
          height,
          bits,
          channels: colour.channels,
          photometric: colour.photometric,
          predictor: isPredicted,
          samples: sampleNumbers(width * height * colour.channels, bits, seed + 1),
          rowsPerStrip: Math.min(layout.rowsPerStrip, height),
          fields: {
            274: { short: [orientation] },
            ...(colour.extraSamples === undefined ? {} : { 338: { short: colour.extraSamples } }),
            ...(layout.rowsPerStrip > height && !tiled ? { 278: { long: [layout.rowsPerStrip] } } : {}),
          },
        };
        const picture = await decodeTiff(await writeTiff(spec));
        expect(picture).toMatchObject({ width, height, orientation, kind: colour.kind });
        expect(Buffer.from(picture.data.buffer).equals(Buffer.from(expected(spec, colour.pixel).buffer))).toBe(true);
      }),
      { seed: 20261122, numRuns: 500 },
    );
  });

  const base = { width: 5, height: 3, bits: 8, channels: 4, photometric: 2 } as const;

  it.each([8, 16] as const)("takes associated alpha of %i bits out of the colours", async (bits) => {
    const max = 2 ** bits - 1;
    const half = (max + 1) / 2;
    const pixels: [readonly number[], readonly number[]][] = [
      [
        [half, 0, half / 2, half],
        [255, 0, 128, 128],
      ],
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      [
        [max, 0, max / 5, max],
        [255, 0, 51, 255],
      ],
      // More than full colour is full colour.
      [
        [max, half, 0, half],
        [255, 255, 0, 128],
      ],
    ];
    for (const planar of [false, true]) {
      const picture = await decodeTiff(
        await writeTiff({
          ...base,
          width: pixels.length,
          height: 1,
          bits,
          planar,
          extraSamples: 1,
          samples: pixels.flatMap(([s]) => s),
        }),
      );
      expect([...picture.data]).toEqual(pixels.flatMap(([, rgba]) => rgba));
    }
  });

  it.each([
    ["repeats the byte", (value: number) => value * 257],
    ["puts a zero byte after", (value: number) => value << 8],
    ["leaves the upper byte empty", (value: number) => value],
  ])("reads the palette of a writer that %s", async (_, widen) => {
    const reds = Array.from({ length: 16 }, (__, i) => 255 - i * 3);
    const greens = reds.map((value) => value >> 1);
    const blues = reds.map((value) => 255 - value);
    const spec: TiffSpec = {
      width: 4,
      height: 4,
      bits: 4,
      channels: 1,
      photometric: 3,
      samples: Array.from({ length: 16 }, (__, i) => i),
      fields: { 320: { short: [...reds, ...greens, ...blues].map(widen) } },
    };
    const { kind, data } = await decodeTiff(await writeTiff(spec));
    expect(kind).toBe("rgb");
    expect([...data]).toEqual(reds.flatMap((red, i) => [red, greens[i], blues[i], 255]));
  });

  it("hands out the profile as it is", async () => {
    const profile = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
    const file = await writeTiff({
      ...base,
      channels: 3,
      samples: sampleNumbers(45, 8),
      fields: { 34675: profile },
    });
    expect((await decodeTiff(file)).profile).toEqual(profile);
  });

  it("reads bits in the order that FillOrder says", async () => {
    const samples = [1, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    const spec: TiffSpec = { width: 10, height: 1, bits: 1, channels: 1, photometric: 1, samples };
    const file = await writeTiff({ ...spec, fields: { 266: { short: [2] } } });
    const { data } = await decodeTiff(file);
    expect(Array.from({ length: 10 }, (_, i) => data[i * 4])).toEqual([0, 0, 0, 0, 0, 0, 0, 255, 0, 0]);
  });

  const thumbnail = { 254: { long: [1] }, 256: { short: [1] }, 257: { short: [1] } };

  it("takes the first page when thumbnails follow", async () => {
    const samples = sampleNumbers(45, 8);
    const file = await writeTiff({ ...base, channels: 3, samples, further: [thumbnail, thumbnail] });
    expect((await decodeTiff(file)).data[0]).toBe(samples[0]);
  });

  it.each<[string, TiffRefusal, Partial<TiffSpec>]>([
    ["a second page", "pages", { further: [{ 256: { short: [1] }, 257: { short: [1] } }] }],
    ["a page after a thumbnail", "no-page", { fields: { 254: { long: [1] } }, further: [{ 256: { short: [1] } }] }],
    ["only a thumbnail", "no-page", { fields: { 254: { long: [1] } } }],
    ["a transparency mask", "mask", { further: [{ 254: { long: [4] }, 262: { short: [4] } }] }],
    ["Lab", "colour", { fields: { 262: { short: [8] } } }],
    ["raw sensor data", "colour", { fields: { 262: { short: [32803] } } }],
    ["YCbCr without JPEG", "compression", { fields: { 262: { short: [6] } } }],
    ["no photometric interpretation", "colour", { fields: { 262: undefined } }],
    ["four inks that are not CMYK", "colour", { channels: 4, photometric: 5, fields: { 332: { short: [2] } } }],
    ["five inks", "colour", { channels: 5, photometric: 5, fields: { 334: { short: [5] } } }],
    ["CMYK with alpha", "channels", { channels: 5, photometric: 5, extraSamples: 2 }],
    ["float samples", "samples", { fields: { 339: { short: [3, 3, 3] } } }],
    ["signed samples", "samples", { fields: { 339: { short: [2, 2, 2] } } }],
    ["channels of different depths", "samples", { fields: { 258: { short: [5, 6, 5] } } }],
    ["one depth for three channels", "samples", { fields: { 258: { short: [8] } } }],
    ["32 bits", "depth", { fields: { 258: { short: [32, 32, 32] } } }],
    ["4 bits of RGB", "depth", { bits: 4 }],
    ["a 16-bit palette", "depth", { bits: 16, channels: 1, photometric: 3, fields: { 320: { short: [1, 2, 3] } } }],
    ["a palette that is too short", "layout", { channels: 1, photometric: 3, fields: { 320: { short: [1, 2, 3] } } }],
    ["a fourth channel of no stated meaning", "channels", { channels: 4 }],
    ["a fourth channel of unknown meaning", "channels", { channels: 4, extraSamples: 3 }],
    ["alpha after another channel", "channels", { channels: 5, fields: { 338: { short: [0, 2] } } }],
    ["two alphas", "channels", { channels: 5, fields: { 338: { short: [2, 2] } } }],
    ["five further channels", "channels", { channels: 8, fields: { 338: { short: [0, 0, 0, 0, 0] } } }],
    ["bits beside a selection", "depth", { bits: 4, channels: 2, photometric: 1, extraSamples: 0 }],
    ["a palette with a selection", "channels", { channels: 2, photometric: 3, extraSamples: 0 }],
    ["JPEG of five channels", "channels", { channels: 5, fields: { 259: { short: [7] }, 338: { short: [0, 0] } } }],
    ["an extra channel that is not there", "channels", { channels: 3, extraSamples: 2 }],
    [
      "differences of 4-bit samples",
      "predictor",
      { bits: 4, channels: 1, photometric: 1, compression: "lzw", predictor: true },
    ],
    ["floating-point differences", "predictor", { compression: "lzw", fields: { 317: { short: [3] } } }],
    ["old JPEG", "compression", { fields: { 259: { short: [6] } } }],
    ["Zstandard", "compression", { fields: { 259: { short: [50000] } } }],
    ["Group 3 fax", "compression", { bits: 1, channels: 1, photometric: 0, fields: { 259: { short: [3] } } }],
    ["fax of gray", "depth", { channels: 1, photometric: 0, fields: { 259: { short: [4] } } }],
    ["several orientations", "layout", { fields: { 274: { short: [6, 6] } } }],
    ["strips and tiles", "layout", { tile: [16, 16], fields: { 273: { long: [8] } } }],
    ["fewer strips than rows need", "layout", { rowsPerStrip: 3, fields: { 257: { short: [9] } } }],
    ["strips of no rows", "layout", { fields: { 278: { long: [0] } } }],
    ["tiles of no width", "layout", { tile: [16, 16], fields: { 322: { short: [0] } } }],
    ["no strip offsets", "layout", { fields: { 273: undefined } }],
    ["no strip lengths", "layout", { fields: { 279: undefined } }],
    ["a strip after the file", "damaged", { fields: { 273: { long: [100_000] } } }],
    ["a strip longer than the file", "damaged", { fields: { 279: { long: [100_000] } } }],
    ["a strip of nothing", "damaged", { fields: { 279: { long: [0] } } }],
    [
      "more pixels than could be held",
      "too-large",
      { fields: { 256: { long: [50_000] }, 257: { long: [50_000] }, 278: { long: [50_000] } } },
    ],
    [
      "tiles larger than could be held",
      "too-large",
      { tile: [16, 16], fields: { 322: { long: [60_000] }, 323: { long: [60_000] } } },
    ],
    ["a strip per pixel", "layout", { tile: [1, 1], width: 200, height: 200 }],
  ])("refuses %s: %s", async (_, refusal, change) => {
    const spec = { ...base, channels: 3, ...change };
    const samples = sampleNumbers(spec.width * spec.height * spec.channels, Math.min(spec.bits, 8));
    const file = await writeTiff({ ...spec, samples });
    expect(planTiff(file)).toEqual({ kind: "refuse", refusal });
    await expect(decodeTiff(file)).rejects.toThrow(ImagingError);
  });

  it("takes associated alpha out of the colours beside a selection", async () => {
    const samples = [128, 0, 64, 128, 7, 255, 0, 51, 255, 9];
    const file = await writeTiff({
      ...base,
      width: 2,
      height: 1,
      channels: 5,
      samples,
      fields: { 338: { short: [1, 0] } },
    });
    expect([...(await decodeTiff(file)).data]).toEqual([255, 0, 128, 128, 255, 0, 51, 255]);
  });

  it("takes the fourth channel of an image editor for no transparency", async () => {
    const file = new Uint8Array(
      readFileSync(new URL("../../../fixtures/odd/extra-channel-unspecified.tif", import.meta.url)),
    );
    expect(await probeImage(file)).toMatchObject({ alpha: false, components: 4, tiff: { decodable: true } });
    const { kind, data, width, height } = await decodeTiff(file);
    expect(kind).toBe("rgb");
    expect(data.every((value, at) => at % 4 !== 3 || value === 255)).toBe(true);
    // libvips takes it for alpha; its colours are the same.
    const { data: rgba, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width, height, channels: 4 });
    expect(data.every((value, at) => at % 4 === 3 || value === rgba[at])).toBe(true);
  });

  it("refuses directories in a circle", async () => {
    const file = await writeTiff({ ...base, channels: 3, samples: sampleNumbers(45, 8) });
    const view = new DataView(file.buffer);
    view.setUint32(file.length - 4, view.getUint32(4, true), true);
    expect(planTiff(file)).toEqual({ kind: "refuse", refusal: "damaged" });
  });

  it.each<[string, TiffSpec["fields"]]>([
    ["bytes than its strip needs", { 279: { long: [40] } }],
    ["rows than it claims", { 257: { short: [4] }, 278: { long: [4] } }],
  ])("refuses a file that has fewer %s", async (_, fields = {}) => {
    for (const compression of ["none", "deflate", "packbits", "lzw"] as const) {
      const file = await writeTiff({ ...base, channels: 3, compression, samples: sampleNumbers(45, 8), fields });
      await expect(decodeTiff(file)).rejects.toThrow(ImagingError);
    }
  });
});

describe("decodeTiff() of what libtiff wrote", () => {
  const photo = () => sharp(new URL("../../../fixtures/stream.jpg", import.meta.url).pathname).resize(211, 157);
  const alpha = () => {
    const { data, width, height, channels } = transparency(150, 90);
    return sharp(data, { raw: { width, height, channels } });
  };
  const tile = { tile: true, tileWidth: 64, tileHeight: 48 } as const;

  const gray = () => photo().toColourspace("b-w");
  const deep = () => photo().toColourspace("rgb16");

  it.each<[string, string, () => Sharp, TiffOptions]>([
    ["LZW", "rgb 8", photo, { compression: "lzw", predictor: "none" }],
    ["LZW of differences", "rgb 8", photo, { compression: "lzw", predictor: "horizontal" }],
    ["LZW in tiles", "rgb 8", photo, { compression: "lzw", predictor: "horizontal", ...tile }],
    ["LZW with alpha", "rgba 8", alpha, { compression: "lzw", predictor: "horizontal" }],
    ["LZW of a flat picture", "rgb 8", () => photo().threshold(250), { compression: "lzw" }],
    ["LZW of 16 bits", "rgb 16", deep, { compression: "lzw", predictor: "horizontal" }],
    ["Deflate", "rgb 8", photo, { compression: "deflate" }],
    ["Deflate of 16 bits", "rgb 16", deep, { compression: "deflate", predictor: "horizontal" }],
    ["BigTIFF", "rgb 8", photo, { compression: "deflate", bigtiff: true }],
    ["PackBits", "rgb 8", photo, { compression: "packbits" }],
    ["PackBits of 4 bits", "gray 4", gray, { compression: "packbits", bitdepth: 4 }],
    ["2 bits", "gray 2", gray, { compression: "none", bitdepth: 2 }],
    ["1 bit", "gray 1", gray, { compression: "lzw", bitdepth: 1, predictor: "none" }],
    ["1 bit, 0 is white", "gray 1", gray, { compression: "none", bitdepth: 1, miniswhite: true }],
    ["Group 4 fax", "gray 1", gray, { compression: "ccittfax4", bitdepth: 1 }],
    ["Group 4 fax in tiles", "gray 1", gray, { compression: "ccittfax4", bitdepth: 1, ...tile }],
    ["a picture with smaller versions", "rgb 8", photo, { compression: "deflate", pyramid: true, ...tile }],
    ["JPEG", "rgb 8", photo, { compression: "jpeg", quality: 95 }],
    ["JPEG with colour at half resolution", "rgb 8", photo, { compression: "jpeg", quality: 80 }],
    ["JPEG in tiles", "rgb 8", photo, { compression: "jpeg", quality: 80, ...tile }],
    ["JPEG of gray", "gray 8", gray, { compression: "jpeg", quality: 85 }],
  ])("equals sharp for %s", async (_, layout, picture, options) => {
    const file = new Uint8Array(await picture().tiff(options).toBuffer());
    const bits = (await probeImage(file))?.bitDepth;
    const { data, width, height, kind } = await decodeTiff(file);
    const judge = await judgeOf(file);
    expect([width, height, `${kind} ${bits}`]).toEqual([judge.width, judge.height, layout]);
    expect(maxDifference(data, judge.data)).toBeLessThanOrEqual(bits === 16 ? cutLowerByte : 0);
  });
});

/** libvips cuts the lower byte of 16-bit samples off; here they become the nearest 8-bit value. */
const cutLowerByte = 1;

const corpusFiles = [
  "be_none",
  "bigtiff_deflate",
  "bilevel_g4",
  "deflate",
  "g16_lzw",
  "jpeg_in_tiff",
  "le_none",
  "lzw",
  "orient6",
  "packbits_be",
  "palette",
  "planar",
  "rgb16_deflate",
  "rgba_lzw",
  "tiled_lzw",
];

describe.skipIf(!hasCorpus)(`decodeTiff() of the corpus${hasCorpus ? "" : " (skipped: no ../shared/corpus)"}`, () => {
  const read = (path: string) => new Uint8Array(readFileSync(`${corpus}${path}`));

  it.each(corpusFiles)("equals sharp for kodim10_%s.tif", async (name) => {
    const file = read(`tiff/kodim10_${name}.tif`);
    const { data, orientation } = await decodeTiff(file);
    expect(orientation).toBe(name === "orient6" ? 6 : 1);
    expect(maxDifference(data, (await judgeOf(file)).data)).toBeLessThanOrEqual(name.includes("16") ? cutLowerByte : 0);
  });

  it("finds magenta and yellow, and the profile, in CMYK inside JPEG", async () => {
    const { kind, data, profile } = await decodeTiff(read("tiff/fogra_cmyk_icc.tif"));
    expect([kind, profile?.length]).toEqual(["cmyk", 654_352]);
    const sums = [0, 0, 0, 0];
    for (let at = 0; at < data.length; at++) sums[at % 4] = (sums[at % 4] ?? 0) + (data[at] ?? 0);
    expect(sums.map((sum) => Math.round((sum * 4) / data.length))).toEqual([0, 255, 255, 0]);
  });

  it("leaves a file of two pages, and damaged ones, as they are", async () => {
    for (const path of ["tiff/kodim10_multipage.tif", "broken/trunc_50pct.tif", "broken/ifd_loop.tif"])
      await expect(decodeTiff(read(path)), path).rejects.toThrow(ImagingError);
  });
});

/** RGBA of the stored pixels. */
async function judgeOf(file: Uint8Array): Promise<{ data: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(file, { autoOrient: false })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let max = 0;
  for (let at = 0; at < a.length; at++) max = Math.max(max, Math.abs((a[at] ?? 0) - (b[at] ?? 0)));
  return max;
}
