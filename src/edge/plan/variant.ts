import type { EncodeSettings, OxipngPreset, RecompressSettings } from "../../imaging/model/settings.ts";
import { allTargets, type Target } from "../targets.ts";
import type { Cost } from "../../imaging/cost/predict.ts";

/** Names one encoded version of a source: a target, made for fast or (where that makes a difference) slow networks. */
export type VariantId = Target | `${Target}.slow`;

/** How a variant is made: of the pixels, which are decoded once for all of them, or of the source's own bytes. */
export type Recipe =
  | {
      readonly engine: "pixels";
      readonly settings: EncodeSettings;
      /** Where they differ: for pictures that are drawn to a good part, which the pixels tell. */
      readonly screenSettings?: EncodeSettings;
    }
  | { readonly engine: "coefficients"; readonly settings: RecompressSettings }
  | { readonly engine: "png-packer"; readonly settings: PackSettings }
  | { readonly engine: "animation"; readonly settings: AnimationSettings };

/** The same PNG in fewer bytes. */
export interface PackSettings {
  readonly format: "png";
  readonly lossless: true;
  readonly effort: OxipngPreset;
}

/** An animated GIF, frame by frame. */
export interface AnimationSettings {
  readonly format: "webp";
  readonly lossless: true;
}

/** One variant that can be made, with what it is predicted to take. */
export type PlannedVariant = Recipe & {
  readonly id: VariantId;
  readonly target: Target;
  /** Without the decode that the pixel engine shares among its variants. */
  readonly cost: Cost;
  /**
   * Bytes of the source that it packs better, and of which it saves a few per cent; undefined for what is encoded anew,
   * whose size nobody knows before.
   */
  readonly packedBytes?: number;
};

/** Every variant that there can be of a source; a purge walks through them. */
export function listVariantIds(): readonly VariantId[] {
  return allTargets.flatMap((target) => [target, `${target}.slow`] as const);
}
