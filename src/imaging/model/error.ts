import type { FormatId } from "./formats.ts";

/**
 * The kind of a failure.
 * - `damaged`: the file ends early or contradicts itself; a decoder would refuse it, or show something that is not in it.
 * - `unsupported`: the file is sound, and of a kind that is not handled here.
 * - `limit`: more than may be held or computed.
 * - `codec`: the codec failed, which says nothing about the file and may go well the next time.
 */
export type ImagingErrorKind = "damaged" | "unsupported" | "limit" | "codec";

/** The only error of the library that says something about a picture or a codec. */
export class ImagingError extends Error {
  override readonly name = "ImagingError";
  readonly kind: ImagingErrorKind;
  /** Whose bytes or codec it is about: the source's format or the target's; `icc` for a colour profile. */
  readonly format: FormatId | "icc";
  /** What is wrong, in a few words. */
  readonly reason: string;

  constructor(kind: ImagingErrorKind, format: FormatId | "icc", reason: string, cause?: unknown) {
    super(`${format} ${kind}: ${reason}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.format = format;
    this.reason = reason;
  }
}

/** The words of whatever was thrown. Emscripten modules throw a bare number for a C++ exception, and no Error on exit. */
export function describeThrown(error: unknown): string {
  if (typeof error === "number") return "C++ exception";
  if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
  return String(error);
}
