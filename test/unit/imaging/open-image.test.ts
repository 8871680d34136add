import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import type { OpenImage, PixelMemory } from "../../../src/imaging/imaging.ts";
import { ImagingError } from "../../../src/imaging/model/error.ts";
import type { ImageFacts } from "../../../src/imaging/model/facts.ts";
import type { Picture } from "../../../src/imaging/model/picture.ts";
import type { Recipe } from "../../../src/imaging/model/recipe.ts";
import type { MetadataSetting } from "../../../src/imaging/model/settings.ts";
import { openWith } from "../../../src/imaging/open-image.ts";
import { probeImage } from "../../../src/imaging/probe/probe.ts";
import {
  encodedPicture,
  flatPicture,
  height,
  scriptCodecs,
  type ScriptedCodecs,
  webpFile,
  width,
} from "../../support/scripted-codecs.ts";
import { animatedGif, jpeg, png } from "../samples.ts";

/** A photograph of 240 × 180 pixels, decoded by libvips. */
async function photograph(): Promise<Picture> {
  const image = sharp(fileURLToPath(new URL("../../fixtures/stream.jpg", import.meta.url))).resize(240, 180, {
    fit: "fill",
  });
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    pixels: { data: new Uint8ClampedArray(data), width: info.width, height: info.height },
    profile: undefined,
  };
}

const settings = {
  format: "webp",
  lossless: false,
  coder: "libwebp",
  quality: 80,
  method: 4,
  sharpYuv: false,
} as const;
const avifSettings = { format: "avif", quality: 80, speed: 8, chroma: "4:2:0", bitDepth: 8 } as const;
const webp: Recipe = { kind: "encode", settings };
const avif: Recipe = { kind: "encode", settings: avifSettings };

interface Opened {
  readonly facts?: ImageFacts;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly metadata?: MetadataSetting;
  readonly memory?: PixelMemory;
}

function setUp(pause?: () => Promise<void>): { codecs: ScriptedCodecs; open(what?: Opened): OpenImage } {
  const codecs = scriptCodecs();
  const imaging = openWith(codecs, pause);
  return {
    codecs,
    open: ({ facts = { ...jpeg, width, height }, bytes = new Uint8Array(1000), metadata = "none", memory } = {}) =>
      imaging.open(bytes, facts, metadata, memory),
  };
}

