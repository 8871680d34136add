import type { TiffRefusal } from "../model/facts.ts";

/** Why a TIFF is not decoded here. What one of these says is passed on as it came, never guessed at. */
export const tiffRefusals = {
  pages: "more than one page",
  "no-page": "the first directory is a thumbnail or a mask: the picture is somewhere else (raw camera files)",
  mask: "transparency in a second directory",
  compression: "a compression that nothing here undoes (Zstandard needs WebAssembly made at run time, others are rare)",
  colour:
    "neither gray, palette, RGB nor CMYK (Lab, raw sensor data, YCbCr outside of JPEG, ink sets with other names)",
  samples: "signed or floating-point samples, or channels of different kinds",
  depth: "bits per sample that the colour or the compression does not go with",
  channels: "channels whose meaning is not stated, or transparency that is not the first of several beside the colours",
  predictor: "differences other than horizontal ones of whole bytes",
  layout: "strips or tiles that do not fit the picture, or fields that are missing",
  damaged: "directories in a circle, or data outside of the file",
  "too-large": "more pixels than could be held",
} as const satisfies Record<TiffRefusal, string>;
