import { colourModelOf } from "../colour-model.ts";
import { unsupportedJpeg } from "../error.ts";
import type { JpegFrame } from "../frame.ts";
import { isRequantised } from "./requantised.ts";

/** Throws an `ImagingError` for a JPEG whose coefficients are not to be quantised again. */
export function checkRequantisable(frame: JpegFrame): void {
  const model = colourModelOf(frame);
  // The steps are for luma and chroma.
  if (model !== "gray" && model !== "ycbcr") throw unsupportedJpeg("colour-model");
  // The score is predicted by luma of full resolution; of less, errors are seen enlarged.
  const { components, maxHorizontalSampling, maxVerticalSampling } = frame;
  const [{ horizontalSampling, verticalSampling }] = components;
  if (horizontalSampling !== maxHorizontalSampling || verticalSampling !== maxVerticalSampling)
    throw unsupportedJpeg("luma-sampling");
  if (isRequantised(frame)) throw unsupportedJpeg("requantised");
}
