import type { ImageFacts } from "../../imaging/model/facts.ts";
import { openRoom, type Room } from "../backend/memory-ledger.ts";
import { isWithin } from "../clock.ts";
import type { SourceKey } from "../key.ts";
import { flightPhaseMs, maxBytesInFlight, signOfLifeMs, slowOriginMs } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { loadSource } from "../origin/load-source.ts";
import { discardForwarded } from "../origin/pass-on.ts";
import { withPatience } from "../origin/patience.ts";
import type { ForwardedSource, LoadedSource, Source } from "../origin/source.ts";
import { type Audience, ownAudience } from "../plan/audience.ts";
import type { ReadyAnswer } from "../respond/send-answer.ts";
import type { Ports } from "../ports.ts";
import { OpenFlight } from "./open-flight.ts";
import { SourceState } from "./source-state.ts";

/** What a flight has for a request. */
export type Outcome =
  | ForwardedSource
  | { readonly kind: "ready"; readonly answer: ReadyAnswer; readonly facts: ImageFacts }
  /** Nothing: its source is another Origin's, or lacks the original's bytes. */
  | { readonly kind: "unfit"; readonly needsBytes: boolean };

/** What is kept although it is stale, while the origin is being asked. */
interface StaleOffer {
  readonly flight: OpenFlight;
  /** Whether a waiting client is to take it at once, and not only when the origin proves to be slow. */
  readonly isDue: () => boolean;
}

type Phase =
  | { readonly kind: "loading"; readonly since: number }
  | { readonly kind: "open"; readonly since: number; readonly flight: OpenFlight }
  /** The source is for one client only, and what has been read of it is still held. */
  | { readonly kind: "passing"; readonly since: number }
  | { readonly kind: "over" };

/**
 * All work under way for one source in this isolate: one load, one decode, each variant once, and the storing. Requests
 * for the same source join it, whatever their class. It lives until the last background variant is stored, or until its
 * work cannot be going on any more.
 */
export class SourceFlight {
  readonly #leader: ImageRequest;
  readonly #services: Ports;
  readonly #onEnd: (flight: SourceFlight) => void;
  readonly #loaded: Promise<ForwardedSource | OpenFlight>;
  readonly #room: Room;
  #phase: Phase;
  /** Undefined until the source is there. */
  #audience: Audience | undefined;
  #isCancelled = false;
  /** Settles as soon as it is known whether there is something stale to offer. */
  readonly #offer = Promise.withResolvers<StaleOffer | undefined>();
  #stale: OpenFlight | undefined;
  #isSettling = false;
  readonly #pulse: ReturnType<typeof setInterval>;
  #signs = 0;

  /**
   * @param onEnd called when no request may join any more
   * @param needsBytes whether the leader needs the original's bytes, also where its variants are kept
   */
  constructor(leader: ImageRequest, services: Ports, onEnd: (flight: SourceFlight) => void, needsBytes = false) {
    this.#leader = leader;
    this.#services = services;
    this.#onEnd = onEnd;
    this.#phase = { kind: "loading", since: services.now() };
    // It beats in the context of the request that leads the flight, and stops with that.
    this.#pulse = setInterval(() => this.#signs++, signOfLifeMs);
    const offer = (stale: LoadedSource, isDue: StaleOffer["isDue"]): void => {
      this.#audience = stale.audience;
      const flight = new OpenFlight(stale, new SourceState(leader, stale, services), services, () => undefined);
      // It counts the same bytes.
      this.#room.clear();
      this.#stale = flight;
      this.#offer.resolve({ flight, isDue });
    };
    const room = openRoom(services.encoderPool.ledger, maxBytesInFlight);
    this.#room = room;
    this.#loaded = loadSource(leader, services, { needsBytes, offer, room }).then((source) => this.#open(source));
    services.waitUntil(
      this.#loaded.then(
        () => this.#offer.resolve(undefined),
        () => this.#end(),
      ),
    );
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
    return this.#phase.kind !== "over" && !isWithin(flightPhaseMs, this.#phase.since, now);
  }

  /**
   * What one request gets out of this flight.
   * @param hold of the asking request, which keeps the work for it going.
   */
  async outcome(image: ImageRequest, hold: Ports["waitUntil"]): Promise<Outcome> {
    const offer = await Promise.race([this.#offer.promise, this.#loaded.then(() => undefined)]);
    const loaded = offer === undefined ? await this.#loaded : await this.#choose(offer);
    if (!(loaded instanceof OpenFlight)) return loaded;
    if (!this.maySuit(image)) return { kind: "unfit", needsBytes: false };
    const answer = await loaded.answer(image, hold);
    if (answer === "needs the original") return { kind: "unfit", needsBytes: true };
    return { kind: "ready", answer, facts: loaded.facts };
  }

  /** What a request waits for while there is something stale for it. */
  async #choose({ flight, isDue }: StaleOffer): Promise<ForwardedSource | OpenFlight> {
    if (this.#phase.kind !== "loading") return this.#loaded;
    const loaded = isDue() ? undefined : await withPatience(this.#loaded, slowOriginMs);
    if (loaded !== undefined) return loaded;
    if (!this.#isSettling) this.#services.waitUntil(this.#settleLater());
    this.#isSettling = true;
    return flight;
  }

  /** What the origin says after all: stored for the next requests. */
  async #settleLater(): Promise<void> {
    const loaded = await this.#loaded;
    if (loaded instanceof OpenFlight) await loaded.answer(this.#leader, this.#services.waitUntil);
    else await discardForwarded(loaded);
  }

  /** Grows as long as the request that leads this flight is alive. */
  get signsOfLife(): number {
    return this.#signs;
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
      if (source.opened === undefined || this.#phase.kind === "over") {
        this.#end();
        return source;
      }
      this.#phase = { kind: "passing", since: this.#services.now() };
      return { ...source, release: () => this.#end() };
    }
    // Counted by the open flight from now on.
    this.#room.close();
    const state = new SourceState(this.#leader, source, this.#services);
    const flight = new OpenFlight(source, state, this.#services, () => {
      flight.close();
      this.#end();
    });
    this.#audience = source.audience;
    this.#stale?.close();
    if (this.#isCancelled) flight.stop();
    else this.#phase = { kind: "open", since: this.#services.now(), flight };
    return flight;
  }

  #end(): void {
    clearInterval(this.#pulse);
    this.#room.close();
    this.#stale?.close();
    if (this.#phase.kind === "open") this.#phase.flight.close();
    this.#phase = { kind: "over" };
    this.#onEnd(this);
  }
}
