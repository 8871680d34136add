import { streamRgba } from "../jpeg/decode/rgba.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import type { Orientation } from "../model/facts.ts";
import type { Pixels } from "../model/picture.ts";
import type { Framing, Size } from "../model/rendering.ts";
import { orientPixels } from "../pixels/orient.ts";
import { readPngRowFormat, streamPngRgba } from "../png/stream-rows.ts";
import type { Light } from "../resample/light.ts";
import { RowResampler } from "../resample/row-resampler.ts";
import type { Steps } from "../steps.ts";

/** How a file is drawn. */
interface Drawing {
  /** Of the upright picture. */
  readonly framing: Framing;
  readonly light: Light;
  readonly orientation: Orientation;
}

/**
 * A JPEG or PNG in another size and upright, row by row: neither its pixels nor its coefficients are held whole, unless
 * the JPEG is progressive.
 * @throws ImagingError as `streamRgba()` and `streamPngRgba()` do
 */
export function* drawFile(bytes: Uint8Array, format: "jpeg" | "png", drawing: Drawing): Steps<Pixels> {
  const { framing, light, orientation } = drawing;
  const frame = format === "jpeg" ? readJpegFrame(bytes) : undefined;
  const size: Size = frame ?? readPngRowFormat(bytes);
  const resampler = new RowResampler(size, storedFraming(framing, orientation), light, true);
  let work = 0;
  const reading =
    frame === undefined
      ? streamPngRgba(bytes, (line) => void (work += resampler.putRow(line, 0)))
      : streamRgba(bytes, frame, (_, line, start) => void (work += resampler.putRow(line, start)));
  for (const read of reading) {
    yield read + work;
    work = 0;
  }
  return orientPixels(resampler.finish(), orientation);
}

/** Decoded pixels in another size. */
export function* drawPixels(pixels: Pixels, framing: Framing, light: Light, isOpaque: boolean): Steps<Pixels> {
  const resampler = new RowResampler(pixels, framing, light, isOpaque);
  for (let row = 0; row < pixels.height; row++) yield resampler.putRow(pixels.data, 4 * pixels.width * row);
  return resampler.finish();
}

/** Orientations from 5 on exchange the sides (EXIF 3.0, tag 274). What is shown is in the middle, however it is turned. */
function storedFraming(framing: Framing, orientation: Orientation): Framing {
  if (orientation < 5) return framing;
  const { width, height, left, top, scaleX, scaleY } = framing;
  return { width: height, height: width, left: top, top: left, scaleX: scaleY, scaleY: scaleX };
}
