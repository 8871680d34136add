/** Every file of the shared corpus against what ExifTool and two browsers said about it. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hasEndMarker } from "../../../../src/imaging/probe/end-marker.ts";
import type { FormatId } from "../../../../src/imaging/model/formats.ts";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { jpegFactsOf } from "../../samples.ts";

interface Expected {
  readonly FileType?: string;
  readonly ImageWidth?: number | string;
  readonly ImageHeight?: number | string;
  readonly Orientation?: number;
  readonly BitDepth?: number;
  readonly BitsPerSample?: number | string;
  readonly ColorType?: number;
  readonly ColorComponents?: number;
  readonly EncodingProcess?: number;
  readonly YCbCrSubSampling?: string;
  readonly FrameCount?: number;
  readonly AnimationFrames?: number;
  readonly ColorSpaceData?: string;
  readonly ProfileDescription?: string;
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(`${corpus}${name}`, "utf8"));
}

const expectations = (hasCorpus ? readJson("expected.json") : {}) as Record<string, Expected>;
const browsers = (hasCorpus ? readJson("browser-decode.json") : {}) as Record<string, Record<string, string | false>>;
const files = Object.entries(expectations).filter(([path]) => !path.startsWith("broken/"));
const sound = files.filter(([path]) => !path.startsWith("pngsuite/x"));

/** What ExifTool calls a format. */
const fileTypes: Readonly<Record<string, FormatId>> = {
  JPEG: "jpeg",
  PNG: "png",
  APNG: "png",
  GIF: "gif",
  WEBP: "webp",
  "Extended WEBP": "webp",
  AVIF: "avif",
  // Its name for AVIF sequences.
  MP4: "avif",
  HEIC: "heic",
  JXL: "jxl",
  "JXL Codestream": "jxl",
  JP2: "jp2",
  JXR: "jxr",
  TIFF: "tiff",
  BTF: "tiff",
  SVG: "svg",
};

async function probeFile(path: string): Promise<ImageFacts> {
  const facts = await probeImage(read(path));
  if (facts === undefined) throw new Error(`${path} is not taken for an image`);
  return facts;
}

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(`${corpus}${path}`));
}

function where(test: (path: string, expected: Expected) => boolean): [string, Expected][] {
  return sound.filter(([path, expected]) => test(path, expected));
}

describe.skipIf(!hasCorpus)("probeImage() of the shared corpus (../shared/corpus; skipped where it is missing)", () => {
  it.each(sound)("knows the format and size of %s", async (path, { FileType = "", ImageWidth, ImageHeight }) => {
    const facts = await probeFile(path);
    expect(facts.format).toBe(fileTypes[FileType]);
    if (facts.format === "svg") expect([facts.width, facts.height]).toEqual([undefined, undefined]);
    else if (ImageWidth !== undefined) expect([facts.width, facts.height]).toEqual([ImageWidth, ImageHeight]);
    // ExifTool gives no size for one kind of JPEG XL container; the corpus made it from a Kodak image.
    else expect([path, facts.width, facts.height]).toEqual(["jxl/kodim12_jpegrecon.jxl", 768, 512]);
  });

  // Only in these formats do ExifTool's field and the browsers mean the same.
  it.each(where((path, { Orientation }) => Orientation !== undefined && /\.(jpg|png|webp|tif)$/.test(path)))(
    "reads the orientation of %s",
    async (path, { Orientation }) => {
      expect((await probeFile(path)).orientation).toBe(Orientation);
    },
  );

  it.each(where((_, { ColorType }) => ColorType !== undefined))(
    "reads the pixel kind of %s",
    async (path, expected) => {
      const facts = await probeFile(path);
      const kinds = { 0: ["gray", 1], 2: ["rgb", 3], 3: ["palette", 1], 4: ["gray", 2], 6: ["rgb", 4] } as Record<
        number,
        unknown[]
      >;
      expect([facts.colour, facts.components]).toEqual(kinds[expected.ColorType ?? -1]);
      expect(facts.bitDepth).toBe(expected.ColorType === 3 ? 8 : expected.BitDepth);
      expect(facts.animated).toBe((expected.AnimationFrames ?? 1) > 1);
      expect(hasEndMarker("png", read(path))).toBe(true);
    },
  );

  it.each(where((_, { ColorComponents }) => ColorComponents !== undefined))(
    "reads the frame of %s",
    async (path, expected) => {
      const facts = await probeFile(path);
      expect([facts.components, facts.bitDepth]).toEqual([expected.ColorComponents, expected.BitsPerSample]);
      expect(facts.colour).toBe({ 1: "gray", 3: "rgb", 4: "cmyk" }[expected.ColorComponents ?? 0]);
      expect(jpegFactsOf(facts).progressive).toBe(expected.EncodingProcess === 2);
      expect(jpegFactsOf(facts).decodable).toBe(true);
      const name = { "1 1": "4:4:4", "2 2": "4:2:0", "2 1": "4:2:2" }[expected.YCbCrSubSampling ?? ""];
      // ExifTool takes the ratio of largest to smallest factor; here luma is the subsampled one.
      if (path === "jpeg/flower_luma_subsample.jpg") expect(jpegFactsOf(facts).subsampling).toBe("other");
      else if (name !== undefined) expect(jpegFactsOf(facts).subsampling).toBe(name);
      expect(hasEndMarker("jpeg", read(path))).toBe(true);
    },
  );

  it.each(where((path) => path.startsWith("tiff/")))("reads the samples of %s", async (path, expected) => {
    const facts = await probeFile(path);
    const depths = String(expected.BitsPerSample).split(" ").map(Number);
    expect([facts.bitDepth, facts.components]).toEqual([depths[0], depths.length]);
    expect(facts.colour === "cmyk").toBe(path.includes("cmyk"));
    expect(facts.alpha).toBe(path.includes("rgba"));
    expect(facts.animated).toBe(path.includes("multipage"));
  });

  it.each(where((path, { FileType }) => FileType === "GIF" || path.endsWith(".webp")))(
    "counts the frames of %s",
    async (path, expected) => {
      const animated = expected.FileType === "GIF" ? (expected.FrameCount ?? 1) > 1 : path.startsWith("anim/");
      expect((await probeFile(path)).animated).toBe(animated);
    },
  );

  it.each(where((_, { ProfileDescription }) => ProfileDescription !== undefined))(
    "classifies the profile of %s",
    async (path, expected) => {
      const isSrgb = /^sRGB( IEC61966-2\.1)?$/.test(expected.ProfileDescription ?? "");
      expect((await probeFile(path)).profile).toBe(isSrgb ? "srgb" : "other");
    },
  );

  it.each(where((path) => path.startsWith("jpeg/") && /_q\d+/.test(path)))(
    "finds the quality in the name of %s",
    async (path) => {
      expect(jpegFactsOf(await probeFile(path)).quality).toBe(Number(/_q(\d+)/.exec(path)?.[1]));
    },
  );

  it.each([
    ["jpeg-icc/seine_ultrahdr_gainmap.jpg", true],
    ["avif/colors_hdr_p3.avif", true],
    ["avif/seine_hdr_rec2020.avif", true],
    ["avif/seine_sdr_gainmap_srgb.avif", true],
    ["avif/colors_sdr_srgb.avif", false],
    ["jxl/pq_gradient.jxl", true],
    ["jxl/kodim12_d1.5.jxl", false],
    ["jpeg-exif/paris_exif_xmp_icc.jpg", false],
    ["jpeg-exif/paris_extended_xmp.jpg", false],
    ["png/photo_16bit_rec2020_linear.png", false],
  ])("knows whether %s has high dynamic range: %s", async (path, hdr) => {
    expect((await probeFile(path)).hdr).toBe(hdr);
  });

  it.each(Object.keys(browsers))("gives the size that %s lays out, after orientation", async (browser) => {
    let compared = 0;
    for (const [path] of sound) {
      const shown = browsers[browser]?.[`/${path}`];
      const facts = await probeFile(path);
      if (typeof shown !== "string" || facts.format === "svg") continue;
      const size = facts.orientation >= 5 ? [facts.height, facts.width] : [facts.width, facts.height];
      expect([path, size.join("x")]).toEqual([path, shown]);
      compared++;
    }
    expect(compared).toBeGreaterThan(250);
  });
});

