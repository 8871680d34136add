import type { RecompressSettings } from "../model/settings.ts";
import { ImagingError } from "../model/error.ts";
import { optimiseJpeg } from "../jpeg/optimise/optimise.ts";
import { readDense, streamBands } from "../jpeg/decode/read-coefficients.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { type CoefficientSource, writeJxl } from "../jpeg-xl/write.ts";

export type Recompressed =
  | { readonly kind: "made"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** A sound file that has no exact form in this format. */
  | { readonly kind: "refused"; readonly cause: Error }
  /** A decoder would show faults: nothing is to be made of this file. */
  | { readonly kind: "damaged"; readonly cause: Error };

/** Rewrites a JPEG without touching a coefficient. Never throws for anything that a file can hold. */
export function recompressJpeg(bytes: Uint8Array, settings: RecompressSettings): Recompressed {
  try {
    const file = settings.format === "jxl" ? toJxl(bytes, settings) : toJpeg(bytes, settings);
    return { kind: "made", bytes: file as Uint8Array<ArrayBuffer> };
  } catch (cause) {
    if (!(cause instanceof ImagingError)) throw cause;
    return { kind: cause.kind === "damaged" ? "damaged" : "refused", cause };
  }
}

function toJxl(bytes: Uint8Array, { exact }: RecompressSettings): Uint8Array {
  const frame = readJpegFrame(bytes);
  const file = { frame, sourceBytes: bytes.length };
  const source: CoefficientSource =
    frame.shape === "streamed"
      ? { ...file, stream: (consume) => streamBands(bytes, frame, consume) }
      : { ...file, coefficients: readDense(bytes, frame) };
  return writeJxl(source, { exact, iccProfile: frame.iccProfile, orientation: frame.orientation });
}

function toJpeg(bytes: Uint8Array, { metadata }: RecompressSettings): Uint8Array {
  const parts = { icc: true, orientation: true, jfif: true, adobe: true };
  return optimiseJpeg(bytes, { metadata: metadata === "keep" ? "keep" : parts });
}
