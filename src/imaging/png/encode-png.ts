import type { Pixels } from "../model/picture.ts";
import { deflateZlib } from "../bytes/deflate.ts";
import { writePng } from "./chunks.ts";
import { choosePngLayout, type PngLayout, unpackColour } from "./layout.ts";
import { filterRows } from "./rows.ts";

/**
 * A PNG of exactly these pixels in the smallest colour type that holds them, without any ancillary chunk but tRNS. The
 * rows are filtered here and go piece by piece through the runtime's own zlib (level 6), so that beside the picture
 * only the compressed bytes are held, twice while the file is put together.
 *
 * @param pause awaited now and then, so that other work is not held up
 */
export async function encodePng(
  pixels: Pixels,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Uint8Array<ArrayBuffer>> {
  const layout = choosePngLayout(pixels);
  const { colourType, bitDepth } = layout;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, pixels.width);
  view.setUint32(4, pixels.height);
  // Compression, filter method and interlace stay 0 (PNG 3rd edition §11.2.1).
  header.set([bitDepth, colourType], 8);
  return writePng([
    { type: "IHDR", data: [header] },
    ...paletteChunks(layout),
    { type: "IDAT", data: await deflateZlib(filterRows(pixels, layout), pause) },
  ]);
}

function paletteChunks({ palette }: PngLayout): { type: string; data: Uint8Array[] }[] {
  if (palette === undefined) return [];
  const colours = [...palette.keys()].map(unpackColour);
  const alpha = colours.map((colour) => colour[3]).filter((value) => value !== 255);
  const chunks = [{ type: "PLTE", data: [Uint8Array.from(colours.flatMap((colour) => colour.slice(0, 3)))] }];
  // Colours with transparency come first, so that tRNS ends with the last of them (§11.3.1.1).
  if (alpha.length > 0) chunks.push({ type: "tRNS", data: [Uint8Array.from(alpha)] });
  return chunks;
}
