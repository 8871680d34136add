/** What tests read of a plan. */
import type { EncodeRecipe } from "../../../../src/imaging/model/recipe.ts";
import type { Target } from "../../../../src/edge/targets.ts";
import type { Plan } from "../../../../src/edge/plan/plan.ts";
import type { PlannedVariant } from "../../../../src/edge/plan/variant.ts";

export function variantsOf(plan: Plan): Extract<Plan, { kind: "make" }>["variants"] {
  if (plan.kind === "pass") throw new Error(`passed: ${plan.reason}`);
  return plan.variants;
}

export function planned(plan: Plan): PlannedVariant[] {
  return plan.kind === "pass" ? [] : Object.values(plan.variants).filter((verdict) => typeof verdict === "object");
}

/** The recipe of a variant that is encoded of pixels. */
export function encodeRecipe(plan: Plan, target: Target): EncodeRecipe {
  const verdict = variantsOf(plan)[target];
  if (typeof verdict !== "object" || verdict.recipe.kind !== "encode") throw new Error(`${target} is not encoded`);
  return verdict.recipe;
}

/** The number for the encoder of a lossy variant. */
export function qualityOf({ settings }: EncodeRecipe): number {
  return "quality" in settings ? settings.quality : Number.NaN;
}
