import type { EncodeSettings } from "../codecs/codec.ts";
import type { RepackSettings } from "../coefficients/repack.ts";
import type { ProducedFormat } from "../formats/formats.ts";
import type { Cost } from "./cost-model.ts";

/** Names one encoded version of a source: a format, made for fast or (where that makes a difference) slow networks. */
export type VariantId = ProducedFormat | `${ProducedFormat}.slow`;

/** How a variant is made: of the pixels, which are decoded once for all of them, or of the source's own bytes. */
export type Recipe =
  | { readonly engine: "pixels"; readonly settings: EncodeSettings }
  | { readonly engine: "coefficients"; readonly settings: RepackSettings };

/** One variant that can be made, with what it is predicted to take. */
export type PlannedVariant = Recipe & {
  readonly id: VariantId;
  /** Without the decode that the pixel engine shares among its variants. */
  readonly cost: Cost;
};

/** Every variant that there can be of a source; a purge walks through them. */
export function listVariantIds(formats: readonly ProducedFormat[]): readonly VariantId[] {
  return formats.flatMap((format) => [format, `${format}.slow`] as const);
}
