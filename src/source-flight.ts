import { entryHeader, type EntryState, formatEntry } from "./cache/entry.ts";
import { strongEtag } from "./cache/etag.ts";
import { flightName, type SourceKey } from "./cache/key.ts";
import { freshUntil, type Meta, type VariantState } from "./cache/meta.ts";
import { mayStore } from "./cache/tiers.ts";
import { endJob, makeVariant, predictMs, type TranscodeJob } from "./codecs/transcode.ts";
import type { ProducedFormat } from "./formats/formats.ts";
import { backgroundWindowMs, droppedRetrySeconds, pendingMarkerSeconds, retryAfterSeconds, transientSeconds } from "./limits.ts";
import type { ImageRequest } from "./negotiate/image-request.ts";
import { type Choice, chooseAnswer, eagerVariants, type Known } from "./plan/choose.ts";
import { type Plan, type PlannedVariant, planSource } from "./plan/plan.ts";
import { isDecoded } from "./plan/policy.ts";
import type { CacheEvent } from "./respond/cache-status.ts";
import { buildAnswerHeaders, shortenLife } from "./respond/headers.ts";
import type { ReadyAnswer } from "./respond/send-answer.ts";
import type { Services } from "./services.ts";
import { loadSource, type LoadedSource, type PassedSource, type Source } from "./source/load-source.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a flight has for a request. */
export type Outcome = PassedSource | { readonly kind: "ready"; readonly answer: ReadyAnswer };

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
  readonly #inline = new Map<ProducedFormat, Promise<void>>();
  readonly #bytes = new Map<ProducedFormat, Bytes>();
  readonly #unsaved = new Set<ProducedFormat>();
  #meta: Meta | undefined;
  #plan: Plan | undefined;
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
    return this.#leader.key.sourcePath === key.sourcePath && this.#leader.key.site === key.site;
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
    services.waitUntil(answer.then(forget, forget));
    return { kind: "ready", answer: await answer };
  }

  /** Settles when everything is made and stored; never rejects. */
  async finished(): Promise<void> {
    await this.#finishing?.catch(() => undefined);
  }

  #begin(source: LoadedSource): void {
    if (this.#meta !== undefined) return;
    this.#meta = source.meta;
    const { facts, bytes } = source.meta.source;
    this.#plan = planOf(source.meta, this.#services);
    this.#releaseSource = this.#services.workshop.ledger.hold(bytes);
    if (this.#plan.kind === "make" && isDecoded(facts.format)) {
      this.#job = {
        format: facts.format,
        facts,
        bytes: source.bytes,
        decodeCost: this.#plan.decode,
        memoryBudgetBytes: this.#services.config.MEMORY_BUDGET_MB * 1e6,
        held: undefined,
      };
    }
  }

  async #settle(image: ImageRequest, source: LoadedSource, services: Services): Promise<ReadyAnswer> {
    let choice = this.#choose(image);
    let encoded = false;
    if (choice.to === this.#state().meta.source.bytes && choice.pending.length > 0 && source.from !== "stale") {
      const inline = this.#startInline(choice);
      encoded = inline !== undefined;
      await inline;
      choice = this.#choose(image);
    }
    const built = await this.#build(image, choice, source);
    const now = this.#services.now();
    const freshEnd = this.#freshEnd(built.choice, now);
    const ttl = Math.max(0, Math.floor((freshEnd - now) / 1000));
    const stored = source.from !== "stale" && (await this.#storeAnswer(image, built, freshEnd));
    this.#finishing ??= this.#finish(source);
    services.waitUntil(this.#finishing);
    const event: CacheEvent =
      source.from === "cache" && !encoded
        ? { kind: "hit", detail: "assembled", ttl }
        : { kind: "forward", why: source.why, stored, ttl, collapsed: false };
    return { headers: built.headers, bytes: built.bytes, event, bornAt: this.#bornAt() };
  }

  #state(): Known & { readonly meta: Meta } {
    if (this.#meta === undefined || this.#plan === undefined) throw new Error("The source has not been loaded.");
    const { facts, bytes } = this.#meta.source;
    return {
      meta: this.#meta,
      plan: this.#plan,
      sourceFormat: facts.format,
      sourceBytes: bytes,
      variants: this.#meta.variants,
      now: this.#services.now(),
    };
  }

  #choose(image: ImageRequest): Choice {
    return chooseAnswer(this.#state(), image.client, this.#services.config);
  }

  /** Begins the cheapest variant that can be ready within the budget, or joins one that is being made for another class. */
  #startInline(choice: Choice): Promise<void> | undefined {
    const running = choice.pending.map((format) => this.#inline.get(format)).find((making) => making !== undefined);
    if (running !== undefined) return running;
    const { workshop, config, now } = this.#services;
    const job = this.#job;
    if (job === undefined) return undefined;
    const cheapest = choice.startable.toSorted((a, b) => a.cost.ms - b.cost.ms)[0];
    if (cheapest === undefined) return undefined;
    const predicted = workshop.queue.predictedWaitMs("inline") + predictMs(job, cheapest);
    if (predicted > config.INLINE_BUDGET_MS) return undefined;
    const { format } = cheapest.settings;
    const making = this.#make(cheapest, { priority: "inline", endBy: now() + config.INLINE_BUDGET_MS });
    this.#inline.set(format, making);
    return making.finally(() => this.#inline.delete(format));
  }

  /** Makes one variant and notes what became of it. */
  async #make(variant: PlannedVariant, deadline: { priority: "inline" | "background"; endBy: number }): Promise<void> {
    const job = this.#job;
    if (job === undefined) return;
    const { format } = variant.settings;
    const before = this.#state().variants[format];
    const attempts = this.#markPending(format);
    const made = await makeVariant(this.#services.workshop, job, variant, deadline);
    switch (made.kind) {
      case "made":
        this.#bytes.set(format, made.bytes);
        this.#unsaved.add(format);
        this.#note(format, { state: "made", bytes: made.bytes.length, etag: await strongEtag(made.bytes) });
        break;
      case "dropped":
        this.#note(format, before?.state === "pending" ? undefined : before);
        break;
      case "failed": {
        const seconds = retryAfterSeconds[Math.min(attempts, retryAfterSeconds.length - 1)] ?? 0;
        this.#note(format, { state: "failed", attempts: attempts + 1, retryAt: this.#services.now() + seconds * 1000 });
        break;
      }
      case "undecodable":
        this.#meta = { ...this.#state().meta, verdict: "undecodable" };
        this.#plan = { kind: "pass", reason: "undecodable" };
        break;
      default:
        made satisfies never;
    }
  }

  /** Says that a format is being made; returns how often it has failed before. */
  #markPending(format: ProducedFormat): number {
    const before = this.#state().variants[format];
    const attempts = before === undefined || before.state === "made" ? 0 : before.attempts;
    this.#note(format, { state: "pending", until: this.#services.now() + pendingMarkerSeconds * 1000, attempts });
    return attempts;
  }

  #note(format: ProducedFormat, state: VariantState | undefined): void {
    const { [format]: _, ...others } = this.#state().variants;
    const variants = state === undefined ? others : { ...others, [format]: state };
    this.#meta = { ...this.#state().meta, variants };
  }

  async #build(image: ImageRequest, choice: Choice, source: LoadedSource): Promise<Built> {
    const { meta } = this.#state();
    const { facts } = meta.source;
    const variant = choice.serve === "original" ? undefined : await this.#variantBytes(choice.serve);
    if (choice.serve !== "original" && variant === undefined) {
      // The cache has lost the variant; it is made again like one that never was.
      this.#note(choice.serve, undefined);
      return this.#build(image, this.#choose(image), source);
    }
    const bytes = variant?.bytes ?? source.bytes;
    const format = choice.serve === "original" ? facts.format : choice.serve;
    const headers = buildAnswerHeaders({
      pathname: image.url.pathname,
      originHeaders: meta.source.headers,
      explanation: {
        format,
        source: facts.format,
        reason: choice.reason,
        classToken: image.client.token,
        from: meta.source.bytes,
        to: choice.to,
        pending: choice.pending,
      },
      changed: variant !== undefined,
      etag: variant?.etag ?? meta.source.etag,
      length: bytes.length,
      lifetimeSeconds: meta.freshness.lifetimeSeconds,
      transient: choice.transient,
    });
    if (source.from === "stale") shortenLife(headers);
    return { headers, bytes, choice };
  }

  async #variantBytes(format: ProducedFormat): Promise<{ bytes: Bytes; etag: string } | undefined> {
    const state = this.#state().variants[format];
    if (state?.state !== "made") return undefined;
    const bytes = this.#bytes.get(format) ?? (await this.#services.tier.readBytes(this.#leader.key, format, state.etag));
    if (bytes === undefined) return undefined;
    this.#bytes.set(format, bytes);
    return { bytes, etag: state.etag };
  }

  #bornAt(): number {
    const { confirmedAt, freshness } = this.#state().meta;
    return confirmedAt - freshness.ageSeconds * 1000;
  }

  #freshEnd(choice: Choice, now: number): number {
    const end = freshUntil(this.#state().meta);
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
      const tried = new Set<ProducedFormat>();
      for (let wanted = this.#wanted(tried); wanted.length > 0; wanted = this.#wanted(tried)) {
        for (const { settings } of wanted) this.#markPending(settings.format);
        // The marks are stored before the work begins, so that no other isolate begins the same.
        await this.#storeVariants();
        for (const variant of wanted) {
          tried.add(variant.settings.format);
          await this.#make(variant, { priority: "background", endBy });
          await this.#storeVariants();
        }
      }
      if (tried.size > 0) await this.#replaceAnswers(source);
    } finally {
      this.#end();
    }
  }

  /** What classes in this flight wait for, and what is made for everybody: each once, cheapest first. */
  #wanted(tried: ReadonlySet<ProducedFormat>): readonly PlannedVariant[] {
    const awaited = [...this.#asked.values()].flatMap((image) => this.#choose(image).startable);
    const eager = eagerVariants(this.#state(), this.#services.config);
    const byFormat = new Map([...awaited, ...eager].map((variant) => [variant.settings.format, variant]));
    return [...byFormat.values()]
      .filter(({ settings }) => !tried.has(settings.format))
      .toSorted((a, b) => a.cost.ms - b.cost.ms);
  }

  async #storeOriginal(bytes: Bytes): Promise<void> {
    if (!(await this.#mayStore())) return;
    await this.#services.tier.writeBytes(this.#leader.key, "original", bytes, this.#state().meta.source.etag);
  }

  async #storeVariants(): Promise<void> {
    if (!(await this.#mayStore())) return;
    const { tier, config, now } = this.#services;
    for (const format of this.#unsaved) {
      const variant = await this.#variantBytes(format);
      if (variant !== undefined) await tier.writeBytes(this.#leader.key, format, variant.bytes, variant.etag);
      this.#unsaved.delete(format);
    }
    await tier.writeMeta(this.#leader.key, this.#state().meta, config.STALE_SECONDS, now());
  }

  async #replaceAnswers(source: LoadedSource): Promise<void> {
    for (const image of this.#asked.values()) {
      const built = await this.#build(image, this.#choose(image), source);
      const now = this.#services.now();
      // A format that nobody is making has found no turn: a request after a short pause takes it up again.
      const isDropped = built.choice.startable.length > 0;
      await this.#storeAnswer(image, built, isDropped ? now + droppedRetrySeconds * 1000 : this.#freshEnd(built.choice, now));
    }
  }

  #end(): void {
    if (this.#job !== undefined) endJob(this.#job);
    this.#releaseSource?.();
    this.#services.flights.end(flightName(this.#leader.key), this);
  }
}

function planOf(meta: Meta, services: Services): Plan {
  if (meta.freshness.noTransform) return { kind: "pass", reason: "opted-out" };
  const planned = planSource(meta.source.facts, meta.source.bytes, services.config);
  // A verdict that only decoding gave has its place in the order of reasons: behind none that the header gives.
  return planned.kind === "make" && meta.verdict !== null ? { kind: "pass", reason: meta.verdict } : planned;
}
