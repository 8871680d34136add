/** Turns of the event loop that a wait is made of. */
const steps = 10;

/** A wait that can be given up. */
export interface Wait {
  /** Resolves when the time is up; never when the wait was given up. */
  readonly over: Promise<undefined>;
  cancel(): void;
}

/**
 * Waits for at least so long, in several turns of the event loop. A computation that holds the thread delays one of them
 * and cannot use up the others: what has arrived meanwhile is seen before the time is up. Every wait for an origin is one
 * of these, or an encode would make an origin late that has answered at once.
 */
export function waitPatiently(milliseconds: number): Wait {
  let left = steps - 1;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const step = (): void => {
    if (left === 0) resolve(undefined);
    else timer = setTimeout(step, milliseconds / steps);
    left -= 1;
  };
  let timer = setTimeout(step, milliseconds / steps);
  return { over: promise, cancel: () => clearTimeout(timer) };
}

/** The result of the work, or undefined when it takes longer. The work goes on. */
export async function withPatience<Result>(work: Promise<Result>, milliseconds: number): Promise<Result | undefined> {
  const wait = waitPatiently(milliseconds);
  try {
    return await Promise.race([work, wait.over]);
  } finally {
    wait.cancel();
  }
}
