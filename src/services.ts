import type { EdgeTier } from "./cache/tiers.ts";
import type { Workshop } from "./codecs/transcode.ts";
import type { Config } from "./config.ts";
import type { Flights } from "./cache/single-flight.ts";
import type { SourceFlight } from "./source-flight.ts";
import type { RefusedScales } from "./source/refused-scales.ts";
import type { OriginPort } from "./source/fetch-source.ts";

/** Everything outside of the program, handed in so that tests can hand in something else. */
export interface Services {
  readonly config: Config;
  /** Milliseconds since the epoch. In production it stands still while the CPU is busy. */
  readonly now: () => number;
  readonly cache: Cache;
  readonly tier: EdgeTier;
  readonly origin: OriginPort;
  readonly workshop: Workshop;
  readonly flights: Flights<SourceFlight>;
  readonly refusedScales: RefusedScales;
  /** Keeps work going after the answer, and after the client has left. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}
