/** Metadata in the containers of every format, read back by libvips and ExifTool. */
import { assert, asyncProperty, nat } from "fast-check";
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import type { Chroma } from "../../../../src/imaging/model/settings.ts";
import { createAvifEncoder } from "../../../../src/imaging/avif/encode.ts";
import { stateSrgb } from "../../../../src/imaging/avif/state-srgb.ts";
import { wrapAvif } from "../../../../src/imaging/avif/embed.ts";
import type { EmbeddedMetadata } from "../../../../src/imaging/metadata/embedded-metadata.ts";
import { insertSegments, metadataSegments } from "../../../../src/imaging/jpeg/embed.ts";
import { stripPng, wrapPng } from "../../../../src/imaging/png/embed.ts";
import { wrapWebp } from "../../../../src/imaging/webp/embed.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { bytes, chunk, fixture, png, segment } from "../probe/bytes.ts";
import {
  embedded,
  encoded,
  exif,
  exifTool,
  hasExifTool,
  icc,
  otherXmp,
  pixelsOf,
  withoutExifTool,
  xmp,
} from "./wrapped.ts";

type File = Uint8Array<ArrayBuffer>;
type Wrap = (file: File, metadata: EmbeddedMetadata) => File | Promise<File>;

// Node.js would load the module as code of its own; in a Worker the import is a compiled module.
vi.mock("../../../../wasm/built/avif-encode.wasm", () => ({
  default: new WebAssembly.Module(readFileSync(new URL("../../../../wasm/built/avif-encode.wasm", import.meta.url))),
}));

/** The Worker's own AVIF encoder, whose files libvips does not make. */
function encodeHere(alpha: number, chroma: Chroma): Promise<File> {
  const data = Uint8ClampedArray.from({ length: 21 * 13 * 4 }, (_, i) => (i % 4 === 3 ? alpha : (i * 31) % 256));
  const settings = { format: "avif", quality: 60, speed: 9, chroma, bitDepth: 8 } as const;
  return createAvifEncoder().encode({ data, width: 21, height: 13 }, settings);
}

const own = (name: string) => Promise.resolve(fixture(name) as File);

const cases: [string, string, Wrap, () => Promise<File>][] = [
  ["lossy WebP", "webp", wrapWebp, () => encoded("webp")],
  ["lossy WebP with alpha", "webp", wrapWebp, () => encoded("webp", { alpha: true })],
  ["lossless WebP", "webp", wrapWebp, () => encoded("webp", { lossless: true })],
  ["lossless WebP with alpha", "webp", wrapWebp, () => encoded("webp", { lossless: true, alpha: true })],
  ["animated WebP", "webp", wrapWebp, () => own("rotating-squares.webp")],
  ["AVIF of libheif", "avif", wrapAvif, () => encoded("avif")],
  ["AVIF of libheif with alpha", "avif", wrapAvif, () => encoded("avif", { alpha: true })],
  ["AVIF of this encoder in 4:2:0", "avif", wrapAvif, () => encodeHere(255, "4:2:0")],
  ["AVIF of this encoder with alpha", "avif", wrapAvif, () => encodeHere(90, "4:4:4")],
  ["AVIF of one pixel", "avif", wrapAvif, () => own("white_1x1.avif")],
  ["progressive AVIF with data in idat", "avif", wrapAvif, () => own("draw_points_idat_progressive.avif")],
  ["RGB PNG", "png", wrapPng, () => encoded("png")],
  ["RGBA PNG", "png", wrapPng, () => encoded("png", { alpha: true })],
  ["palette PNG", "png", wrapPng, () => encoded("png", { palette: true })],
];

