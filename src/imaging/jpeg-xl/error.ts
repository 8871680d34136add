/** What has no exact form in JPEG XL as it is written here. */
export type RefusalReason =
  | "components"
  | "rgb"
  | "sampling"
  | "quantisation"
  | "coefficient-range"
  | "too-many-coefficients"
  | "icc-oversized";

/** A JPEG that can be read but not rewritten exactly: the original is to be used. */
export class RefusedJpeg extends Error {
  override readonly name = "RefusedJpeg";
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(`JPEG has no exact JPEG XL form: ${reason}`);
    this.reason = reason;
  }
}
