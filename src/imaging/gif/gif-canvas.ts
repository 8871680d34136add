import { ImagingError } from "../model/error.ts";
import { createLzwDecoder } from "./lzw.ts";
import type { Gif, GifFrame } from "./read-gif.ts";
import { areaOf, emptyRectangle, enclose, intersect, isEmpty, type Rectangle } from "./rectangle.ts";

export interface GifCanvas {
  /** One word per pixel, row by row: the bytes R, G, B, A in memory; 0 where it is transparent, else A is 255. */
  readonly words: Uint32Array<ArrayBuffer>;
  /**
   * Disposes of the last frame and paints the next. The answer encloses every pixel that may differ from before.
   *
   * @throws ImagingError when the frame's data are damaged
   */
  readonly draw: (frame: GifFrame) => Rectangle;
}

/** First row and distance of the four passes of an interlaced image, GIF89a Appendix E. */
const passes = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;

const opaque = 0xff000000;

/**
 * The canvas for a GIF's frames, painted one after the other as browsers do it: it begins transparent, and
 * "background" means transparent too. Takes 4 bytes per pixel, and 4 more for the area of frames that are undone.
 *
 * @param bytes the file that `gif` was read from
 */
export function createGifCanvas(gif: Gif, bytes: Uint8Array): GifCanvas {
  const { width, height } = gif;
  const canvas: Rectangle = { left: 0, top: 0, right: width, bottom: height };
  const words = new Uint32Array(width * height);
  const colours = new Uint32Array(256);
  const decodeLzw = createLzwDecoder();
  // One buffer for the indices of every frame.
  const indices = new Uint8Array(gif.frames.reduce((most, { area }) => Math.max(most, areaOf(area)), 0));
  let last: { area: Rectangle; disposal: GifFrame["disposal"]; saved: Uint32Array | undefined } | undefined;

  const dispose = (): Rectangle => {
    if (last === undefined || last.disposal === "keep") return emptyRectangle;
    const { area, saved } = last;
    const span = area.right - area.left;
    for (let y = area.top, row = 0; y < area.bottom; y++, row++) {
      const at = y * width + area.left;
      if (saved === undefined) words.fill(0, at, at + span);
      else words.set(saved.subarray(row * span, (row + 1) * span), at);
    }
    return area;
  };

  const save = (area: Rectangle): Uint32Array => {
    const span = area.right - area.left;
    const saved = new Uint32Array(areaOf(area));
    for (let y = area.top, row = 0; y < area.bottom; y++, row++) {
      const at = y * width + area.left;
      saved.set(words.subarray(at, at + span), row * span);
    }
    return saved;
  };

  const fillRow = (frame: GifFrame, y: number, at: number): void => {
    const { left, right } = intersect(frame.area, canvas);
    const { transparentIndex, paletteSize } = frame;
    for (let x = left, from = at + left - frame.area.left, to = y * width + left; x < right; x++, from++, to++) {
      const index = indices[from] ?? 0;
      if (index === transparentIndex) continue;
      // Browsers do not agree on the colour of such a pixel.
      if (index >= paletteSize) throw new ImagingError("damaged", "gif", `colour ${index} of ${paletteSize}`);
      words[to] = colours[index] ?? 0;
    }
  };

  return {
    words,
    draw(frame) {
      const disposed = dispose();
      const visible = intersect(frame.area, canvas);
      const area = isEmpty(visible) ? emptyRectangle : visible;
      last = { area, disposal: frame.disposal, saved: frame.disposal === "previous" ? save(area) : undefined };

      for (let i = 0, at = frame.paletteAt; i < frame.paletteSize; i++, at += 3)
        colours[i] = opaque | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0);
      decodeLzw(bytes, frame.dataAt, indices.subarray(0, areaOf(frame.area)));

      const span = frame.area.right - frame.area.left;
      let at = 0;
      for (const [first, step] of frame.interlaced ? passes : ([[0, 1]] as const)) {
        for (let y = frame.area.top + first; y < frame.area.bottom; y += step, at += span)
          if (y < height) fillRow(frame, y, at);
      }
      return enclose(disposed, area);
    },
  };
}
