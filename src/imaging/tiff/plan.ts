import { readTiffHeader } from "../bytes/ifd.ts";
import { hasAllBlocks, readLayout, type TiffLayout } from "./layout.ts";
import type { TiffRefusal } from "../model/facts.ts";

/** The plan for a TIFF: decode it as laid out, or leave it as it is. */
export type TiffPlan =
  | { readonly kind: "decode"; readonly layout: TiffLayout }
  | { readonly kind: "refuse"; readonly refusal: TiffRefusal };

/** Pixels whose four bytes each leave room in an isolate for anything else; callers predict more exactly. */
const maxPixels = 24 * 1024 * 1024;

/** Decides from the directories alone, before anything is allocated. Never throws. */
export function planTiff(bytes: Uint8Array): TiffPlan {
  try {
    const layout = readLayout(readTiffHeader(bytes));
    if (typeof layout === "string") return { kind: "refuse", refusal: layout };
    if (layout.width * layout.height > maxPixels || layout.blocks.width * layout.blocks.height > maxPixels)
      return { kind: "refuse", refusal: "too-large" };
    return hasAllBlocks(layout) ? { kind: "decode", layout } : { kind: "refuse", refusal: "damaged" };
  } catch {
    return { kind: "refuse", refusal: "damaged" };
  }
}
