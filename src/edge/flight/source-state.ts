import type { Fleet, Order } from "../backend/fleet.ts";
import { strongEtag } from "../http/etag.ts";
import { pendingMarkerSeconds, retryAfterSeconds, transientSeconds } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { NetworkClass } from "../negotiate/network.ts";
import type { LoadedSource } from "../origin/source.ts";
import { type Choice, chooseAnswer, eagerVariants, type Known } from "../plan/choose.ts";
import { freshUntil, type KnownSource, type VariantState } from "../plan/known-source.ts";
import { type Plan, planKnownSource } from "../plan/plan.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import { mergeResults } from "../store/manifest.ts";
import type { VariantId } from "../targets.ts";
import type { Ports } from "../ports.ts";
import { HeldFiles } from "./held-files.ts";
import { StoredRecord } from "./stored-record.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A file that can be sent, with its strong validator. */
export interface SendableFile {
  readonly bytes: Bytes;
  readonly etag: string;
}

/** An answer that is to be stored for the class of a request. */
export interface FinishedAnswer {
  readonly image: ImageRequest;
  readonly headers: Headers;
  readonly bytes: Bytes;
  readonly isInterim: boolean;
  /** Until when it may be served without a question, in milliseconds since the epoch. */
  readonly freshEnd: number;
}

/** What is left to the encoder. */
interface Delegated extends Pick<Order, "variants" | "isAnnounced" | "isFirst"> {
  /** Variants that were made or found out here since the last time. */
  readonly own: readonly VariantId[];
}

/** What a state uses of the outside. */
type Outside = Pick<Ports, "config" | "now" | "store" | "answers" | "encoderPool">;

/**
 * What is known of one source while a flight works on it: what the origin said, what has become of each variant, and the
 * bytes at hand. It makes nothing and waits for nothing but the store.
 */
export class SourceState {
  readonly #leader: ImageRequest;
  readonly #outside: Outside;
  readonly #stored: StoredRecord;
  readonly #plans = new Map<NetworkClass, Plan>();
  readonly #bytes: HeldFiles;
  /** Kept nowhere else: a draft is sent in interim answers of this flight, and never taken for its variant. */
  readonly #drafts: HeldFiles;
  readonly #unsaved = new Map<VariantId | "original", SendableFile>();
  #known: KnownSource;
  /** The store does not have all that is known. */
  #isUnsaved: boolean;

  constructor(leader: ImageRequest, source: LoadedSource, outside: Outside) {
    this.#leader = leader;
    this.#outside = outside;
    this.#known = source.known;
    this.#bytes = new HeldFiles(outside.encoderPool.ledger);
    this.#drafts = new HeldFiles(outside.encoderPool.ledger);
    this.#stored = new StoredRecord(leader.key, source, outside);
    this.#isUnsaved = source.from === "origin";
    if (source.from === "origin" && source.bytes !== undefined) {
      this.#unsaved.set("original", { bytes: source.bytes, etag: source.known.file.etag });
    }
  }

  get known(): KnownSource {
    return this.#known;
  }

  /** Nothing more is stored: the source has been purged, or another one has taken its place. */
  get isStopped(): boolean {
    return this.#stored.isStopped;
  }

  stop(): void {
    this.#stored.stop();
  }

  /** Gives back the memory that is counted for it. */
  close(): void {
    this.#bytes.release();
    this.#drafts.release();
  }

  plan(network: NetworkClass): Plan {
    const { config } = this.#outside;
    const plan = this.#plans.get(network) ?? planKnownSource(this.#known, config, network, this.#leader.parsed);
    this.#plans.set(network, plan);
    return plan;
  }

