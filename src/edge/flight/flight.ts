import type { SourceKey } from "../key.ts";
import { flightPhaseMs } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { type ForwardedSource, loadSource, type Source } from "../origin/load-source.ts";
import { type Audience, ownAudience } from "../plan/audience.ts";
import type { ReadyAnswer } from "../respond/send-answer.ts";
import type { Services } from "../services.ts";
import { OpenFlight } from "./open-flight.ts";
import { SourceState } from "./source-state.ts";

/** What a flight has for a request. */
export type Outcome =
  | ForwardedSource
  | { readonly kind: "ready"; readonly answer: ReadyAnswer }
  /** Nothing: its source is another Origin's, or lacks the original's bytes. */
  | { readonly kind: "unfit"; readonly needsBytes: boolean };

type Phase =
  | { readonly kind: "loading"; readonly since: number }
  | { readonly kind: "open"; readonly since: number; readonly flight: OpenFlight }
  | { readonly kind: "over" };

/**
 * All work under way for one source in this isolate: one load, one decode, each variant once, and the storing. Requests
 * for the same source join it, whatever their class. It lives until the last background variant is stored, or until its
 * work cannot be going on any more.
 */
export class SourceFlight {
  readonly #leader: ImageRequest;
  readonly #services: Services;
  readonly #loaded: Promise<ForwardedSource | OpenFlight>;
  #phase: Phase;
  /** Undefined until the source is there. */
  #audience: Audience | undefined;
  #isCancelled = false;

  /** @param needsBytes whether the leader needs the original's bytes, also where its variants are kept. */
  constructor(leader: ImageRequest, services: Services, needsBytes = false) {
    this.#leader = leader;
    this.#services = services;
    this.#phase = { kind: "loading", since: services.now() };
    this.#loaded = loadSource(leader, services, needsBytes).then((source) => this.#open(source));
    services.waitUntil(this.#loaded.catch(() => this.#end()));
  }

  /** Whether it is about the URL of the key, whatever CORS origin it was asked with. */
  isFor(key: SourceKey): boolean {
    const { site, sourcePath, directives } = this.#leader.key;
    return key.site === site && key.sourcePath === sourcePath && key.directives === directives;
  }

  /** Whether its source is not known to be for other requests only, by their CORS `Origin`. */
  maySuit({ corsOrigin }: ImageRequest): boolean {
    return [undefined, "*", ownAudience(corsOrigin)].includes(this.#audience);
  }

  /** Whether a request may take its answer from here: the work can be going on, and the source is fresh. */
  isJoinable(image: ImageRequest): boolean {
    const now = this.#services.now();
    if (this.#isCancelled || this.isOverdue(now) || !this.maySuit(image)) return false;
    return this.#phase.kind === "loading" || (this.#phase.kind === "open" && this.#phase.flight.isCurrent(now));
  }

  isOverdue(now: number): boolean {
    return this.#phase.kind !== "over" && now - this.#phase.since >= flightPhaseMs;
  }

  /**
   * What one request gets out of this flight.
   * @param hold of the asking request, which keeps the work for it going.
   */
  async outcome(image: ImageRequest, hold: Services["waitUntil"]): Promise<Outcome> {
    const loaded = await this.#loaded;
    if (!(loaded instanceof OpenFlight)) return loaded;
    if (!this.maySuit(image)) return { kind: "unfit", needsBytes: false };
    const answer = await loaded.answer(image, hold);
    return answer === "needs the original" ? { kind: "unfit", needsBytes: true } : { kind: "ready", answer };
  }

  /** Whether the answer of a class that is stored now is the best that this flight will give. */
  isFinalFor(classToken: string): boolean {
    return this.#phase.kind === "over" || (this.#phase.kind === "open" && this.#phase.flight.isFinalFor(classToken));
  }

  /** Nothing more is stored: the picture has been purged. */
  cancel(): void {
    this.#isCancelled = true;
    if (this.#phase.kind === "open") this.#phase.flight.stop();
    this.#end();
  }

  /** Gives back what it holds. Work that goes on after all may still store its result. */
  abandon(): void {
    this.#end();
  }

  #open(source: Source): ForwardedSource | OpenFlight {
    if (source.kind === "passed") {
      this.#end();
      return source;
    }
    const state = new SourceState(this.#leader, source, this.#services);
    const flight = new OpenFlight(source, state, this.#services, () => {
      flight.close();
      this.#end();
    });
    this.#audience = source.audience;
    if (this.#isCancelled) flight.stop();
    else this.#phase = { kind: "open", since: this.#services.now(), flight };
    return flight;
  }

  #end(): void {
    if (this.#phase.kind === "open") this.#phase.flight.close();
    this.#phase = { kind: "over" };
    this.#services.flights.end(this);
  }
}
