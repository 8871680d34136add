import { streamRgba } from "../jpeg/decode/rgba.ts";
import type { JpegFrame } from "../jpeg/frame.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { ImagingError } from "../model/error.ts";
import { FineColour } from "../pixels/fine-colour.ts";
import { readPngRowFormat, streamPngRgba } from "../png/stream-rows.ts";
import type { Steps } from "../steps.ts";
import { createRowsEncoder } from "../webp/encode-rows.ts";

/** Files whose rows can be read one at a time. */
export type StreamedFormat = "jpeg" | "png";

/**
 * A JPEG or PNG as lossy WebP, of which neither the pixels nor the coefficients are ever held whole: rows go from the decoder to
 * the encoder. Not turned, and without any metadata.
 * @param quality 0–100, on a scale near libwebp's
 * @throws ImagingError `damaged`, `unsupported` (CMYK; PNGs with transparency, of other depths than 8, interlaced; colour that would suffer from
 * being halved, which shows at the end) or `limit` (sides above 16,383, too much detail)
 */
export function* streamToWebp(
  bytes: Uint8Array,
  format: StreamedFormat,
  quality: number,
): Steps<Uint8Array<ArrayBuffer>> {
  const frame = format === "jpeg" ? readJpegFrame(bytes) : undefined;
  const size = frame ?? readPngRowFormat(bytes);
  const encoder = createRowsEncoder(size, quality);
  const colour = isColourHalved(frame) ? undefined : new FineColour(size);
  const put = (line: Uint8Array | Uint8ClampedArray, start: number): void => {
    colour?.putLine(line, start);
    encoder.putLine(line, start);
  };
  const reading =
    frame === undefined
      ? streamPngRgba(bytes, (line) => put(line, 0))
      : streamRgba(bytes, frame, (_, line, start) => put(line, start));
  for (const work of reading) {
    yield work;
    yield* encoder.encodeWaiting();
  }
  if (colour?.isFine === true) throw new ImagingError("unsupported", "webp", "fine colour");
  return yield* encoder.finish();
}

/** What a source has halved in both directions already, loses little by being halved at the same places. */
function isColourHalved(frame: JpegFrame | undefined): boolean {
  const [luma, ...chroma] = frame?.components ?? [];
  return (
    luma !== undefined &&
    chroma.every(
      ({ horizontalSampling, verticalSampling }) =>
        2 * horizontalSampling === luma.horizontalSampling && 2 * verticalSampling === luma.verticalSampling,
    )
  );
}
