import type { RecompressRecipe } from "../model/recipe.ts";
import type { MetadataSetting } from "../model/settings.ts";
import { optimiseJpeg } from "../jpeg/optimise/optimise.ts";
import { readDense, streamBands } from "../jpeg/decode/read-coefficients.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { type CoefficientSource, writeJxl } from "../jpeg-xl/write.ts";

/**
 * Rewrites a JPEG without touching a coefficient. A JPEG XL file gets none of the source's metadata, a JPEG what `keep`
 * says.
 *
 * @throws ImagingError `damaged` where a decoder would show faults; `unsupported` or `limit` for a sound file that has no
 *   exact form in this format
 */
export function recompressJpeg(
  bytes: Uint8Array,
  recipe: RecompressRecipe,
  keep: MetadataSetting,
): Uint8Array<ArrayBuffer> {
  const file = recipe.format === "jxl" ? toJxl(bytes, recipe.unbiased) : toJpeg(bytes, keep);
  return file as Uint8Array<ArrayBuffer>;
}

function toJxl(bytes: Uint8Array, unbiased: boolean): Uint8Array {
  const frame = readJpegFrame(bytes);
  const file = { frame, sourceBytes: bytes.length };
  const source: CoefficientSource =
    frame.shape === "streamed"
      ? { ...file, stream: (consume) => streamBands(bytes, frame, consume) }
      : { ...file, coefficients: readDense(bytes, frame) };
  return writeJxl(source, { exact: unbiased, iccProfile: frame.iccProfile, orientation: frame.orientation });
}

function toJpeg(bytes: Uint8Array, keep: MetadataSetting): Uint8Array {
  const parts = { icc: true, orientation: true, jfif: true, adobe: true };
  return optimiseJpeg(bytes, { metadata: keep === "keep" ? "keep" : parts });
}
