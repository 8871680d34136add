/** Codecs that a test scripts, and real files that they can give. */
import sharp from "sharp";
import { vi } from "vitest";
import type { Picture } from "../../src/imaging/model/picture.ts";
import type { PixelEngine } from "../../src/imaging/pixel-engine.ts";

export const width = 20;
export const height = 10;

/** Encoded by libvips, so that the guard after the encoder sees real files. */
export async function encodedPicture(
  format: "webp" | "avif" | "png" | "jpeg",
  columns = width,
  rows = height,
): Promise<Uint8Array<ArrayBuffer>> {
  const image = sharp({ create: { width: columns, height: rows, channels: 3, background: "#369" } });
  return Uint8Array.from(await image.toFormat(format).toBuffer());
}

export const webpFile = await encodedPicture("webp");
export const avifFile = await encodedPicture("avif");

/** Opaque and of one colour. */
export function flatPicture(columns = width, rows = height, alpha = 255): Picture {
  const data = new Uint8ClampedArray(4 * columns * rows).map((_, at) => (at % 4 === 3 ? alpha : 100));
  return { pixels: { data, width: columns, height: rows }, profile: undefined };
}

export type ScriptedCodecs = { [Name in keyof PixelEngine]: ReturnType<typeof vi.fn<PixelEngine[Name]>> };

/** Codecs that decode and encode the flat picture; a test changes what it is about. */
export function scriptCodecs(): ScriptedCodecs {
  return {
    decode: vi.fn<PixelEngine["decode"]>(async () => flatPicture()),
    encode: vi.fn<PixelEngine["encode"]>(async (_, { format }) => (format === "webp" ? webpFile : avifFile)),
    decodeVariant: vi.fn<PixelEngine["decodeVariant"]>(async () => flatPicture().pixels),
    streamWebp: vi.fn<PixelEngine["streamWebp"]>(async () => webpFile),
    optimisePng: vi.fn<PixelEngine["optimisePng"]>(async (bytes) => bytes),
    animate: vi.fn<PixelEngine["animate"]>(async () => webpFile),
    holdsPictures: vi.fn<PixelEngine["holdsPictures"]>(() => true),
    liveBytes: vi.fn<PixelEngine["liveBytes"]>(() => 0),
    dropIdle: vi.fn<PixelEngine["dropIdle"]>(),
  };
}
