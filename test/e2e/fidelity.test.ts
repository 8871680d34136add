import { afterAll, beforeAll, describe, expect, test } from "vitest";
import sharp from "sharp";
import type { Sharp } from "sharp";
import { accepts, verdictOf } from "../support/answer.ts";
import { startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { animation, decode, meanError, photo, photoPng, pngOf, transparency } from "../support/pictures.ts";
import { bytes, jpeg, png, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

let origin: ScriptedOrigin;
let edge: Edge;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url, EAGER: "" } });
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

const raw = transparency(200, 150);
const openRaw = (): Sharp => sharp(raw.data, { raw: { width: raw.width, height: raw.height, channels: raw.channels } });

/** PNG kinds that must come out as the very same pixels. */
const pngs = [
  ["RGBA with colour under alpha 0", () => pngOf(raw)],
  ["RGB", () => photoPng(1)],
  ["RGB interlaced", () => openRaw().removeAlpha().png({ progressive: true, compressionLevel: 2 }).toBuffer()],
  ["a palette of 64 colours", () => openRaw().removeAlpha().png({ palette: true, colours: 64, dither: 0 }).toBuffer()],
  ["a palette with transparent entries", () => openRaw().png({ palette: true, colours: 64, dither: 0 }).toBuffer()],
  ["grey", () => openRaw().removeAlpha().greyscale().png({ compressionLevel: 2 }).toBuffer()],
  ["odd sizes", () => openRaw().resize(101, 53, { kernel: "nearest" }).png({ compressionLevel: 1 }).toBuffer()],
] as const;

describe("PNG to lossless WebP", () => {
  test.each(pngs)("%s: every pixel is the same", async (name, make) => {
    const source = await make();
    const path = `/exact/${encodeURIComponent(name)}.png`;
    origin.on(path, png(source));
    const answer = await edge.settle(path, accepts.chrome);
    expectPicture(answer, { format: "webp", source: "png", reason: "transcoded", original: source });
    const [before, after] = [await decode(source), await decode(answer.body)];
    expect([after.width, after.height]).toEqual([before.width, before.height]);
    expect(after.data.equals(before.data)).toBe(true);
  });

  test("a fully transparent corner keeps the colour that the raw pixels had", async () => {
    origin.on("/exact/raw.png", png(await pngOf(raw)));
    const answer = await edge.settle("/exact/raw.png", accepts.webp);
    expect((await decode(answer.body)).data.equals(raw.data)).toBe(true);
  });

  test.each(pngs)(
    "%s: a client without WebP gets a PNG of the very same pixels that is smaller, or this one",
    async (name, make) => {
      const source = await make();
      const path = `/packed/${encodeURIComponent(name)}.png`;
      origin.on(path, png(source));
      const answer = await edge.settle(path, accepts.baseline);
      expectPicture(answer, { format: "png", reason: ["transcoded", "not-accepted"], original: source });
      const [before, after] = [await decode(source), await decode(answer.body)];
      expect([after.width, after.height]).toEqual([before.width, before.height]);
      expect(after.data.equals(before.data)).toBe(true);
    },
  );

  test("a PNG that was compressed without care is one of those that get smaller", async () => {
    const source = await pngOf(raw);
    origin.on("/exact/base.png", png(source));
    const answer = await edge.settle("/exact/base.png", accepts.baseline);
    expectPicture(answer, { format: "png", reason: "transcoded", original: source });
  });
});

/** Mean absolute error per sample (0 to 255) that a lossy variant may add to a photograph. */
const lossyBound = 4;

