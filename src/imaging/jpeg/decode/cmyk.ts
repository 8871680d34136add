import { colourModelOf } from "../colour-model.ts";
import { unsupportedJpeg } from "../error.ts";
import type { JpegFrame } from "../frame.ts";
import type { Steps } from "../../steps.ts";
import { estimateSampleMemory, streamSamples } from "./read-samples.ts";
import { convertYcbcrRow } from "./ycbcr.ts";

/** Pixels per strip: large enough that a conversion's overhead per call does not count, small enough for any memory. */
const stripPixels = 65_536;

/**
 * Takes `rowCount` rows of a CMYK picture, top to bottom, beginning with `firstRow`: 4 bytes per pixel, cyan, magenta,
 * yellow and black, 0 for no ink and 255 for full ink. The array is overwritten after the call.
 */
export type CmykConsumer = (firstRow: number, rowCount: number, cmyk: Uint8Array) => void;

/**
 * Decodes a JPEG of four components to CMYK, in strips of some 65,536 pixels. Without an Adobe marker or with transform
 * 0 the samples are inverted CMYK, as Adobe's programs store it and browsers read it; with another transform they are
 * YCCK: YCbCr of the complements of inverted C, M and Y, and inverted K.
 *
 * A fault may show only after strips were handed on: nothing may be done with them before this returns. Throws
 * an `ImagingError`, also for other numbers of components.
 */
export function* decodeCmyk(bytes: Uint8Array, frame: JpegFrame, consume: CmykConsumer): Steps<void> {
  const model = colourModelOf(frame);
  if (model !== "cmyk" && model !== "ycck") throw unsupportedJpeg("components");
  const { width, height } = frame;
  const stripRows = rowsPerStrip(frame);
  const strip = new Uint8ClampedArray(4 * width * stripRows);
  const cmyk = new Uint8Array(strip.buffer);
  const convertRow = model === "cmyk" ? invertRow : convertYcckRow;
  yield* streamSamples(bytes, frame, (row, samples) => {
    const stripRow = row % stripRows;
    convertRow(samples, width, strip, 4 * width * stripRow);
    if (stripRow + 1 < stripRows && row + 1 < height) return;
    const rowCount = stripRow + 1;
    consume(row - stripRow, rowCount, cmyk.subarray(0, 4 * width * rowCount));
  });
}

/** Bytes that `decodeCmyk()` allocates at its peak, from the header alone; the file is not counted. */
export function estimateCmykMemory(frame: JpegFrame): number {
  return estimateSampleMemory(frame) + 4 * frame.width * rowsPerStrip(frame);
}

function rowsPerStrip({ width, height }: JpegFrame): number {
  return Math.min(Math.max(1, Math.floor(stripPixels / width)), height);
}

function invertRow(
  [cyan, magenta, yellow, black]: readonly Uint8Array[],
  width: number,
  output: Uint8ClampedArray,
  offset: number,
): void {
  for (let x = 0, at = offset; x < width; x++, at += 4) {
    output[at] = 255 - cyan[x];
    output[at + 1] = 255 - magenta[x];
    output[at + 2] = 255 - yellow[x];
    output[at + 3] = 255 - black[x];
  }
}

function convertYcckRow(
  samples: readonly Uint8Array[],
  width: number,
  output: Uint8ClampedArray,
  offset: number,
): void {
  convertYcbcrRow(samples, width, output, offset);
  const black = samples[3];
  for (let x = 0, at = offset + 3; x < width; x++, at += 4) output[at] = 255 - black[x];
}
