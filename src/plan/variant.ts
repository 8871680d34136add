import type { EncodeSettings } from "../codecs/codec.ts";
import type { ProducedFormat } from "../formats/formats.ts";
import type { Cost } from "./cost-model.ts";

/** Names one encoded version of a source: a format, made for fast or (where that makes a difference) slow networks. */
export type VariantId = ProducedFormat | `${ProducedFormat}.slow`;

/** One variant that can be made, with what it is predicted to take. */
export interface PlannedVariant {
  readonly id: VariantId;
  readonly settings: EncodeSettings;
  /** Of the encode alone. */
  readonly cost: Cost;
}

/** Every variant that there can be of a source; a purge walks through them. */
export function listVariantIds(formats: readonly ProducedFormat[]): readonly VariantId[] {
  return formats.flatMap((format) => [format, `${format}.slow`] as const);
}