describe("wrapWebp(), wrapAvif() and wrapPng()", () => {
  it.each(cases)("give a %s profile, XMP and Exif that libvips reads back", async (_, __, wrap, make) => {
    expect(await embedded(await wrap(await make(), { icc, xmp, exif }))).toEqual({ icc, xmp, exif });
  });

  it.each(cases)("leave the pixels of a %s as they are", async (_, __, wrap, make) => {
    const file = await make();
    const wrapped = await wrap(file, { xmp, exif });
    expect(await pixelsOf(wrapped)).toEqual(await pixelsOf(file));
    const { profile, ...facts } = (await probeImage(await wrap(file, { icc, xmp, exif }))) ?? {};
    expect(facts).toEqual({ ...(await probeImage(file)), profile: undefined });
    expect(profile).toBe("other");
  });

  it.each(cases)("give a %s single parts", async (_, __, wrap, make) => {
    const file = await make();
    const before = await embedded(file);
    expect(await embedded(await wrap(file, { icc }))).toEqual({ ...before, icc });
    expect(await embedded(await wrap(file, { xmp }))).toEqual({ ...before, xmp });
    expect(await embedded(await wrap(file, { exif }))).toEqual({ ...before, exif });
  });

  it.each(cases)("replace in a %s what is given, and keep the rest", async (_, __, wrap, make) => {
    const file = await make();
    const wrapped = await wrap(file, { icc, xmp, exif });
    expect(await wrap(wrapped, { icc, xmp, exif })).toEqual(wrapped);
    const changed = await wrap(wrapped, { xmp: otherXmp });
    expect(await embedded(changed)).toEqual({ icc, xmp: otherXmp, exif });
    expect(changed).toHaveLength(
      wrapped.length + otherXmp.length - xmp.length + padding(otherXmp, file) - padding(xmp, file),
    );
  });

  it.each(cases)("return a %s itself when there is nothing to put in", async (_, __, wrap, make) => {
    const file = await make();
    expect(await wrap(file, { icc: undefined })).toBe(file);
  });

  it.each(cases)("throw HeaderError or RangeError for a %s that is cut or damaged", async (_, __, wrap, make) => {
    const file = await make();
    await assert(
      asyncProperty(nat(file.length - 1), nat(255), nat(1), async (at, value, isCut) => {
        const damaged = isCut === 1 ? file.slice(0, at) : file.with(at, value);
        try {
          await wrap(damaged, { icc, xmp, exif });
        } catch (error) {
          expect(["HeaderError", "RangeError"]).toContain((error as Error).name);
        }
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it.skipIf(!hasExifTool).each(cases)(
    `write a %s that ExifTool finds right${withoutExifTool}`,
    async (_, extension, wrap, make) => {
      const { tags, warnings } = exifTool(await wrap(await make(), { icc, xmp, exif }), extension);
      expect(tags).toMatchObject({
        "XMP-photoshop:Credit": "Agentur Ü",
        "IFD0:Orientation": "Horizontal (normal)",
        "ICC_Profile:ProfileDescription": "sP3C",
      });
      // It misses in Exif and profile what the samples do not need.
      expect(warnings).not.toMatch(/chunk|box|truncat|corrupt|offset|RIFF|size/i);
    },
  );
});

function padding(part: Uint8Array, file: Uint8Array): number {
  return file[0] === 0x52 ? part.length % 2 : 0;
}

describe("wrapWebp()", () => {
  it("states the flags of the chunks that are there, and the alpha of the bitstream", async () => {
    const flagsOf = async (options: object, metadata: EmbeddedMetadata) =>
      wrapWebp(await encoded("webp", options), metadata)[20];
    expect(await flagsOf({ lossless: true }, { icc })).toBe(0x20);
    expect(await flagsOf({ lossless: true, alpha: true }, { xmp })).toBe(0x14);
    expect(await flagsOf({ alpha: true }, { exif })).toBe(0x18);
    expect(wrapWebp(fixture("rotating-squares.webp") as File, { icc })[20] & 0x22).toBe(0x22);
  });
});

describe("stateSrgb()", () => {
  it("names the colours of a file that leaves them open, and leaves those alone that are named", async () => {
    const file = await encodeHere(255, "4:2:0");
    const at = Buffer.from(file).indexOf("colrnclx") + 8;
    const points = (avif: Uint8Array): number[] => [...avif.subarray(at, at + 7)];
    expect(points(file).slice(0, 4)).toEqual([0, 2, 0, 2]);
    const named = stateSrgb(file.slice());
    expect(points(named)).toEqual([0, 1, 0, 13, ...points(file).slice(4)]);
    expect(named.length).toBe(file.length);
    const displayP3 = named.slice();
    displayP3[at + 1] = 12;
    expect(stateSrgb(displayP3.slice())).toEqual(displayP3);
    // The picture itself stays, as others read it.
    const [before, after] = await Promise.all([file, named].map((avif) => sharp(avif).raw().toBuffer()));
    expect(after).toEqual(before);
  });

  it("refuses what is no AVIF", () => {
    expect(() => stateSrgb(new Uint8Array(40))).toThrow();
  });
});

describe("wrapAvif()", () => {
  it("keeps the code points beside the profile", async () => {
    const file = await encodeHere(255, "4:2:0");
    const wrapped = wrapAvif(file, { icc });
    const text = (data: Uint8Array) => Buffer.from(data).toString("latin1");
    const nclx = /colrnclx.{7}/s.exec(text(file))?.[0] ?? "none";
    expect(text(wrapped)).toContain(nclx);
    expect(text(wrapped)).toContain("colrprof");
  });

  it("refuses an image sequence", () => {
    const ftyp = bytes(0, 0, 0, 12, "ftypavis");
    expect(() => wrapAvif(bytes(ftyp, 0, 0, 0, 8, "moov") as File, { icc })).toThrow("image sequence");
  });
});

describe("wrapPng()", () => {
  it("replaces every chunk that says what the colours are", async () => {
    const source = png(
      chunk("gAMA", 0, 1, 0x86, 0xa0),
      chunk("cHRM", new Uint8Array(32)),
      chunk("sRGB", 0),
      chunk("cICP", 1, 13, 0, 1),
    );
    const wrapped = Buffer.from(await wrapPng(source as File, { icc })).toString("latin1");
    expect(wrapped).not.toMatch(/gAMA|cHRM|sRGB|cICP/);
    expect(await embedded(Buffer.from(wrapped, "latin1"))).toMatchObject({ icc });
  });

  it("turns an RGB profile with one curve into the gray profile that gray samples need", async () => {
    const gray = await encoded("png", { gray: true });
    const wrapped = await wrapPng(gray, { icc });
    expect((await embedded(wrapped)).icc?.subarray(16, 20)).toEqual(bytes("GRAY"));
    // libvips converts both to sRGB: through the gray curve, and as three equal channels of Display P3.
    const asRgb = await wrapPng(new Uint8Array(await sharp(gray).toColourspace("srgb").png().toBuffer()), { icc });
    const levels = async (file: Uint8Array) =>
      [...(await sharp(file).toColourspace("srgb").removeAlpha().raw().toBuffer())].filter((_, i) => i % 3 === 0);
    const [viaGray, viaRgb] = [await levels(wrapped), await levels(asRgb)];
    expect(viaGray).toHaveLength(viaRgb.length);
    viaGray.forEach((level, i) => expect(Math.abs(level - viaRgb[i])).toBeLessThanOrEqual(1));
  });

  it("refuses a profile of other channels", async () => {
    const cmyk = icc.slice();
    cmyk.set(bytes("CMYK"), 16);
    await expect(wrapPng(png() as File, { icc: cmyk })).rejects.toThrow("other channels");
  });
});

describe("stripPng()", () => {
  it("takes out texts, Exif, times and private chunks and keeps what shows", async () => {
    const kept = [chunk("gAMA", 0, 1, 0x86, 0xa0), chunk("pHYs", new Uint8Array(9)), chunk("tRNS", 0, 1, 0, 2, 0, 3)];
    const dropped = ["tEXt", "zTXt", "iTXt", "eXIf", "tIME", "caBX", "prVt", "bKGD"].map((type) =>
      chunk(type, "GPS\0"),
    );
    expect(stripPng(png(...kept, ...dropped))).toEqual(png(...kept));
  });

  it("leaves an animation as it is", () => {
    const file = fixture("wpt_dispose-background-blend-source.png");
    const types = (data: Uint8Array) =>
      Buffer.from(data)
        .toString("latin1")
        .match(/acTL|fcTL|fdAT/g);
    expect(types(stripPng(file))).toEqual(types(file));
  });
});

describe("metadataSegments() and insertSegments()", () => {
  it("give a JPEG profile, XMP, Exif and IPTC that libvips and ExifTool read back", async () => {
    const iptc = bytes(0x1c, 2, 80, 0, 3, "Ada");
    const file = insertSegments(await encoded("jpeg"), metadataSegments({ icc, xmp, exif, iptc }));
    expect(await embedded(file)).toEqual({ icc, xmp, exif });
    expect((await sharp(file).metadata()).iptc).toBeDefined();
    if (hasExifTool) expect(exifTool(file, "jpg").tags).toMatchObject({ "IPTC:By-line": "Ada" });
  });

  it("come after SOI and JFIF", async () => {
    const bare = await encoded("jpeg");
    const [xmpSegment = bytes()] = metadataSegments({ xmp });
    expect(insertSegments(bare, [xmpSegment])).toEqual(bytes(bare.subarray(0, 2), xmpSegment, bare.subarray(2)));
    const jfif = segment(0xe0, "JFIF\0", 1, 2, 0, 0, 1, 0, 1, 0, 0);
    const start = bytes(bare.subarray(0, 2), jfif);
    const file = bytes(start, bare.subarray(2)) as File;
    expect(insertSegments(file, [xmpSegment])).toEqual(bytes(start, xmpSegment, bare.subarray(2)));
  });

  it("divide a long profile so that libvips reads it back whole", async () => {
    const long = new Uint8Array(200_000);
    long.set(icc);
    new DataView(long.buffer).setUint32(0, long.length);
    const segments = metadataSegments({ icc: long });
    expect(segments).toHaveLength(4);
    expect((await embedded(insertSegments(await encoded("jpeg"), segments))).icc).toEqual(long);
  });

  it("leave out what no segment can hold", () => {
    expect(metadataSegments({ xmp: new Uint8Array(65_504), exif: new Uint8Array(65_527) })).toHaveLength(2);
    expect(metadataSegments({ xmp: new Uint8Array(65_505), exif: new Uint8Array(65_528) })).toEqual([]);
    expect(metadataSegments({ icc: new Uint8Array(255 * 65_519 + 1) })).toEqual([]);
  });

  it("refuse what is no JPEG", () => {
    expect(() => insertSegments(bytes("GIF89a") as File, [segment(0xe1, "x")])).toThrow("SOI");
  });
});
