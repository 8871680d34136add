/** What is left for clients without a modern format, made in the real runtime and judged by libvips, libpng and libjpeg. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import type { Miniflare } from "miniflare";
import * as fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorkerd } from "../../../../bench/encode/launch.ts";
import { corpus, hasCorpus, type Raw, transparency } from "../../../support/pictures.ts";

let workerd: Miniflare;
beforeAll(async () => {
  workerd = await startWorkerd("bench/encode/worker-fallback.ts");
});
afterAll(() => workerd.dispose());

interface Refusal {
  readonly format: string;
  readonly kind: string;
  readonly message: string;
}

async function run(path: string, body: Uint8Array, size = ""): Promise<{ file: Buffer; refusal: Refusal | undefined }> {
  await workerd.dispatchFetch(`http://codecs.test/?${size}`, { method: "PUT", body });
  const response = await workerd.dispatchFetch(`http://codecs.test${path}`, { method: "POST" });
  if (response.status === 422) {
    expect(response.headers.get("live-bytes")).toBe("0");
    return { file: Buffer.alloc(0), refusal: (await response.json()) as Refusal };
  }
  expect(response.status).toBe(200);
  return { file: Buffer.from(await response.arrayBuffer()), refusal: undefined };
}

async function optimise(file: Uint8Array, effort = 1): Promise<Buffer> {
  const { file: optimised, refusal } = await run(`/optimise?effort=${effort}`, file);
  expect(refusal).toBeUndefined();
  expect(optimised.length).toBeLessThanOrEqual(file.length);
  return optimised;
}

async function write(path: string, { data, width, height }: Raw): Promise<Buffer> {
  const { file, refusal } = await run(path, data, `width=${width}&height=${height}`);
  expect(refusal).toBeUndefined();
  return file;
}

/** RGBA samples as libvips reads them, without any colour conversion; 16 bits each where the file has them. */
async function samplesOf(file: Uint8Array, bits: 8 | 16 = file[24] === 16 ? 16 : 8): Promise<Buffer> {
  return sharp(file, { ignoreIcc: true })
    .toColourspace(bits === 16 ? "rgb16" : "srgb")
    .ensureAlpha()
    .raw({ depth: bits === 16 ? "ushort" : "uchar" })
    .toBuffer();
}

/** Whether two files hold the same samples; an 8-bit sample v is v × 257 in 16 bits (PNG 3rd edition §13.12). */
async function haveSameSamples(source: Buffer, optimised: Buffer): Promise<boolean> {
  if (source[24] !== 16 || optimised[24] === 16) return (await samplesOf(optimised)).equals(await samplesOf(source));
  const [wide, narrow] = [await samplesOf(source), await samplesOf(optimised)];
  return wide.length === 2 * narrow.length && narrow.every((value, i) => wide.readUInt16LE(2 * i) === value * 257);
}

const chunkTypes = (file: Buffer): string[] => listChunks(file).map(({ type }) => type);

function listChunks(file: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
    chunks.push({
      type: file.toString("latin1", at + 4, at + 8),
      data: file.subarray(at + 8, at + 8 + file.readUInt32BE(at)),
    });
  return chunks;
}

function chunk(type: string, data: Uint8Array | readonly number[] | string): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), Buffer.from(data as Uint8Array)]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** A PNG written without care: stored, not compressed, no filter. `samples` are whole rows. */
function pngFile(
  { width, height, bitDepth, colourType }: { width: number; height: number; bitDepth: number; colourType: number },
  samples: Buffer,
  between: readonly Buffer[] = [],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitDepth;
  header[9] = colourType;
  const rowBytes = samples.length / height;
  const rows = Array.from({ length: height }, (_, y) => [
    Buffer.from([0]),
    samples.subarray(y * rowBytes, (y + 1) * rowBytes),
  ]).flat();
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    ...between,
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 0 })),
    chunk("IEND", []),
  ]);
}

const shape = { width: 40, height: 30 };
const pixelCount = shape.width * shape.height;
const each = (bytes: number, sample: (pixel: number, channel: number) => number): Buffer =>
  Buffer.from(Array.from({ length: pixelCount * bytes }, (_, i) => sample(Math.floor(i / bytes), i % bytes)));
