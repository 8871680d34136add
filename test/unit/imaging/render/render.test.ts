/** Files that presets draw, judged by sharp: their size, their way up, their colours and what they say about themselves. */
import { readFileSync } from "node:fs";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test, vi } from "vitest";
import { createSlicedImaging } from "../../../../src/imaging/create-sliced-imaging.ts";
import { predictRendering } from "../../../../src/imaging/cost/rendering.ts";
import type { Made } from "../../../../src/imaging/imaging.ts";
import type { Rendering } from "../../../../src/imaging/model/rendering.ts";
import { openWith } from "../../../../src/imaging/open-image.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { allocatedBytes } from "../../../support/allocated-bytes.ts";
import { scriptCodecs } from "../../../support/scripted-codecs.ts";
import { wideGamutProfile } from "../../../support/profiles.ts";

// Node.js would load the modules as code of its own; in a Worker the import is a compiled module.
vi.mock("../../../../wasm/built/webp-rows.wasm", () => {
  const file = new URL("../../../../wasm/built/webp-rows.wasm", import.meta.url);
  return { default: new WebAssembly.Module(readFileSync(file)) };
});

type Bytes = Uint8Array<ArrayBuffer>;

const thumb: Rendering = { width: 50, height: 50, fit: "contain", quality: 85, sharpen: undefined };

