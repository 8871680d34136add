import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { RawPicture } from "./launch.ts";

/** One test picture in every form that a case starts from. */
export interface BenchPicture extends RawPicture {
  readonly megapixels: number;
  readonly jpeg: Buffer;
  readonly progressiveJpeg: Buffer;
  readonly png: Buffer;
}

const photosFolder = fileURLToPath(new URL("../../demo/public/photos/", import.meta.url));
const columns = 3;
const rows = 2;

/**
 * A sheet of six demo photographs at about the wanted size, 3:2. Six, because encoders' time depends on content and one
 * photograph would speak for itself only.
 */
export async function makePicture(megapixels: number): Promise<BenchPicture> {
  const files = readdirSync(photosFolder)
    .filter((name) => name.endsWith(".jpg"))
    .toSorted()
    .slice(0, columns * rows);
  if (files.length < columns * rows) throw new Error("demo/public/photos holds fewer than six photographs");
  const tileWidth = Math.round(Math.sqrt(megapixels * 1.5e6) / columns);
  const tileHeight = Math.round((megapixels * 1e6) / (tileWidth * columns * rows));
  const tiles = await Promise.all(
    files.map(async (name, index) => ({
      input: await sharp(`${photosFolder}${name}`).resize(tileWidth, tileHeight, { fit: "cover" }).png().toBuffer(),
      left: (index % columns) * tileWidth,
      top: Math.floor(index / columns) * tileHeight,
    })),
  );
  const [width, height] = [tileWidth * columns, tileHeight * rows];
  const sheet = await sharp({ create: { width, height, channels: 3, background: "black" } })
    .composite(tiles)
    .png()
    .toBuffer();
  return {
    data: await sharp(sheet).ensureAlpha().raw().toBuffer(),
    width,
    height,
    megapixels: (width * height) / 1e6,
    jpeg: await sharp(sheet).jpeg({ quality: 85 }).toBuffer(),
    progressiveJpeg: await sharp(sheet).jpeg({ quality: 85, progressive: true }).toBuffer(),
    png: sheet,
  };
}
