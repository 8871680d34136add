import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createWorkQueue,
  type Priority,
  type Permit,
  type WorkQueue,
} from "../../../../src/edge/backend/work-queue.ts";

const permitTimeoutMs = 45_000;
/** A lost permit is noticed within this time. */
const watchMs = 1000;
const never = Number.POSITIVE_INFINITY;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

function createQueue(): WorkQueue {
  return createWorkQueue(() => Date.now(), permitTimeoutMs);
}

/** Lets all happen that is due, with the pause before a permit that somebody waited for. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(5);
}

interface Watched {
  readonly name: string;
  state: "waiting" | "running" | "refused";
  permit: Permit | undefined;
}

/** Acquires a permit and watches what becomes of it. */
function watch(queue: WorkQueue, name: string, priority: Priority, predictedMs: number, endBy = never): Watched {
  const watched: Watched = { name, state: "waiting", permit: undefined };
  void queue.acquire(priority, predictedMs, endBy).then((permit) => {
    watched.permit = permit;
    watched.state = permit === undefined ? "refused" : "running";
  });
  return watched;
}

describe("createWorkQueue()", () => {
  it("gives one permit at a time, in the order of requests", async () => {
    const queue = createQueue();
    const jobs = ["a", "b", "c"].map((name) => watch(queue, name, "inline", 10));
    for (const running of jobs) {
      await settle();
      const done = jobs.indexOf(running) + 1;
      expect(jobs.map(({ state }) => state)).toEqual(jobs.map((_, index) => (index < done ? "running" : "waiting")));
      running.permit?.release();
    }
    await settle();
    expect(queue.predictedWaitMs("background")).toBe(0);
  });

  it("puts jobs that a client waits for first", async () => {
    const queue = createQueue();
    const holder = watch(queue, "holder", "background", 10);
    await settle();
    const background = watch(queue, "background", "background", 10);
    const inline = watch(queue, "inline", "inline", 10);
    holder.permit?.release();
    await settle();
    expect([background.state, inline.state]).toEqual(["waiting", "running"]);
    inline.permit?.release();
    await settle();
    expect(background.state).toBe("running");
  });

  it("pauses before a job that follows another one, so that hits do not wait for both", async () => {
    const queue = createQueue();
    const first = watch(queue, "first", "inline", 10);
    await vi.advanceTimersByTimeAsync(0);
    // Nothing has been computed before it, and somebody waits.
    expect(first.state).toBe("running");
    const second = watch(queue, "second", "inline", 10);
    first.permit?.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(second.state).toBe("waiting");
    await settle();
    expect(second.state).toBe("running");
    second.permit?.release();
    // Its own request may have computed just before.
    const background = watch(queue, "background", "background", 10);
    await vi.advanceTimersByTimeAsync(0);
    expect(background.state).toBe("waiting");
    await settle();
    expect(background.state).toBe("running");
  });

  it("predicts the wait from all that goes first", async () => {
    const queue = createQueue();
    watch(queue, "holder", "background", 100);
    await settle();
    watch(queue, "background", "background", 20);
    watch(queue, "inline", "inline", 3);
    expect(queue.predictedWaitMs("inline")).toBe(103);
    expect(queue.predictedWaitMs("background")).toBe(123);
  });

  it("refuses at once what cannot end in time, and takes what just can", async () => {
    const queue = createQueue();
    watch(queue, "holder", "inline", 100);
    await settle();
    const late = watch(queue, "late", "inline", 50, Date.now() + 149);
    const justInTime = watch(queue, "in time", "inline", 50, Date.now() + 150);
    await settle();
    expect([late.state, justInTime.state]).toEqual(["refused", "waiting"]);
    // What was refused does not lengthen the queue.
    expect(queue.predictedWaitMs("inline")).toBe(150);
  });

  it("refuses a job that would end too late when its permit comes, and gives the permit to the next", async () => {
    const queue = createQueue();
    const holder = watch(queue, "holder", "inline", 100);
    await settle();
    const late = watch(queue, "late", "inline", 50, Date.now() + 200);
    const patient = watch(queue, "patient", "background", 50);
    vi.setSystemTime(Date.now() + 151);
    holder.permit?.release();
    await settle();
    expect([late.state, patient.state]).toEqual(["refused", "running"]);
  });

  it("does not keep a request waiting beyond the time that it has, when the one before it takes longer than predicted", async () => {
    const queue = createQueue();
    watch(queue, "never ends", "background", 100);
    await settle();
    const inline = watch(queue, "inline", "inline", 400, Date.now() + 1500);
    await vi.advanceTimersByTimeAsync(1600);
    expect(inline.state).toBe("refused");
  });

  it("takes a permit away that is never released", async () => {
    const queue = createQueue();
    watch(queue, "lost", "inline", 100);
    await settle();
    const next = watch(queue, "next", "background", 100);
    await vi.advanceTimersByTimeAsync(permitTimeoutMs + watchMs);
    expect(next.state).toBe("running");
  });

  it("takes away one lost permit after the other", async () => {
    const queue = createQueue();
    watch(queue, "lost", "inline", 100);
    await settle();
    const [second, third] = [watch(queue, "lost, too", "background", 100), watch(queue, "third", "background", 100)];
    await vi.advanceTimersByTimeAsync(permitTimeoutMs + watchMs);
    expect([second.state, third.state]).toEqual(["running", "waiting"]);
    await vi.advanceTimersByTimeAsync(permitTimeoutMs + watchMs);
    expect(third.state).toBe("running");
  });

  it("gives no permit to waiters whose requests have ended: each costs two or three seconds, not a permit", async () => {
    let pause = (): Promise<void> => new Promise(() => undefined);
    const queue = createWorkQueue(
      () => Date.now(),
      permitTimeoutMs,
      () => pause(),
    );
    const holder = watch(queue, "holder", "inline", 10);
    await settle();
    expect(holder.state).toBe("running");
    const ended = [watch(queue, "ended", "background", 10), watch(queue, "ended, too", "background", 10)];
    const living = watch(queue, "living", "background", 10);
    holder.permit?.release();
    await vi.advanceTimersByTimeAsync(2000 + watchMs);
    pause = async () => undefined;
    await vi.advanceTimersByTimeAsync(2000 + watchMs);
    expect([...ended, living].map(({ state }) => state)).toEqual(["waiting", "waiting", "running"]);
    // Nothing is wrong with a holder that works for long.
    const next = watch(queue, "next", "background", 10);
    await vi.advanceTimersByTimeAsync(permitTimeoutMs - 3 * watchMs);
    expect(next.state).toBe("waiting");
    living.permit?.release();
    await settle();
    expect(next.state).toBe("running");
  });

  it("lets a waiter that was taken for lost wait again when it goes on after all", async () => {
    const { promise: late, resolve: goOn } = Promise.withResolvers<void>();
    const pauses = [late];
    const queue = createWorkQueue(
      () => Date.now(),
      permitTimeoutMs,
      async () => pauses.shift(),
    );
    const holder = watch(queue, "holder", "inline", 10);
    await settle();
    const slow = watch(queue, "slow", "background", 10);
    const next = watch(queue, "next", "background", 10);
    holder.permit?.release();
    await vi.advanceTimersByTimeAsync(2000 + watchMs);
    expect([slow.state, next.state]).toEqual(["waiting", "running"]);
    goOn();
    await settle();
    expect(slow.state).toBe("waiting");
    next.permit?.release();
    await settle();
    expect(slow.state).toBe("running");
  });

  it("ignores a permit that is released twice, or after it was taken away", async () => {
    const queue = createQueue();
    const slow = watch(queue, "slow", "inline", 100);
    await settle();
    const second = watch(queue, "second", "inline", 100);
    await vi.advanceTimersByTimeAsync(permitTimeoutMs + watchMs);
    expect(second.state).toBe("running");
    const third = watch(queue, "third", "inline", 100);
    slow.permit?.release();
    slow.permit?.release();
    await settle();
    expect(third.state).toBe("waiting");
    second.permit?.release();
    await settle();
    expect(third.state).toBe("running");
  });

  it("keeps no timer when no job waits", async () => {
    const queue = createQueue();
    const jobs = [watch(queue, "a", "inline", 1), watch(queue, "b", "background", 1)];
    for (const job of jobs) {
      await settle();
      job.permit?.release();
    }
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });
});
