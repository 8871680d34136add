import kernel from "../../../wasm/built/webp-rows.wasm";
import type { Pixels } from "../model/picture.ts";
import type { Steps } from "../steps.ts";
import { encodeWebpRows, WebpRowsEncoder } from "./rows/encode-rows.ts";
import { baseIndexOfQuality } from "./rows/quality.ts";
import { searchIndex } from "./rows/search-index.ts";

/** How a picture is to come out: see `searchIndex()`. */
export interface LookedFor {
  /** `measureDissimilarity()` that the file is to have against its picture. */
  readonly dissimilarity: number;
  /** No worse than with the quality that was given. */
  readonly isMinimum: boolean;
}

/** A measure that is far off is rather wrong than right, and wrong downwards is seen. Steps of quality. */
const mostStepsDown = 10;
const mostStepsUp = 14;

/**
 * Pixels as lossy WebP, without their alpha.
 * @param quality 0–100, on a scale near libwebp's; with `looked`, where the search for the picture's own begins
 * @throws ImagingError `limit` (sides above 16,383, too much detail)
 */
export function* encodePixelsByRows(
  pixels: Pixels,
  quality: number,
  looked: LookedFor | undefined,
): Steps<Uint8Array<ArrayBuffer>> {
  const guess = baseIndexOfQuality(quality);
  if (looked === undefined) return yield* encodeWebpRows(kernel, pixels, guess);
  const least = baseIndexOfQuality(Math.min(100, quality + mostStepsUp));
  const most = looked.isMinimum ? guess : baseIndexOfQuality(Math.max(0, quality - mostStepsDown));
  const { dissimilarity } = looked;
  return yield* encodeWebpRows(
    kernel,
    pixels,
    yield* searchIndex(kernel, pixels, { guess, least, most, dissimilarity }),
  );
}

/** An encoder that takes the lines of a picture, without alpha. `quality` as above. */
export function createRowsEncoder(size: Pick<Pixels, "width" | "height">, quality: number): WebpRowsEncoder {
  const { width, height } = size;
  return new WebpRowsEncoder(kernel, { width, height, baseIndex: baseIndexOfQuality(quality) });
}
