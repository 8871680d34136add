import { colourModelOf } from "../colour-model.ts";
import type { ColourModel } from "../colour-model.ts";
import { unsupportedJpeg } from "../error.ts";
import type { JpegFrame } from "../frame.ts";
import type { Steps } from "../../steps.ts";
import { estimateSampleMemory, streamSamples } from "./read-samples.ts";
import { convertYcbcrRow } from "./ycbcr.ts";

/** Writes one row of pixels; the fourth byte of each is left as it is. */
type RowWriter = (samples: readonly Uint8Array[], width: number, output: Uint8ClampedArray, offset: number) => void;

const writers: Readonly<Partial<Record<ColourModel, RowWriter>>> = {
  gray: writeGrayRow,
  rgb: writeRgbRow,
  ycbcr: convertYcbcrRow,
};

/** Takes one row of the picture: RGBA from `start` on, which is overwritten after the call unless it is the caller's own. */
export type RgbaRowConsumer = (row: number, pixels: Uint8ClampedArray, start: number) => void;

/**
 * Decodes a gray, RGB or YCbCr JPEG to RGBA, 4 bytes per pixel and opaque, row by row and not turned: the very pixels
 * of libjpeg's default decoder. Throws an `ImagingError`, also for CMYK.
 */
export function* decodeRgba(bytes: Uint8Array, frame: JpegFrame): Steps<Uint8ClampedArray<ArrayBuffer>> {
  const { width, height } = frame;
  const pixels = new Uint8ClampedArray(4 * width * height);
  yield* writeRows(bytes, frame, pixels, (row) => 4 * width * row);
  return pixels;
}

/** The same, of which one row is held at a time. */
export function* streamRgba(bytes: Uint8Array, frame: JpegFrame, consume: RgbaRowConsumer): Steps<void> {
  const line = new Uint8ClampedArray(4 * frame.width);
  yield* writeRows(bytes, frame, line, () => 0, consume);
}

function* writeRows(
  bytes: Uint8Array,
  frame: JpegFrame,
  pixels: Uint8ClampedArray,
  startOf: (row: number) => number,
  consume?: RgbaRowConsumer,
): Steps<void> {
  const writeRow = writers[colourModelOf(frame)];
  if (writeRow === undefined) throw unsupportedJpeg("components");
  const { width } = frame;
  yield* streamSamples(bytes, frame, (row, samples) => {
    const start = startOf(row);
    // Opaque; the rest is overwritten. A whole picture at once would take too long for one step.
    pixels.fill(255, start, start + 4 * width);
    writeRow(samples, width, pixels, start);
    consume?.(row, pixels, start);
  });
}

/** Bytes that `decodeRgba()` allocates at its peak, result included and the file not. */
export function estimateRgbaMemory(frame: JpegFrame): number {
  return estimateSampleMemory(frame) + 4 * frame.width * frame.height;
}

function writeGrayRow([gray]: readonly Uint8Array[], width: number, output: Uint8ClampedArray, offset: number): void {
  for (let x = 0, at = offset; x < width; x++, at += 4) {
    const sample = gray[x];
    output[at] = sample;
    output[at + 1] = sample;
    output[at + 2] = sample;
  }
}

function writeRgbRow(
  [red, green, blue]: readonly Uint8Array[],
  width: number,
  output: Uint8ClampedArray,
  offset: number,
): void {
  for (let x = 0, at = offset; x < width; x++, at += 4) {
    output[at] = red[x];
    output[at + 1] = green[x];
    output[at + 2] = blue[x];
  }
}
