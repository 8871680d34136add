import { strongEtag } from "../http/etag.ts";
import type { SourceKey } from "../key.ts";
import { pendingMarkerSeconds, retryAfterSeconds, transientSeconds } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { NetworkClass } from "../negotiate/network.ts";
import { type Choice, chooseAnswer, eagerVariants, type Known } from "../plan/choose.ts";
import { freshUntil, type Meta, type VariantState } from "../plan/known-source.ts";
import { type Plan, planKnownSource } from "../plan/plan.ts";
import type { PlannedVariant, VariantId } from "../plan/variant.ts";
import type { Services } from "../services.ts";
import { entryHeader, type EntryState, formatEntry } from "../store/entry.ts";
import { mayStore } from "../store/edge-cache.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A file that can be sent, with its strong validator. */
export interface SendableFile {
  readonly bytes: Bytes;
  readonly etag: string;
}

/** An answer that is to be stored for one class. */
export interface FinishedAnswer {
  readonly headers: Headers;
  readonly bytes: Bytes;
  readonly isInterim: boolean;
  /** Until when it may be served without a question, in milliseconds since the epoch. */
  readonly freshEnd: number;
}

/** What a state uses of the outside. */
type Outside = Pick<Services, "config" | "now" | "tier">;

/**
 * What is known of one source while a flight works on it: the record, the bytes at hand, and what of both is to be
 * stored. It makes nothing and waits for nothing but the store.
 */
export class SourceState {
  readonly #leader: ImageRequest;
  readonly #outside: Outside;
  /** What was fetched before a purge must not be stored after it. */
  readonly #startedAt: number;
  readonly #plans = new Map<NetworkClass, Plan>();
  readonly #bytes = new Map<VariantId, Bytes>();
  /** Kept nowhere else: a draft is sent in interim answers of this flight, and never taken for its variant. */
  readonly #drafts = new Map<VariantId, Bytes>();
  readonly #unsaved = new Set<VariantId>();
  #meta: Meta;
  #isStopped = false;

  constructor(leader: ImageRequest, meta: Meta, startedAt: number, outside: Outside) {
    this.#leader = leader;
    this.#meta = meta;
    this.#startedAt = startedAt;
    this.#outside = outside;
  }

  get meta(): Meta {
    return this.#meta;
  }

  /** Nothing more is stored from now on. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    this.#isStopped = true;
  }

  plan(network: NetworkClass): Plan {
    const { config } = this.#outside;
    const plan = this.#plans.get(network) ?? planKnownSource(this.#meta, config, network, this.#leader.parsed);
    this.#plans.set(network, plan);
    return plan;
  }

  choose(image: ImageRequest): Choice {
    return chooseAnswer(this.#knownFor(image.client.network), image.client, this.#outside.config);
  }

  /** The variants that are made whoever asks, as far as they may be begun. */
  eager(): readonly PlannedVariant[] {
    return eagerVariants(this.#knownFor("fast"), this.#outside.config);
  }

  #knownFor(network: NetworkClass): Known {
    const { source, variants } = this.#meta;
    const { facts, bytes } = source;
    const now = this.#outside.now();
    return {
      plan: this.plan(network),
      sourceFormat: facts.format,
      sourceBytes: bytes,
      variants,
      drafts: this.#drafts,
      now,
    };
  }

  /** What has become of a variant so far; a mark that it is being made does not count. */
  outcomeOf(id: VariantId): VariantState | undefined {
    const state = this.#meta.variants[id];
    return state?.state === "pending" ? undefined : state;
  }

  note(id: VariantId, state: VariantState | undefined): void {
    const { [id]: _, ...others } = this.#meta.variants;
    this.#meta = { ...this.#meta, variants: state === undefined ? others : { ...others, [id]: state } };
  }

