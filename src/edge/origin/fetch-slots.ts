import { isWithin } from "../clock.ts";
import { maxFetchesAtOnce, originBodyTimeoutMs, slotPollMs, slowOriginMs } from "../limits.ts";

/** Bounds the sources that one isolate fetches of one host at once, so that many new pictures are no flood. */
export interface FetchSlots {
  /** Waits for a slot for a while. The result gives it back; undefined where none has become free. */
  take(host: string): Promise<(() => void) | undefined>;
}

/** @param clock milliseconds since the epoch */
export function createFetchSlots(clock: () => number): FetchSlots {
  const taken = new Map<string, Set<{ readonly since: number }>>();
  const takeNow = (host: string): (() => void) | undefined => {
    const ofHost = taken.get(host) ?? new Set();
    // The platform may have ended the request of a holder, which never gives its slot back.
    for (const slot of ofHost) if (!isWithin(originBodyTimeoutMs, slot.since, clock())) ofHost.delete(slot);
    if (ofHost.size >= maxFetchesAtOnce) return undefined;
    const slot = { since: clock() };
    ofHost.add(slot);
    taken.set(host, ofHost);
    return () => {
      ofHost.delete(slot);
      if (ofHost.size === 0 && taken.get(host) === ofHost) taken.delete(host);
    };
  };
  return {
    async take(host) {
      for (let waited = 0; ; waited += slotPollMs) {
        const release = takeNow(host);
        if (release !== undefined || waited >= slowOriginMs) return release;
        // Asked again and again: a promise of another request may be lost together with that.
        await new Promise((resolve) => {
          setTimeout(resolve, slotPollMs);
        });
      }
    },
  };
}
