import { crc32, deflateSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { encodeJp2, type OpenJpeg } from "../../../../src/imaging/jpeg-2000/openjpeg.ts";
import { planTiles } from "../../../../src/imaging/jpeg-2000/tile-plan.ts";
import { photoPng } from "../../../support/pictures.ts";
import { grayProfile, pressProfile, wideGamutProfile } from "../../../support/profiles.ts";
import { boxesOf, readCodestream } from "./jp2-parts.ts";
import { decompress, hasOpjDecompress, startOpenJpeg, withoutOpjDecompress } from "./opj-decompress.ts";
import sharp from "sharp";

const lossless = { lossless: true, quality: 0 } as const;

type Kind = "gray" | "rgb" | "rgba" | "gray with alpha";
const offsetsOf: Readonly<Record<Kind, readonly number[]>> = {
  gray: [0],
  rgb: [0, 1, 2],
  rgba: [0, 1, 2, 3],
  "gray with alpha": [0, 1, 2, 3],
};

let openJpeg: Awaited<ReturnType<typeof startOpenJpeg>>;
beforeAll(async () => {
  openJpeg = await startOpenJpeg();
});

/** Slopes with some noise on them, or noise alone, which takes more bytes than it has. */
function pictureOf(kind: Kind, width: number, height: number, noise = 15): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  let state = width * 65_537 + height;
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 24;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const isGray = kind.startsWith("gray");
      const sample = (value: number) => (value + (next() % (noise + 1))) & 255;
      data[at] = sample(x);
      data[at + 1] = isGray ? (data[at] ?? 0) : sample(y);
      data[at + 2] = isGray ? (data[at] ?? 0) : sample((x + y) >> 1);
      data[at + 3] = kind.endsWith("a") || kind.endsWith("alpha") ? sample(2 * x) : 255;
    }
  }
  // However small the picture, one pixel that is not gray and one that is not opaque.
  if (!kind.startsWith("gray")) data[0] = (data[1] ?? 0) ^ 1;
  if (offsetsOf[kind].includes(3)) data[3] = 7;
  return { data, width, height };
}

/** The samples component by component, in the order of opj_decompress. */
function componentsOf({ data }: Pixels, offsets: readonly number[]): Buffer {
  const pixels = data.length / 4;
  const out = Buffer.alloc(pixels * offsets.length);
  for (const [component, offset] of offsets.entries())
    for (let i = 0; i < pixels; i++) out[component * pixels + i] = data[4 * i + offset] ?? 0;
  return out;
}

function meanSquare(a: Buffer, b: Buffer): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0) / a.length;
}

const codestreamOf = (file: Uint8Array) => boxesOf(file).get("jp2c") ?? new Uint8Array(0);

/** Small and awkward ones first; the last has more than one tile. */
const sizes = [
  [1, 1],
  [1, 7],
  [2, 1],
  [17, 3],
  [31, 33],
  [64, 65],
  [2049, 5],
  [3, 2049],
  [1300, 700],
  [1300, 950],
] as const;

describe.skipIf(!hasOpjDecompress)(`encodeJp2() as opj_decompress reads it${withoutOpjDecompress}`, () => {
  it.each<Kind>(["gray", "rgb", "rgba"])("keeps every sample of %s when lossless", async (kind) => {
    // Large ones differ in their tiles, which colours do not change.
    for (const [width, height] of kind === "rgba" ? sizes : sizes.slice(0, -2)) {
      const pixels = pictureOf(kind, width, height);
      const { data, warnings } = await decompress(encodeJp2(openJpeg, pixels, lossless, undefined));
      expect(warnings).toBe("");
      expect(data.equals(componentsOf(pixels, offsetsOf[kind])), `${kind} ${width} × ${height}`).toBe(true);
    }
  });

  it("keeps every sample of many odd sizes", async () => {
    for (let i = 0; i < 60; i++) {
      const kind = (["rgb", "rgba", "gray"] as const)[i % 3] ?? "rgb";
      const pixels = pictureOf(kind, 1 + ((i * 37) % 71), 1 + ((i * 53) % 67), i % 2 === 0 ? 255 : 3);
      const { data } = await decompress(encodeJp2(openJpeg, pixels, lossless, undefined));
      expect(data.equals(componentsOf(pixels, offsetsOf[kind])), `${kind} ${pixels.width} × ${pixels.height}`).toBe(
        true,
      );
    }
  });

  it("keeps noise, which takes more bytes than it has, in tiles of the full size", async () => {
    const pixels = pictureOf("rgba", 1072, 1072, 255);
    const file = encodeJp2(openJpeg, pixels, lossless, undefined);
    expect(file.length).toBeGreaterThan(pixels.data.length);
    const { data } = await decompress(file);
    expect(data.equals(componentsOf(pixels, offsetsOf.rgba))).toBe(true);
  });

  it("keeps a picture of six tiles", async () => {
    const pixels = pictureOf("rgb", 3000, 1988, 0);
    const file = encodeJp2(openJpeg, pixels, lossless, undefined);
    expect(readCodestream(codestreamOf(file)).tileParts.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await decompress(file)).data.equals(componentsOf(pixels, offsetsOf.rgb))).toBe(true);
  });

  it("comes nearer to a photograph as quality rises, alpha untouched", async () => {
    const [width, height] = [650, 450];
    const picture = await sharp(await photoPng(1, width, height))
      .ensureAlpha()
      .raw()
      .toBuffer();
    for (let at = 3; at < picture.length; at += 4) picture[at] = (at >> 4) & 255;
    const pixels = { data: new Uint8ClampedArray(picture), width, height };
    const original = componentsOf(pixels, offsetsOf.rgba);
    const colourBytes = (original.length / 4) * 3;
    const results = [];
    for (const quality of [10, 40, 75, 95]) {
      const file = encodeJp2(openJpeg, pixels, { lossless: false, quality }, undefined);
      const { data } = await decompress(file);
      expect(data.subarray(colourBytes).equals(original.subarray(colourBytes))).toBe(true);
      const error = meanSquare(data.subarray(0, colourBytes), original.subarray(0, colourBytes));
      results.push({ bytes: file.length, psnr: 10 * Math.log10(255 ** 2 / error) });
    }
    expect(results).toEqual(results.toSorted((a, b) => a.bytes - b.bytes));
    expect(results).toEqual(results.toSorted((a, b) => a.psnr - b.psnr));
    expect(results[0]?.psnr).toBeGreaterThan(25);
    expect(results[3]?.psnr).toBeGreaterThan(40);
  });

  it("shows a wide gamut by its profile", async () => {
    const picture = pictureOf("rgb", 64, 48);
    const profile = wideGamutProfile();
    const file = encodeJp2(openJpeg, picture, lossless, profile);
    const { width, height } = picture;
    // As they are stored, without the box that holds the profile, and as the profile means them.
    const stored = await decompress(codestreamOf(file), "j2k");
    expect(stored.data.equals(componentsOf(picture, offsetsOf.rgb))).toBe(true);
    const png = await sharp(picture.data, { raw: { width, height, channels: 4 } })
      .png()
      .toBuffer();
    const shown = await sharp(pngWithProfile(png, profile)).toColourspace("srgb").ensureAlpha().raw().toBuffer();
    const meant = componentsOf({ data: new Uint8ClampedArray(shown), width, height }, offsetsOf.rgb);
    expect(meanSquare(meant, componentsOf(picture, offsetsOf.rgb))).toBeGreaterThan(20);
    expect(meanSquare((await decompress(file)).data, meant)).toBeLessThan(4);
  });
});

