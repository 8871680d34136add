import type { Env, RateLimiter } from "./env.ts";
import type { Analytics } from "./inspector/analytics.ts";
import type { Stats } from "./stats.ts";
import type { Flights } from "./flight/flights.ts";
import type { SourceFlight } from "./flight/flight.ts";
import type { Ports } from "./ports.ts";

/** What a request is answered with: the outside, and the work under way in this isolate. */
export interface Services extends Ports {
  readonly flights: Flights<SourceFlight>;
  /** Undefined where none is bound. */
  readonly rateLimiter: RateLimiter | undefined;
  readonly stats: Stats;
  readonly metrics: Env["METRICS"];
  readonly analytics: Analytics;
  /** The encoder of the fleet, for its counts. */
  readonly encoder: Env["ENCODER"];
}
