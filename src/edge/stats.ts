import type { FormatId } from "../imaging/model/formats.ts";
import { formatOf, type Recipe } from "../imaging/model/recipe.ts";
import type { Reason } from "./reasons.ts";
import type { Made } from "../imaging/imaging.ts";

/** Counts of one isolate since its start. */
export interface Stats {
  requests: number;
  hits: number;
  /** Answers that were soon replaced by better ones. */
  interim: number;
  /** Answers by reason; of hits each hundredth is read, and counts for all of them. */
  readonly reasons: Partial<Record<Reason, number>>;
  /** Bytes that were not sent, by the format that was; of hits likewise. */
  readonly saved: Partial<Record<FormatId, number>>;
  /** Files made, by format. */
  readonly encodes: Partial<Record<FormatId, number>>;
  /** Pictures drawn by presets. */
  renderings: number;
  /** Files in haste that were only sent until the better ones were there. */
  drafts: number;
  /** Of the sources that the origin was asked for, and of the answers. */
  bytesIn: number;
  bytesOut: number;
  /** Of ours and of the origin. */
  failures: number;
  /** How often the automatic stop has let everything pass for a while. */
  stops: number;
}

export function createStats(): Stats {
  return {
    requests: 0,
    hits: 0,
    interim: 0,
    reasons: {},
    saved: {},
    encodes: {},
    renderings: 0,
    drafts: 0,
    bytesIn: 0,
    bytesOut: 0,
    failures: 0,
    stops: 0,
  };
}

/** Counts what became of a recipe. */
export function countMade(
  stats: Stats,
  recipe: Recipe | "rendering",
  { kind }: Pick<Made, "kind">,
  isDraft: boolean,
): void {
  if (kind === "failed") stats.failures += 1;
  if (recipe === "rendering") {
    if (kind === "made") stats.renderings += 1;
    return;
  }
  const format = formatOf(recipe);
  if (kind === "made" && isDraft) stats.drafts += 1;
  else if (kind === "made") stats.encodes[format] = (stats.encodes[format] ?? 0) + 1;
}
