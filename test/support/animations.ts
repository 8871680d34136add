/** What animations show, as sharp (libvips with libnsgif and libwebp) sees them; none of it shares code with the project. */
import sharp from "sharp";

export interface Shown {
  /** RGBA of the whole canvas. */
  readonly pixels: Buffer;
  readonly ms: number;
}

export interface ShownAnimation {
  readonly width: number;
  readonly height: number;
  /** How often it is played, 0 for ever. */
  readonly plays: number;
  /** No two pictures that follow each other are alike. */
  readonly shown: readonly Shown[];
}

/** Up to this delay browsers show a GIF's frame for `usualDelayMs`. */
const longestIgnoredDelayMs = 10;
const usualDelayMs = 100;

/** Every composed picture and how long it is seen. */
export async function watchAnimation(file: Uint8Array): Promise<ShownAnimation> {
  const image = sharp(file, { pages: -1, failOn: "warning" });
  const { format, pages = 1, pageHeight, delay, loop = 1 } = await image.metadata();
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const height = pageHeight ?? info.height;
  const size = 4 * info.width * height;
  const shown: { pixels: Buffer; ms: number }[] = [];
  for (let page = 0; page < pages; page++) {
    const pixels = clearTransparent(data.subarray(page * size, (page + 1) * size));
    const stored = delay?.[page] ?? 0;
    const ms = format === "gif" && stored <= longestIgnoredDelayMs ? usualDelayMs : stored;
    const last = shown.at(-1);
    if (last?.pixels.equals(pixels) === true) last.ms += ms;
    else shown.push({ pixels, ms });
  }
  return { width: info.width, height, plays: loop, shown };
}

/** The colour of what cannot be seen does not count. */
function clearTransparent(rgba: Buffer): Buffer {
  const pixels = Buffer.from(rgba);
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
  for (let at = 0; at < words.length; at++) if (pixels[4 * at + 3] === 0) words[at] = 0;
  return pixels;
}

/** A lossless still WebP by libwebp, in place of the Worker's build of it. */
export function encodeWithSharp(pixels: {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}): Promise<Uint8Array> {
  const { data, width, height } = pixels;
  return sharp(Buffer.from(data), { raw: { width, height, channels: 4 } })
    .webp({ lossless: true, effort: 1 })
    .toBuffer();
}
