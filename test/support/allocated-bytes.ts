/**
 * Bytes of ArrayBuffers by which this process grew while `work` ran. What is not collected yet counts, so that it is never
 * less than what was held at once, and mostly all that was allocated.
 */
export async function allocatedBytes(work: () => unknown): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return Math.max(most, process.memoryUsage().arrayBuffers) - before;
}
