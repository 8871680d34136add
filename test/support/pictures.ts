/**
 * Pictures made for a test by sharp (libvips), which shares no code with the Worker's codecs, and ways to compare
 * decoded pictures. Deterministic: the same arguments give the same pixels.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { Sharp } from "sharp";

/** The shared corpus beside the checkout, with a slash at the end. */
export const corpus = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
export const hasCorpus = existsSync(`${corpus}MANIFEST.csv`);

export interface Raw {
  /** Row by row, `channels` bytes per pixel. */
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** Every alpha value, with colour under the transparent pixels that a careless encoder would lose. */
export function transparency(width: number, height: number): Raw {
  const data = Buffer.alloc(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[at++] = (x * 5) & 255;
      data[at++] = (y * 7) & 255;
      data[at++] = ((x >> 3) * 31 + (y >> 3) * 17) & 255;
      data[at++] = (x >> 4) % 3 === 0 ? 0 : Math.floor((y * 256) / height);
    }
  }
  return { data, width, height, channels: 4 };
}

const open = ({ data, width, height, channels }: Raw): Sharp => sharp(data, { raw: { width, height, channels } });

/** A PNG as many sites have them: correct and compressed without care. */
export function pngOf(raw: Raw): Promise<Buffer> {
  return open(raw).png({ compressionLevel: 2, adaptiveFiltering: false }).toBuffer();
}

const fixture = fileURLToPath(new URL("../fixtures/stream.jpg", import.meta.url));

/**
 * A real photograph as JPEG of quality 94, 4:2:0, for which AVIF is clearly smaller than WebP and WebP than JPEG. Packed
 * as well as a JPEG can be, so that clients of nothing better get just these bytes. Other seeds (1 to 60) give others.
 */
export function photo(seed = 1, width = 384, height = 256): Promise<Buffer> {
  const packing = { progressive: true, optimiseScans: true } as const;
  return scaled(seed, width, height)
    .jpeg({ quality: 94, chromaSubsampling: "4:2:0", ...packing })
    .toBuffer();
}

/** The same picture as a camera writes it: one scan and the standard's own code tables, so that packing pays. */
export function baselinePhoto(seed = 1, width = 384, height = 256): Promise<Buffer> {
  return scaled(seed, width, height)
    .jpeg({ quality: 88, chromaSubsampling: "4:2:0", optimiseCoding: false })
    .toBuffer();
}

/** The same photograph as PNG, RGB. */
export function photoPng(seed = 1, width = 384, height = 256): Promise<Buffer> {
  return scaled(seed, width, height).png({ compressionLevel: 2, adaptiveFiltering: false }).toBuffer();
}

function scaled(seed: number, width: number, height: number): Sharp {
  return sharp(fixture)
    .resize(width, height, { fit: "fill" })
    .linear(1, seed - 1);
}

export interface Decoded {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bits. */
  readonly data: Buffer;
}

/** Decodes any format that sharp reads. */
export async function decode(bytes: Uint8Array): Promise<Decoded> {
  const { format, compression } = await sharp(bytes).metadata();
  const { data, info } = await sharp(bytes)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return {
    format: format === "heif" && compression === "av1" ? "avif" : format,
    width: info.width,
    height: info.height,
    data,
  };
}

/** Mean absolute difference over all samples, 0 to 255. Throws when the sizes differ. */
export function meanError(a: Decoded, b: Decoded): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new Error(`sizes differ: ${a.width}x${a.height} and ${b.width}x${b.height}`);
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
  return sum / a.data.length;
}

/** Several frames in one file, each a flat colour. */
export async function animation(format: "gif" | "webp", frames = 3, size = 48): Promise<Buffer> {
  const pages = await Promise.all(
    Array.from({ length: frames }, (_, index) =>
      sharp({
        create: { width: size, height: size, channels: 3, background: { r: 40 * index, g: 200 - 30 * index, b: 90 } },
      })
        .png()
        .toBuffer(),
    ),
  );
  const joined = sharp(pages, { join: { animated: true } });
  return format === "gif" ? joined.gif().toBuffer() : joined.webp({ lossless: true }).toBuffer();
}
