import { ImagingError } from "../model/error.ts";
import type { Pixels } from "../model/picture.ts";
import { createGifCanvas } from "./gif-canvas.ts";
import { readGif } from "./read-gif.ts";
import { areaOf } from "./rectangle.ts";

/**
 * A GIF of one image as RGBA, on the canvas that browsers give it. Takes 5 bytes per pixel.
 *
 * @param maxPixels of the canvas, and of the image where it is larger
 * @throws ImagingError on an animation, on more pixels, and on every file that `readGif()` refuses or whose data are damaged
 */
export function decodeGif(bytes: Uint8Array, maxPixels: number): Pixels {
  const gif = readGif(bytes, 1);
  const { width, height, frames } = gif;
  const [frame] = frames;
  if (frame === undefined || Math.max(width * height, areaOf(frame.area)) > maxPixels)
    throw new ImagingError("limit", "gif", `${width} × ${height} pixels`);
  const { words, draw } = createGifCanvas(gif, bytes);
  draw(frame);
  return { data: new Uint8ClampedArray(words.buffer), width, height };
}
