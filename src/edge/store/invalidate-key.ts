import { keptUntil, type OriginReply, type SourceRecord } from "../plan/known-source.ts";
import type { SourceKey } from "../key.ts";
import type { Ports } from "../ports.ts";
import { purgeKey } from "./purge-key.ts";

/**
 * Makes void what is kept of a source until its origin has been asked: "invalid", in the words of RFC 9111 §4.4, "and in need
 * of a mandatory validation". The file may be the same afterwards, and then so are its variants: nothing is encoded for it again.
 * What is in flight stores nothing any more, as after a purge.
 * @param unknownClasses see `purgeKey()`
 */
export async function invalidateKey(
  key: SourceKey,
  { store, answers, config, now }: Pick<Ports, "store" | "answers" | "config" | "now">,
  unknownClasses: readonly string[],
): Promise<void> {
  const generation = crypto.randomUUID();
  const { record } = await purgeKey(key, { store, answers }, unknownClasses, generation);
  if (record === undefined) return;
  const seconds = Math.ceil((keptUntil(record, config.STALE_SECONDS) - now()) / 1000);
  if (seconds > 0) await store.writeRecord(key, invalidated(record, generation, now()), seconds);
}

function invalidated(record: SourceRecord, generation: string, now: number): SourceRecord {
  const replies = Object.entries(record.replies).map(
    ([audience, reply]) => [audience, needingValidation(reply, now)] as const,
  );
  // What is being made of it belongs to the older generation, and is stopped.
  const variants = Object.entries(record.variants).filter(([, { state }]) => state !== "pending");
  return {
    ...record,
    generation,
    replies: Object.fromEntries(replies),
    variants: Object.fromEntries(variants),
    answers: [],
  };
}

/** Only a strong tag of the origin is asked about: a date of whole seconds may be that of the file before, too. */
function needingValidation(reply: OriginReply, now: number): OriginReply {
  const { freshness, confirmedAt, originEtag } = reply;
  return {
    ...reply,
    originEtag: originEtag?.startsWith('"') === true ? originEtag : null,
    lastModified: null,
    freshness: {
      ...freshness,
      remainingSeconds: Math.min(freshness.remainingSeconds, (now - confirmedAt) / 1000),
      mayServeStale: false,
      staleWhileRevalidateSeconds: undefined,
    },
  };
}