describe("OpenImage.make()", () => {
  it("encodes graphics with the settings for them, and everything else with the others", async () => {
    const { codecs, open } = setUp();
    const forGraphics = { ...settings, quality: 95 };
    // Half of the blocks have two levels of luma.
    const drawn = flatPicture(64, 64);
    for (let at = 0; at < 4 * 64 * 32; at += 4) drawn.pixels.data[at] = (at / 4) % 3 === 0 ? 255 : 0;
    for (const [shown, expected] of [
      [drawn, forGraphics],
      [await photograph(), settings],
    ] as const) {
      codecs.decode.mockResolvedValueOnce(shown);
      const { width: columns, height: rows } = shown.pixels;
      const image = open({ facts: { ...jpeg, width: columns, height: rows } });
      await image.make({ kind: "encode", settings, forGraphics });
      expect(codecs.encode).toHaveBeenLastCalledWith(shown, expected);
    }
  });

  it("pauses between the decode and the encode", async () => {
    const events: string[] = [];
    const { codecs, open } = setUp(async () => void events.push("pause"));
    const image = open();
    codecs.decode.mockImplementation(async () => {
      events.push("decode");
      return flatPicture();
    });
    codecs.encode.mockImplementation(async () => {
      events.push("encode");
      return webpFile;
    });
    await image.make(webp);
    expect(events).toEqual(["decode", "pause", "encode"]);
  });

  it("hands the settings to the encoder", async () => {
    const { codecs, open } = setUp();
    const image = open();
    await image.make(avif);
    expect(codecs.encode).toHaveBeenCalledExactlyOnceWith(flatPicture(), avifSettings);
  });

  it.each([
    [width + 1, height],
    [width, height - 1],
    [height, width],
  ])("takes a source for undecodable whose pixels are %i × %i, and keeps none of them", async (columns, rows) => {
    const { codecs, open } = setUp();
    const image = open();
    codecs.decode.mockResolvedValue(flatPicture(columns, rows));
    expect(await image.make(webp)).toMatchObject({ kind: "undecodable" });
    expect(codecs.encode).not.toHaveBeenCalled();
    expect(image.heldBytes()).toBe(0);
  });

  it("takes a source for undecodable that the decoder refuses", async () => {
    const { codecs, open } = setUp();
    const image = open();
    codecs.decode.mockRejectedValue(new ImagingError("damaged", "jpeg", "cut"));
    expect(await image.make(webp)).toMatchObject({ kind: "undecodable" });
  });

  it.each([
    ["a decoder that does not start", "decode", new ImagingError("codec", "jpeg", "no memory")],
    ["an encoder that does not start", "encode", new ImagingError("codec", "webp", "no memory")],
    ["an encoder that gives up", "encode", new ImagingError("codec", "webp", "trap")],
    ["an error that nobody expected", "encode", new RangeError("bug")],
  ] as const)("says that it failed, not that the picture is bad, for %s", async (_, stage, cause) => {
    const { codecs, open } = setUp();
    const image = open();
    codecs[stage].mockRejectedValueOnce(cause);
    expect(await image.make(webp)).toEqual({ kind: "failed", cause });
    // The next attempt succeeds.
    expect(await image.make(webp)).toMatchObject({ kind: "made" });
  });

  it.each([
    ["another format", encodedPicture("png")],
    ["another size", encodedPicture("webp", width, height + 1)],
    ["no picture", Promise.resolve(new Uint8Array(40))],
    ["nothing", Promise.resolve(new Uint8Array(0))],
  ])("does not believe an encoder that gives %s", async (_, output) => {
    const { codecs, open } = setUp();
    const image = open();
    codecs.encode.mockResolvedValue(await output);
    expect(await image.make(webp)).toMatchObject({ kind: "failed" });
  });
});

describe("OpenImage.make() of pictures that lie on their side", () => {
  it.each([5, 6, 7, 8] as const)("expects the sides of orientation %i to be exchanged", async (orientation) => {
    const { codecs, open } = setUp();
    const image = open({ facts: { ...jpeg, width, height, orientation } });
    codecs.decode.mockResolvedValue(flatPicture(height, width));
    codecs.encode.mockResolvedValue(await encodedPicture("webp", height, width));
    expect(await image.make(webp)).toMatchObject({ kind: "made" });
    // What was not turned is another picture.
    codecs.encode.mockResolvedValue(webpFile);
    expect(await image.make(webp)).toMatchObject({ kind: "failed" });
  });

  it("does not take pixels that were not turned", async () => {
    const image = setUp().open({ facts: { ...jpeg, width, height, orientation: 6 } });
    expect(await image.make(webp)).toMatchObject({ kind: "undecodable" });
  });

  it("expects them as they are stored for the orientations that only mirror", async () => {
    const image = setUp().open({ facts: { ...jpeg, width, height, orientation: 3 } });
    expect(await image.make(webp)).toMatchObject({ kind: "made" });
  });
});

