/** In it, a request that has come in begins its look-up in the cache: some turns of the event loop. */
const arrivalMs = 5;

/**
 * The same after a computation of so many milliseconds at most. A request that misses such a pause waits for another short
 * computation; with the long pause, work in steps of 6 ms would take twice its time.
 */
const shortArrivalMs = 1;
const shortComputationMs = 15;

/** Milliseconds that a pause lasts at most: a cache that does not answer must not hold up all encoding. */
const longestPauseMs = 200;

/** Numbers of the look-ups of waiting requests. In the isolate, as all who compute and all who wait share its thread. */
const underWay = new Set<number>();
let begun = 0;

/** Counts a look-up on which a request's answer depends: a pause lasts until it is answered. */
export function countLookUp<Found>(lookUp: Promise<Found>): Promise<Found> {
  const number = ++begun;
  underWay.add(number);
  const end = (): void => void underWay.delete(number);
  lookUp.then(end, end);
  return lookUp;
}

/**
 * Lets waiting requests be answered. Await it between two long computations, so that a hit waits for the end of one of
 * them and not of all: also one whose look-up takes longer than a turn of the event loop, as in a cache that is another
 * process. What comes in during the pause waits for one computation at most, and does not lengthen it.
 */
export async function yieldToRequests(computedMs = Infinity): Promise<void> {
  await wait(computedMs <= shortComputationMs ? shortArrivalMs : arrivalMs);
  const waiting = [...underWay];
  if (waiting.length === 0) return;
  for (let waited = 0; waited < longestPauseMs && waiting.some((number) => underWay.has(number)); waited++) {
    await wait(1);
  }
  // One that is not answered by now may never be, since the platform may have ended its request: no other pause waits for it.
  for (const number of waiting) underWay.delete(number);
  // The answers are still to be sent.
  await wait(1);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
