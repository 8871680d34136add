import { streamRgba } from "../jpeg/decode/rgba.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { readPngRowFormat, streamPngRgba } from "../png/stream-rows.ts";
import type { Steps } from "../steps.ts";
import { createRowsEncoder } from "../webp/encode-rows.ts";

/** Files whose rows can be read one at a time. */
export type StreamedFormat = "jpeg" | "png";

/**
 * A JPEG or PNG as lossy WebP, of which neither the pixels nor the coefficients are ever held whole: rows go from the decoder to
 * the encoder. Not turned, and without any metadata.
 * @param quality 0–100, on a scale near libwebp's
 * @throws ImagingError `damaged`, `unsupported` (CMYK; PNGs with transparency, of other depths than 8, interlaced) or `limit` (sides above 16,383, too much detail)
 */
export function* streamToWebp(
  bytes: Uint8Array,
  format: StreamedFormat,
  quality: number,
): Steps<Uint8Array<ArrayBuffer>> {
  const frame = format === "jpeg" ? readJpegFrame(bytes) : undefined;
  const encoder = createRowsEncoder(frame ?? readPngRowFormat(bytes), quality);
  const reading =
    frame === undefined
      ? streamPngRgba(bytes, (line) => encoder.putLine(line, 0))
      : streamRgba(bytes, frame, (_, line, start) => encoder.putLine(line, start));
  for (const work of reading) {
    yield work;
    yield* encoder.encodeWaiting();
  }
  return yield* encoder.finish();
}