describe("OpenImage.make() of pictures of one kind", () => {
  const jpegSettings = { format: "jpeg", quality: 80, chroma: "4:2:0" } as const;
  const graphics: Recipe = { kind: "encode", settings: { format: "png", effort: "stream" }, only: "graphics" };
  const photo: Recipe = { kind: "encode", settings: jpegSettings, only: "photograph" };

  async function kindsOf(source: Picture): Promise<Record<string, string>> {
    const { width: columns, height: rows } = source.pixels;
    const { codecs, open } = setUp();
    const image = open({ facts: { ...png, width: columns, height: rows } });
    codecs.decode.mockResolvedValue(source);
    codecs.encode.mockImplementation(async (_, { format }) => {
      const file = sharp({ create: { width: columns, height: rows, channels: 3, background: "#369" } });
      return Uint8Array.from(await file.toFormat(format === "png" ? "png" : "jpeg").toBuffer());
    });
    const made = [await image.make(graphics), await image.make(photo)];
    return { graphics: made[0]?.kind ?? "", photograph: made[1]?.kind ?? "" };
  }

  it("makes the PNG of graphics, and refuses its JPEG", async () => {
    expect(await kindsOf(flatPicture())).toEqual({ graphics: "made", photograph: "refused" });
  });

  it("makes the JPEG of a photograph, and refuses its PNG", async () => {
    expect(await kindsOf(await photograph())).toEqual({ graphics: "refused", photograph: "made" });
  });

  it("takes a photograph with transparency for graphics: JPEG has none", async () => {
    const { pixels, profile } = await photograph();
    pixels.data[3] = 254;
    expect(await kindsOf({ pixels, profile })).toEqual({ graphics: "made", photograph: "refused" });
  });

  it("never flattens transparency into a JPEG, whatever is wanted", async () => {
    const { codecs, open } = setUp();
    const image = open();
    codecs.decode.mockResolvedValue(flatPicture(width, height, 254));
    expect(await image.make({ kind: "encode", settings: jpegSettings })).toEqual({ kind: "refused" });
    expect(codecs.encode).not.toHaveBeenCalled();
  });
});

describe("OpenImage.make() with the coefficients of a JPEG", () => {
  const recompress = (format: "jxl" | "jpeg"): Recipe =>
    format === "jxl"
      ? { kind: "recompress", format, exact: true, unbiased: false }
      : { kind: "recompress", format, exact: true };

  async function openFile(file: Buffer): Promise<{ image: OpenImage; bytes: Uint8Array; codecs: ScriptedCodecs }> {
    const bytes = Uint8Array.from(file);
    const facts = await probeImage(bytes);
    if (facts === undefined) throw new Error("no picture");
    const { codecs, open } = setUp();
    return { image: open({ bytes, facts, metadata: "copyright" }), bytes, codecs };
  }

  const source = sharp(fileURLToPath(new URL("../../fixtures/stream.jpg", import.meta.url))).resize(240, 180, {
    fit: "fill",
  });

  it.each(["jxl", "jpeg"] as const)("makes %s without a decode", async (format) => {
    const { image, bytes, codecs } = await openFile(await source.clone().jpeg({ quality: 80 }).toBuffer());
    const made = await image.make(recompress(format));
    if (made.kind !== "made") throw new Error(made.kind);
    expect(await probeImage(made.bytes)).toMatchObject({ format, width: 240, height: 180 });
    expect(made.bytes.length).toBeLessThan(bytes.length);
    expect(codecs.decode).not.toHaveBeenCalled();
  });

  it.each(["jxl", "jpeg"] as const)("makes %s of a picture that lies on its side", async (format) => {
    const file = await source.clone().jpeg({ quality: 80 }).withMetadata({ orientation: 6 }).toBuffer();
    const { image, bytes } = await openFile(file);
    expect(await probeImage(bytes)).toMatchObject({ width: 240, height: 180, orientation: 6 });
    expect(await image.make(recompress(format))).toMatchObject({ kind: "made" });
  });

  it("takes a cut file for undecodable, so that nothing else is made of it either", async () => {
    const file = await source.clone().jpeg({ quality: 80 }).toBuffer();
    const facts = await probeImage(Uint8Array.from(file));
    if (facts === undefined) throw new Error("no picture");
    const image = setUp().open({ bytes: Uint8Array.from(file.subarray(0, file.length / 2)), facts });
    expect(await image.make(recompress("jxl"))).toMatchObject({ kind: "undecodable" });
    expect(await image.make(recompress("jpeg"))).toMatchObject({ kind: "undecodable" });
  });

  it("refuses what has no exact form, and leaves other formats their chance", async () => {
    const cmyk = await source.clone().toColourspace("cmyk").jpeg({ quality: 80 }).toBuffer();
    const { image } = await openFile(cmyk);
    expect(await image.make(recompress("jxl"))).toMatchObject({ kind: "refused" });
    expect(await image.make(recompress("jpeg"))).toMatchObject({ kind: "made" });
  });
});

