import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp, { type Sharp } from "sharp";
import type { RawPicture } from "./launch.ts";

/** The files that a decoder starts from. */
const forms = {
  jpeg: (sheet) => sheet.jpeg({ quality: 85 }),
  "progressive jpeg": (sheet) => sheet.jpeg({ quality: 85, progressive: true }),
  png: (sheet) => sheet.png(),
  gif: (sheet) => sheet.gif({ effort: 1, dither: 0 }),
  "tiff of lzw": (sheet) => sheet.tiff({ compression: "lzw", predictor: "horizontal" }),
  "tiff of jpeg": (sheet) => sheet.tiff({ compression: "jpeg", quality: 85 }),
  "webp of VP8": (sheet) => sheet.webp({ quality: 85, effort: 2 }),
  "webp of VP8L": (sheet) => sheet.webp({ lossless: true, effort: 0 }),
  "avif of 8 bits": (sheet) => sheet.avif({ quality: 60, effort: 0 }),
  "avif of 10 bits": (sheet) => sheet.avif({ quality: 60, effort: 0, bitdepth: 10 }),
} as const satisfies Record<string, (sheet: Sharp) => Sharp>;

export type PictureForm = keyof typeof forms;

/** One test picture, and the file of it in any form that a case starts from. */
export interface BenchPicture extends RawPicture {
  readonly megapixels: number;
  fileAs(form: PictureForm): Promise<Buffer>;
}

const photosFolder = fileURLToPath(new URL("../../demo/public/photos/", import.meta.url));
const columns = 3;
const rows = 2;

/**
 * A sheet of six demo photographs at about the wanted size, 3:2. Six, because encoders' time depends on content and one
 * photograph would not be typical.
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
    .removeAlpha()
    .png()
    .toBuffer();
  return {
    data: await sharp(sheet).ensureAlpha().raw().toBuffer(),
    width,
    height,
    megapixels: (width * height) / 1e6,
    fileAs: (form) => forms[form](sharp(sheet)).toBuffer(),
  };
}
