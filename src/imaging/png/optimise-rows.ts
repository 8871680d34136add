import { deflateZlib } from "../bytes/deflate.ts";
import { releaseBuffers } from "../bytes/release.ts";
import { ImagingError } from "../model/error.ts";
import { type Pause, runInSteps } from "../steps.ts";
import { readPngChunks, writePng } from "./chunks.ts";
import { searchPngDamage } from "./damage.ts";
import { applyFilter, chooseFilter } from "./rows.ts";
import { readPngRowFormat, readPngRows } from "./stream-rows.ts";

/** Filtered rows are handed over in pieces of about this size: few calls into the compressor, little memory. */
const pieceBytes = 65_536;
/** A narrow row takes as long as so many bytes. */
const bytesOfRow = 64;

/**
 * The same samples with filters chosen row by row, and deflated by the runtime's zlib; all other chunks stay as they are. Holds some
 * rows beside the file and the result, this twice while it is put together: for pictures that are too large for oxipng. Much smaller where rows
 * were not filtered at all, as many programs leave them.
 *
 * @throws ImagingError `damaged`; `unsupported` for interlaced and animated PNGs
 */
export async function optimisePngRows(bytes: Uint8Array, pause: Pause): Promise<Uint8Array<ArrayBuffer>> {
  const damage = await runInSteps(searchPngDamage(bytes), pause);
  if (damage !== undefined) throw new ImagingError("damaged", "png", damage);
  const data = await deflateZlib(filterAgain(bytes), () => pause());
  let isWritten = false;
  const chunks = [...readPngChunks(bytes)].flatMap((chunk) => {
    if (chunk.type === "IEND" || (chunk.type === "IDAT" && isWritten)) return [];
    if (chunk.type !== "IDAT") return [{ type: chunk.type, data: [chunk.data] }];
    isWritten = true;
    return [{ type: "IDAT", data }];
  });
  const file = writePng(chunks);
  releaseBuffers(data);
  return file;
}

function* filterAgain(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
  const { bitDepth, colourType, rowBytes, pixelBytes } = readPngRowFormat(bytes);
  // Palette indices and packed samples stay unfiltered (PNG 3rd edition §12.7).
  const isFiltered = colourType !== 3 && bitDepth >= 8;
  const full: Uint8Array<ArrayBuffer>[] = [];
  const rowsPerPiece = Math.max(1, Math.floor(pieceBytes / (rowBytes + bytesOfRow)));
  let piece = new Uint8Array(rowsPerPiece * (rowBytes + 1));
  let at = 0;
  const reading = readPngRows(bytes, (row, above) => {
    const filter = isFiltered ? chooseFilter(row, above, pixelBytes) : 0;
    piece[at] = filter;
    applyFilter(filter, row, above, pixelBytes, piece, at + 1);
    at += rowBytes + 1;
    if (at < piece.length) return;
    full.push(piece);
    piece = new Uint8Array(piece.length);
    at = 0;
  });
  for (const _ of reading) yield* full.splice(0);
  yield* full;
  yield piece.slice(0, at);
}
