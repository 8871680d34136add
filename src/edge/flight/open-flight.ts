import type { Deadline, EncodeJob } from "../backend/backend.ts";
import type { CacheEvent } from "../http/cache-status.ts";
import { backgroundWindowMs, draftPatience, droppedRetrySeconds, inlineHangMs, slicedPatience } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { withPatience } from "../origin/patience.ts";
import type { LoadedSource } from "../origin/source.ts";
import type { Choice } from "../plan/choose.ts";
import { freshUntil } from "../plan/known-source.ts";
import { isSliced } from "../../imaging/model/recipe.ts";
import { planSlicedDraft } from "../plan/draft.ts";
import { type ImageFacts, isDecoded } from "../../imaging/model/facts.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import { type VariantId, universalTargets } from "../targets.ts";
import { describeChoice } from "../respond/describe-choice.ts";
import { shortenLife } from "../respond/headers.ts";
import type { ReadyAnswer } from "../respond/send-answer.ts";
import type { Ports } from "../ports.ts";
import { Delegation } from "./delegation.ts";
import { makeVariant } from "./make-variant.ts";
import type { FinishedAnswer, SourceState } from "./source-state.ts";

type WaitUntil = Ports["waitUntil"];

/** What an open flight uses of the outside. */
type Outside = Pick<Ports, "config" | "now" | "encoderPool" | "fleet">;

/** An answer and the choice that it came from. */
interface Built extends FinishedAnswer {
  readonly choice: Choice;
}

/** The original is needed, and the store has lost it. */
export type NeedsOriginal = "needs the original";

/**
 * The work on a source that is there: an answer for each class that asks, and afterwards the improvement of these
 * answers. Each variant is made once, of one decode.
 */
export class OpenFlight {
  readonly #source: LoadedSource;
  readonly #state: SourceState;
  readonly #outside: Outside;
  readonly #job: EncodeJob | undefined;
  /** Undefined where everything is made here. */
  readonly #delegation: Delegation | undefined;
  readonly #releaseSource: () => void;
  readonly #onEnd: () => void;
  /** One request for each class that takes part, to build its final answer for. */
  readonly #asked = new Map<string, ImageRequest>();
  readonly #answers = new Map<string, Promise<ReadyAnswer | NeedsOriginal>>();
  readonly #inline = new Map<VariantId, Promise<void>>();
  /** What is made after the answers. Only clients that can show nothing else wait for it. */
  readonly #background = new Map<VariantId, Promise<void>>();
  /** The classes whose stored answer is the final one. */
  readonly #finalClasses = new Set<string>();
  #finishing: Promise<void> | undefined;

  constructor(source: LoadedSource, state: SourceState, outside: Outside, onEnd: () => void) {
    this.#source = source;
    this.#state = state;
    this.#outside = outside;
    this.#onEnd = onEnd;
    const { facts } = source.known.file;
    const { bytes } = source;
    const plan = state.plan("fast");
    this.#job =
      plan.kind === "make" && isDecoded(facts) && bytes !== undefined
        ? outside.encoderPool.backend.open({
            facts,
            bytes,
            memoryBudgetBytes: outside.config.MEMORY_BUDGET_MB * 1e6,
            metadata: outside.config.METADATA,
          })
        : undefined;
    this.#delegation =
      outside.fleet === undefined || this.#job === undefined || bytes === undefined
        ? undefined
        : new Delegation(outside.fleet, state, bytes);
    // Nobody closes a flight that could not be opened.
    this.#releaseSource = outside.encoderPool.ledger.hold(bytes?.length ?? 0);
  }

