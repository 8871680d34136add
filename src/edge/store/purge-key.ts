import type { SourceKey } from "../key.ts";
import type { SourceRecord } from "../plan/known-source.ts";
import type { Ports } from "../ports.ts";

/** What a purge of a key has done. */
export interface PurgedKey {
  /** What was known of it. */
  readonly record: SourceRecord | undefined;
  /** Answers of client classes that were removed. */
  readonly answers: number;
  /** Writes and deletions that failed: something old may still be there. */
  readonly failures: number;
  /** Whether it is void for other data centres too; undefined where nothing is shared. */
  readonly isSharedPurged: boolean | undefined;
}

/**
 * Voids what is stored of a source, and removes the answers that lie in the way of a new one.
 * @param unknownClasses classes whose answers are removed where nothing is known of the source
 * @param generation see `VariantStore.purge()`
 */
export async function purgeKey(
  key: SourceKey,
  { store, answers }: Pick<Ports, "store" | "answers">,
  unknownClasses: readonly string[] = [],
  generation?: string,
): Promise<PurgedKey> {
  const { record, failures, isSharedPurged } = await store.purge(key, generation);
  const outcomes = await Promise.all((record?.answers ?? unknownClasses).map((token) => answers.remove(key, token)));
  return {
    record,
    answers: outcomes.filter((outcome) => outcome === "removed").length,
    failures: failures + outcomes.filter((outcome) => outcome === "failed").length,
    isSharedPurged,
  };
}