describe("OpenImage.make() of a PNG in fewer bytes", () => {
  const optimise: Recipe = { kind: "optimise", format: "png", effort: 1 };

  const facts = { ...png, width, height };
  const text = { IFD0: { Copyright: "Somebody", ImageDescription: "a secret place" } };

  async function source(): Promise<Uint8Array<ArrayBuffer>> {
    const image = sharp({ create: { width, height, channels: 3, background: "#369" } });
    return Uint8Array.from(await image.png({ compressionLevel: 0 }).withExif(text).toBuffer());
  }

  it("hands the source and the effort to it, and gives what comes back", async () => {
    const { codecs, open } = setUp();
    const bytes = await source();
    const image = open({ facts, bytes, metadata: "keep" });
    const smaller = await encodedPicture("png");
    codecs.optimisePng.mockResolvedValue(smaller);
    expect(await image.make(optimise)).toEqual({ kind: "made", bytes: smaller });
    expect(codecs.optimisePng).toHaveBeenCalledExactlyOnceWith(bytes, 1);
    expect(codecs.decode).not.toHaveBeenCalled();
  });

  it("takes out before what METADATA does not keep", async () => {
    const { codecs, open } = setUp();
    const bytes = await source();
    const image = open({ facts, bytes, metadata: "copyright" });
    const made = await image.make(optimise);
    expect(Buffer.from(bytes).includes("a secret place")).toBe(true);
    const handed = codecs.optimisePng.mock.calls[0]?.[0] ?? bytes;
    expect(Buffer.from(handed).includes("a secret place")).toBe(false);
    if (made.kind !== "made") throw new Error(made.kind);
    expect(Buffer.from(made.bytes).includes("a secret place")).toBe(false);
    expect(Buffer.from(made.bytes).includes("Somebody")).toBe(true);
  });

  it("takes it out afterwards where the picture is large and written by rows: a copy of the file takes memory", async () => {
    const { codecs, open } = setUp();
    const bytes = await source();
    const before = bytes.slice();
    const image = open({ facts, bytes, metadata: "copyright" });
    codecs.optimisePng.mockResolvedValue(before.slice());
    const made = await image.make({ ...optimise, effort: "stream" });
    expect(codecs.optimisePng.mock.calls[0]?.[0]).toBe(bytes);
    if (made.kind !== "made") throw new Error(made.kind);
    expect(Buffer.from(made.bytes).includes("a secret place")).toBe(false);
    expect(Buffer.from(made.bytes).includes("Somebody")).toBe(true);
    expect(bytes).toEqual(before);
  });

  it("gives back what it copied, and not the source", async () => {
    const { codecs, open } = setUp();
    const bytes = await source();
    const before = bytes.slice();
    codecs.optimisePng.mockResolvedValue(await encodedPicture("png"));
    await open({ facts, bytes, metadata: "none" }).make(optimise);
    expect(codecs.optimisePng.mock.calls[0]?.[0]).toHaveLength(0);
    await open({ facts, bytes, metadata: "none" }).make({ ...optimise, effort: "stream" });
    expect(bytes).toEqual(before);
  });

  it("refuses where nothing was gained", async () => {
    const image = setUp().open({ facts, bytes: await source(), metadata: "keep" });
    expect(await image.make(optimise)).toEqual({ kind: "refused" });
  });

  it.each(["none", "copyright", "keep"] as const)(
    "takes a cut PNG for undecodable where METADATA=%s",
    async (metadata) => {
      const bytes = (await source()).subarray(0, 200).slice();
      const { codecs, open } = setUp();
      const image = open({ facts, bytes, metadata });
      codecs.optimisePng.mockRejectedValueOnce(new ImagingError("damaged", "png", "cut"));
      expect(await image.make(optimise)).toMatchObject({ kind: "undecodable" });
    },
  );

  it("does not believe an output of another size", async () => {
    const { codecs, open } = setUp();
    const image = open({ facts, bytes: await source() });
    codecs.optimisePng.mockResolvedValueOnce(await encodedPicture("png", width, height + 1));
    expect(await image.make(optimise)).toMatchObject({ kind: "failed" });
  });
});

