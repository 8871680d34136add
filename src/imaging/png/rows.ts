import type { Pixels } from "../model/picture.ts";
import { packColour, type PngLayout } from "./layout.ts";

/** Filtered rows are handed over in pieces of about this size: few calls into the compressor, little memory. */
const pieceBytes = 65_536;

const channelsOf = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const satisfies Record<PngLayout["colourType"], number>;

/** Filter types (PNG 3rd edition, Table 9). */
const none = 0;
const sub = 1;
const up = 2;
const average = 3;
const paeth = 4;

/**
 * The rows of a picture as PNG compresses them: a filter type and then the filtered samples, in pieces of whole rows.
 * Palette indices and packed samples stay unfiltered; other rows take the filter whose output, read as signed bytes,
 * has the smallest sum of absolute values (PNG 3rd edition §12.7 recommends both). Each piece is an array of its own.
 */
export function* filterRows(pixels: Pixels, layout: PngLayout): Generator<Uint8Array<ArrayBuffer>> {
  const channels = channelsOf[layout.colourType];
  const rowBytes = Math.ceil((pixels.width * channels * layout.bitDepth) / 8);
  const rowsPerPiece = Math.max(1, Math.floor(pieceBytes / (rowBytes + 1)));
  const filtered = layout.colourType !== 3 && layout.bitDepth === 8;
  // Zeros to the left and above replace pixels outside of the picture (§9.2).
  let previous = new Uint8Array(channels + rowBytes);
  let current = new Uint8Array(channels + rowBytes);
  for (let from = 0; from < pixels.height; from += rowsPerPiece) {
    const rows = Math.min(rowsPerPiece, pixels.height - from);
    const piece = new Uint8Array(rows * (rowBytes + 1));
    for (let row = 0, at = 0; row < rows; row++, at += rowBytes + 1) {
      fillRow(current, channels, pixels, from + row, layout);
      const filter = filtered ? chooseFilter(current, previous, channels) : none;
      piece[at] = filter;
      applyFilter(filter, current, previous, channels, piece, at + 1);
      [previous, current] = [current, previous];
    }
    yield piece;
  }
}

/** Puts the samples of row `y` after the first `left` bytes of `row`. */
function fillRow(row: Uint8Array, left: number, { data, width }: Pixels, y: number, layout: PngLayout): void {
  const { colourType, bitDepth, palette } = layout;
  const start = 4 * width * y;
  if (colourType === 0 || colourType === 3) {
    const shift = 8 - bitDepth;
    row.fill(0, left);
    for (let x = 0, at = start; x < width; x++, at += 4) {
      const sample = palette === undefined ? (data[at] ?? 0) >> shift : (palette.get(colourAt(data, at)) ?? 0);
      const bit = x * bitDepth;
      const to = left + (bit >> 3);
      // The leftmost pixel is in the high bits (§7.2).
      row[to] = (row[to] ?? 0) | (sample << (shift - (bit & 7)));
    }
    return;
  }
  const isColour = colourType !== 4;
  const hasAlpha = colourType !== 2;
  for (let x = 0, at = start, to = left; x < width; x++, at += 4) {
    row[to++] = data[at] ?? 0;
    if (isColour) {
      row[to++] = data[at + 1] ?? 0;
      row[to++] = data[at + 2] ?? 0;
    }
    if (hasAlpha) row[to++] = data[at + 3] ?? 0;
  }
}

function colourAt(data: Uint8ClampedArray, at: number): number {
  return packColour(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0, data[at + 3] ?? 0);
}

/** The filter of a row, see `filterRows()`; both rows begin with `step` zeros, the bytes of a pixel. */
export function chooseFilter(current: Uint8Array, previous: Uint8Array, step: number): number {
  let sumNone = 0;
  let sumSub = 0;
  let sumUp = 0;
  let sumAverage = 0;
  let sumPaeth = 0;
  for (let at = step; at < current.length; at++) {
    const sample = current[at] ?? 0;
    const left = current[at - step] ?? 0;
    const above = previous[at] ?? 0;
    sumNone += magnitudeOf(sample);
    sumSub += magnitudeOf(sample - left);
    sumUp += magnitudeOf(sample - above);
    sumAverage += magnitudeOf(sample - ((left + above) >> 1));
    sumPaeth += magnitudeOf(sample - predictPaeth(left, above, previous[at - step] ?? 0));
  }
  const smallest = Math.min(sumNone, sumSub, sumUp, sumAverage, sumPaeth);
  return [sumNone, sumSub, sumUp, sumAverage, sumPaeth].indexOf(smallest);
}

/** The distance from zero of a byte that is read as signed. */
function magnitudeOf(difference: number): number {
  const signed = (difference << 24) >> 24;
  return signed < 0 ? -signed : signed;
}

/** PNG 3rd edition §9.4. */
export function predictPaeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** PNG 3rd edition §9.2. A `Uint8Array` keeps the differences modulo 256. */
export function applyFilter(
  filter: number,
  current: Uint8Array,
  previous: Uint8Array,
  step: number,
  output: Uint8Array,
  start: number,
): void {
  const shift = start - step;
  switch (filter) {
    case sub:
      for (let at = step; at < current.length; at++)
        output[shift + at] = (current[at] ?? 0) - (current[at - step] ?? 0);
      return;
    case up:
      for (let at = step; at < current.length; at++) output[shift + at] = (current[at] ?? 0) - (previous[at] ?? 0);
      return;
    case average:
      for (let at = step; at < current.length; at++)
        output[shift + at] = (current[at] ?? 0) - (((current[at - step] ?? 0) + (previous[at] ?? 0)) >> 1);
      return;
    case paeth:
      for (let at = step; at < current.length; at++)
        output[shift + at] =
          (current[at] ?? 0) - predictPaeth(current[at - step] ?? 0, previous[at] ?? 0, previous[at - step] ?? 0);
      return;
    default:
      output.set(current.subarray(step), start);
  }
}
