import type { WrittenGif } from "./written-gif.ts";

/** An RGBA picture and how long it is seen, in milliseconds. */
export interface ExpectedPicture {
  readonly pixels: Buffer;
  readonly ms: number;
}

/**
 * What a written GIF shows, straight from the words of GIF89a §23 and what browsers add to them, one pixel at a time.
 * Pictures that follow each other are never alike.
 */
export function expectedPictures({ width, height, palette, frames }: WrittenGif): ExpectedPicture[] {
  const pictures: { pixels: Buffer; ms: number }[] = [];
  let base = Buffer.alloc(4 * width * height);
  for (const frame of frames) {
    const {
      left = 0,
      top = 0,
      indices,
      disposal = 0,
      delay = 0,
      transparent,
      palette: colours = palette ?? [],
    } = frame;
    const drawn = Buffer.from(base);
    const cleared = Buffer.from(base);
    for (const [at, index] of indices.entries()) {
      const x = left + (at % frame.width);
      const y = top + Math.floor(at / frame.width);
      if (x >= width || y >= height) continue;
      cleared.fill(0, 4 * (y * width + x), 4 * (y * width + x) + 4);
      if (index !== transparent) drawn.writeUInt32BE(((colours[index] ?? 0) * 256 + 255) >>> 0, 4 * (y * width + x));
    }
    const ms = delay < 2 ? 100 : 10 * delay;
    const last = pictures.at(-1);
    if (last?.pixels.equals(drawn) === true) last.ms += ms;
    else pictures.push({ pixels: drawn, ms });
    // "Previous" leaves the base as it is.
    if (disposal === 2) base = cleared;
    else if (disposal < 3) base = drawn;
  }
  return pictures;
}
