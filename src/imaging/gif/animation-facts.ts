import type { AnimationFacts } from "../model/facts.ts";
import { ImagingError } from "../model/error.ts";
import { type Gif, readGif } from "./read-gif.ts";
import { areaOf, emptyRectangle, enclose, intersect, type Rectangle } from "./rectangle.ts";

/** Frames of an animation that is worth the time; also bounds what a crafted file makes us remember. */
export const maxAnimationFrames = 500;

/** The facts of an animated GIF; undefined for one that cannot be made into another animation. Linear in the bytes. */
export function probeAnimation(bytes: Uint8Array): AnimationFacts | undefined {
  try {
    return measureAnimation(readGif(bytes, maxAnimationFrames));
  } catch (error) {
    if (error instanceof ImagingError) return undefined;
    throw error;
  }
}

/** Known before a pixel is decoded: how much there is to decode, and how much at most to encode. */
export function measureAnimation({ width, height, frames }: Gif): AnimationFacts {
  const canvas: Rectangle = { left: 0, top: 0, right: width, bottom: height };
  let storedPixels = 0;
  let largestFramePixels = 0;
  let changedPixels = 0;
  let undone: Rectangle = emptyRectangle;
  for (const [index, { area, disposal }] of frames.entries()) {
    storedPixels += areaOf(area);
    largestFramePixels = Math.max(largestFramePixels, areaOf(area));
    const visible = intersect(area, canvas);
    changedPixels += index === 0 ? width * height : areaOf(enclose(undone, visible));
    undone = disposal === "keep" ? emptyRectangle : visible;
  }
  return { frames: frames.length, storedPixels, largestFramePixels, changedPixels };
}
