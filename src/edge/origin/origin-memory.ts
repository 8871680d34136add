import { catchUpMs, missingSeconds } from "../limits.ts";
import { createFetchSlots, type FetchSlots } from "./fetch-slots.ts";
import { createHostHealth, type HostHealth } from "./host-health.ts";
import type { MissingAnswer } from "./missing.ts";
import { createRecentNames, type RecentNames } from "./recent-names.ts";

/**
 * Why the answers of a URL are passed on. `personal`: it was refused to a request without the client's own fields, or is
 * another one with them; `unshared`: it may not be stored, as far as a client without a cookie could tell. Then the
 * client's own request goes straight to the origin. `too-slow`: its body takes too long to be held back until it is whole.
 */
export type PassedUrl = "personal" | "unshared" | "ttl-too-short" | "too-large" | "too-slow";

/** What an isolate has learned of origins, by the name of a source (`flightName()`). */
export interface OriginMemory {
  /** Larger renderings that an origin has refused, so that not every request repeats them. */
  readonly refusedScales: RecentNames<true>;
  readonly passedUrls: RecentNames<PassedUrl>;
  readonly missing: RecentNames<MissingAnswer>;
  readonly hosts: HostHealth;
  readonly slots: FetchSlots;
  /** Interim answers for which the fleet was asked a moment ago. */
  readonly caughtUp: RecentNames<true>;
  /** What was learned of one source does not hold any more. */
  forget(name: string): void;
}

/** @param clock milliseconds since the epoch */
export function createOriginMemory(clock: () => number): OriginMemory {
  // A limit may be raised, a picture replaced.
  const refusedScales = createRecentNames<true>(clock, { most: 256, forgetAfterMs: 600_000 });
  const passedUrls = createRecentNames<PassedUrl>(clock, { most: 1024, forgetAfterMs: 300_000 });
  const missing = createRecentNames<MissingAnswer>(clock, { most: 128, forgetAfterMs: missingSeconds * 1000 });
  return {
    refusedScales,
    passedUrls,
    missing,
    hosts: createHostHealth(clock),
    slots: createFetchSlots(clock),
    caughtUp: createRecentNames<true>(clock, { most: 1024, forgetAfterMs: catchUpMs }),
    forget(name) {
      refusedScales.forget(name);
      passedUrls.forget(name);
      missing.forget(name);
    },
  };
}