/** Four quarters in four colours, none of which is like another, under soft shading. */
function quarters(width: number, height: number): Sharp {
  const data = new Uint8Array(3 * width * height);
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const shade = 12 * Math.sin(x / 9) * Math.cos(y / 7) + (Math.imul(at, 2_654_435_761) >>> 28);
    const [right, below] = [x >= width / 2, y >= height / 2];
    data.set([(right ? 190 : 40) + shade, (below ? 180 : 50) + shade, (right === below ? 60 : 200) + shade], 3 * at);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function bytesOf(image: Sharp): Promise<Bytes> {
  return new Uint8Array(await image.toBuffer());
}

/** Whole pictures are decoded by sharp in place of the codecs, which have tests of their own. */
const codecs = scriptCodecs();
codecs.decode.mockImplementation(async (bytes) => {
  const image = sharp(bytes).autoOrient().toColourspace("srgb").ensureAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const pixels = { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
  return { pixels, profile: undefined };
});
const library = openWith(codecs);

async function render(bytes: Bytes, rendering: Partial<Rendering> = {}, imaging = library): Promise<Made> {
  const facts = await probeImage(bytes);
  if (facts === undefined) throw new Error("not a picture");
  const image = imaging.open(bytes, facts, "copyright");
  const made = await image.render({ ...thumb, ...rendering });
  image.close();
  return made;
}

async function rendered(...given: Parameters<typeof render>): Promise<Bytes> {
  const made = await render(...given);
  if (made.kind !== "made") throw new Error(`${made.kind}: ${String(made.cause)}`);
  return made.bytes;
}

/** The colours in the middle of the four quarters. */
async function coloursOf(file: Bytes): Promise<number[][]> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const places = [0.25, 0.75].flatMap((y) => [0.25, 0.75].map((x) => [x, y] as const));
  return places.map(([x, y]) => {
    const at = info.channels * (Math.floor(y * info.height) * info.width + Math.floor(x * info.width));
    return [...data.subarray(at, at + 3)];
  });
}

function expectNear(own: readonly number[][], theirs: readonly number[][], most: number): void {
  own.forEach((colour, place) =>
    colour.forEach((value, channel) => expect(Math.abs(value - (theirs[place]?.[channel] ?? NaN))).toBeLessThan(most)),
  );
}

describe("render()", () => {
  test.each([
    ["contain", 80, 80, 80, 60],
    ["contain", undefined, 30, 40, 30],
    ["contain", 100, undefined, 100, 75],
    ["contain", 4000, 4000, 200, 150],
    ["cover", 60, 60, 60, 60],
    ["cover", 300, 300, 150, 150],
    ["cover", 400, 100, 200, 50],
    ["fill", 33, 99, 33, 99],
    ["fill", 400, 400, 150, 150],
  ] as const)("%s in %s × %s makes %i × %i of 200 × 150", async (fit, width, height, expectedWidth, expectedHeight) => {
    const file = await rendered(await bytesOf(quarters(200, 150).jpeg({ quality: 95 })), { fit, width, height });
    const { width: madeWidth, height: madeHeight, format } = await sharp(file).metadata();
    expect([format, madeWidth, madeHeight]).toEqual(["jpeg", expectedWidth, expectedHeight]);
  });

  test("500 × 500 at quality 85, sharpened by 0.1,1,5", async () => {
    const source = await bytesOf(quarters(1200, 900).jpeg({ quality: 95 }));
    const [plain, sharpened] = [
      await rendered(source, { width: 500, height: 500 }),
      await rendered(source, { width: 500, height: 500, sharpen: { amount: 0.1, radius: 1, threshold: 5 } }),
    ];
    const facts = await probeImage(sharpened);
    expect(facts).toMatchObject({ format: "jpeg", width: 500, height: 375, jpeg: { quality: 85 } });
    const difference = await Promise.all([plain, sharpened].map((file) => sharp(file).raw().toBuffer()));
    const changed = [...(difference[0] ?? [])].filter((level, at) => Math.abs(level - (difference[1]?.[at] ?? 0)) > 4);
    // The edges between the quarters, and nothing else.
    expect(changed.length).toBeGreaterThan(500);
    expect(changed.length).toBeLessThan(500 * 375 * 3 * 0.05);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("turns orientation %i upright", async (orientation) => {
    const jpeg = await bytesOf(quarters(160, 120).jpeg({ quality: 95 }).withMetadata({ orientation }));
    const file = await rendered(jpeg);
    const upright = await bytesOf(sharp(jpeg).autoOrient().resize(50, 50, { fit: "inside" }).png());
    const { width, height, orientation: left } = await sharp(file).metadata();
    expect([width, height, left ?? 1]).toEqual(orientation < 5 ? [50, 38, 1] : [38, 50, 1]);
    expectNear(await coloursOf(file), await coloursOf(upright), 16);
  });

  test("keeps the profile of a wide gamut, and its colours", async () => {
    const icc = wideGamutProfile();
    const profiled = async (image: Sharp): Promise<Bytes> => {
      const { insertSegments, metadataSegments } = await import("../../../../src/imaging/jpeg/embed.ts");
      return insertSegments(await bytesOf(image), metadataSegments({ icc }));
    };
    const source = await profiled(quarters(160, 120).jpeg({ quality: 95 }));
    const file = await rendered(source);
    expect(new Uint8Array((await sharp(file).metadata()).icc ?? [])).toEqual(icc);
    expectNear(await coloursOf(file), await coloursOf(source), 16);
  });

  test("makes a JPEG of a photograph, and a PNG of what is transparent or has few colours", async () => {
    const photograph = await bytesOf(quarters(200, 150).png());
    const flat = await bytesOf(quarters(200, 150).png({ palette: true, colours: 4, dither: 0 }));
    const faded = await bytesOf(quarters(200, 150).ensureAlpha(0.5).png());
    const formatOf = async (file: Bytes) => (await probeImage(file))?.format;
    expect(await formatOf(await rendered(photograph))).toBe("jpeg");
    expect(await formatOf(await rendered(flat))).toBe("png");
    const transparent = await rendered(faded);
    expect(await formatOf(transparent)).toBe("png");
    const { data } = await sharp(transparent).raw().toBuffer({ resolveWithObject: true });
    expect(data.filter((_, at) => at % 4 === 3).every((alpha) => alpha === 127)).toBe(true);
  });

  test.each([
    ["an interlaced PNG", () => quarters(200, 150).png({ progressive: true })],
    ["a WebP", () => quarters(200, 150).webp({ quality: 95 })],
    ["a TIFF", () => quarters(200, 150).tiff({ compression: "lzw" })],
    ["a progressive JPEG", () => quarters(200, 150).jpeg({ quality: 95, progressive: true })],
    ["a gray JPEG", () => quarters(200, 150).toColourspace("b-w").jpeg({ quality: 95 })],
    ["a CMYK JPEG", () => quarters(200, 150).toColourspace("cmyk").jpeg({ quality: 95 })],
  ] as const)("draws %s", async (_, image) => {
    const source = await bytesOf(image());
    const file = await rendered(source);
    const upright = await bytesOf(sharp(source).toColourspace("srgb").png());
    expectNear(await coloursOf(file), await coloursOf(upright), _ === "a CMYK JPEG" ? 40 : 16);
  });

  test("keeps who made the picture, and not where", async () => {
    const exif = { IFD0: { Copyright: "A. Maker" }, IFD3: { GPSLatitude: "51/1 30/1 0/1", GPSLatitudeRef: "N" } };
    const source = await bytesOf(quarters(200, 150).jpeg().withExif(exif));
    const file = Buffer.from(await rendered(source));
    expect(file.includes("A. Maker")).toBe(true);
    expect((await sharp(file).metadata()).exif).toBeUndefined();
  });

  test("says of damaged files that they are, and of what it cannot draw that it is refused", async () => {
    const jpeg = await bytesOf(quarters(200, 150).jpeg());
    const cut = jpeg.slice(0, jpeg.length - 900);
    expect((await render(cut)).kind).toBe("undecodable");
    const sliced = createSlicedImaging();
    expect((await render(await bytesOf(quarters(200, 150).webp()), {}, sliced)).kind).toBe("refused");
  });

  test("without codecs for whole pictures makes the same file of what can be read by rows", async () => {
    for (const image of [quarters(200, 150).jpeg(), quarters(200, 150).png()]) {
      const source = await bytesOf(image);
      expect(await rendered(source, {}, createSlicedImaging())).toEqual(await rendered(source));
    }
  });

  test.each([
    ["a JPEG", 500, () => quarters(1600, 1200).jpeg({ quality: 90 })],
    ["a progressive JPEG", 900, () => quarters(1600, 1200).jpeg({ quality: 90, progressive: true })],
    ["a PNG", 500, () => quarters(1600, 1200).png()],
  ] as const)("takes no more memory than is predicted: %s", async (_, side, image) => {
    const source = await bytesOf(image());
    const facts = await probeImage(source);
    if (facts === undefined) throw new Error("not a picture");
    const rendering = { ...thumb, width: side, height: side, sharpen: { amount: 1, radius: 1, threshold: 0 } };
    const allocated = await allocatedBytes(() => rendered(source, rendering));
    expect(allocated).toBeLessThan(predictRendering(facts, source.length, rendering).peakBytes);
    // Half of the picture as pixels is already more.
    expect(predictRendering(facts, source.length, rendering).peakBytes).toBeLessThan(60e6);
  });
});