  /** Says that a variant is being made; returns how often it has failed before. */
  markPending(id: VariantId): number {
    const before = this.#meta.variants[id];
    const attempts = before !== undefined && "attempts" in before ? before.attempts : 0;
    this.note(id, { state: "pending", until: this.#outside.now() + pendingMarkerSeconds * 1000, attempts });
    return attempts;
  }

  noteFailure(id: VariantId, attempts: number): void {
    const seconds = retryAfterSeconds[Math.min(attempts, retryAfterSeconds.length - 1)] ?? 0;
    const retryAt = this.#outside.now() + seconds * 1000;
    this.note(id, { state: "failed", attempts: attempts + 1, retryAt });
  }

  /** The pixels cannot be had: no variant will ever be made of this source. */
  noteUndecodable(): void {
    this.#meta = { ...this.#meta, verdict: "undecodable" };
    this.#plans.clear();
  }

  /** Takes in a variant that has been made; it replaces its draft. */
  async keep(id: VariantId, bytes: Bytes): Promise<void> {
    this.#bytes.set(id, bytes);
    this.#unsaved.add(id);
    this.note(id, { state: "made", bytes: bytes.length, etag: await strongEtag(bytes) });
    this.#drafts.delete(id);
  }

  keepDraft(id: VariantId, bytes: Bytes): void {
    this.#drafts.set(id, bytes);
  }

  hasDraft(id: VariantId): boolean {
    return this.#drafts.has(id);
  }

  /** A variant's bytes, or those of the draft that stands for it; undefined when the store has lost them. */
  async read(id: VariantId): Promise<SendableFile | undefined> {
    const state = this.#meta.variants[id];
    if (state?.state !== "made") {
      const draft = this.#drafts.get(id);
      return draft && { bytes: draft, etag: await strongEtag(draft) };
    }
    const bytes = this.#bytes.get(id) ?? (await this.#outside.tier.readBytes(this.#key, id, state.etag));
    if (bytes === undefined) return undefined;
    this.#bytes.set(id, bytes);
    return { bytes, etag: state.etag };
  }

  /** Moment to count `Age` from (RFC 9111 §4.2.3), in milliseconds since the epoch. */
  get bornAt(): number {
    const { confirmedAt, freshness } = this.#meta;
    return confirmedAt - freshness.ageSeconds * 1000;
  }

  /** Until when an answer of this choice may be served without a question, in milliseconds since the epoch. */
  freshEnd(choice: Choice): number {
    // What failed is tried again by the first request after its pause.
    const end = Math.min(freshUntil(this.#meta), choice.retryAt ?? Infinity);
    return choice.transient ? Math.min(end, this.#outside.now() + transientSeconds * 1000) : end;
  }

  async saveOriginal(bytes: Bytes): Promise<void> {
    if (!(await this.#mayStore())) return;
    await this.#outside.tier.writeBytes(this.#key, "original", bytes, this.#meta.source.etag);
  }

  /** Stores the variants that have been made since the last time, and the record. */
  async save(): Promise<void> {
    if (!(await this.#mayStore())) return;
    const { tier, config, now } = this.#outside;
    for (const id of this.#unsaved) {
      const variant = await this.read(id);
      if (variant !== undefined) await tier.writeBytes(this.#key, id, variant.bytes, variant.etag);
      this.#unsaved.delete(id);
    }
    await tier.writeMeta(this.#key, this.#meta, config.STALE_SECONDS, now());
  }

  /** Stores the answer for a class; false where it may not be, or could not. */
  async saveAnswer(image: ImageRequest, answer: FinishedAnswer): Promise<boolean> {
    const { tier, config, now } = this.#outside;
    const keep = Math.ceil((answer.freshEnd - now()) / 1000) + config.STALE_SECONDS;
    if (keep <= 0 || !(await this.#mayStore())) return false;
    const entry: EntryState = {
      bornAt: this.bornAt,
      freshUntil: answer.freshEnd,
      isInterim: answer.isInterim,
      cacheControl: answer.headers.get("cache-control") ?? "",
    };
    const headers = new Headers(answer.headers);
    headers.set(entryHeader, formatEntry(entry));
    headers.set("cache-control", `max-age=${keep}`);
    return tier.writeAnswer(image.key, image.client.token, new Response(answer.bytes, { headers }));
  }

  get #key(): SourceKey {
    return this.#leader.key;
  }

  async #mayStore(): Promise<boolean> {
    return !this.#isStopped && mayStore(await this.#outside.tier.readMeta(this.#key), this.#startedAt);
  }
}
