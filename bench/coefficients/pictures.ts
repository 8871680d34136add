import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp, { type OverlayOptions } from "sharp";

/**
 * `detailed`: many photographs side by side in their own size; `smooth`: six, enlarged to fill the sheet, which is less
 * to code than what a camera of that size takes.
 */
export type Detail = "detailed" | "smooth";

export interface JpegForm {
  readonly progressive: boolean;
  readonly chromaSubsampling: "4:2:0" | "4:4:4";
}

/** A sheet of photographs, 3:2. */
export interface Sheet {
  readonly megapixels: number;
  /** Quality 85. */
  toJpeg(form: JpegForm): Promise<Uint8Array>;
}

const photosFolder = fileURLToPath(new URL("../../demo/public/photos/", import.meta.url));
const enlarged = { columns: 3, rows: 2 } as const;
/** The smallest photograph of the demo is 500 pixels wide and high. */
const tileEdge = 480;

/** Makes a sheet of the demo's photographs, since the work depends on content and one photograph would not be typical. */
export async function makeSheet(megapixels: number, detail: Detail): Promise<Sheet> {
  const photos = readdirSync(photosFolder)
    .filter((name) => name.endsWith(".jpg"))
    .toSorted()
    .map((name) => `${photosFolder}${name}`);
  const width = Math.round(Math.sqrt(megapixels * 1.5e6));
  const height = Math.round((megapixels * 1e6) / width);
  const columns = detail === "smooth" ? enlarged.columns : Math.ceil(width / tileEdge);
  const rows = detail === "smooth" ? enlarged.rows : Math.ceil(height / tileEdge);
  const tile = { width: Math.ceil(width / columns), height: Math.ceil(height / rows), channels: 3 } as const;
  const tiles = await Promise.all(
    photos.map((photo) => {
      const image = sharp(photo).toColourspace("srgb");
      const sized =
        detail === "smooth"
          ? image.resize(tile.width, tile.height, { fit: "cover" })
          : image.extract({ left: 0, top: 0, width: tile.width, height: tile.height });
      return sized.raw().toBuffer();
    }),
  );
  const overlays = Array.from({ length: columns * rows }, (_, index): OverlayOptions => ({
    input: tiles[index % tiles.length],
    raw: tile,
    left: (index % columns) * tile.width,
    top: Math.floor(index / columns) * tile.height,
  }));
  const sheet = { width: tile.width * columns, height: tile.height * rows, channels: 3 } as const;
  const data = await sharp({ create: { ...sheet, background: "black" } })
    .composite(overlays)
    // Composing adds it.
    .removeAlpha()
    .raw()
    .toBuffer();
  return {
    megapixels: (sheet.width * sheet.height) / 1e6,
    toJpeg: async (form) => {
      const jpeg = await sharp(data, { raw: sheet })
        .jpeg({ quality: 85, ...form })
        .toBuffer();
      return new Uint8Array(jpeg);
    },
  };
}
