import { entryHeader, type EntryState, formatEntry } from "../store/entry.ts";
import { strongEtag } from "../http/etag.ts";
import { flightName, type SourceKey } from "../key.ts";
import { freshUntil, type Meta, type VariantState } from "../plan/known-source.ts";
import { mayStore } from "../store/edge-cache.ts";
import { type Deadline, endJob, makeVariant, predictMs, type TranscodeJob } from "../backend/local.ts";
import {
  backgroundWindowMs,
  droppedRetrySeconds,
  pendingMarkerSeconds,
  retryAfterSeconds,
  transientSeconds,
} from "../limits.ts";
import { universalTargets } from "../targets.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { NetworkClass } from "../negotiate/network.ts";
import { type Choice, chooseAnswer, eagerVariants, type Known } from "../plan/choose.ts";
import { planDraft } from "../plan/draft.ts";
import { type Plan, planKnownSource } from "../plan/plan.ts";
import { isDecoded } from "../plan/policy.ts";
import type { PlannedVariant, VariantId } from "../plan/variant.ts";
import type { CacheEvent } from "../http/cache-status.ts";
import { describeChoice } from "../respond/describe-choice.ts";
import { shortenLife } from "../respond/headers.ts";
import type { ReadyAnswer } from "../respond/send-answer.ts";
import type { Services } from "../services.ts";
import { loadSource, type LoadedSource, type ForwardedSource, type Source } from "../origin/load-source.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a flight has for a request. */
export type Outcome = ForwardedSource | { readonly kind: "ready"; readonly answer: ReadyAnswer };

/** An answer and the choice that it came from. */
interface Built {
  readonly headers: Headers;
  readonly bytes: Bytes;
  readonly choice: Choice;
}

/**
 * All work under way for one source in this isolate: one load, one decode, each variant once, and the storing. Requests
 * for the same source join it, whatever their class. It lives until the last background variant is stored.
 */
export class SourceFlight {
  /** What was fetched before a purge must not be stored after it. */
  readonly startedAt: number;
  readonly source: Promise<Source>;

  readonly #services: Services;
  readonly #leader: ImageRequest;
  /** One request for each class that takes part, to build its final answer for. */
  readonly #asked = new Map<string, ImageRequest>();
  readonly #answers = new Map<string, Promise<ReadyAnswer>>();
  readonly #inline = new Map<VariantId, Promise<void>>();
  readonly #bytes = new Map<VariantId, Bytes>();
  /** Kept nowhere else: a draft is sent in interim answers of this flight, and never taken for its variant. */
  readonly #drafts = new Map<VariantId, Bytes>();
  readonly #unsaved = new Set<VariantId>();
  readonly #plans = new Map<NetworkClass, Plan>();
  /** Whose stored answer is the final one. */
  readonly #finalClasses = new Set<string>();
  #isOver = false;
  #meta: Meta | undefined;
  #job: TranscodeJob | undefined;
  #isCancelled = false;
  #finishing: Promise<void> | undefined;
  #releaseSource: (() => void) | undefined;

