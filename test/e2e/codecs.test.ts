/** The codecs in the real runtime, judged by libvips (through sharp) and by the corpus. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CodecRefusal,
  type CodecRun,
  type CodecWorker,
  launchCodecWorker,
  type RawPicture,
} from "../../bench/encode/launch.ts";
import type { EncodeSettings } from "../../src/imaging/model/settings.ts";
import { corpus, hasCorpus, pngOf, transparency } from "../support/pictures.ts";
import sharp from "sharp";

const photo = readFileSync(fileURLToPath(new URL("../fixtures/stream.jpg", import.meta.url)));
const transparent = transparency(203, 131);

let worker: CodecWorker;
beforeAll(async () => {
  worker = await launchCodecWorker();
});
afterAll(() => worker.close());

async function decode(file: Uint8Array): Promise<CodecRun> {
  await worker.keepSource(file);
  return worker.decode({ fresh: true });
}

async function refusal(file: Uint8Array): Promise<CodecRefusal> {
  const outcome: unknown = await decode(file).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(CodecRefusal);
  return outcome as CodecRefusal;
}

const settingsOf = {
  "lossy WebP": { format: "webp", lossless: false, coder: "libwebp", quality: 90, method: 4, sharpYuv: false },
  "lossless WebP": { format: "webp", lossless: true, effort: 2 },
  "AVIF 4:2:0": { format: "avif", quality: 80, speed: 10, chroma: "4:2:0", bitDepth: 8 },
  "AVIF 4:4:4": { format: "avif", quality: 80, speed: 10, chroma: "4:4:4", bitDepth: 8 },
} as const satisfies Record<string, EncodeSettings>;

async function encode(picture: RawPicture, settings: EncodeSettings): Promise<CodecRun> {
  await worker.keepPixels(picture);
  return worker.encode(settings, { fresh: true });
}

/** RGBA as libvips decodes it. */
async function byVips(file: Uint8Array): Promise<RawPicture> {
  const { data, info } = await sharp(file)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Mean absolute difference of the given channels, 0–255, over pixels that can be seen. */
function meanError(actual: Uint8Array, expected: Uint8Array, channels: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < expected.length; at += 4) {
    if (expected[at + 3] === 0 && !channels.includes(3)) continue;
    for (const channel of channels) sum += Math.abs((actual[at + channel] ?? NaN) - (expected[at + channel] ?? NaN));
    count += channels.length;
  }
  return sum / count;
}

const colour = [0, 1, 2];
const alpha = [3];

function isSame(actual: Uint8Array, expected: Uint8Array): boolean {
  return Buffer.compare(actual, expected) === 0;
}

/** A PNG of the given chunks with right CRCs. */
function pngFile(...chunks: readonly (readonly [type: string, data: Uint8Array])[]): Buffer {
  const parts = chunks.map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  });
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts]);
}

/** IHDR of a 2 × 2 picture of 8-bit RGB. */
const smallHeader = Buffer.from("00000002000000020802000000", "hex");
/** Its two rows, each begun by a filter type of 0; not compressed, so that a flipped bit is a flipped sample. */
const smallRows = deflateSync(Buffer.from("0010203040506000708090a0b0c0", "hex"), { level: 0 });

