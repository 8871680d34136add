/**
 * Work that can be interrupted. It yields after every small piece and says how much that was, in nanoseconds that such
 * work typically takes on one core. The figures follow from counts (blocks, coefficients, bytes) and not from a clock,
 * which does not move while a Worker computes.
 */
export type Steps<T> = Generator<number, T, undefined>;

/**
 * Lets other work run. After a short computation, of so many milliseconds, a short pause will do; it was a long one where
 * nothing is said.
 */
export type Pause = (computedMs?: number) => Promise<void>;

/** Without other work there is nothing to wait for. */
export function goOn(): Promise<void> {
  return Promise.resolve();
}

/** Work between two pauses: a request is to wait for 15 ms at most, and the predictions are for code that is warm. */
export const workPerStep = 6e6;

/**
 * Runs some work and pauses whenever a step of it is done. A piece that is larger than a step is a step of its own, so
 * pieces have to be small.
 */
export async function runInSteps<T>(steps: Steps<T>, pause: Pause): Promise<T> {
  let work = 0;
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    work += value;
    if (work < workPerStep) continue;
    const computedMs = work / 1e6;
    work = 0;
    await pause(computedMs);
  }
}

/** Runs some work without a pause. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
