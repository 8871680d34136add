/** What this reader does not handle, although the file may be sound. */
export type UnsupportedReason =
  | "arithmetic-coding"
  | "lossless"
  | "hierarchical"
  | "precision"
  | "components"
  | "undefined-height"
  | "several-frames"
  | "too-many-scans"
  | "too-many-segments"
  | "too-many-coefficients"
  | "coefficient-range"
  | "repeated-scan"
  | "incomplete-progression";

/** What makes a file unreadable for everybody, or readable with visible faults only. */
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

/** A sound JPEG of a kind that has no exact form here (ITU T.81): the original is to be used. */
export class UnsupportedJpeg extends Error {
  override readonly name = "UnsupportedJpeg";
  readonly reason: UnsupportedReason;

  constructor(reason: UnsupportedReason) {
    super(`JPEG not supported: ${reason}`);
    this.reason = reason;
  }
}

/** A JPEG that a decoder would refuse, or fill up with something that is not in the file. */
export class DamagedJpeg extends Error {
  override readonly name = "DamagedJpeg";
  readonly reason: DamagedReason;

  constructor(reason: DamagedReason) {
    super(`JPEG damaged: ${reason}`);
    this.reason = reason;
  }
}
