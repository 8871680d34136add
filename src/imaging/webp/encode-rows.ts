import kernel from "../../../wasm/built/webp-rows.wasm";
import { streamRgba } from "../jpeg/decode/rgba.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import type { Steps } from "../steps.ts";
import { WebpRowsEncoder } from "./rows/encode-rows.ts";

/** What one macroblock takes, and a step of writing the file: its own pauses come after about as much work. */
const nanosecondsPerMacroblock = 20_000;
const nanosecondsPerWrittenStep = 6e6;

/**
 * A JPEG as lossy WebP, of which neither the pixels nor the coefficients are ever held whole: rows go from the decoder to
 * the encoder. Not turned, and without any metadata.
 * @param quality 0–100, on a scale near libwebp's
 * @throws ImagingError `damaged`, `unsupported` (CMYK) or `limit` (sides above 16,383, too much detail)
 */
export function* streamJpegToWebp(bytes: Uint8Array, quality: number): Steps<Uint8Array<ArrayBuffer>> {
  const frame = readJpegFrame(bytes);
  const { width, height } = frame;
  const encoder = new WebpRowsEncoder(kernel, { width, height, quality });
  const rowWork = Math.ceil(width / 16) * nanosecondsPerMacroblock;
  let encodeWork = 0;
  const reading = streamRgba(bytes, frame, (row, line, start) => {
    encoder.putLine(line, start);
    if (row % 16 === 15) encodeWork += rowWork;
  });
  for (const work of reading) {
    yield work + encodeWork;
    encodeWork = 0;
  }
  const writing = encoder.finish();
  for (;;) {
    const { done, value } = writing.next();
    if (done === true) return value;
    yield nanosecondsPerWrittenStep;
  }
}