  /**
   * The answer for one request. Requests of the same class share the work for it.
   * @param hold of the asking request, which keeps the work for it going.
   */
  async answer(image: ImageRequest, hold: WaitUntil): Promise<ReadyAnswer | NeedsOriginal> {
    const { token } = image.client;
    // Nothing is encoded for a client that only wants to see the header.
    const name = image.isHead ? `HEAD ${token}` : token;
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    if (!image.isHead) this.#asked.set(token, image);
    const answer = this.#settle(image, hold);
    this.#answers.set(name, answer);
    const forget = (): void => {
      // The next request of this class may find more variants than this one.
      this.#answers.delete(name);
      // Without an answer nothing follows it either; a flight that stayed would be joined for ever.
      if (this.#finishing === undefined) this.#onEnd();
    };
    hold(answer.then(forget, forget));
    return answer;
  }

  get facts(): ImageFacts {
    return this.#state.known.file.facts;
  }

  /** Whether the source may be served without a question, and what is made of it may be stored. */
  isCurrent(now: number): boolean {
    return !this.#state.isStopped && freshUntil(this.#state.known.reply) > now;
  }

  isFinalFor(classToken: string): boolean {
    return this.#finalClasses.has(classToken);
  }

  /** Nothing more is stored. */
  stop(): void {
    this.#state.stop();
  }

  /** Gives back what it holds. */
  close(): void {
    this.#job?.close();
    this.#releaseSource();
    this.#state.close();
  }

  async #settle(image: ImageRequest, hold: WaitUntil): Promise<ReadyAnswer | NeedsOriginal> {
    const { from, why } = this.#source;
    let choice = this.#state.choose(image);
    let encoded = false;
    if (this.#delegation !== undefined && from === "origin" && !image.isHead) {
      const announced = this.#delegation.announce([...choice.startable, ...this.#state.eager()]);
      // One gateway makes a variant itself, so it has to know that it is the first. A draft is for its own client only.
      if (choice.startable.some(({ recipe }) => isSliced(recipe))) await announced;
      else hold(announced);
      choice = this.#state.choose(image);
    }
    // An optimised JPEG or PNG is a fallback. Clients that accept a smaller format still wait for it.
    const isPoor =
      choice.to === this.#state.known.file.bytes || universalTargets.some((target) => target === choice.serve);
    if (isPoor && choice.pending.length > 0 && from !== "stale" && !image.isHead) {
      const inline = this.#startInline(choice, image);
      encoded = inline !== undefined;
      // A codec that never comes back must not keep anybody from the picture.
      if (inline !== undefined) await withPatience(inline, inlineHangMs);
      choice = this.#state.choose(image);
    }
    const built = await this.#build(image, choice);
    if (built === undefined) return "needs the original";
    const ttl = Math.max(0, Math.floor((built.freshEnd - this.#outside.now()) / 1000));
    const stored = from !== "stale" && this.#isWorthStoring(built) && (await this.#store(built));
    if (stored) hold(this.#state.confirm());
    if (stored && !built.isInterim) this.#finalClasses.add(image.client.token);
    this.#finishing ??= this.#finish();
    hold(this.#finishing);
    const event: CacheEvent =
      from === "cache" && !encoded
        ? { kind: "hit", detail: "assembled", ttl }
        : { kind: "forward", why, stored, ttl, collapsed: false };
    return { headers: built.headers, bytes: built.bytes, event, bornAt: this.#state.bornAt };
  }

  /** Whether the answer is stored, and does not lie in the place of a better one that has been made meanwhile. */
  async #store(built: Built): Promise<boolean> {
    if (!(await this.#state.saveAnswer(built))) return false;
    if (!built.isInterim || this.#state.choose(built.image).pending.length > 0) return true;
    await this.#state.removeAnswer(built.image);
    return false;
  }

  /** An interim answer that nobody improves, or that nobody is sent, would only be in the way. */
  #isWorthStoring({ image, isInterim }: Built): boolean {
    return !isInterim || !(image.isHead || this.#outside.config.MODE === "shadow");
  }

  /** The answer for a choice; undefined when it takes the original's bytes, which are lost. */
  async #build(image: ImageRequest, choice: Choice): Promise<Built | undefined> {
    const { from, bytes: original } = this.#source;
    const variant = choice.id === undefined ? undefined : await this.#state.read(choice.id);
    if (choice.id !== undefined && variant === undefined) {
      this.#state.noteLost(choice.id);
      return this.#build(image, this.#state.choose(image));
    }
    const bytes = variant?.bytes ?? original;
    // What is still to be made for this class is made of the original, too.
    if (bytes === undefined || (original === undefined && choice.startable.length > 0)) return undefined;
    const headers = describeChoice(choice, image, this.#state.known, variant);
    if (from === "stale") shortenLife(headers);
    const isInterim = choice.pending.length > 0;
    return { image, headers, bytes, choice, isInterim, freshEnd: this.#state.freshEnd(choice) };
  }

  /**
   * Begins the cheapest variant that can be ready within the budget, or joins one that is being made for another class.
   * A gateway makes a draft of what it leaves to the encoder, but not in shadow mode, where no client would see it.
   */
  #startInline(choice: Choice, image: ImageRequest): Promise<void> | undefined {
    const runningOf = (id: VariantId): Promise<void> | undefined =>
      this.#inline.get(id) ?? (choice.mustConvert ? this.#background.get(id) : undefined);
    const running = choice.awaited.map(runningOf).find((making) => making !== undefined);
    if (running !== undefined) return running;
    const [{ config, now }, job] = [this.#outside, this.#job];
    if (job === undefined) return undefined;
    // The coefficients of a JPEG come first: nothing has to be decoded for them, and nothing is lost.
    const rank = (variant: PlannedVariant): number => (variant.recipe.kind === "recompress" ? 0 : job.workMs(variant));
    const delegation = this.#delegation;
    const draftOf = config.MODE === "shadow" ? undefined : planSlicedDraft;
    const candidates =
      delegation?.makeable(choice, this.#state.plan(image.client.network), draftOf) ??
      choice.startable.filter(({ recipe }) => recipe.kind !== "animate");
    const cheapest = candidates.toSorted((a, b) => rank(a) - rank(b))[0];
    if (cheapest === undefined) return undefined;
    const waitMs = job.waitMs();
    const isDraft = delegation?.owns(cheapest) === false;
    const patienceMs = config.INLINE_BUDGET_MS * patienceFor(cheapest, delegation !== undefined, isDraft);
    // What cannot be shown is no answer, however soon it comes.
    const budgetMs = patienceMs + (choice.mustConvert ? backgroundWindowMs : 0);
    if (waitMs + job.workMs(cheapest) > budgetMs) return undefined;
    const making = this.#make(cheapest, { priority: "inline", endBy: now() + budgetMs, isDraft });
    this.#inline.set(cheapest.id, making);
    return making.finally(() => this.#inline.delete(cheapest.id));
  }

  async #make(variant: PlannedVariant, deadline: Deadline): Promise<void> {
    if (this.#job !== undefined) await makeVariant(variant, deadline, this.#job, this.#state, this.#delegation);
  }

  /** After the first answer: stores what there is, makes what is still wanted, and replaces the answers by final ones. */
  async #finish(): Promise<void> {
    try {
      if (this.#source.from === "stale") return;
      const tried = new Set<VariantId>();
      const endBy = this.#outside.now() + backgroundWindowMs;
      const improve = (): Promise<boolean> =>
        this.#delegation === undefined ? this.#makeWanted(tried, endBy) : this.#handOver(this.#delegation);
      await improve();
      await this.#state.confirm();
      // Another class may have asked while the last answers were being stored.
      while (await improve()) await this.#state.confirm();
    } finally {
      // A class whose first answer is still to come begins the work again.
      this.#finishing = undefined;
      this.#onEnd();
    }
  }

  /** Makes what is wanted and not tried yet; false when there was nothing to make. */
  async #makeWanted(tried: Set<VariantId>, endBy: number): Promise<boolean> {
    let isBetter = false;
    await this.#state.save();
    for (;;) {
      const [next] = this.#wanted(tried);
      if (next === undefined && this.#inline.size === 0) break;
      isBetter = true;
      if (next === undefined) {
        // Other classes may have started inline encodes meanwhile: wait for them and store them too.
        await Promise.allSettled(this.#inline.values());
        await this.#state.save();
        continue;
      }
      tried.add(next.id);
      // The mark is stored before the work begins, so that no other isolate begins the same.
      if (!(await this.#state.claim(next.id))) continue;
      const making = this.#make(next, { priority: "background", endBy });
      this.#background.set(next.id, making);
      await making.finally(() => this.#background.delete(next.id));
      await this.#saveWithAnswers("improved");
    }
    if (isBetter) await this.#saveWithAnswers("all");
    return isBetter;
  }

  /** Leaves what is wanted to the fleet; false when that has it all. */
  async #handOver(delegation: Delegation): Promise<boolean> {
    await this.#state.save();
    let isMore = false;
    for (;;) {
      await Promise.allSettled(this.#inline.values());
      if (!(await delegation.handOver(this.#wanted(new Set())))) return isMore;
      isMore = true;
    }
  }

  /** What classes in this flight wait for, and what is made for everybody: each once, cheapest first. */
  #wanted(tried: ReadonlySet<VariantId>): readonly PlannedVariant[] {
    if (this.#state.isStopped || this.#job === undefined) return [];
    if (this.#asked.size === 0) return [];
    const awaited = [...this.#asked.values()].flatMap((image) => this.#state.choose(image).startable);
    const byId = new Map([...awaited, ...this.#state.eager()].map((variant) => [variant.id, variant]));
    return [...byId.values()].filter(({ id }) => !tried.has(id)).toSorted((a, b) => a.cost.ms - b.cost.ms);
  }

  /** Stores what has been made, with new answers: of all classes, or of those that have just got what they waited for. */
  async #saveWithAnswers(which: "improved" | "all"): Promise<void> {
    const answers: FinishedAnswer[] = [];
    for (const [classToken, image] of this.#asked) {
      const choice = this.#state.choose(image);
      if (which === "improved" && (choice.pending.length > 0 || this.#finalClasses.has(classToken))) continue;
      const built = await this.#build(image, choice);
      if (built === undefined || !this.#isWorthStoring(built)) continue;
      // Dropped for lack of time: let this answer expire soon, so that the next request retries.
      const isDropped = built.choice.startable.length > 0;
      const freshEnd = isDropped ? this.#outside.now() + droppedRetrySeconds * 1000 : built.freshEnd;
      answers.push({ ...built, freshEnd });
    }
    await this.#state.save(answers);
    for (const { image, isInterim } of answers) if (!isInterim) this.#finalClasses.add(image.client.token);
  }
}

/** Share of `INLINE_BUDGET_MS` that a first answer may wait for a variant, or for its draft. */
function patienceFor({ recipe }: PlannedVariant, hasEncoder: boolean, isDraft: boolean): number {
  if (isDraft) return draftPatience;
  // Work in steps lets other requests through, so only its own client waits for it; unless an encoder takes it over.
  return isSliced(recipe) && !hasEncoder ? slicedPatience : 1;
}
