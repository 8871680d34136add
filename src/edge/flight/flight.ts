import { flightName, type SourceKey } from "../key.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { type ForwardedSource, loadSource, type Source } from "../origin/load-source.ts";
import type { ReadyAnswer } from "../respond/send-answer.ts";
import type { Services } from "../services.ts";
import { OpenFlight } from "./open-flight.ts";
import { SourceState } from "./source-state.ts";

/** What a flight has for a request. */
export type Outcome = ForwardedSource | { readonly kind: "ready"; readonly answer: ReadyAnswer };

type Phase =
  | { readonly kind: "loading" }
  | { readonly kind: "open"; readonly flight: OpenFlight }
  | { readonly kind: "over" };

/**
 * All work under way for one source in this isolate: one load, one decode, each variant once, and the storing. Requests
 * for the same source join it, whatever their class. It lives until the last background variant is stored.
 */
export class SourceFlight {
  readonly #leader: ImageRequest;
  readonly #services: Services;
  readonly #startedAt: number;
  readonly #loaded: Promise<ForwardedSource | OpenFlight>;
  #phase: Phase = { kind: "loading" };
  #isCancelled = false;

  constructor(leader: ImageRequest, services: Services) {
    this.#leader = leader;
    this.#services = services;
    this.#startedAt = services.now();
    this.#loaded = loadSource(leader, services).then((source) => this.#open(source));
    services.waitUntil(this.#loaded.catch(() => this.#end()));
  }

  /** Whether it is about the URL of the key, whatever CORS origin it was asked with. */
  isFor(key: SourceKey): boolean {
    const { site, sourcePath, directives } = this.#leader.key;
    return key.site === site && key.sourcePath === sourcePath && key.directives === directives;
  }

  /**
   * What one request gets out of this flight.
   * @param hold of the asking request, which keeps the work for it going.
   */
  async outcome(image: ImageRequest, hold: Services["waitUntil"]): Promise<Outcome> {
    const loaded = await this.#loaded;
    return loaded instanceof OpenFlight ? { kind: "ready", answer: await loaded.answer(image, hold) } : loaded;
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

  #open(source: Source): ForwardedSource | OpenFlight {
    if (source.kind === "passed") {
      this.#end();
      return source;
    }
    const state = new SourceState(this.#leader, source.meta, this.#startedAt, this.#services);
    const flight = new OpenFlight(source, state, this.#services, () => {
      flight.close();
      this.#end();
    });
    if (this.#isCancelled) flight.stop();
    else this.#phase = { kind: "open", flight };
    return flight;
  }

  #end(): void {
    if (this.#phase.kind === "open") this.#phase.flight.close();
    this.#phase = { kind: "over" };
    this.#services.flights.end(flightName(this.#leader.key), this);
  }
}
