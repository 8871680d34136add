import { clockSkewMs } from "./limits.ts";

/**
 * Whether less than so many milliseconds have gone by since a moment. A clock that was set back meanwhile ends the time:
 * nothing lasts longer than it was meant to.
 */
export function isWithin(milliseconds: number, since: number, now: number): boolean {
  const passed = now - since;
  return passed >= 0 && passed < milliseconds;
}

/** Whether a moment has come that was at most so many milliseconds away; one that is farther away was set by a wrong clock. */
export function isDue(at: number, now: number, mostMs: number): boolean {
  return at <= now || at - now > mostMs;
}

/** Whether a moment of the past lies in the future, by more than clocks of different machines differ. */
export function isFromFuture(at: number, now: number): boolean {
  return at - now > clockSkewMs;
}
