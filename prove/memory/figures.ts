/** What the heap may take: 128 MB are the platform's limit, and machine code is not counted here. */
export const mostHeapBytes = 100e6;

/** How far below the truth a prediction may be. */
const mostMissing = 0.1;

export const mb = (bytes: number | undefined): string => (bytes === undefined ? "–" : (bytes / 1e6).toFixed(0));

/** Says so where a heap has too many bytes. */
export function judgeHeap(what: string, bytes: number): string[] {
  return bytes <= mostHeapBytes ? [] : [`${what}: ${mb(bytes)} MB of heap, more than ${mb(mostHeapBytes)}`];
}

/** @param taken bytes over idle */
export function judgePrediction(what: string, predicted: number | undefined, taken: number): string[] {
  if (predicted === undefined || predicted >= (1 - mostMissing) * taken) return [];
  return [`${what}: ${mb(taken)} MB taken, ${mb(predicted)} predicted`];
}
