import { yieldToRequests } from "./give-way.ts";

/**
 * Turns for CPU-heavy work: one job at a time per isolate, jobs that a client waits for before background ones. A turn
 * is taken and given back by the request that does the work, so that the work stays in that request's own context.
 */
export type Priority = "inline" | "background";

export interface Turn {
  release(): void;
}

export interface WorkQueue {
  /** Predicted milliseconds until a job of this priority would begin. */
  predictedWaitMs(priority: Priority): number;
  /**
   * Waits for a turn. Undefined when the job could not end by `endBy` (milliseconds since the epoch), as predicted at
   * once or as found while waiting.
   */
  take(priority: Priority, predictedMs: number, endBy: number): Promise<Turn | undefined>;
}

interface Waiter {
  readonly predictedMs: number;
  readonly endBy: number;
  readonly settle: (turn: Turn | undefined) => void;
}

interface Holder {
  readonly predictedMs: number;
  readonly since: number;
}

/** A timer for longer than 31 bits of milliseconds fires at once. */
const longestTimerMs = 2 ** 31 - 1;

export function createWorkQueue(clock: () => number, turnTimeoutMs: number): WorkQueue {
  const waiting: Record<Priority, Waiter[]> = { inline: [], background: [] };
  let holder: Holder | undefined;

  const predictedWaitMs = (priority: Priority): number => {
    const ahead = priority === "inline" ? waiting.inline : [...waiting.inline, ...waiting.background];
    return ahead.reduce((sum, waiter) => sum + waiter.predictedMs, holder?.predictedMs ?? 0);
  };

  const advance = (): void => {
    // The platform may have ended the holder's request: it never releases then, and its turn must not be lost.
    if (holder !== undefined && clock() - holder.since < turnTimeoutMs) return;
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
      const current: Holder = { predictedMs: next.predictedMs, since: clock() };
      holder = current;
      next.settle({
        release: () => {
          if (holder !== current) return;
          holder = undefined;
          advance();
        },
      });
      return;
    }
  };

  const take = async (priority: Priority, predictedMs: number, endBy: number): Promise<Turn | undefined> => {
    if (clock() + predictedWaitMs(priority) + predictedMs > endBy) return undefined;
    const wasFree = holder === undefined;
    const turn = await new Promise<Turn | undefined>((resolve) => {
      const line = waiting[priority];
      const settle = (granted: Turn | undefined): void => {
        clearTimeout(patience);
        clearInterval(watch);
        resolve(granted);
      };
      const waiter: Waiter = { predictedMs, endBy, settle };
      const giveUp = (): void => {
        const place = line.indexOf(waiter);
        if (place >= 0) line.splice(place, 1);
        settle(undefined);
      };
      const patience = setTimeout(giveUp, Math.min(Math.max(0, endBy - predictedMs - clock()) + 1, longestTimerMs));
      // Each waiter checks for a lost turn itself: a timer of the ended request ends with it.
      const watch = setInterval(advance, turnTimeoutMs);
      line.push(waiter);
      advance();
    });
    const isFirst = wasFree && priority === "inline";
    if (turn !== undefined && !isFirst) await yieldToRequests();
    return turn;
  };

  return { predictedWaitMs, take };
}
