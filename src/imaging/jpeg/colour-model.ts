import { unsupportedJpeg } from "./error.ts";
import type { JpegFrame } from "./frame.ts";

/** What the components of a JPEG mean. */
export type ColourModel = "gray" | "rgb" | "ycbcr" | "cmyk" | "ycck";

/**
 * Reads the colour model as libjpeg does, and with it the browsers: three components are YCbCr by JFIF; else the Adobe
 * marker decides (Adobe Technical Note 5116 §18: 0 for no transform); else the identifiers `R`, `G`, `B` say so. JFIF
 * says nothing about four. Throws an `ImagingError` for two, which have no defined meaning.
 */
export function colourModelOf({ components, jfif, adobeTransform }: JpegFrame): ColourModel {
  switch (components.length) {
    case 1:
      return "gray";
    case 3: {
      if (jfif) return "ycbcr";
      if (adobeTransform !== undefined) return adobeTransform === 0 ? "rgb" : "ycbcr";
      return String.fromCharCode(...components.map(({ id }) => id)) === "RGB" ? "rgb" : "ycbcr";
    }
    case 4:
      return (adobeTransform ?? 0) === 0 ? "cmyk" : "ycck";
    default:
      throw unsupportedJpeg("components");
  }
}

/** Whether a component is Cb or Cr. */
export function isChroma(frame: JpegFrame, index: number): boolean {
  if (frame.components.length < 3) return false;
  const model = colourModelOf(frame);
  return (model === "ycbcr" || model === "ycck") && (index === 1 || index === 2);
}