describe("PNG", () => {
  it("is decoded with the colour under alpha 0", async () => {
    const decoded = await decode(await pngOf(transparent));
    expect([decoded.width, decoded.height]).toEqual([203, 131]);
    expect(isSame(decoded.bytes, transparent.data)).toBe(true);
  });

  it("becomes lossless WebP of exactly the same pixels, colour under alpha 0 too", async () => {
    const { bytes } = await encode(transparent, settingsOf["lossless WebP"]);
    const { format, hasAlpha } = await sharp(bytes).metadata();
    expect([format, hasAlpha]).toEqual(["webp", true]);
    const back = await byVips(bytes);
    expect([back.width, back.height]).toEqual([203, 131]);
    expect(isSame(back.data, transparent.data)).toBe(true);
  });

  it.runIf(hasCorpus)(
    "with the shared corpus: is decoded as libvips does: every valid file of PngSuite (palette, tRNS, gray, interlaced, 16-bit)",
    async () => {
      const names = readdirSync(`${corpus}pngsuite`).filter((name) => /^[^x].*\.png$/.test(name));
      expect(names.length).toBeGreaterThan(150);
      const different: string[] = [];
      for (const name of names) {
        const file = readFileSync(`${corpus}pngsuite/${name}`);
        const [ours, theirs] = [await decode(file), await byVips(file)];
        if (ours.width !== theirs.width || ours.height !== theirs.height || !isSame(ours.bytes, theirs.data))
          different.push(name);
      }
      expect(different).toEqual([]);
    },
  );

  it.runIf(hasCorpus)("with the shared corpus: is refused when broken: every such file of PngSuite", async () => {
    for (const name of readdirSync(`${corpus}pngsuite`).filter((file) => /^x.*\.png$/.test(file))) {
      const { kind, liveBytes } = await refusal(readFileSync(`${corpus}pngsuite/${name}`));
      // Some are found out by their header already.
      expect([kind, liveBytes], name).toEqual([expect.stringMatching(/^(damaged|unsupported)$/), 0]);
    }
  });

  it("is refused when a bit of a stored row flipped: the CRC shows it", async () => {
    const file = pngFile(["IHDR", smallHeader], ["IDAT", smallRows], ["IEND", Buffer.alloc(0)]);
    expect([...(await decode(file)).bytes.subarray(0, 4)]).toEqual([0x10, 0x20, 0x30, 255]);
    const at = file.indexOf(Buffer.from("102030", "hex"));
    file[at] = (file[at] ?? 0) ^ 1;
    expect((await refusal(file)).message).toContain("CRC of IDAT does not match");
  });

  it("is refused without its end, and when rows are missing", async () => {
    const file = await pngOf(transparent);
    for (const share of [0, 0.01, 0.5, 0.99]) await refusal(file.subarray(0, Math.floor(file.length * share)));
    await refusal(file.subarray(0, file.length - 12));
    const missingRows = pngFile(
      ["IHDR", smallHeader],
      ["IDAT", deflateSync(Buffer.alloc(7))],
      ["IEND", Buffer.alloc(0)],
    );
    // Only the Rust code can notice this one; its instance must not survive the panic.
    expect((await refusal(missingRows)).liveBytes).toBe(0);
  });
});

describe("JPEG", () => {
  it("is decoded as libvips does, and kept small", async () => {
    const [ours, theirs] = [await decode(photo), await byVips(photo)];
    expect([ours.width, ours.height]).toEqual([theirs.width, theirs.height]);
    expect(meanError(ours.bytes, theirs.data, colour)).toBeLessThan(0.5);
  });

  it.runIf(hasCorpus)(
    "with the shared corpus: is decoded as libvips does: every corpus file (progressive, restarts, odd sizes, gray, not interleaved)",
    async () => {
      for (const name of readdirSync(`${corpus}jpeg`)) {
        const file = readFileSync(`${corpus}jpeg/${name}`);
        const [ours, theirs] = [await decode(file), await byVips(file)];
        expect([ours.width, ours.height], name).toEqual([theirs.width, theirs.height]);
        expect(meanError(ours.bytes, theirs.data, colour), name).toBeLessThan(0.5);
      }
    },
  );

  it("is refused when cut, where libjpeg would fill with gray and go on", async () => {
    for (const share of [0.3, 0.6, 0.95]) {
      const error = await refusal(photo.subarray(0, Math.floor(photo.length * share)));
      expect(error).toMatchObject({ format: "jpeg", liveBytes: 0 });
      expect(["damaged", "unsupported"]).toContain(error.kind);
    }
  });

  it("is refused when a scan ends before its last block", async () => {
    // An end marker inside the entropy-coded bytes.
    const damaged = Buffer.from(photo);
    damaged.set([0xff, 0xd9], Math.floor(photo.length / 2));
    expect(await refusal(damaged)).toMatchObject({ format: "jpeg", kind: "damaged" });
  });

  it.runIf(hasCorpus)(
    "with the shared corpus: is refused when damaged: the corpus files that libjpeg warns about",
    async () => {
      const names = [
        "trunc_1pct",
        "trunc_10pct",
        "trunc_50pct",
        "trunc_95pct",
        "bitflip_64",
        "bitflip_256",
        "bitflip_1024",
        "zero_dims_header",
        "bomb_65500x65500_header",
        "empty",
        "html_prefix_then_jpeg",
        "tm_broken-sos-before-sof",
        "tm_broken-adobe-marker-bad-length",
      ];
      for (const name of names) {
        expect((await refusal(readFileSync(`${corpus}broken/${name}.jpg`))).liveBytes, name).toBe(0);
      }
    },
  );
});

