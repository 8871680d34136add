import {
  isRetryDue,
  lastConfirmedAt,
  type SourceRecord,
  type VariantState,
  type VariantStates,
} from "../plan/known-source.ts";
import type { VariantId } from "../targets.ts";
import type { StoredSource } from "./variant-store.ts";

/**
 * What a data centre and the shared store know of a source, taken together. The shared one is right about purges, unless
 * `hasMissedPurge()`; a result is right against none; of two versions of the picture the one that was confirmed later is.
 */
export function mergeSources(near: StoredSource, shared: StoredSource): StoredSource {
  const generation = shared.generation ?? near.generation;
  const wasPurged = near.wasPurged || shared.wasPurged;
  const ours = near.record?.generation === generation ? near.record : undefined;
  const theirs = shared.record?.generation === generation ? shared.record : undefined;
  if (ours === undefined || theirs === undefined) {
    return { record: ours ?? (theirs && imported(theirs, near.record)), generation, wasPurged };
  }
  if (ours.file.etag !== theirs.file.etag) {
    const isOlder = lastConfirmedAt(ours) < lastConfirmedAt(theirs);
    return { record: isOlder ? imported(theirs, ours) : ours, generation, wasPurged };
  }
  const variants = mergeResults(ours.variants, theirs.variants);
  return { record: { ...ours, verdict: ours.verdict ?? theirs.verdict, variants }, generation, wasPurged };
}

/** Whether the shared store failed as this data centre purged, and still has what became void then. */
export function hasMissedPurge(near: StoredSource, shared: StoredSource): boolean {
  const { generation } = shared;
  if (generation === undefined || generation === near.generation) return false;
  return near.missed?.includes(generation) === true || (near.wasPurged && !shared.wasPurged);
}

/** The classes that an answer is stored for are each data centre's own. */
function imported(theirs: SourceRecord, replaced: SourceRecord | undefined): SourceRecord {
  return { ...theirs, answers: replaced?.answers ?? [] };
}

/** One state for each variant; of two of the same weight the second one's. */
export function mergeResults(first: VariantStates, second: VariantStates): VariantStates {
  const ids = [...new Set([...Object.keys(first), ...Object.keys(second)])] as VariantId[];
  const merged = ids.flatMap((id) => {
    const [one, other] = [first[id], second[id]];
    const state = weightOf(one) > weightOf(other) ? one : other;
    return state === undefined ? [] : [[id, state] as const];
  });
  return Object.fromEntries(merged);
}

function weightOf(state: VariantState | undefined): number {
  if (state === undefined) return 0;
  if (state.state === "pending") return 1;
  return state.state === "failed" ? 2 : 3;
}

/** Whether somebody may be at work on it: another look at the shared store can bring more. */
export function isUnfinished({ variants }: SourceRecord): boolean {
  return Object.values(variants).some(({ state }) => state === "pending");
}

/**
 * Variants that are to be made although a manifest is there: neither made nor impossible, nor failed a short while ago.
 * @param now milliseconds since the epoch
 */
export function unmadeVariants<Wanted extends { readonly id: VariantId }>(
  wanted: readonly Wanted[],
  variants: VariantStates,
  now: number,
): readonly Wanted[] {
  return wanted.filter(({ id }) => {
    const state = variants[id];
    if (state === undefined || state.state === "pending") return true;
    return state.state === "failed" && isRetryDue(state.retryAt, now);
  });
}
