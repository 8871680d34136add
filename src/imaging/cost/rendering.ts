import type { ImageFacts } from "../model/facts.ts";
import { type Framing, frameOf, isDrawnByRows, isSmallPng, type Rendering, uprightSize } from "../model/rendering.ts";
import { maxKeptTokens } from "../jpeg/optimise/choose-scans.ts";
import { tapsFor } from "../resample/lanczos.ts";
import { tapsOfSharpening } from "../resample/sharpen.ts";
import { type Cost, predictDecode } from "./predict.ts";

/**
 * Nanoseconds of processor time for a weighted sample, a sample that becomes light, one that is blurred, and a pixel that is
 * encoded (as a JPEG 130, as a PNG up to 500). Measured in Node.js 24 on 29 November 2026, at 0.8 and 3.4 MP to 150, 500 and
 * 1200 pixels.
 */
const nanoseconds = { tap: 1.2, light: 3, blur: 3.5, jpegPixel: 130, pngPixel: 500 } as const;

/** Tables, code and what is not collected yet. */
const fixedBytes = 3e6;

/**
 * Bytes for each pixel of the result: RGBA, and either coefficients that are not 0 and the file, or rows and a compressed
 * copy of the file.
 */
const bytesPerResultPixel = 4 + 12;

/** Drawing the picture of `facts`, whose file is still held, in another size, and encoding it. Both `Infinity` where it cannot be. */
export function predictRendering(facts: ImageFacts, sourceBytes: number, rendering: Rendering): Cost {
  const size = uprightSize(facts);
  const framing = frameOf(rendering, size);
  const pixels = framing.width * framing.height;
  const reading = predictReading(facts, sourceBytes);
  const sharpening = rendering.sharpen === undefined ? 0 : 4 * tapsOfSharpening(rendering.sharpen.radius);
  const encoding = facts.format === "jpeg" ? nanoseconds.jpegPixel : nanoseconds.pngPixel;
  const work =
    weightedSamples(facts, framing, size.width * size.height) + pixels * (sharpening * nanoseconds.blur + encoding);
  // Rows of the source in the width of the result, or of the result in its height where the picture is turned; weights; light.
  const rowBytes = 16 * Math.max(framing.width * tapsFor(framing.scaleY), framing.height * tapsFor(framing.scaleX));
  const blurredBytes = 2 * sharpening * framing.width;
  const weightBytes = 8 * (size.width + size.height) * 4 + 16 * Math.max(size.width, size.height);
  const peakBytes =
    reading.peakBytes +
    pixels * bytesPerResultPixel +
    rowBytes +
    blurredBytes * 4 +
    weightBytes +
    4 * maxKeptTokens +
    fixedBytes;
  return { ms: reading.ms + work / 1e6, peakBytes };
}

function weightedSamples({ alpha }: ImageFacts, framing: Framing, sourcePixels: number): number {
  const { width, height, scaleX, scaleY } = framing;
  const across = width * tapsFor(scaleX) * height * scaleY;
  const down = width * height * tapsFor(scaleY);
  return (alpha ? 4 : 3) * ((across + down) * nanoseconds.tap + sourcePixels * nanoseconds.light);
}

/** What reading the source takes: by rows where that is possible, or decoded. */
function predictReading(facts: ImageFacts, sourceBytes: number): Cost {
  const decode = predictDecode(facts, sourceBytes);
  if (!isDrawnByRows(facts)) return decode;
  // Encoding rows as WebP takes more than drawing them.
  if (facts.format === "jpeg") {
    return { ms: decode.ms, peakBytes: (facts.jpeg.recompress?.streamedWebpBytes ?? Infinity) + sourceBytes };
  }
  const rowsBytes = 2 * sourceBytes + 24 * (facts.width ?? 0);
  // An interlaced one is decoded whole after all.
  return { ms: 2 * decode.ms, peakBytes: isSmallPng(facts) ? Math.max(decode.peakBytes, rowsBytes) : rowsBytes };
}
