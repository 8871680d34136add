/** Makes pictures for tests in workerd, where no image library is. */
import sharp from "sharp";
import type { TestProject } from "vitest/node";
import { animation, photo, photoPng, pngOf, transparency } from "./pictures.ts";
import type { PictureName } from "./provided.ts";

const makers: Readonly<Record<PictureName, () => Promise<Uint8Array>>> = {
  photo: () => photo(1, 192, 128),
  changed: () => photo(50, 192, 128),
  third: () => photo(20, 192, 128),
  fourth: () => photo(35, 192, 128),
  poor: async () =>
    sharp(await photo(1, 192, 128))
      .jpeg({ quality: 40, progressive: true, optimiseScans: true })
      .toBuffer(),
  "120 × 80": () => photo(1, 120, 80),
  "240 × 160": () => photo(1, 240, 160),
  "360 × 240": () => photo(1, 360, 240),
  photoPng: () => photoPng(1, 192, 128),
  "PNG of 120 × 80": () => photoPng(1, 120, 80),
  "PNG of 240 × 160": () => photoPng(1, 240, 160),
  logo: () => pngOf(transparency(120, 90)),
  webp: async () =>
    sharp(await photo(1, 192, 128))
      .webp({ quality: 80 })
      .toBuffer(),
  "lossless WebP": async () =>
    sharp(await photo(1, 192, 128))
      .webp({ lossless: true })
      .toBuffer(),
  "WebP with alpha": async () =>
    sharp(await pngOf(transparency(120, 90)))
      .webp({ quality: 80 })
      .toBuffer(),
  avif: async () =>
    sharp(await photo(1, 192, 128))
      .avif({ quality: 60, effort: 0 })
      .toBuffer(),
  // Whose picture is called a grid.
  "grid AVIF": async () => {
    const file = await sharp(await photo(1, 192, 128))
      .avif({ quality: 60, effort: 0 })
      .toBuffer();
    file.write("grid", file.indexOf("av01"));
    return file;
  },
  moving: () => animation("gif"),
  tiff: async () =>
    sharp(await photo(1, 192, 128))
      .tiff({ compression: "lzw" })
      .toBuffer(),
  cmyk: async () =>
    sharp(await photo(1, 192, 128))
      .toColourspace("cmyk")
      .jpeg({ quality: 90 })
      .toBuffer(),
};

export async function setup(project: TestProject): Promise<void> {
  const made = await Promise.all(
    Object.entries(makers).map(async ([name, make]) => [name, Buffer.from(await make()).toString("base64")]),
  );
  project.provide("pictures", Object.fromEntries(made) as Record<PictureName, string>);
}