const scatter = (i: number): number => (Math.imul(i + 1, 2_654_435_761) >>> 24) & 255;

describe("optimise()", () => {
  it("keeps colour under alpha 0", async () => {
    const { data, width, height } = transparency(203, 131);
    const source = pngFile({ width, height, bitDepth: 8, colourType: 6 }, data);
    const optimised = await optimise(source, 2);
    expect(optimised.length).toBeLessThan(source.length);
    expect((await samplesOf(optimised)).equals(data)).toBe(true);
  });

  it.each([
    ["RGB of one gray", 2, 3, (): number => 17, [0, 3]],
    ["RGB of many grays", 2, 3, (pixel: number): number => scatter(pixel), [0]],
    [
      "opaque RGBA of many colours",
      6,
      4,
      (pixel: number, at: number): number => (at === 3 ? 255 : scatter(pixel * 4 + at)),
      [2],
    ],
    [
      "RGB of five colours",
      2,
      3,
      (pixel: number, at: number): number => ((scatter(pixel) % 5) * 50 + at * 9) & 255,
      [3],
    ],
  ] as const)("reduces %s", async (_, colourType, bytes, sample, expected) => {
    const source = pngFile({ ...shape, bitDepth: 8, colourType }, each(bytes, sample));
    const optimised = await optimise(source);
    expect(expected).toContain(optimised[25]);
    expect((await samplesOf(optimised)).equals(await samplesOf(source))).toBe(true);
  });

  it("keeps 16 bits, and goes to 8 only where both bytes of every sample are equal", async () => {
    const true16 = pngFile(
      { ...shape, bitDepth: 16, colourType: 2 },
      each(6, (pixel, at) => scatter(pixel * 6 + at)),
    );
    const optimised = await optimise(true16);
    expect(optimised[24]).toBe(16);
    expect((await samplesOf(optimised)).equals(await samplesOf(true16))).toBe(true);
    const twice8 = pngFile(
      { ...shape, bitDepth: 16, colourType: 2 },
      each(6, (pixel, at) => scatter(pixel * 3 + (at >> 1))),
    );
    const narrowed = await optimise(twice8);
    expect(narrowed[24]).toBe(8);
    expect(await haveSameSamples(twice8, narrowed)).toBe(true);
  });

  it.each([
    [
      "16-bit gray whose samples would fit 1 bit",
      16,
      0,
      2,
      (pixel: number): number => (pixel % 3 === 0 ? 255 : 0),
      [255, 255],
    ],
    [
      "16-bit gray with a transparent value between two grays of 8 bits",
      16,
      0,
      2,
      (pixel: number): number => scatter(pixel),
      [0x12, 0x34],
    ],
    [
      "8-bit gray with bits above the eighth in tRNS",
      8,
      0,
      1,
      (pixel: number): number => (pixel % 3 === 0 ? 255 : 0),
      [1, 255],
    ],
    ["8-bit gray", 8, 0, 1, (pixel: number): number => (pixel % 3 === 0 ? 255 : 0), [0, 255]],
    ["8-bit RGB", 8, 2, 3, (pixel: number, at: number): number => (pixel % 2) * 9 + at, [0, 9, 0, 10, 0, 11]],
  ] as const)("keeps tRNS: %s", async (_, bitDepth, colourType, bytes, sample, transparent) => {
    const source = pngFile({ ...shape, bitDepth, colourType }, each(bytes, sample), [chunk("tRNS", transparent)]);
    const optimised = await optimise(source);
    expect((await samplesOf(optimised, 8)).equals(await samplesOf(source, 8))).toBe(true);
  });

  it("keeps the chunks that say what the colours mean, and all others, as they are", async () => {
    const kept = {
      gAMA: [0, 0, 0xb1, 0x8f],
      cHRM: Buffer.from("00007a26000080840000fa00000080e8000075300000ea6000003a9800001770", "hex"),
      cICP: [12, 13, 0, 1],
      pHYs: [0, 0, 0x0b, 0x13, 0, 0, 0x0b, 0x13, 1],
      sBIT: [5, 6, 5],
      bKGD: [0, 1, 0, 2, 0, 3],
      tEXt: "Author\0somebody",
      eXIf: "MM\0*\0\0\0\x08\0\0",
      vpAg: [1, 2, 3],
    };
    const chunks = Object.entries(kept).map(([type, data]) => chunk(type, data));
    const source = pngFile(
      { ...shape, bitDepth: 8, colourType: 2 },
      each(3, (pixel, at) => scatter(pixel * 3 + at) >> 1),
      chunks,
    );
    const optimised = await optimise(source);
    expect(optimised.length).toBeLessThan(source.length);
    const found = new Map(listChunks(optimised).map(({ type, data }) => [type, data]));
    for (const [type, data] of Object.entries(kept))
      expect(found.get(type), type).toEqual(Buffer.from(data as Uint8Array));
  });

  it("drops sBIT and bKGD with the colour type that they speak of, and nothing that changes the picture", async () => {
    const chunks = [chunk("gAMA", [0, 0, 0xb1, 0x8f]), chunk("sBIT", [8, 8, 8]), chunk("bKGD", [0, 0, 0, 0, 0, 0])];
    const source = pngFile(
      { ...shape, bitDepth: 8, colourType: 2 },
      each(3, (pixel) => scatter(pixel)),
      chunks,
    );
    const optimised = await optimise(source);
    expect(optimised[25]).toBe(0);
    expect(chunkTypes(optimised)).toEqual(["IHDR", "gAMA", "IDAT", "IEND"]);
  });

  it("keeps an ICC profile byte by byte, and never gives a gray picture the profile of a coloured one", async () => {
    const profile = (
      await sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } })
        .withIccProfile("p3")
        .png()
        .toBuffer()
        .then((file) => sharp(file).metadata())
    ).icc;
    const iccp = chunk(
      "iCCP",
      Buffer.concat([Buffer.from("p\0\0", "latin1"), deflateSync(profile ?? Buffer.alloc(0), { level: 0 })]),
    );
    const colour = pngFile(
      { ...shape, bitDepth: 8, colourType: 2 },
      each(3, (pixel, at) => scatter(pixel * 3 + at)),
      [iccp],
    );
    expect((await sharp(await optimise(colour)).metadata()).icc).toEqual(profile);
    const gray = pngFile(
      { ...shape, bitDepth: 8, colourType: 2 },
      each(3, (pixel) => scatter(pixel)),
      [iccp],
    );
    expect((await optimise(gray)).equals(gray)).toBe(true);
  });

  it.each([
    ["APNG", [chunk("acTL", [0, 0, 0, 1, 0, 0, 0, 0])], "unsupported", "animated"],
    ["an unknown critical chunk", [chunk("CgBI", [0, 0, 0, 0])], "damaged", "critical chunk CgBI"],
    ["two tRNS", [chunk("tRNS", [0, 1]), chunk("tRNS", [0, 2])], "damaged", "more than one tRNS"],
  ])("refuses %s", async (_, between, kind, message) => {
    const source = pngFile({ ...shape, bitDepth: 8, colourType: 0 }, each(1, scatter), between);
    const { refusal } = await run("/optimise?effort=0", source);
    expect(refusal).toMatchObject({ format: "png", kind, message: `png ${kind}: ${message}` });
  });

  it("keeps every sample of any small picture", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom([0, 1], [2, 3], [4, 2], [6, 4]),
        fc.constantFrom(1, 2),
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 1, max: 24 }),
        fc.constantFrom(1, 2, 5, 16, 255, 256),
        fc.boolean(),
        fc.integer(),
        async ([colourType = 0, channels = 1], bytes, width, height, values, equalChannels, seed) => {
          // Few values, spread over the range, with repeated bytes: each reduction has its turn.
          const data = Buffer.from(
            Array.from({ length: width * height * channels * bytes }, (_, i) => {
              const sample = Math.floor(i / bytes);
              const at = equalChannels ? Math.floor(sample / channels) : sample;
              return Math.round(((scatter(at ^ seed) % values) * 255) / Math.max(1, values - 1));
            }),
          );
          const source = pngFile({ width, height, bitDepth: 8 * bytes, colourType }, data);
          for (const effort of [0, 1, 2])
            expect(await haveSameSamples(source, await optimise(source, effort))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("leaves a file as it is whose pixels end early, and works on after it", async () => {
    const cutRows = pngFile({ ...shape, height: 3, bitDepth: 8, colourType: 0 }, each(1, scatter).subarray(0, 3));
    expect((await optimise(cutRows)).equals(cutRows)).toBe(true);
    const source = pngFile({ ...shape, bitDepth: 8, colourType: 0 }, each(1, scatter));
    expect((await samplesOf(await optimise(source))).equals(await samplesOf(source))).toBe(true);
  });

  it("refuses damage, and works on after it", async () => {
    const source = pngFile({ ...shape, bitDepth: 8, colourType: 0 }, each(1, scatter));
    const flipped = Buffer.from(source);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    for (const broken of [flipped, source.subarray(0, -12), source.subarray(0, 40), Buffer.alloc(0)])
      expect((await run("/optimise?effort=0", broken)).refusal).toMatchObject({ format: "png" });
    expect((await samplesOf(await optimise(source))).equals(await samplesOf(source))).toBe(true);
  });
});

