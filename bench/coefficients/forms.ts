import { targetScore } from "../../src/imaging/cost/score.ts";
import type { RecompressRecipe } from "../../src/imaging/model/recipe.ts";

/** What the engine makes of a JPEG. */
export type Form = "optimised" | "jxl" | "jxl-exact" | "jxl-lossy" | "jpeg-lossy";

/** Points of score by which a lossy JPEG is better than a lossy JPEG XL: its clients take it for the picture itself. */
const betterJpeg = 4;

/**
 * How each form is made.
 *
 * @param quality that of the source, 1–100: it decides what a lossy file may look like
 */
export function recipeOf(form: Form, quality: number): RecompressRecipe {
  const jpeg = { kind: "recompress", format: "jpeg" } as const;
  const jxl = { kind: "recompress", format: "jxl" } as const;
  const target = targetScore(quality);
  const rows = {
    optimised: { ...jpeg, exact: true },
    jxl: { ...jxl, exact: true, unbiased: false },
    "jxl-exact": { ...jxl, exact: true, unbiased: true },
    "jxl-lossy": { ...jxl, exact: false, targetScore: target },
    "jpeg-lossy": { ...jpeg, exact: false, targetScore: target + betterJpeg },
  } as const satisfies Record<Form, RecompressRecipe>;
  return rows[form];
}
