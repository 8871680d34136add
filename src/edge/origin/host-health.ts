import { hostRetrySeconds, hostTroubleSeconds } from "../limits.ts";
import { createRecentNames } from "./recent-names.ts";

/**
 * Which hosts have been slow or failing in the last seconds, as far as this isolate knows. What is kept of them is then
 * served stale at once; a host that fails is tried by one request at a time, every few seconds, until it answers.
 */
export interface HostHealth {
  isTroubled(host: string): boolean;
  /** Whether a request may ask a host although what it needs is kept. Counts as the try of this moment. */
  mayTry(host: string): boolean;
  noteSlow(host: string): void;
  noteFailure(host: string): void;
  noteAnswer(host: string): void;
}

/** Hosts remembered; a Worker has one origin, or one for each host that it is routed for. */
const maxHosts = 64;

/** @param clock milliseconds since the epoch */
export function createHostHealth(clock: () => number): HostHealth {
  const retryAt = createRecentNames<number>(clock, { most: maxHosts, forgetAfterMs: hostTroubleSeconds * 1000 });
  const nextTry = (): number => clock() + hostRetrySeconds * 1000;
  return {
    isTroubled: (host) => retryAt.find(host) !== undefined,
    mayTry(host) {
      const at = retryAt.find(host);
      if (at === undefined) return true;
      if (clock() < at) return false;
      retryAt.add(host, nextTry());
      return true;
    },
    noteSlow: (host) => retryAt.add(host, clock()),
    noteFailure: (host) => retryAt.add(host, nextTry()),
    noteAnswer: (host) => retryAt.forget(host),
  };
}
