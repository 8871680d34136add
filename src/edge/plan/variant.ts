import type { Cost } from "../../imaging/cost/predict.ts";
import type { Recipe } from "../../imaging/model/recipe.ts";
import type { Target, VariantId } from "../targets.ts";

/** One variant that can be made, with what it is predicted to take. */
export interface PlannedVariant {
  readonly id: VariantId;
  readonly target: Target;
  readonly recipe: Recipe;
  /** Without the decode that the encodes of pixels share. */
  readonly cost: Cost;
  /**
   * Bytes of the source that it optimises, and of which it saves a few per cent; undefined for what is encoded again,
   * whose size nobody knows before.
   */
  readonly optimisedBytes?: number;
}