/** A PNG that carries a profile: iCCP (PNG 3rd edition, §11.3.2.3). */
function pngWithProfile(png: Buffer, profile: Uint8Array): Buffer {
  const afterHeader = 8 + 25;
  const chunk = iccpChunk(profile);
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}

function iccpChunk(profile: Uint8Array): Buffer {
  const data = Buffer.concat([Buffer.from("p\0\0", "latin1"), deflateSync(profile)]);
  const typed = Buffer.concat([Buffer.from("iCCP", "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
}

describe("encodeJp2()", () => {
  const componentCount = (file: Uint8Array) => Buffer.from(boxesOf(file).get("jp2h/ihdr") ?? []).readUInt16BE(8);
  const encode = (pixels: Pixels, profile?: Uint8Array) => encodeJp2(openJpeg, pixels, lossless, profile);

  it.each([
    ["gray", 1],
    ["rgb", 3],
    ["rgba", 4],
    // Fewer decoders show gray with alpha.
    ["gray with alpha", 4],
  ] satisfies [Kind, number][])("writes %s pixels with %i components", (kind, components) => {
    expect(componentCount(encode(pictureOf(kind, 20, 20)))).toBe(components);
  });

  it("lets the profile say how many components there are", () => {
    expect(componentCount(encode(pictureOf("gray", 9, 9), wideGamutProfile()))).toBe(3);
    expect(componentCount(encode(pictureOf("gray with alpha", 9, 9), grayProfile(1.8)))).toBe(2);
    expect(componentCount(encode(pictureOf("gray", 9, 9), grayProfile(1.8)))).toBe(1);
  });

  it.each([
    ["a profile that Part 1 does not allow", pressProfile()],
    ["a gray profile on colours", grayProfile(2.2)],
  ])("refuses %s", (_, profile) => {
    expect(() => encode(pictureOf("rgb", 9, 9), profile)).toThrow(ImagingError);
  });

  it("numbers the tiles in raster order and counts their bytes", () => {
    const { main, tileParts } = readCodestream(codestreamOf(encode(pictureOf("rgba", 1500, 1000))));
    const plan = planTiles(1500, 1000);
    expect(tileParts.map(({ index }) => index)).toEqual(plan?.tiles.map((_, index) => index));
    expect(tileParts.length).toBeGreaterThan(1);
    expect([...main.keys()]).toEqual(["ff51", "ff52", "ff5c", "ff53", "ff5d"]);
  });

  it("needs no more WASM memory for more pixels", () => {
    const before = openJpeg.liveBytes();
    encode(pictureOf("rgba", 1700, 1200));
    encodeJp2(openJpeg, pictureOf("rgb", 1072, 1072, 255), { lossless: false, quality: 100 }, undefined);
    expect(openJpeg.liveBytes()).toBe(before);
    expect(before).toBeLessThan(53e6);
  });

  it("refuses what an encoder returns when it failed without throwing", () => {
    class Silent {
      getDecodedBuffer = () => new Uint8Array(1000);
      getEncodedBuffer = () => new Uint8Array(1000);
      setQuality = () => {};
      setCompressionRatio = () => {};
      setDecompositions = () => {};
      setProgressionOrder = () => {};
      encode = () => {};
      delete = () => {};
    }
    const broken: OpenJpeg = { J2KEncoder: Silent };
    expect(() => encodeJp2(broken, pictureOf("rgb", 9, 9), lossless, undefined)).toThrow(RangeError);
  });
});
