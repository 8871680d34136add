import { createRecentNames, type RecentNames } from "./recent-names.ts";

/**
 * Why the answers of a URL are passed on. `personal`: it was refused to a request without the client's own fields, or may
 * not be stored; then the client's own request goes straight to the origin.
 */
export type PassedUrl = "personal" | "ttl-too-short" | "too-large";

/** What an isolate has learned of origins, by the name of a source (`flightName()`). */
export interface OriginMemory {
  /** Larger renderings that an origin has refused, so that not every request repeats them. */
  readonly refusedScales: RecentNames<true>;
  readonly passedUrls: RecentNames<PassedUrl>;
  /** What was learned of one source does not hold any more. */
  forget(name: string): void;
}

/** @param clock milliseconds since the epoch */
export function createOriginMemory(clock: () => number): OriginMemory {
  // A limit may be raised, a picture replaced.
  const refusedScales = createRecentNames<true>(clock, { most: 256, forgetAfterMs: 600_000 });
  const passedUrls = createRecentNames<PassedUrl>(clock, { most: 1024, forgetAfterMs: 300_000 });
  return {
    refusedScales,
    passedUrls,
    forget(name) {
      refusedScales.forget(name);
      passedUrls.forget(name);
    },
  };
}
