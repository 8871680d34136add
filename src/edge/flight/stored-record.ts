import type { SourceKey } from "../key.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { LoadedSource } from "../origin/source.ts";
import type { Audience } from "../plan/audience.ts";
import {
  keptUntil,
  type KnownSource,
  lastConfirmedAt,
  staleSeconds,
  mergeVariants,
  type SourceRecord,
  withReply,
} from "../plan/known-source.ts";
import type { VariantId } from "../targets.ts";
import type { Ports } from "../ports.ts";
import type { StorableAnswer } from "../store/answer-cache.ts";
import type { StoredSource } from "../store/variant-store.ts";

type Outside = Pick<Ports, "config" | "now" | "store" | "answers">;

/** An answer and whose it is. */
interface AnswerFor {
  readonly image: ImageRequest;
  readonly answer: Omit<StorableAnswer, "audience" | "generation" | "keepSeconds">;
}

/**
 * The record of a source as one flight shares it with other isolates: read before each write, merged, and given up when
 * it is not the flight's own any more. A record that has vanished is no permission to store: somebody has purged it.
 */
export class StoredRecord {
  readonly #key: SourceKey;
  readonly #audience: Audience;
  readonly #outside: Outside;
  #generation: string;
  #record: SourceRecord | undefined;
  /** The record as the store has it; what has not changed is not written again. */
  #storedText: string | undefined;
  /** The store held a record of this flight's source, read or written by it: from then on it has to be there. */
  #isExpected: boolean;
  #isStopped = false;
  /** Something has been written since the last look for a purge. */
  #isUnconfirmed = false;
  /** Variants whose state this flight has set. */
  readonly #touched = new Set<VariantId>();
  readonly #lostTags = new Set<string>();
  /** The classes for which this flight stores or has stored an answer: each of its records names them, also one that is written meanwhile. */
  readonly #named = new Set<string>();
  /** Those whose answer is there. */
  readonly #answered = new Set<string>();

  constructor(key: SourceKey, { audience, stored, known }: LoadedSource, outside: Outside) {
    this.#key = key;
    this.#audience = audience;
    this.#outside = outside;
    // Isolates that begin at the same time agree about the first one, since they have the same file.
    this.#generation = stored.generation ?? known.file.etag.replaceAll('"', "");
    this.#record = stored.record;
    this.#isExpected = stored.record !== undefined;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    this.#isStopped = true;
  }

  touch(id: VariantId): void {
    this.#touched.add(id);
  }

  noteLost(etag: string): void {
    this.#lostTags.add(etag);
  }

  /**
   * Reads the record again. False when this flight has to stop.
   * @param knownNow what this flight knows, asked for after the read: it may learn something meanwhile.
   * @param learn takes that with what others have added, in the same turn: what is learned in between would be lost.
   */
  async read(knownNow: () => KnownSource, learn: (known: KnownSource) => void): Promise<boolean> {
    if (this.#isStopped) return false;
    // As it is before the read: a record that is being written meanwhile may come too late for it.
    const isExpected = this.#isExpected;
    const trusted = isExpected ? this.#generation : undefined;
    // What others know was read with the source; a purge of theirs is found by `confirm()`.
    const stored = await this.#outside.store.readRecord(this.#key, trusted, true);
    const known = knownNow();
    if (this.#isStopped) return false;
    if (!this.#isOwn(stored, known, isExpected)) {
      await this.#withdraw();
      return false;
    }
    const { record } = stored;
    this.#record = record;
    this.#storedText = record && JSON.stringify(record);
    if (record?.file.etag !== known.file.etag) return true;
    this.#generation = record.generation;
    const reply = record.replies[this.#audience];
    learn({
      file: known.file,
      // Confirmed again meanwhile: what is made of the source is fresh for longer.
      reply: reply !== undefined && reply.confirmedAt > known.reply.confirmedAt ? reply : known.reply,
      variants: mergeVariants(known.variants, record.variants, this.#touched, this.#lostTags),
      verdict: known.verdict ?? record.verdict,
    });
    return true;
  }

  /** Whether what is stored leaves room for what this flight knows. */
  #isOwn({ record, generation, wasPurged }: StoredSource, known: KnownSource, isExpected: boolean): boolean {
    if (wasPurged && generation !== this.#generation) return false;
    if (record === undefined) return !isExpected;
    // Another picture has come meanwhile: the later one stays.
    if (record.file.etag !== known.file.etag) return lastConfirmedAt(record) <= known.reply.confirmedAt;
    return !isExpected || record.generation === this.#generation;
  }

  /**
   * Writes the record, and with it answers that it remembers. To be called right after `read()`.
   * @returns whether all of it is stored.
   */
  async write(known: KnownSource, finished: readonly AnswerFor[] = []): Promise<boolean> {
    const { answers, config, now } = this.#outside;
    const [audience, generation] = [this.#audience, this.#generation];
    const staleFor = staleSeconds(known.reply, config.STALE_SECONDS);
    const kept = finished
      .map((each) => ({
        ...each,
        keepSeconds: Math.ceil((each.answer.freshUntil - now()) / 1000) + staleFor,
      }))
      .filter(({ keepSeconds }) => keepSeconds > 0);
    const tokens = kept.map(({ image }) => image.client.token);
    for (const token of tokens) this.#named.add(token);
    const record = this.recordOf(known);
    const keepSeconds = Math.ceil((keptUntil(record, config.STALE_SECONDS) - now()) / 1000);
    if (this.#isStopped || keepSeconds <= 0) return false;
    const [isRemembered, ...stored] = await Promise.all([
      this.#writeRecord(record, keepSeconds),
      ...kept.map(({ image, answer, keepSeconds: seconds }) =>
        answers.put(image, { ...answer, audience, generation, keepSeconds: seconds }),
      ),
    ]);
    this.#isUnconfirmed = true;
    tokens.filter((_, index) => stored[index]).forEach((token) => this.#answered.add(token));
    if (isRemembered) return stored.length === finished.length && stored.every(Boolean);
    // An answer that no record names would outlive a purge.
    await Promise.all(tokens.map((token) => answers.remove(this.#key, token)));
    return false;
  }

  /** The record of what is known. */
  recordOf({ file, verdict, variants, reply }: KnownSource): SourceRecord {
    const before = this.#record?.file.etag === file.etag ? this.#record : undefined;
    return {
      generation: this.#generation,
      file,
      verdict,
      variants,
      replies: withReply(before?.replies ?? {}, this.#audience, reply),
      // Also those of another picture: their entries are still there.
      answers: [...new Set([...(this.#record?.answers ?? []), ...this.#named])],
    };
  }

  async #writeRecord(record: SourceRecord, keepSeconds: number): Promise<boolean> {
    const text = JSON.stringify(record);
    if (text === this.#storedText) return true;
    this.#record = record;
    this.#storedText = text;
    const isWritten = await this.#outside.store.writeRecord(this.#key, record, keepSeconds);
    if (!isWritten) this.#storedText = undefined;
    this.#isExpected ||= isWritten;
    return isWritten;
  }

  async removeAnswer(classToken: string): Promise<void> {
    await this.#outside.answers.remove(this.#key, classToken);
  }

  /** Takes back what has been stored since a purge that was not seen in time. */
  async confirm(): Promise<void> {
    if (!this.#isUnconfirmed) return;
    this.#isUnconfirmed = false;
    if (!this.#isStopped && (await this.#outside.store.isCurrent(this.#key, this.#generation))) return;
    await this.#withdraw();
  }

  async #withdraw(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#answered].map((token) => this.#outside.answers.remove(this.#key, token)));
    this.#answered.clear();
  }
}
