import type { AnimationFacts } from "../model/facts.ts";
import { framesPerTrial } from "../webp/frame-painter.ts";
import type { Cost } from "./predict.ts";

/**
 * What the frames of a GIF cost as lossless WebP. How hard a frame is to compress shows in the bytes that the GIF
 * spends on it, so time follows both pixels and bytes. Measured with animations of photographs (with and without
 * dithering), screen recordings, noise of up to 4096 colours, gradients and patterns of 0.08 to 2 MP, workerd
 * 1.20261023.1, two cores, 22 November 2026; careful like the other rows.
 */
const costs = {
  /** Starting the encoder, and code that is not optimised yet. */
  startMs: 50,
  msPerFrame: 4,
  /** LZW and painting. */
  msPerStoredMegapixel: 25,
  /** Remembering the picture that is shown. */
  msPerCanvasMegapixel: 3,
  msPerChangedMegapixel: 100,
  msPerSourceMegabyte: 1300,
  /** Noise, and more than 256 colours. */
  mostMsPerChangedMegapixel: 1050,
  floorBytes: 2.5e6,
  baseBytes: 1.6e6,
  bytesPerPixel: 41,
} as const;

/** The canvas, the picture that is shown, and what a frame covers that is undone later; one word per pixel each. */
const ownBytesPerPixel = 12;
/** One index per pixel of the largest frame, not always inside the canvas. */
const indexBytesPerPixel = 1;
/** The new file, and its parts until it is complete; the work ends when they are larger than the GIF. */
const outputCopies = 2;

/** Side of the blocks in which the encoder looks at a picture. */
const block = 16;

/** Longest side that libwebp encodes. */
const longestSide = 16_383;

/** Making an animated WebP of a GIF of `sourceBytes`, decoding it included; both `Infinity` for what must not be tried. */
export function predictAnimation(
  { width, height }: { readonly width: number; readonly height: number },
  { frames, storedPixels, largestFramePixels, changedPixels }: AnimationFacts,
  sourceBytes: number,
): Cost {
  if (Math.max(width, height) > longestSide) return { ms: Infinity, peakBytes: Infinity };
  const pixels = width * height;
  // A frame of one column takes the encoder as long as one of sixteen.
  const codedShare = (Math.ceil(width / block) * block * Math.ceil(height / block) * block) / pixels;
  const encodeMs =
    codedShare *
    Math.min(
      (costs.msPerChangedMegapixel * changedPixels + costs.msPerSourceMegabyte * sourceBytes) / 1e6,
      (costs.mostMsPerChangedMegapixel * changedPixels) / 1e6,
    );
  const ms =
    costs.startMs +
    frames * (costs.msPerFrame + (costs.msPerCanvasMegapixel * pixels) / 1e6) +
    (costs.msPerStoredMegapixel * storedPixels) / 1e6 +
    encodeMs * (1 + 1 / framesPerTrial);
  const wasmBytes = Math.max(costs.floorBytes, costs.baseBytes + costs.bytesPerPixel * pixels);
  const peakBytes =
    wasmBytes + ownBytesPerPixel * pixels + indexBytesPerPixel * largestFramePixels + (1 + outputCopies) * sourceBytes;
  return { ms, peakBytes };
}