  choose(image: ImageRequest): Choice {
    return chooseAnswer(this.#knownFor(image.client.network), image.client, this.#outside.config);
  }

  /** The variants that are made for every client, as far as they may be begun. */
  eager(): readonly PlannedVariant[] {
    return eagerVariants(this.#knownFor("fast"), this.#outside.config);
  }

  #knownFor(network: NetworkClass): Known {
    const { file, variants } = this.#known;
    return {
      plan: this.plan(network),
      sourceFormat: file.facts.format,
      sourceBytes: file.bytes,
      variants,
      drafts: this.#drafts.files,
      now: this.#outside.now(),
    };
  }

  /** What has become of a variant so far; a mark that it is being made does not count. */
  outcomeOf(id: VariantId): VariantState | undefined {
    const state = this.#known.variants[id];
    return state?.state === "pending" ? undefined : state;
  }

  note(id: VariantId, state: VariantState | undefined): void {
    const { [id]: _, ...others } = this.#known.variants;
    this.#known = { ...this.#known, variants: state === undefined ? others : { ...others, [id]: state } };
    this.#stored.touch(id);
    this.#isUnsaved = true;
  }

  /** Says that a variant is being made; returns how often it has failed before. */
  markPending(id: VariantId): number {
    const before = this.#known.variants[id];
    const attempts = before !== undefined && "attempts" in before ? before.attempts : 0;
    this.note(id, { state: "pending", until: this.#outside.now() + pendingMarkerSeconds * 1000, attempts });
    return attempts;
  }

  /**
   * Marks a variant as being made, for all isolates to see. False when another one has made it, or is making it, since
   * the record was last read.
   */
  async claim(id: VariantId): Promise<boolean> {
    if (!(await this.#refresh())) return false;
    const state = this.#known.variants[id];
    const isTaken = state?.state === "pending" && state.until > this.#outside.now();
    if (isTaken || state?.state === "made" || state?.state === "refused") return false;
    this.markPending(id);
    return this.#stored.write(this.#storable());
  }

  /**
   * Says to the fleet that these variants are being made. False where another data centre was first: what that one knows
   * holds here too.
   */
  async announce(fleet: Fleet, variants: readonly PlannedVariant[]): Promise<boolean> {
    for (const { id } of variants) this.markPending(id);
    const theirs = await fleet.announce(this.#leader.key, this.#stored.recordOf(this.#known));
    if (theirs === undefined) return true;
    for (const { id } of variants) this.note(id, theirs.variants[id]);
    this.#known = { ...this.#known, variants: mergeResults(this.#known.variants, theirs.variants) };
    if (theirs.verdict !== null) this.noteUndecodable();
    return false;
  }

  /** Has the encoder make variants, and hands over what has been made here. */
  async delegate(fleet: Fleet, original: Bytes, { variants, own, isAnnounced, isFirst }: Delegated): Promise<void> {
    for (const { id } of variants) this.markPending(id);
    await this.save();
    if (this.isStopped) return;
    const files = own.flatMap((id) => {
      const [state, bytes] = [this.#known.variants[id], this.#bytes.get(id)];
      return state?.state === "made" && bytes !== undefined ? [[id, { bytes, etag: state.etag }] as const] : [];
    });
    const results = own.flatMap((id) => {
      const state = this.#known.variants[id];
      return state === undefined || state.state === "pending" ? [] : [[id, state] as const];
    });
    await fleet.delegate({
      key: this.#leader.key,
      record: this.#stored.recordOf(this.#known),
      isAnnounced,
      isFirst,
      original,
      variants,
      files: new Map(files),
      results: Object.fromEntries(results),
      metadata: this.#outside.config.METADATA,
    });
  }

  noteFailure(id: VariantId, attempts: number): void {
    const seconds = retryAfterSeconds[Math.min(attempts, retryAfterSeconds.length - 1)] ?? 0;
    const retryAt = this.#outside.now() + seconds * 1000;
    this.note(id, { state: "failed", attempts: attempts + 1, retryAt });
  }

  /** The store has lost a variant that it names; it is made again like one that never was. */
  noteLost(id: VariantId): void {
    const state = this.#known.variants[id];
    if (state?.state === "made") this.#stored.noteLost(state.etag);
    this.note(id, undefined);
  }

  /** The pixels cannot be had: no variant will ever be made of this source. */
  noteUndecodable(): void {
    this.#known = { ...this.#known, verdict: "undecodable" };
    this.#isUnsaved = true;
    this.#plans.clear();
  }

  /** Takes in a variant that has been made; it replaces its draft. */
  async keep(id: VariantId, bytes: Bytes): Promise<void> {
    const etag = await strongEtag(bytes);
    this.#bytes.set(id, bytes);
    this.#unsaved.set(id, { bytes, etag });
    this.note(id, { state: "made", bytes: bytes.length, etag });
    this.#drafts.delete(id);
  }

  keepDraft(id: VariantId, bytes: Bytes): void {
    this.#drafts.set(id, bytes);
  }

  hasDraft(id: VariantId): boolean {
    return this.#drafts.files.has(id);
  }

  /** A variant's bytes, or those of the draft in its place; undefined when the store has lost them. */
  async read(id: VariantId): Promise<SendableFile | undefined> {
    const state = this.#known.variants[id];
    if (state?.state !== "made") {
      const draft = this.#drafts.get(id);
      return draft && { bytes: draft, etag: await strongEtag(draft) };
    }
    const bytes = this.#bytes.get(id) ?? (await this.#outside.store.readBytes(this.#leader.key, id, state.etag));
    if (bytes === undefined) return undefined;
    this.#bytes.set(id, bytes);
    return { bytes, etag: state.etag };
  }

  /** Moment to count `Age` from (RFC 9111 §4.2.3), in milliseconds since the epoch. */
  get bornAt(): number {
    const { confirmedAt, freshness } = this.#known.reply;
    return confirmedAt - freshness.ageSeconds * 1000;
  }

  /** Until when an answer of this choice may be served without a question, in milliseconds since the epoch. */
  freshEnd(choice: Choice): number {
    // What failed is tried again by the first request after its pause.
    const end = Math.min(freshUntil(this.#known.reply), choice.retryAt ?? Infinity);
    return choice.transient ? Math.min(end, this.#outside.now() + transientSeconds * 1000) : end;
  }

  /**
   * Stores the bytes that are new, and then the record that names them, with answers that are made of them. Takes in what
   * other isolates have made.
   */
  async save(answers: readonly FinishedAnswer[] = []): Promise<void> {
    if (!this.#isUnsaved && answers.length === 0) return;
    if (!(await this.#refresh())) return;
    const files = [...this.#unsaved];
    if (files.length > 0) {
      const { store } = this.#outside;
      await Promise.all(files.map(([id, { bytes, etag }]) => store.writeBytes(this.#leader.key, id, bytes, etag)));
      for (const [id, file] of files) if (this.#unsaved.get(id) === file) this.#unsaved.delete(id);
      if (!(await this.#refresh())) return;
    }
    this.#isUnsaved = this.#unsaved.size > 0;
    if (!(await this.#write(answers))) this.#isUnsaved = true;
  }

  /** Stores an answer at once, before the bytes; false where it may not be, or could not. */
  async saveAnswer(answer: FinishedAnswer): Promise<boolean> {
    return (await this.#refresh()) && this.#write([answer]);
  }

  /** Takes a stored answer back: the next request of its class is given a new one. */
  removeAnswer({ client }: ImageRequest): Promise<void> {
    return this.#stored.removeAnswer(client.token);
  }

  #write(answers: readonly FinishedAnswer[]): Promise<boolean> {
    const { bornAt } = this;
    const finished = answers.map(({ image, headers, bytes, isInterim, freshEnd }) => ({
      image,
      answer: { headers, bytes, bornAt, isInterim, freshUntil: freshEnd },
    }));
    return this.#stored.write(this.#storable(), finished);
  }

  /** Takes back what has been stored since a purge that was not seen in time. */
  confirm(): Promise<void> {
    return this.#stored.confirm();
  }

  /** Reads the record again and takes in what others have added. False when nothing may be stored any more. */
  #refresh(): Promise<boolean> {
    return this.#stored.read(
      () => this.#known,
      (found) => {
        if (found.verdict !== this.#known.verdict || found.reply !== this.#known.reply) this.#plans.clear();
        this.#known = found;
      },
    );
  }

  /** The record says only of bytes that are stored that they are. */
  #storable(): KnownSource {
    const until = this.#outside.now() + pendingMarkerSeconds * 1000;
    const variants = Object.entries(this.#known.variants).map(([id, state]): [string, VariantState] => [
      id,
      state.state === "made" && this.#unsaved.get(id as VariantId)?.etag === state.etag
        ? { state: "pending", until, attempts: 0 }
        : state,
    ]);
    return { ...this.#known, variants: Object.fromEntries(variants) };
  }
}
