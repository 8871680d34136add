import type { MetadataSetting } from "../../imaging/model/settings.ts";
import type { JobQueue } from "../env.ts";
import type { SourceKey } from "../key.ts";
import { isWithin } from "../clock.ts";
import { backlogRestMs, maxBacklog, queueMs } from "../limits.ts";
import { withPatience } from "../origin/patience.ts";
import { lastConfirmedAt, type SourceRecord, type VariantStates } from "../plan/known-source.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import type { LayeredStore } from "../store/layered.ts";
import type { SharedStore } from "../store/shared-store.ts";
import type { VariantId } from "../targets.ts";
import { createMessage, type EncodeMessage } from "./encode-message.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a gateway wants to have made, with what it has made itself. */
export interface Order {
  readonly key: SourceKey;
  readonly record: SourceRecord;
  /** The shared store has a manifest of this source. */
  readonly isAnnounced: boolean;
  /** This gateway was the first: nobody else has written the source. */
  readonly isFirst: boolean;
  readonly original: Bytes;
  readonly variants: readonly PlannedVariant[];
  /** Files that this gateway has made. */
  readonly files: ReadonlyMap<VariantId, { readonly bytes: Bytes; readonly etag: string }>;
  readonly results: VariantStates;
  readonly metadata: MetadataSetting;
}

/** What one isolate of a gateway has to do with the queue, since its start. */
export interface QueueCounts {
  sent: number;
  /** Messages that could not be sent: the queue or R2 refused, or too many waited. */
  unsent: number;
  /** How many waited when the last one was sent; null where the queue has not said it. */
  backlog: number | null;
}

/** The other data centres and the encoder, as a gateway sees them. Never rejects. */
export interface Fleet {
  readonly queue: Readonly<QueueCounts>;
  /**
   * Says that this gateway is the first to work on a source.
   * @returns undefined where it is, as far as can be found out; else what the first one knows
   */
  announce(key: SourceKey, record: SourceRecord): Promise<SourceRecord | undefined>;
  /** Hands over bytes and asks the encoder for variants, with one message. False where that was not possible. */
  delegate(order: Order): Promise<boolean>;
  /** What is known of a source, see `LayeredStore`. */
  catchUp(key: SourceKey, mayAsk: () => boolean): Promise<SourceRecord | undefined>;
}

/** @param clock milliseconds since the epoch */
export function createFleet(
  store: Pick<LayeredStore, "catchUp">,
  shared: SharedStore,
  jobs: JobQueue<EncodeMessage>,
  clock: () => number,
  report: (error: unknown) => void,
): Fleet {
  /** When the queue has last refused a message, or said that too many wait. */
  let fullAt: number | undefined;
  const queue: QueueCounts = { sent: 0, unsent: 0, backlog: null };
  const isFull = (): boolean => fullAt !== undefined && isWithin(backlogRestMs, fullAt, clock());

  const announce = async (key: SourceKey, record: SourceRecord): Promise<SourceRecord | undefined> => {
    if ((await shared.write(key, record, undefined)) !== "outrun") return undefined;
    const found = await shared.read(key);
    if (found === undefined) return undefined;
    const theirs = found.record?.generation === record.generation ? found.record : undefined;
    if (theirs?.file.etag === record.file.etag) return theirs;
    // Another version of the picture: the one that was confirmed later stays.
    if (theirs !== undefined && lastConfirmedAt(theirs) > lastConfirmedAt(record)) return undefined;
    await shared.write(key, record, found.version);
    return undefined;
  };

  const send = async (message: EncodeMessage): Promise<boolean> => {
    if (isFull()) return false;
    try {
      const sent = await withPatience(jobs.send(message), queueMs);
      if (sent === undefined) throw new Error(`no answer within ${queueMs} ms`);
      queue.backlog = sent.metadata?.metrics?.backlogCount ?? null;
      if ((queue.backlog ?? 0) > maxBacklog) fullAt = clock();
      return true;
    } catch (error) {
      fullAt = clock();
      report(new Error("The queue has refused a message.", { cause: error }));
      return false;
    }
  };

  const delegate = async (order: Order): Promise<boolean> => {
    const { key, record, isAnnounced, isFirst, original, variants, files, results, metadata } = order;
    if (isFull()) return false;
    if (!isAnnounced) await announce(key, record);
    // A look costs a twelfth of a write.
    const isThere = !isFirst && (await shared.hasBytes(key, "original", record.file.etag));
    const written = await Promise.all([
      ...(isThere ? [] : [shared.writeBytes(key, "original", original, record.file.etag)]),
      ...[...files].map(([id, { bytes, etag }]) => shared.writeBytes(key, id, bytes, etag)),
    ]);
    if (!written.every(Boolean)) return false;
    const { file, generation, verdict } = record;
    return send(createMessage({ key, etag: file.etag, generation, variants, metadata, results, verdict }));
  };

  return {
    queue,
    announce,
    catchUp: (...asked) => store.catchUp(...asked),

    async delegate(order) {
      const isSent = await delegate(order);
      queue[isSent ? "sent" : "unsent"] += 1;
      return isSent;
    },
  };
}
