import { crc32 } from "../bytes/crc32.ts";
import { packColour } from "./layout.ts";
import { readPngChunks } from "./chunks.ts";

const entryBytes = 3;
const indexed = 3;

/** A palette in which the indices that a file must not use have a colour of their own. */
export interface MarkedPalette {
  /** The whole chunk (PNG 3rd edition §5.3). */
  readonly chunk: Uint8Array;
  /** As `packColour()` writes it, opaque. */
  readonly marker: number;
}

/**
 * A palette that has fewer colours than the indices of its depth could name, filled up with one that it does not have. An
 * index beyond the palette is an error (§11.2.2), about which browsers disagree, and which decoders do not report: they show black.
 * @returns undefined for a picture without a palette, and where every index has a colour
 */
export function markUnusedColours(bytes: Uint8Array): MarkedPalette | undefined {
  let bitDepth = 0;
  for (const { type, data } of readPngChunks(bytes)) {
    if (type === "IHDR") {
      if (data[9] !== indexed) return undefined;
      bitDepth = data[8] ?? 0;
    }
    if (type === "IDAT") return undefined;
    if (type === "PLTE") return data.length < 2 ** bitDepth * entryBytes ? fillUp(data, 2 ** bitDepth) : undefined;
  }
  return undefined;
}

function fillUp(palette: Uint8Array, entries: number): MarkedPalette {
  const colours = new Set<number>();
  for (let at = 0; at < palette.length; at += entryBytes) {
    colours.add(packColour(palette[at] ?? 0, palette[at + 1] ?? 0, palette[at + 2] ?? 0, 255));
  }
  // There are fewer colours than grays and one more.
  let gray = 0;
  while (colours.has(packColour(gray, gray, gray, 255))) gray++;
  const length = entries * entryBytes;
  const chunk = new Uint8Array(12 + length).fill(gray);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, length);
  chunk.set([0x50, 0x4c, 0x54, 0x45], 4);
  chunk.set(palette, 8);
  view.setUint32(8 + length, crc32(chunk, 4, 8 + length));
  return { chunk, marker: packColour(gray, gray, gray, 255) };
}