describe("OpenImage.make() with an animation", () => {
  const animation: Recipe = { kind: "animate", format: "webp" };
  const facts = { ...animatedGif, width, height };

  it("makes it of the source's own bytes", async () => {
    const { codecs, open } = setUp();
    const gifBytes = new Uint8Array(5);
    const image = open({ facts, bytes: gifBytes });
    expect(await image.make(animation)).toEqual({ kind: "made", bytes: webpFile });
    expect(codecs.animate).toHaveBeenCalledExactlyOnceWith(gifBytes);
    expect(codecs.decode).not.toHaveBeenCalled();
  });

  it("refuses for good what became larger than the GIF", async () => {
    const { codecs, open } = setUp();
    const image = open({ facts });
    codecs.animate.mockResolvedValue(undefined);
    expect(await image.make(animation)).toEqual({ kind: "refused" });
  });

  it("distinguishes a GIF that cannot be read from an encoder that failed", async () => {
    const { codecs, open } = setUp();
    const image = open({ facts });
    codecs.animate.mockRejectedValueOnce(new ImagingError("damaged", "gif", "cut"));
    expect(await image.make(animation)).toMatchObject({ kind: "undecodable" });
    const cause = new ImagingError("codec", "webp", "trap");
    codecs.animate.mockRejectedValueOnce(cause);
    expect(await image.make(animation)).toEqual({ kind: "failed", cause });
  });
});

describe("OpenImage", () => {
  it("keeps its pixels between recipes as far as memory is granted, and releases them once", async () => {
    const release = vi.fn<() => void>();
    const memory = {
      mayKeep: vi.fn<PixelMemory["mayKeep"]>(() => true),
      hold: vi.fn<PixelMemory["hold"]>(() => release),
    };
    const { codecs, open } = setUp();
    const image = open({ memory });
    await image.make(webp);
    const pixelBytes = 4 * width * height;
    expect(image.heldBytes()).toBe(pixelBytes);
    expect(memory.mayKeep.mock.calls).toEqual([[pixelBytes]]);
    expect(memory.hold.mock.calls).toEqual([[pixelBytes]]);
    await image.make(avif);
    expect(codecs.decode).toHaveBeenCalledTimes(1);
    image.close();
    image.close();
    expect(release).toHaveBeenCalledTimes(1);
    memory.mayKeep.mockReturnValue(false);
    await image.make(webp);
    expect(image.heldBytes()).toBe(0);
    await image.make(webp);
    expect(codecs.decode).toHaveBeenCalledTimes(3);
  });

  it("gives its pixels, and says how much a file differs from them", async () => {
    const { codecs, open } = setUp();
    const shown = await photograph();
    codecs.decode.mockResolvedValue(shown);
    codecs.decodeVariant.mockResolvedValueOnce(shown.pixels);
    const { width: columns, height: rows } = shown.pixels;
    const image = open({ facts: { ...jpeg, width: columns, height: rows } });
    expect(await image.decode()).toBe(shown);
    expect(await image.compare(webpFile, "webp")).toBe(0);
    const damaged = { ...shown.pixels, data: shown.pixels.data.map((sample, at) => sample ^ (at % 5)) };
    codecs.decodeVariant.mockResolvedValueOnce(damaged);
    expect(await image.compare(webpFile, "webp")).toBeGreaterThan(0);
    expect(codecs.decode).toHaveBeenCalledTimes(1);
  });

  it("rejects with an error about the image that is not decoded", async () => {
    const { open } = setUp();
    const image = open({ facts: { ...jpeg, width: width + 1, height } });
    await expect(image.decode()).rejects.toMatchObject({ name: "ImagingError", format: "jpeg", kind: "damaged" });
  });
});