describe("png encode()", () => {
  const picture = (
    channels: (x: number, y: number) => readonly [number, number, number, number],
    width = 61,
    height = 47,
  ): Raw => ({
    data: Buffer.from(
      Array.from({ length: width * height }, (_, i) => channels(i % width, Math.floor(i / width))).flat(),
    ),
    width,
    height,
    channels: 4,
  });
  const pictures = {
    "every alpha, colour under alpha 0": [transparency(203, 131), 6],
    "opaque colours": [picture((x, y) => [x * 4, y * 5, x ^ y, 255]), 2],
    grays: [picture((x, y) => [x + y, x + y, x + y, 255]), 0],
    "grays with transparency": [picture((x, y) => [x * 4, x * 4, x * 4, y * 5]), 4],
    "black and white": [picture((x) => [x & 1 ? 255 : 0, x & 1 ? 255 : 0, x & 1 ? 255 : 0, 255]), 0],
    "two grays off the scale": [picture((x) => [x & 1 ? 9 : 8, x & 1 ? 9 : 8, x & 1 ? 9 : 8, 255]), 3],
    "three colours": [picture((x, y) => [(x + y) % 3, 0, 0, 255]), 3],
    "200 colours, some transparent": [
      picture((x, y) => [(x * 3 + y) % 200, 7, 0, (x * 3 + y) % 200 < 20 ? 3 : 255]),
      3,
    ],
    "one pixel": [picture(() => [1, 2, 3, 4], 1, 1), 3],
  } as const satisfies Record<string, readonly [Raw, number]>;

  it.each(
    Object.entries(pictures).flatMap(([name, [raw, type]]) =>
      ["stream", 0, 1, 2].map((effort) => ({ name, raw, type, effort })),
    ),
  )("keeps every sample: $name, effort $effort", async ({ raw, type, effort }) => {
    const file = await write(`/png?effort=${effort}`, raw);
    expect((await samplesOf(file)).equals(raw.data)).toBe(true);
    if (effort === "stream") expect(file[25]).toBe(type);
    expect(chunkTypes(file).every((name) => ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"].includes(name))).toBe(true);
  });
});

describe("jpeg encode()", () => {
  const photo = async (): Promise<Raw> => {
    const fixture = fileURLToPath(new URL("../../../fixtures/stream.jpg", import.meta.url));
    const { data, info } = await sharp(fixture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: 4 };
  };

  it.each([
    [90, "4:2:0", 5],
    [95, "4:4:4", 2.5],
  ] as const)("writes quality %i in %s as a progressive JPEG close to the picture", async (quality, chroma, limit) => {
    const raw = await photo();
    const file = await write(`/jpeg?quality=${quality}&chroma=${chroma}`, raw);
    expect(await sharp(file).metadata()).toMatchObject({
      format: "jpeg",
      isProgressive: true,
      chromaSubsampling: chroma,
      width: raw.width,
      height: raw.height,
      channels: 3,
    });
    const seen = await sharp(file).ensureAlpha().raw().toBuffer();
    const error = seen.reduce((sum, value, i) => sum + Math.abs(value - (raw.data[i] ?? 0)), 0) / (0.75 * seen.length);
    expect(error).toBeLessThan(limit);
  });

  it("writes a gray picture with one component", async () => {
    const raw = await photo();
    for (let at = 0; at < raw.data.length; at += 4) raw.data.fill(raw.data[at + 1] ?? 0, at, at + 3);
    expect(await sharp(await write("/jpeg?quality=90&chroma=4:4:4", raw)).metadata()).toMatchObject({
      channels: 1,
      space: "b-w",
    });
  });

  it("refuses a picture with one pixel that is not opaque", async () => {
    const raw = await photo();
    raw.data[raw.data.length - 1] = 254;
    const { refusal } = await run("/jpeg?quality=90", raw.data, `width=${raw.width}&height=${raw.height}`);
    expect(refusal).toMatchObject({
      format: "jpeg",
      kind: "unsupported",
      message: "jpeg unsupported: the picture has transparency",
    });
  });
});

const has = (tool: string): boolean => spawnSync(tool, ["-h"]).error === undefined;

describe.skipIf(!hasCorpus)("optimise() on the corpus (needs the shared corpus)", () => {
  const names = ["png", "pngsuite"].flatMap((folder) =>
    hasCorpus
      ? readdirSync(`${corpus}${folder}`)
          .filter((name) => name.endsWith(".png"))
          .map((name) => `${folder}/${name}`)
      : [],
  );
  const broken = (name: string): boolean => name.startsWith("pngsuite/x");

  it.each(names.filter((name) => !broken(name)))("keeps the samples of %s", async (name) => {
    const source = readFileSync(`${corpus}${name}`);
    const optimised = await optimise(source);
    expect(optimised[28]).toBe(optimised.equals(source) ? source[28] : 0);
    expect(await haveSameSamples(source, optimised)).toBe(true);
  });

  it.each(names.filter(broken))("refuses %s", async (name) => {
    expect((await run("/optimise?effort=0", readFileSync(`${corpus}${name}`))).refusal).toMatchObject({
      format: "png",
    });
  });

  it.skipIf(!has("pngcheck"))("writes files that pngcheck finds nothing wrong with (needs pngcheck)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "optimised-"));
    try {
      // The time in cm7n0g04 is of a year before PNG, which pngcheck does not accept in the source either.
      const judged = names.filter((name) => name.startsWith("pngsuite/") && !broken(name) && !name.includes("cm7"));
      for (const name of judged) {
        const source = readFileSync(`${corpus}${name}`);
        const optimised = await optimise(source);
        if (!optimised.equals(source)) writeFileSync(join(folder, name.replace("/", "-")), optimised);
      }
      const files = readdirSync(folder).map((name) => join(folder, name));
      expect(files.length).toBeGreaterThan(50);
      expect(spawnSync("pngcheck", ["-q", ...files]).stdout.toString()).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(!has("djpeg"))("jpeg encode() (needs djpeg)", () => {
  it("is read by libjpeg without a warning", async () => {
    const { data, width, height } = transparency(64, 48);
    for (let at = 3; at < data.length; at += 4) data[at] = 255;
    for (const chroma of ["4:4:4", "4:2:0"]) {
      const file = await write(`/jpeg?quality=90&chroma=${chroma}`, { data, width, height, channels: 4 });
      const { stdout, stderr, status } = spawnSync("djpeg", ["-ppm"], { input: file });
      expect({ status, warnings: stderr.toString() }).toEqual({ status: 0, warnings: "" });
      expect(stdout.length).toBe(`P6\n${width} ${height}\n255\n`.length + 3 * width * height);
    }
  });
});
