import { ImagingError } from "../model/error.ts";

/** What this reader does not handle, although the file may be sound. */
export type UnsupportedReason =
  | "arithmetic-coding"
  | "lossless"
  | "hierarchical"
  | "precision"
  | "components"
  | "colour-model"
  | "luma-sampling"
  | "requantised"
  | "undefined-height"
  | "several-frames"
  | "coefficient-range"
  | "repeated-scan"
  | "incomplete-progression";

/** What a file has more of than is read here. */
export type LimitReason = "too-many-scans" | "too-many-segments" | "too-many-coefficients";

/** Damage: no decoder reads the file, or only with visible faults. */
export type DamagedReason =
  | "not-a-jpeg"
  | "truncated"
  | "bad-segment"
  | "bad-frame"
  | "bad-scan"
  | "bad-progression"
  | "missing-frame"
  | "missing-scan"
  | "missing-quantisation-table"
  | "missing-huffman-table"
  | "bad-quantisation-table"
  | "bad-huffman-table"
  | "bad-huffman-code"
  | "bad-coefficient-position"
  | "extraneous-data"
  | "bad-restart-marker";

/** A sound JPEG of a kind that has no exact form here (ITU T.81): the original is used. */
export function unsupportedJpeg(reason: UnsupportedReason): ImagingError {
  return new ImagingError("unsupported", "jpeg", reason);
}

/** A JPEG that would take more memory or time than anything honest. */
export function jpegBeyondLimit(reason: LimitReason): ImagingError {
  return new ImagingError("limit", "jpeg", reason);
}

/** A JPEG that a decoder would refuse, or fill up with something that is not in the file. */
export function damagedJpeg(reason: DamagedReason): ImagingError {
  return new ImagingError("damaged", "jpeg", reason);
}