describe.skipIf(!hasCorpus)("probeImage() of broken files (../shared/corpus; skipped where it is missing)", () => {
  it.each([
    ["empty.jpg", undefined],
    ["wrongtype_html_named.png", undefined],
    ["html_prefix_then_jpeg.jpg", undefined],
    ["wrongtype_png_named.jpg", "png"],
    ["wrongtype_svg_named.png", "svg"],
    ["looks-like-svg.webp", "webp"],
    ["gif_js_polyglot.gif", "gif"],
    ["polyglot_html_in_com.jpg", "jpeg"],
    ["polyglot_jpeg_then_zip.jpg", "jpeg"],
    ["png_text_chunk_html.png", "png"],
  ])("goes by the bytes of %s: %s", async (name, format) => {
    expect((await probeImage(read(`broken/${name}`)))?.format).toBe(format);
  });

  it.each([
    "zero_dims_header.jpg",
    "zero_width.png",
    "gif_js_polyglot.gif",
    "tm_broken-sos-before-sof.jpg",
    "tm_broken-adobe-marker-bad-length.jpg",
    "bitflip_256.jpg",
    "trunc_50pct.gif",
    "trunc_50pct.tif",
    "ifd_loop.tif",
  ])("gives %s no size", async (name) => {
    expect(await probeFile(`broken/${name}`)).toMatchObject({ width: undefined, height: undefined });
  });

  it.each([
    ["bomb_65500x65500_header.jpg", 65500],
    ["bomb_65535_canvas.gif", 65535],
    ["bomb_2147483647.png", 2147483647],
    ["bomb_17000x17000_valid.avif", 17000],
    ["bomb_20000x20000_valid_gray.png", 20000],
  ])("reports the size that %s claims, so that it can be refused: %i", async (name, side) => {
    expect(await probeFile(`broken/${name}`)).toMatchObject({ width: side, height: side });
  });

  it.each(["trunc_1pct.jpg", "trunc_10pct.jpg", "trunc_50pct.jpg", "trunc_95pct.jpg", "trunc_50pct.png"])(
    "sees that %s is cut",
    async (name) => {
      const { format } = await probeFile(`broken/${name}`);
      expect(hasEndMarker(format, read(`broken/${name}`))).toBe(false);
    },
  );

  it("never disagrees with ExifTool about a size it gives", async () => {
    for (const [path, { ImageWidth, ImageHeight }] of Object.entries(expectations)) {
      const facts = await probeImage(read(path));
      if (facts?.width === undefined || ImageWidth === undefined || ImageHeight === undefined) continue;
      expect([path, facts.width, facts.height]).toEqual([path, ImageWidth, ImageHeight]);
    }
  });
});
