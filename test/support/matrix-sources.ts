/** Small sources for the format matrix with what pictures of the web have beside samples, made by libvips. */
import sharp, { type Sharp } from "sharp";
import { photo, pngOf, type Raw, transparency } from "./pictures.ts";
import { pngChunk } from "./shown-picture.ts";

export interface SmallSource {
  readonly name: string;
  readonly extension: "jpg" | "png" | "gif" | "tif";
  readonly make: () => Promise<Buffer>;
}

/** No two of its sides or corners are alike. */
const asymmetric = async (): Promise<Sharp> => sharp(await photo(1, 152, 104));

const translucent = transparency(203, 131);
const openRaw = ({ data, width, height, channels }: Raw): Sharp => sharp(data, { raw: { width, height, channels } });

/** Puts chunks after IHDR, which ends at byte 33. */
const withChunks = (png: Buffer, ...chunks: readonly Buffer[]): Buffer =>
  Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);

function numbers(...values: readonly number[]): Buffer {
  const data = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => data.writeUInt32BE(value, 4 * i));
  return data;
}

/** Primaries of sRGB (PNG 3rd edition §11.3.2.1). */
const chromaticities = pngChunk("cHRM", numbers(31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000));
const gamma = (exponent: number): Buffer => pngChunk("gAMA", numbers(Math.round(exponent * 100_000)));

const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/** 16 bits per sample, of which the lower 8 are no copy of the upper ones. */
export function deepPng(): Promise<Buffer> {
  const [width, height] = [96, 64];
  const samples = Uint16Array.from({ length: 3 * width * height }, (_, i) => (i * 137) & 0xffff);
  return sharp(samples, { raw: { width, height, channels: 3 } })
    .toColourspace("rgb16")
    .png({ compressionLevel: 1 })
    .toBuffer();
}

export const smallSources: readonly SmallSource[] = [
  ...orientations.map((orientation) => ({
    name: `JPEG of orientation ${orientation}`,
    extension: "jpg" as const,
    make: async () => (await asymmetric()).withMetadata({ orientation }).jpeg({ quality: 92 }).toBuffer(),
  })),
  {
    name: "PNG of orientation 6",
    extension: "png",
    make: async () => (await asymmetric()).withMetadata({ orientation: 6 }).png().toBuffer(),
  },
  {
    name: "TIFF of orientation 8",
    extension: "tif",
    make: async () => (await asymmetric()).withMetadata({ orientation: 8 }).tiff({ compression: "lzw" }).toBuffer(),
  },
  {
    name: "JPEG in Display P3",
    extension: "jpg",
    make: async () => (await asymmetric()).withIccProfile("p3").jpeg({ quality: 92 }).toBuffer(),
  },
  {
    name: "gray JPEG",
    extension: "jpg",
    make: async () => (await asymmetric()).grayscale().jpeg({ quality: 92 }).toBuffer(),
  },
  { name: "PNG of every alpha", extension: "png", make: () => pngOf(translucent) },
  {
    name: "gray PNG with alpha",
    extension: "png",
    make: () => openRaw(translucent).grayscale().png().toBuffer(),
  },
  {
    name: "PNG with an opaque alpha channel",
    extension: "png",
    make: async () => (await asymmetric()).ensureAlpha().png().toBuffer(),
  },
  {
    name: "PNG of every alpha in Display P3",
    extension: "png",
    make: () => openRaw(translucent).withIccProfile("p3").png().toBuffer(),
  },
  {
    name: "PNG with linear samples by gAMA",
    extension: "png",
    make: async () => withChunks(await (await asymmetric()).png().toBuffer(), gamma(1)),
  },
  {
    name: "PNG with gAMA and cHRM",
    extension: "png",
    make: async () => withChunks(await (await asymmetric()).png().toBuffer(), gamma(0.45455), chromaticities),
  },
  { name: "PNG of 16 bits", extension: "png", make: deepPng },
  {
    name: "PNG of one transparent pixel",
    extension: "png",
    make: () => pngOf({ data: Buffer.from([200, 100, 50, 0]), width: 1, height: 1, channels: 4 }),
  },
  {
    name: "still GIF with a transparent colour",
    extension: "gif",
    make: () => openRaw(translucent).gif().toBuffer(),
  },
  {
    name: "TIFF with alpha",
    extension: "tif",
    make: () => openRaw(translucent).tiff({ compression: "deflate", predictor: "horizontal" }).toBuffer(),
  },
];
