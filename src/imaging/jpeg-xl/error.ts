import { ImagingError } from "../model/error.ts";

/** What has no exact form in JPEG XL as it is written here. */
export type NoJxlFormReason =
  | "components"
  | "rgb"
  | "sampling"
  | "quantisation"
  | "coefficient-range"
  | "too-many-coefficients"
  | "density"
  | "icc-profile";

/** A JPEG that can be read but not rewritten exactly: the original is to be used. */
export function noJxlForm(reason: NoJxlFormReason): ImagingError {
  return new ImagingError("unsupported", "jxl", reason);
}
