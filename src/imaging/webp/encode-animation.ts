import { describeThrown, ImagingError } from "../model/error.ts";
import { maxAnimationFrames, measureAnimation } from "../gif/animation-facts.ts";
import { type Gif, readGif } from "../gif/read-gif.ts";
import { animateGif } from "./animate-gif.ts";
import type { LibwebpSettings } from "./encode.ts";
import type { Pixels } from "../model/picture.ts";

/** Makes a still WebP of one frame. */
type EncodeFrame = (pixels: Pixels, settings: LibwebpSettings) => Promise<Uint8Array<ArrayBuffer>>;

/** What one animation may take, whatever was predicted of it. */
export interface AnimationLimits {
  readonly maxFrames: number;
  /** Also of a single frame, which may be larger. */
  readonly maxCanvasPixels: number;
  /** All frames together, as the file stores them. */
  readonly maxStoredPixels: number;
  /** The work ends when the file becomes larger; the GIF's size spares useless work. */
  readonly maxOutputBytes: number;
}

/** Beyond any of these a job of 20 s in 96 MB cannot be had, or only for a crafted file. */
export const animationLimits = {
  maxFrames: maxAnimationFrames,
  maxCanvasPixels: 2_000_000,
  maxStoredPixels: 100_000_000,
} as const satisfies Omit<AnimationLimits, "maxOutputBytes">;

/**
 * Lossless at effort 2: higher efforts take up to three times as long for 2 % of the bytes, lower ones know no
 * palettes.
 */
const animationSettings = { format: "webp", lossless: true, effort: 2 } as const satisfies LibwebpSettings;

/**
 * An animated WebP of a GIF, or undefined above `maxOutputBytes`; see `animateGif()`. Gives way to other work after each frame.
 *
 * @param encode called once for each frame that changes anything, twice for some
 * @throws ImagingError for a GIF that is damaged, shown differently by browsers, or beyond the
 *   limits, all but damaged pixel data before anything is decoded; of kind `codec` when the encoder fails
 */
export async function encodeAnimatedWebp(
  bytes: Uint8Array,
  limits: AnimationLimits,
  encode: EncodeFrame,
  pause: () => Promise<void>,
  settings: LibwebpSettings = animationSettings,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const gif = readGif(bytes, limits.maxFrames);
    checkSize(gif, limits);
    const encodeFrame = (pixels: Pixels) => encode(pixels, settings);
    return await animateGif(gif, bytes, { encodeFrame, pause }, limits.maxOutputBytes);
  } catch (error) {
    throw error instanceof ImagingError ? error : new ImagingError("codec", "webp", describeThrown(error), error);
  }
}

/** @throws ImagingError when the canvas or all frames together have too many pixels */
function checkSize(gif: Gif, { maxCanvasPixels, maxStoredPixels }: AnimationLimits): void {
  const { storedPixels, largestFramePixels } = measureAnimation(gif);
  if (Math.max(gif.width * gif.height, largestFramePixels) > maxCanvasPixels || storedPixels > maxStoredPixels)
    throw new ImagingError("limit", "gif", `${gif.width} × ${gif.height}, ${storedPixels} pixels in frames`);
}
