import { maxAnimationFrames, measureAnimation } from "../gif/animation-facts.ts";
import { GifError } from "../gif/gif-error.ts";
import { type Gif, readGif } from "../gif/read-gif.ts";
import { animateGif, LargerAnimationError } from "./animate-gif.ts";
import type { EncodeSettings, Pixels } from "../imaging.ts";
import { CodecError } from "../wasm/codec-error.ts";
import { yieldToRequests } from "../../edge/backend/give-way.ts";

/** Makes a still WebP of one frame. */
type EncodeFrame = (pixels: Pixels, settings: EncodeSettings) => Promise<Uint8Array<ArrayBuffer>>;

/** What one animation may take, whatever was predicted of it. */
export interface AnimationLimits {
  readonly maxFrames: number;
  /** Also of a single frame, which may be larger. */
  readonly maxCanvasPixels: number;
  /** All frames together, as the file stores them. */
  readonly maxStoredPixels: number;
  /** The work ends with a `LargerAnimationError` when the file becomes larger; the GIF's size spares useless work. */
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
const animationSettings = {
  format: "webp",
  lossless: true,
  quality: 100,
  effort: 2,
  fullChroma: true,
} as const satisfies EncodeSettings;

/**
 * An animated WebP of a GIF; see `animateGif()`. Gives way to other work after each frame.
 *
 * @param encode called once for each frame that changes anything, twice for some
 * @throws CodecError with stage `decode` for a GIF that is damaged, shown differently by browsers, or beyond the
 *   limits, all but damaged pixel data before anything is decoded; with another stage when the encoder fails.
 *   LargerAnimationError above `maxOutputBytes`.
 */
export async function encodeAnimatedWebp(
  bytes: Uint8Array,
  limits: AnimationLimits,
  encode: EncodeFrame,
  settings: EncodeSettings = animationSettings,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const gif = readGif(bytes, limits.maxFrames);
    checkSize(gif, limits);
    const encodeFrame = (pixels: Pixels) => encode(pixels, settings);
    return await animateGif(gif, bytes, { encodeFrame, pause: yieldToRequests }, limits.maxOutputBytes);
  } catch (error) {
    if (error instanceof CodecError || error instanceof LargerAnimationError) throw error;
    if (error instanceof GifError) throw new CodecError("gif", "decode", error.message, error);
    throw new CodecError("webp", "encode", error instanceof Error ? error.message : String(error), error);
  }
}

/** @throws GifError when the canvas or all frames together have too many pixels */
function checkSize(gif: Gif, { maxCanvasPixels, maxStoredPixels }: AnimationLimits): void {
  const { storedPixels, largestFramePixels } = measureAnimation(gif);
  if (Math.max(gif.width * gif.height, largestFramePixels) > maxCanvasPixels || storedPixels > maxStoredPixels)
    throw new GifError("too-large", `${gif.width} × ${gif.height}, ${storedPixels} pixels in frames`);
}
