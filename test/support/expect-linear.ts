/**
 * Work that grows with its input and no faster, shown without a clock that decides: large and small inputs in one run,
 * compared by the processor time that they take, which other programs do not lengthen.
 */
import { expect } from "vitest";

/** How many small inputs make up the large one: quadratic work on it takes so many times as long as on all of them. */
const parts = 8;

/** Half of what quadratic work shows. */
const maxRatio = parts / 2;

/** Code runs slowly at first, which the small inputs would have to bear. */
const minRounds = 4;

/** The collection of garbage spoils some rounds, never all of them. */
const maxRounds = 25;

/**
 * Compares the work on one input of `size` with that on eight of an eighth, the best of several rounds each.
 * @param work on an input of about the given size
 */
export async function expectLinear(work: (size: number) => unknown, size: number): Promise<void> {
  const small = Math.floor(size / parts);
  const best = { large: Infinity, small: Infinity };
  const measure = async (name: keyof typeof best, times: number, each: number): Promise<void> => {
    const start = process.cpuUsage();
    for (let time = 0; time < times; time++) await work(each);
    const { user, system } = process.cpuUsage(start);
    best[name] = Math.min(best[name], user + system);
  };
  for (let round = 1; round <= maxRounds; round++) {
    await measure("small", parts, small);
    await measure("large", 1, small * parts);
    if (round >= minRounds && best.large <= maxRatio * best.small) return;
  }
  expect.fail(`${(best.large / best.small).toFixed(1)} times the work of ${parts} parts for the whole`);
}
