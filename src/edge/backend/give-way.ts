/**
 * Long enough for a look-up in the cache, which takes several turns of the event loop: with a pause of 0 ms, hits were
 * seen to wait for three computations instead of one.
 */
const pauseMs = 5;

/**
 * Lets waiting requests be answered. Await it between two long computations, so that a hit waits for the end of one of
 * them and not of all.
 */
export function yieldToRequests(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, pauseMs);
  });
}
