import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { countLookUp, yieldToRequests } from "../../../../src/edge/backend/give-way.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  // A look-up that is never answered is forgotten by the pause that has waited for it.
  await vi.advanceTimersByTimeAsync(1000);
  vi.useRealTimers();
});

const after = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A request that comes in now: it begins its look-up in a later turn of the event loop. */
async function hit(events: string[], name: string, lookUpMs: number): Promise<void> {
  await after(1);
  await countLookUp(after(lookUpMs));
  events.push(name);
}

describe("yieldToRequests()", () => {
  it.each([0, 1, 5, 20, 100])("lasts until a look-up of %i ms is answered", async (lookUpMs) => {
    const events: string[] = [];
    void hit(events, "hit", lookUpMs);
    void yieldToRequests().then(() => events.push("computation"));
    await vi.advanceTimersByTimeAsync(300);
    expect(events).toEqual(["hit", "computation"]);
  });

  it("lets a hit wait for one of many computations, whatever the cache takes", async () => {
    const events: string[] = [];
    const compute = async (): Promise<void> => {
      for (let round = 1; round <= 4; round++) {
        // Comes in while this round computes, and is seen when it is over.
        void hit(events, `hit ${round}`, 30);
        await yieldToRequests();
        events.push(`computation ${round}`);
      }
    };
    void compute();
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toEqual([1, 2, 3, 4].flatMap((round) => [`hit ${round}`, `computation ${round}`]));
  });

  it("is short after a short computation, and lasts as long for a hit that has begun its look-up", async () => {
    const pauseAfter = async (computedMs: number | undefined): Promise<number> => {
      const began = Date.now();
      await yieldToRequests(computedMs);
      return Date.now() - began;
    };
    const quiet = Promise.all([6, 15, 16, undefined].map(pauseAfter));
    await vi.advanceTimersByTimeAsync(50);
    expect(await quiet).toEqual([1, 1, 5, 5]);
    const events: string[] = [];
    void countLookUp(after(30)).then(() => events.push("hit"));
    void yieldToRequests(6).then(() => events.push("computation"));
    await vi.advanceTimersByTimeAsync(100);
    expect(events).toEqual(["hit", "computation"]);
  });

  it("waits for a look-up that fails, too", async () => {
    const events: string[] = [];
    const failing = after(50).then(() => Promise.reject(new Error("cache down")));
    countLookUp(failing).catch(() => events.push("miss"));
    void yieldToRequests().then(() => events.push("computation"));
    await vi.advanceTimersByTimeAsync(300);
    expect(events).toEqual(["miss", "computation"]);
  });

  it("is not lengthened by hits that keep coming", async () => {
    const events: string[] = [];
    const timer = setInterval(() => void hit([], "hit", 20), 2);
    void yieldToRequests().then(() => events.push("computation"));
    await vi.advanceTimersByTimeAsync(40);
    clearInterval(timer);
    expect(events).toEqual(["computation"]);
  });

  it("waits for a cache that does not answer once, and not for ever", async () => {
    const events: string[] = [];
    void countLookUp(new Promise(() => undefined));
    void yieldToRequests().then(() => events.push("first"));
    await vi.advanceTimersByTimeAsync(150);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(events).toEqual(["first"]);
    void yieldToRequests().then(() => events.push("second"));
    await vi.advanceTimersByTimeAsync(10);
    expect(events).toEqual(["first", "second"]);
  });

  it("is short where nobody waits", async () => {
    const events: string[] = [];
    void yieldToRequests().then(() => events.push("computation"));
    await vi.advanceTimersByTimeAsync(5);
    expect(events).toEqual(["computation"]);
  });
});