describe("JPEG to lossy formats", () => {
  const jpegs = [
    ["4:2:0 baseline", () => photo(1)],
    [
      "4:4:4 progressive",
      () =>
        sharp(raw.data, { raw: { width: raw.width, height: raw.height, channels: 4 } })
          .removeAlpha()
          .blur(2)
          .jpeg({ quality: 92, chromaSubsampling: "4:4:4", progressive: true })
          .toBuffer(),
    ],
    ["odd sizes", () => photo(2, 301, 199)],
    [
      "grey",
      async () =>
        sharp(await photo(3))
          .greyscale()
          .jpeg({ quality: 92 })
          .toBuffer(),
    ],
  ] as const;

  test.each(jpegs)("%s: same size, small error, for AVIF and WebP", async (name, make) => {
    const source = await make();
    const path = `/lossy/${encodeURIComponent(name)}.jpg`;
    origin.on(path, jpeg(source));
    const before = await decode(source);
    for (const accept of ["image/avif", "image/webp"]) {
      const answer = await edge.settle(path, accept);
      expectPicture(answer, {
        format: accept.slice("image/".length),
        source: "jpeg",
        reason: "transcoded",
        original: source,
      });
      expect(answer.body.length).toBeLessThan(source.length * 0.97);
      expect(meanError(before, await decode(answer.body)), accept).toBeLessThan(lossyBound);
    }
  });

  test("quality below 60 gets no lossy variant", async () => {
    // Compressed as well as can be, so that nothing is left but loss.
    const source = await sharp(await photo(4))
      .jpeg({ quality: 40, progressive: true, optimiseScans: true })
      .toBuffer();
    origin.on("/lossy/q40.jpg", jpeg(source));
    expectPicture(await edge.settle("/lossy/q40.jpg", accepts.avif), {
      format: "jpeg",
      reason: "low-quality-source",
      original: source,
    });
    const chrome = await edge.settle("/lossy/q40.jpg", accepts.chrome);
    expectPicture(chrome, { format: "jxl", source: "jpeg", reason: "transcoded", original: source });
  });

  test("a profile that means sRGB is no reason to refuse", async () => {
    const source = await sharp(await photo(6))
      .withIccProfile("srgb")
      .jpeg({ quality: 90 })
      .toBuffer();
    expect((await sharp(source).metadata()).icc).toBeDefined();
    origin.on("/lossy/srgb.jpg", jpeg(source));
    const answer = await edge.settle("/lossy/srgb.jpg", accepts.webp);
    expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
    expect(meanError(await decode(source), await decode(answer.body))).toBeLessThan(lossyBound);
  });

  test("the place where a photograph was taken does not leave with a variant", async () => {
    const gps = {
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 8/1 0/1", GPSLongitudeRef: "E", GPSLongitude: "11/1 34/1 0/1" },
    };
    const source = await sharp(await photo(7))
      .withExif({ ...gps, IFD0: { Copyright: "the author" } })
      .jpeg({ quality: 90 })
      .toBuffer();
    expect(source.includes("Exif")).toBe(true);
    origin.on("/lossy/gps.jpg", jpeg(source));
    for (const accept of ["image/avif", "image/webp"]) {
      const answer = await edge.settle("/lossy/gps.jpg", accept);
      expect(verdictOf(answer)["reason"]).toBe("transcoded");
      const { exif } = await sharp(answer.body).metadata();
      // 0x8825 points to the GPS directory (EXIF 2.32 §4.6.3), in either byte order.
      for (const pointer of ["8825", "2588"]) expect(exif?.toString("hex") ?? "").not.toContain(pointer);
    }
  });

  test("a picture of one pixel is answered", async () => {
    const source = await sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } })
      .jpeg()
      .toBuffer();
    origin.on("/lossy/one.jpg", jpeg(source));
    const answer = await edge.settle("/lossy/one.jpg", accepts.chrome);
    expect(answer.status).toBe(200);
    const after = await decode(answer.body);
    expect([after.width, after.height]).toEqual([1, 1]);
  });
});

const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>');
const heading = async (): Promise<Sharp> => sharp(await photo(5));

/** What must come back byte for byte: media type, source format, reason, bytes. */
const untouched = [
  ["an animated WebP", "image/webp", "webp", "animated", () => animation("webp")],
  ["SVG", "image/svg+xml", "svg", "already-best", async () => svg],
  ["WebP", "image/webp", "webp", "already-best", async () => (await heading()).webp().toBuffer()],
  ["AVIF", "image/avif", "avif", "already-best", async () => (await heading()).avif({ effort: 0 }).toBuffer()],
] as const;

describe("what is not converted", () => {
  test.each(untouched)("%s passes byte for byte with its reason", async (name, type, format, reason, make) => {
    const source = await make();
    const path = `/untouched/${encodeURIComponent(name)}`;
    origin.on(path, bytes(source, type));
    for (const accept of [accepts.chrome, "image/png,image/webp,image/avif"]) {
      const answer = await edge.settle(path, accept);
      expectPicture(answer, { format, reason, original: source });
    }
    expect(origin.count(path)).toBe(1);
  });
});

test("a PNG of 16 bits is never squeezed to 8: it is optimised, or passes as it is", async () => {
  const source = await (await heading()).toColourspace("rgb16").png({ compressionLevel: 1 }).toBuffer();
  origin.on("/untouched/deep.png", png(source));
  expectPicture(await edge.settle("/untouched/deep.png", "image/png,image/webp"), {
    format: "png",
    reason: ["bit-depth", "transcoded"],
    original: source,
  });
  const { body } = await edge.settle("/untouched/deep.png", accepts.baseline);
  const depths = await Promise.all(
    [source, body].map((file) => sharp(file).toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer()),
  );
  expect(depths[1]?.equals(depths[0] ?? Buffer.of())).toBe(true);
});
