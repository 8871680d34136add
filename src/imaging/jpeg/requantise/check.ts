import { colourModelOf } from "../colour-model.ts";
import { unsupportedJpeg } from "../error.ts";
import type { JpegFrame } from "../frame.ts";
import { isRequantised } from "./requantised.ts";

/** Throws an `ImagingError` for a JPEG whose coefficients are not to be quantised again. */
export function checkRequantisable(frame: JpegFrame): void {
  const model = colourModelOf(frame);
  // The steps are for luma and chroma.
  if (model !== "gray" && model !== "ycbcr") throw unsupportedJpeg("colour-model");
  if (isRequantised(frame)) throw unsupportedJpeg("requantised");
}
