import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { waitPatiently, withPatience } from "../../../../src/edge/origin/patience.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Turns of the event loop until it is over. */
async function turnsOf(over: Promise<undefined>): Promise<number> {
  let isOver = false;
  void over.then(() => (isOver = true));
  for (let turns = 0; ; turns++) {
    await Promise.resolve();
    if (isOver as boolean) return turns;
    vi.advanceTimersToNextTimer();
  }
}

describe("waitPatiently()", () => {
  it("takes the whole time", async () => {
    const start = Date.now();
    await turnsOf(waitPatiently(1000).over);
    expect(Date.now() - start).toBe(1000);
  });

  it("takes several turns of the event loop, of which a computation can delay one only", async () => {
    expect(await turnsOf(waitPatiently(1000).over)).toBeGreaterThan(5);
    const { over } = waitPatiently(1000);
    // The thread was held for ten times as long: the first timer is late, and the others are not due yet.
    vi.setSystemTime(Date.now() + 10_000);
    vi.advanceTimersToNextTimer();
    expect(await turnsOf(over)).toBeGreaterThan(4);
  });

  it("is never over once it was given up", async () => {
    const wait = waitPatiently(1000);
    wait.cancel();
    vi.runAllTimers();
    let isOver = false;
    void wait.over.then(() => (isOver = true));
    await Promise.resolve();
    expect([isOver, vi.getTimerCount()]).toEqual([false, 0]);
  });
});

describe("withPatience()", () => {
  it("gives the result, and leaves no timer", async () => {
    expect(await withPatience(Promise.resolve(7), 1000)).toBe(7);
    await expect(withPatience(Promise.reject(new Error("no")), 1000)).rejects.toThrow("no");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives nothing when the time is up", async () => {
    const waiting = withPatience(new Promise(() => undefined), 1000);
    vi.advanceTimersByTime(1000);
    expect(await waiting).toBeUndefined();
  });
});