describe("lossy variants", () => {
  it.each([
    ["lossy WebP", 3],
    ["AVIF 4:2:0", 3],
    ["AVIF 4:4:4", 3],
  ] as const)(
    "%s of a photograph stays within a mean error of %d of 255, opaque and of the same size",
    async (name, limit) => {
      const source = await byVips(photo);
      const { bytes } = await encode(source, settingsOf[name]);
      const back = await byVips(bytes);
      expect([back.width, back.height]).toEqual([source.width, source.height]);
      expect((await sharp(bytes).metadata()).hasAlpha).toBe(false);
      const error = meanError(back.data, source.data, colour);
      expect(error).toBeLessThan(limit);
      expect(error).toBeGreaterThan(0);
    },
  );

  it.each(["lossy WebP", "AVIF 4:2:0", "AVIF 4:4:4"] as const)(
    "%s keeps every alpha value, at odd sizes",
    async (name) => {
      const { bytes } = await encode(transparent, settingsOf[name]);
      const back = await byVips(bytes);
      expect([back.width, back.height]).toEqual([203, 131]);
      expect(meanError(back.data, transparent.data, alpha)).toBe(0);
    },
  );

  it("AVIF keeps lines of colour one pixel wide only with full chroma", async () => {
    const stripes = { data: new Uint8Array(64 * 64 * 4).fill(255), width: 64, height: 64 };
    for (let at = 0; at < stripes.data.length; at += 4)
      stripes.data.set(at % 8 === 0 ? [220, 40, 40] : [40, 40, 220], at);
    const errors = await Promise.all(
      (["AVIF 4:2:0", "AVIF 4:4:4"] as const).map(async (name) => {
        const { bytes } = await encode(stripes, settingsOf[name]);
        return meanError((await byVips(bytes)).data, stripes.data, colour);
      }),
    );
    expect(errors[0]).toBeGreaterThan(30);
    expect(errors[1]).toBeLessThan(10);
  });
});

describe("WASM memory", () => {
  it("is given back after a large picture, and little is kept after a small one", async () => {
    const large = await sharp(photo).resize(1600, 1200, { fit: "fill" }).jpeg().toBuffer();
    // JPEGs are decoded without WASM.
    expect((await decode(large)).liveBytes).toBe(0);
    expect((await decode(await sharp(large).png({ compressionLevel: 1 }).toBuffer())).liveBytes).toBe(0);
    const small = await decode(await pngOf(transparent));
    expect(small.liveBytes).toBeGreaterThan(0);
    expect(small.liveBytes).toBeLessThanOrEqual(20e6);
    const { wasmBytes, liveBytes } = await encode(await byVips(large), settingsOf["AVIF 4:4:4"]);
    expect(wasmBytes).toBeGreaterThan(48e6);
    expect(liveBytes).toBe(0);
  });
});
