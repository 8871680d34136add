import type { RecompressRecipe } from "../model/recipe.ts";
import type { MetadataSetting } from "../model/settings.ts";
import type { RecompressedFile } from "./recompressed-file.ts";
import type { Steps } from "../steps.ts";
import { recompressToJpeg } from "./to-jpeg.ts";
import { recompressToJxl } from "./to-jxl.ts";

/**
 * Rewrites a JPEG by its coefficients, without its pixels. A JPEG XL file gets none of the source's metadata, a JPEG what
 * `keep` says.
 *
 * @throws ImagingError `damaged` where a decoder would show faults; `unsupported` or `limit` for a sound file that has no
 *   such form
 */
export function recompressJpeg(
  bytes: Uint8Array,
  recipe: RecompressRecipe,
  keep: MetadataSetting,
): Steps<RecompressedFile> {
  return recipe.format === "jxl" ? recompressToJxl(bytes, recipe) : recompressToJpeg(bytes, recipe, keep);
}
