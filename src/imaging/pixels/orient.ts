import type { Pixels } from "../model/picture.ts";
import type { Orientation } from "../model/facts.ts";

interface Steps {
  /** Each row from right to left. */
  readonly mirrored: boolean;
  /** The rows from bottom to top. */
  readonly flipped: boolean;
  /** Then rows become columns. */
  readonly transposed: boolean;
}

/** How stored pixels become upright (EXIF 3.0, tag 274: where row 0 and column 0 of the stored picture lie). */
const stepsOf = {
  1: { mirrored: false, flipped: false, transposed: false },
  2: { mirrored: true, flipped: false, transposed: false },
  3: { mirrored: true, flipped: true, transposed: false },
  4: { mirrored: false, flipped: true, transposed: false },
  5: { mirrored: false, flipped: false, transposed: true },
  6: { mirrored: false, flipped: true, transposed: true },
  7: { mirrored: true, flipped: true, transposed: true },
  8: { mirrored: true, flipped: false, transposed: true },
} as const satisfies Record<Orientation, Steps>;

/** Room beside the picture for a transposition: large enough for whole cache lines in each copy, small beside 128 MB. */
const scratchBytes = 1 << 20;

/** More rows at a time gain nothing. */
const maxPanelRows = 64;

/**
 * Turns a picture upright, in place: the result uses the buffer of the given pixels, which must not be used afterwards,
 * with the sides exchanged for orientations 5 to 8. Takes at most 2 MB beside the picture.
 */
export function orientPixels(pixels: Pixels, orientation: Orientation): Pixels {
  const { data, width, height } = pixels;
  const { mirrored, flipped, transposed } = stepsOf[orientation];
  const words = new Uint32Array(data.buffer, data.byteOffset, width * height);
  if (mirrored && flipped) words.reverse();
  else if (mirrored) for (let at = 0; at < words.length; at += width) words.subarray(at, at + width).reverse();
  else if (flipped) flipRows(words, width);
  if (!transposed) return pixels;
  transpose(words, width, height);
  return { data, width: height, height: width };
}

function flipRows(words: Uint32Array, width: number): void {
  const row = new Uint32Array(width);
  for (let top = 0, bottom = words.length - width; top < bottom; top += width, bottom -= width) {
    row.set(words.subarray(top, top + width));
    words.copyWithin(top, bottom, bottom + width);
    words.set(row, bottom);
  }
}

/**
 * Transposes in place. Panels of a few rows are transposed one by one through the scratch room, which leaves a matrix of
 * column pieces, one row per panel; transposing that by following its cycles moves whole pieces, not pixels. The rows
 * that do not fill a panel wait aside and are put in at the end of each column.
 */
function transpose(words: Uint32Array, width: number, height: number): void {
  if (width === 1 || height === 1) return;
  const scratchRows = Math.max(1, Math.floor(scratchBytes / 4 / width));
  const panelRows = Math.min(height, maxPanelRows, scratchRows);
  const panels = Math.floor(height / panelRows);
  const panelWords = panelRows * width;
  const fullRows = panels * panelRows;
  const restRows = height - fullRows;

  const scratch = new Uint32Array(panelWords);
  for (let at = 0; at < panels * panelWords; at += panelWords) {
    scratch.set(words.subarray(at, at + panelWords));
    transposeInto(words, at, scratch, width, panelRows);
  }
  if (restRows > 0) {
    const stored = words.slice(panels * panelWords);
    transposeInto(scratch, 0, stored, width, restRows);
  }
  transposePieces(words, panels, width, panelRows);
  if (restRows === 0) return;
  for (let column = width - 1; column >= 0; column--) {
    words.copyWithin(column * height, column * fullRows, (column + 1) * fullRows);
    words.set(scratch.subarray(column * restRows, (column + 1) * restRows), column * height + fullRows);
  }
}

/** Writes the columns of `source` (rows of `width` words) one after the other. */
function transposeInto(target: Uint32Array, start: number, source: Uint32Array, width: number, rows: number): void {
  let to = start;
  for (let column = 0; column < width; column++)
    for (let row = 0, from = column; row < rows; row++, from += width) target[to++] = source[from];
}

/** Transposes a matrix of pieces of `length` words in place (Knuth, The Art of Computer Programming 1, §1.3.3 ex. 12). */
function transposePieces(words: Uint32Array, rows: number, columns: number, length: number): void {
  if (rows === 1 || columns === 1) return;
  const count = rows * columns;
  const moved = new Uint8Array((count + 7) >> 3);
  const first = new Uint32Array(length);
  for (let start = 1; start < count - 1; start++) {
    if ((moved[start >> 3] & (1 << (start & 7))) !== 0) continue;
    first.set(words.subarray(start * length, (start + 1) * length));
    let to = start;
    for (;;) {
      moved[to >> 3] |= 1 << (to & 7);
      const from = (to % rows) * columns + Math.floor(to / rows);
      if (from === start) break;
      words.copyWithin(to * length, from * length, (from + 1) * length);
      to = from;
    }
    words.set(first, to * length);
  }
}
