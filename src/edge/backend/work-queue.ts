import { isWithin } from "../clock.ts";
import { yieldToRequests } from "./give-way.ts";

/**
 * Permits for CPU-heavy work: one job at a time per isolate, jobs that a client waits for before background ones. A permit
 * is acquired and released by the request that does the work, so that the work stays in that request's own context.
 */
export type Priority = "inline" | "background";

export interface Permit {
  release(): void;
}

export interface WorkQueue {
  /** Predicted milliseconds until a job of this priority would begin. */
  predictedWaitMs(priority: Priority): number;
  /**
   * Waits for a permit. Undefined when the job could not end by `endBy` (milliseconds since the epoch), as predicted at
   * once or as found while waiting.
   */
  acquire(priority: Priority, predictedMs: number, endBy: number): Promise<Permit | undefined>;
}

/** A permit that is offered to a waiter. */
interface Offer extends Permit {
  /** False when the waiter was taken for lost meanwhile, and the permit is another one's. */
  accept(): boolean;
}

interface Waiter {
  readonly predictedMs: number;
  readonly endBy: number;
  readonly settle: (offer: Offer | undefined) => void;
}

interface Holder {
  readonly predictedMs: number;
  since: number;
  hasAccepted: boolean;
}

/**
 * Milliseconds in which a waiter has to accept a permit, longer than any pause. The platform may have ended its request:
 * that one never goes on, and its permit is the next one's.
 */
const acceptTimeoutMs = 2000;

/** Milliseconds between two checks of a waiter for a permit that is lost. */
const watchMs = 1000;

/** A timer for longer than 31 bits of milliseconds fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** @param pause lets other requests be answered before a permit that follows another one. */
export function createWorkQueue(
  clock: () => number,
  permitTimeoutMs: number,
  pause: () => Promise<void> = yieldToRequests,
): WorkQueue {
  const waiting: Record<Priority, Waiter[]> = { inline: [], background: [] };
  let holder: Holder | undefined;

  const predictedWaitMs = (priority: Priority): number => {
    const ahead = priority === "inline" ? waiting.inline : [...waiting.inline, ...waiting.background];
    return ahead.reduce((sum, waiter) => sum + waiter.predictedMs, holder?.predictedMs ?? 0);
  };

  const advance = (): void => {
    // The platform may have ended the holder's request: it never releases then, and its permit must not be lost.
    const patienceMs = holder?.hasAccepted === false ? acceptTimeoutMs : permitTimeoutMs;
    if (holder !== undefined && isWithin(patienceMs, holder.since, clock())) return;
    holder = undefined;
    for (
      let next = waiting.inline.shift() ?? waiting.background.shift();
      next;
      next = waiting.inline.shift() ?? waiting.background.shift()
    ) {
      if (clock() + next.predictedMs > next.endBy) {
        next.settle(undefined);
        continue;
      }
      const current: Holder = { predictedMs: next.predictedMs, since: clock(), hasAccepted: false };
      holder = current;
      next.settle({
        accept: () => {
          if (holder !== current) return false;
          current.hasAccepted = true;
          current.since = clock();
          return true;
        },
        release: () => {
          if (holder !== current) return;
          holder = undefined;
          advance();
        },
      });
      return;
    }
  };

  const acquire = async (priority: Priority, predictedMs: number, endBy: number): Promise<Permit | undefined> => {
    if (clock() + predictedWaitMs(priority) + predictedMs > endBy) return undefined;
    const wasFree = holder === undefined;
    const offer = await new Promise<Offer | undefined>((resolve) => {
      const line = waiting[priority];
      const settle = (offered: Offer | undefined): void => {
        clearTimeout(patience);
        clearInterval(watch);
        resolve(offered);
      };
      const waiter: Waiter = { predictedMs, endBy, settle };
      const giveUp = (): void => {
        const place = line.indexOf(waiter);
        if (place >= 0) line.splice(place, 1);
        settle(undefined);
      };
      const patience = setTimeout(giveUp, Math.min(Math.max(0, endBy - predictedMs - clock()) + 1, longestTimerMs));
      // Each waiter checks for a lost permit itself: a timer of the ended request ends with it.
      const watch = setInterval(advance, watchMs);
      line.push(waiter);
      advance();
    });
    const isFirst = wasFree && priority === "inline";
    if (offer === undefined) return undefined;
    if (!isFirst) await pause();
    return offer.accept() ? offer : acquire(priority, predictedMs, endBy);
  };

  return { predictedWaitMs, acquire };
}