  constructor(leader: ImageRequest, services: Services) {
    this.#leader = leader;
    this.#services = services;
    this.startedAt = services.now();
    this.source = loadSource(leader, services);
    services.waitUntil(
      this.source.then(
        (source) => (source.kind === "loaded" ? this.#begin(source) : this.#end()),
        () => this.#end(),
      ),
    );
  }

  /** Whether it is about the URL of the key, whatever CORS origin it was asked with. */
  isFor(key: SourceKey): boolean {
    const { site, sourcePath, directives } = this.#leader.key;
    return key.site === site && key.sourcePath === sourcePath && key.directives === directives;
  }

  /** Nothing more is stored: the picture has been purged. */
  cancel(): void {
    this.#isCancelled = true;
    this.#end();
  }

  /**
   * What one request gets out of this flight. Requests of the same class share the work for it.
   * @param services of the asking request: work done for it is held by its own `waitUntil`.
   */
  async outcome(image: ImageRequest, services: Services): Promise<Outcome> {
    const source = await this.source;
    if (source.kind === "passed") return source;
    this.#begin(source);
    const { token } = image.client;
    const known = this.#answers.get(token);
    if (known !== undefined) return { kind: "ready", answer: await known };
    this.#asked.set(token, image);
    const answer = this.#settle(image, source, services);
    this.#answers.set(token, answer);
    // The next request of this class may find more variants than this one.
    const forget = (): void => void this.#answers.delete(token);
    const giveUp = (): void => {
      forget();
      // Without an answer nothing follows it either; a flight that stayed would be joined for ever.
      if (this.#finishing === undefined) this.#end();
    };
    services.waitUntil(answer.then(forget, giveUp));
    return { kind: "ready", answer: await answer };
  }

  /** Whether the answer of a class that is stored now is the best that this flight will give. */
  isFinalFor(classToken: string): boolean {
    return this.#isOver || this.#finalClasses.has(classToken);
  }

  #begin(source: LoadedSource): void {
    if (this.#meta !== undefined) return;
    this.#meta = source.meta;
    const { facts, bytes } = source.meta.source;
    const plan = this.#plan("fast");
    this.#releaseSource = this.#services.encoderPool.ledger.hold(bytes);
    if (plan.kind === "make" && isDecoded(facts.format)) {
      this.#job = {
        facts,
        bytes: source.bytes,
        decodeCost: plan.decode,
        memoryBudgetBytes: this.#services.config.MEMORY_BUDGET_MB * 1e6,
        metadata: this.#services.config.METADATA,
        held: undefined,
      };
    }
  }

  async #settle(image: ImageRequest, source: LoadedSource, services: Services): Promise<ReadyAnswer> {
    let choice = this.#choose(image);
    let encoded = false;
    // What is packed better for everybody is no answer yet for who is to get something much smaller.
    const isPoor =
      choice.to === this.#known().source.bytes || universalTargets.some((target) => target === choice.serve);
    if (isPoor && choice.pending.length > 0 && source.from !== "stale") {
      const inline = this.#startInline(choice, source);
      encoded = inline !== undefined;
      await inline;
      choice = this.#choose(image);
    }
    const built = await this.#build(image, choice, source);
    const now = this.#services.now();
    const freshEnd = this.#freshEnd(built.choice, now);
    const ttl = Math.max(0, Math.floor((freshEnd - now) / 1000));
    const stored = source.from !== "stale" && (await this.#storeAnswer(image, built, freshEnd));
    if (stored && built.choice.pending.length === 0) this.#finalClasses.add(image.client.token);
    this.#finishing ??= this.#finish(source);
    services.waitUntil(this.#finishing);
    const event: CacheEvent =
      source.from === "cache" && !encoded
        ? { kind: "hit", detail: "assembled", ttl }
        : { kind: "forward", why: source.why, stored, ttl, collapsed: false };
    return { headers: built.headers, bytes: built.bytes, event, bornAt: this.#bornAt() };
  }

  #known(): Meta {
    if (this.#meta === undefined) throw new Error("The source has not been loaded.");
    return this.#meta;
  }

  #plan(network: NetworkClass): Plan {
    const plan =
      this.#plans.get(network) ?? planKnownSource(this.#known(), this.#services.config, network, this.#leader.parsed);
    this.#plans.set(network, plan);
    return plan;
  }

  #knownFor(network: NetworkClass): Known {
    const { source, variants } = this.#known();
    const { facts, bytes } = source;
    const plan = this.#plan(network);
    const now = this.#services.now();
    return { plan, sourceFormat: facts.format, sourceBytes: bytes, variants, drafts: this.#drafts, now };
  }

  #choose(image: ImageRequest): Choice {
    return chooseAnswer(this.#knownFor(image.client.network), image.client, this.#services.config);
  }

  /**
   * Begins the cheapest variant that can be ready within the budget, in haste where that pays, or joins one that is being
   * made for another class.
   */
  #startInline(choice: Choice, source: LoadedSource): Promise<void> | undefined {
    const running = choice.awaited.map((id) => this.#inline.get(id)).find((making) => making !== undefined);
    if (running !== undefined) return running;
    const [{ encoderPool, config, now }, job] = [this.#services, this.#job];
    if (job === undefined) return undefined;
    // The coefficients of a JPEG come first: nothing has to be decoded for them, and nothing is lost.
    const rank = (variant: PlannedVariant): number => (variant.engine === "coefficients" ? 0 : predictMs(job, variant));
    const cheapest = choice.startable
      .filter(({ engine }) => engine !== "animation")
      .map((variant) => this.#draftOf(variant, source) ?? variant)
      .toSorted((a, b) => rank(a) - rank(b))[0];
    if (cheapest === undefined) return undefined;
    const waitMs = encoderPool.queue.predictedWaitMs("inline");
    const budgetMs = config.INLINE_BUDGET_MS + (choice.mustConvert ? Math.min(waitMs, backgroundWindowMs) : 0);
    if (waitMs + predictMs(job, cheapest) > budgetMs) return undefined;
    const isDraft = !choice.startable.includes(cheapest);
    const making = this.#make(cheapest, { priority: "inline", endBy: now() + budgetMs }, isDraft);
    this.#inline.set(cheapest.id, making);
    return making.finally(() => this.#inline.delete(cheapest.id));
  }

  /**
   * Only for the first answers from a source: whatever had no turn or failed is made for good the next time, or drafts
   * would take the turns of what is to replace them.
   */
  #draftOf(variant: PlannedVariant, { from }: LoadedSource): PlannedVariant | undefined {
    // In shadow mode nobody would see it.
    if (from !== "origin" || this.#drafts.has(variant.id) || this.#services.config.MODE === "shadow") return undefined;
    const { facts, bytes } = this.#known().source;
    return planDraft(variant, facts, bytes);
  }

  /** Makes one variant, or its draft, and notes what became of it. */
  async #make(variant: PlannedVariant, deadline: Deadline, isDraft = false): Promise<void> {
    const job = this.#job;
    if (job === undefined) return;
    const { id } = variant;
    const before = this.#known().variants[id];
    const unmade = before?.state === "pending" ? undefined : before;
    const attempts = this.#markPending(id);
    const made = await makeVariant(this.#services.encoderPool, job, variant, deadline);
    switch (made.kind) {
      case "made":
        if (isDraft) {
          this.#drafts.set(id, made.bytes);
          this.#note(id, unmade);
          break;
        }
        this.#bytes.set(id, made.bytes);
        this.#unsaved.add(id);
        this.#note(id, { state: "made", bytes: made.bytes.length, etag: await strongEtag(made.bytes) });
        this.#drafts.delete(id);
        break;
      case "dropped":
        this.#note(id, unmade);
        break;
      case "failed": {
        const seconds = retryAfterSeconds[Math.min(attempts, retryAfterSeconds.length - 1)] ?? 0;
        this.#note(id, { state: "failed", attempts: attempts + 1, retryAt: this.#services.now() + seconds * 1000 });
        break;
      }
      case "refused":
        this.#note(id, { state: "refused" });
        break;
      case "undecodable":
        this.#meta = { ...this.#known(), verdict: "undecodable" };
        this.#plans.clear();
        break;
      default:
        made satisfies never;
    }
  }

  /** Says that a variant is being made; returns how often it has failed before. */
  #markPending(id: VariantId): number {
    const before = this.#known().variants[id];
    const attempts = before !== undefined && "attempts" in before ? before.attempts : 0;
    this.#note(id, { state: "pending", until: this.#services.now() + pendingMarkerSeconds * 1000, attempts });
    return attempts;
  }

  #note(id: VariantId, state: VariantState | undefined): void {
    const { [id]: _, ...others } = this.#known().variants;
    const variants = state === undefined ? others : { ...others, [id]: state };
    this.#meta = { ...this.#known(), variants };
  }

  async #build(image: ImageRequest, choice: Choice, source: LoadedSource): Promise<Built> {
    const meta = this.#known();
    const variant = choice.id === undefined ? undefined : await this.#variantBytes(choice.id);
    if (choice.id !== undefined && variant === undefined) {
      // The cache has lost the variant; it is made again like one that never was.
      this.#note(choice.id, undefined);
      return this.#build(image, this.#choose(image), source);
    }
    const bytes = variant?.bytes ?? source.bytes;
    const headers = describeChoice(choice, image, meta, variant);
    if (source.from === "stale") shortenLife(headers);
    return { headers, bytes, choice };
  }

  async #variantBytes(id: VariantId): Promise<{ bytes: Bytes; etag: string } | undefined> {
    const state = this.#known().variants[id];
    if (state?.state !== "made") {
      const draft = this.#drafts.get(id);
      return draft && { bytes: draft, etag: await strongEtag(draft) };
    }
    const bytes = this.#bytes.get(id) ?? (await this.#services.tier.readBytes(this.#leader.key, id, state.etag));
    if (bytes === undefined) return undefined;
    this.#bytes.set(id, bytes);
    return { bytes, etag: state.etag };
  }

  #bornAt(): number {
    const { confirmedAt, freshness } = this.#known();
    return confirmedAt - freshness.ageSeconds * 1000;
  }

