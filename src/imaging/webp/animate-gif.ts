import { type AnimationFrame, readPictureChunks, writeAnimatedWebp } from "./animation-container.ts";
import { createGifCanvas } from "../gif/gif-canvas.ts";
import type { Gif } from "../gif/read-gif.ts";
import { isEmpty } from "../gif/rectangle.ts";
import { findChange, type FrameChange } from "./frame-change.ts";
import { createFramePainter, type FrameEncoder } from "./frame-painter.ts";

/** RFC 9649 §2.7.1.1 and §2.7.1: 24 bits and 16 bits. */
const longestDurationMs = 0xffffff;
const mostPlays = 0xffff;

/**
 * An animated WebP that shows what the GIF shows, for as long: of each frame only the rectangle that changes, and
 * frames that change nothing are added to the one before. A GIF whose frames are all alike becomes a still WebP.
 * Holds 8 bytes per pixel of the canvas beside the encoder's memory, the frames' indices, and the area of a frame that
 * will be undone.
 *
 * @param bytes the file that `gif` was read from
 * @param maxBytes the work ends when the file becomes larger
 * @returns undefined where the file would be larger than `maxBytes`
 * @throws ImagingError on damaged data; HeaderError when the encoder's output is no WebP; whatever the encoder throws
 */
export async function animateGif(
  gif: Gif,
  bytes: Uint8Array,
  encoder: FrameEncoder,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { width, height } = gif;
  const canvas = createGifCanvas(gif, bytes);
  const shown = new Uint32Array(width * height);
  const paint = createFramePainter(gif, { shown, next: canvas.words }, encoder);
  const frames: AnimationFrame[] = [];
  let written = 0;
  let lastFile: Uint8Array = new Uint8Array();

  for (const frame of gif.frames) {
    const touched = canvas.draw(frame);
    const before = frames.at(-1);
    let change = before === undefined ? wholly(width, height) : findChange(shown, canvas.words, width, touched);
    if (before !== undefined && isEmpty(change.area)) {
      const durationMs = before.durationMs + frame.delayMs;
      if (durationMs <= longestDurationMs) {
        frames[frames.length - 1] = { ...before, durationMs };
        await encoder.pause();
        continue;
      }
      change = wholly(1, 1);
    }
    lastFile = await paint(frame, change);
    const { left, top, right, bottom } = change.area;
    frames.push({
      left,
      top,
      width: right - left,
      height: bottom - top,
      durationMs: frame.delayMs,
      blend: before !== undefined && !change.clears,
      chunks: readPictureChunks(lastFile),
    });
    written += lastFile.length;
    if (written > maxBytes) return undefined;
    shown.set(canvas.words);
    await encoder.pause();
  }
  if (frames.length === 1) return new Uint8Array(lastFile);
  return writeAnimatedWebp({ width, height, plays: Math.min(gif.plays, mostPlays), frames });
}

/** All pixels from the upper left corner on. */
function wholly(width: number, height: number): FrameChange {
  return { area: { left: 0, top: 0, right: width, bottom: height }, clears: false, isFull: true };
}