  #freshEnd(choice: Choice, now: number): number {
    // What failed is tried again by the first request after its pause.
    const end = Math.min(freshUntil(this.#known()), choice.retryAt ?? Infinity);
    return choice.transient ? Math.min(end, now + transientSeconds * 1000) : end;
  }

  async #storeAnswer(image: ImageRequest, built: Built, freshEnd: number): Promise<boolean> {
    const { headers, bytes } = built;
    const isInterim = built.choice.pending.length > 0;
    const { tier, config, now } = this.#services;
    const keep = Math.ceil((freshEnd - now()) / 1000) + config.STALE_SECONDS;
    if (keep <= 0 || !(await this.#mayStore())) return false;
    const entry: EntryState = {
      bornAt: this.#bornAt(),
      freshUntil: freshEnd,
      isInterim,
      cacheControl: headers.get("cache-control") ?? "",
    };
    const stored = new Headers(headers);
    stored.set(entryHeader, formatEntry(entry));
    stored.set("cache-control", `max-age=${keep}`);
    return tier.writeAnswer(image.key, image.client.token, new Response(bytes, { headers: stored }));
  }

  async #mayStore(): Promise<boolean> {
    if (this.#isCancelled) return false;
    return mayStore(await this.#services.tier.readMeta(this.#leader.key), this.startedAt);
  }

  /** After the first answer: stores what there is, makes what is still wanted, and replaces the answers by final ones. */
  async #finish(source: LoadedSource): Promise<void> {
    try {
      if (source.from === "stale") return;
      const endBy = this.#services.now() + backgroundWindowMs;
      if (source.from === "origin") await this.#storeOriginal(source.bytes);
      await this.#storeVariants();
      const tried = new Set<VariantId>();
      let isBetter = false;
      for (;;) {
        const wanted = this.#wanted(tried);
        if (wanted.length === 0 && this.#inline.size === 0) break;
        isBetter = true;
        for (const { id } of wanted) this.#markPending(id);
        // The marks are stored before the work begins, so that no other isolate begins the same.
        await this.#storeVariants();
        for (const variant of wanted) {
          tried.add(variant.id);
          await this.#make(variant, { priority: "background", endBy });
          await this.#storeVariants();
          await this.#replaceAnswers(source, "improved");
        }
        // What another class waits for comes of the same pixels, and is to be stored as well.
        await Promise.allSettled(this.#inline.values());
        await this.#storeVariants();
      }
      if (isBetter) await this.#replaceAnswers(source, "all");
    } finally {
      this.#end();
    }
  }

  /** What classes in this flight wait for, and what is made for everybody: each once, cheapest first. */
  #wanted(tried: ReadonlySet<VariantId>): readonly PlannedVariant[] {
    if (this.#isCancelled) return [];
    const awaited = [...this.#asked.values()].flatMap((image) => this.#choose(image).startable);
    const eager = eagerVariants(this.#knownFor("fast"), this.#services.config);
    const byId = new Map([...awaited, ...eager].map((variant) => [variant.id, variant]));
    return [...byId.values()].filter(({ id }) => !tried.has(id)).toSorted((a, b) => a.cost.ms - b.cost.ms);
  }

  async #storeOriginal(bytes: Bytes): Promise<void> {
    if (!(await this.#mayStore())) return;
    await this.#services.tier.writeBytes(this.#leader.key, "original", bytes, this.#known().source.etag);
  }

  async #storeVariants(): Promise<void> {
    if (!(await this.#mayStore())) return;
    const { tier, config, now } = this.#services;
    for (const id of this.#unsaved) {
      const variant = await this.#variantBytes(id);
      if (variant !== undefined) await tier.writeBytes(this.#leader.key, id, variant.bytes, variant.etag);
      this.#unsaved.delete(id);
    }
    await tier.writeMeta(this.#leader.key, this.#known(), config.STALE_SECONDS, now());
  }

  /** Those of all classes, or of the classes that have just got the last variant that they waited for. */
  async #replaceAnswers(source: LoadedSource, which: "improved" | "all"): Promise<void> {
    for (const [classToken, image] of this.#asked) {
      const choice = this.#choose(image);
      if (which === "improved" && (choice.pending.length > 0 || this.#finalClasses.has(classToken))) continue;
      const built = await this.#build(image, choice, source);
      const now = this.#services.now();
      // A format that nobody is making has found no turn: a request after a short pause takes it up again.
      const isDropped = built.choice.startable.length > 0;
      const freshEnd = isDropped ? now + droppedRetrySeconds * 1000 : this.#freshEnd(built.choice, now);
      await this.#storeAnswer(image, built, freshEnd);
      if (built.choice.pending.length === 0) this.#finalClasses.add(classToken);
    }
  }

  #end(): void {
    this.#isOver = true;
    if (this.#job !== undefined) endJob(this.#job);
    this.#releaseSource?.();
    this.#services.flights.end(flightName(this.#leader.key), this);
  }
}
