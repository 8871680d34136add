/** Faults at random, always the same for a seed and an order of calls, that can be switched off. */
import { createRandom } from "../fuzz/random.ts";

export interface Chaos {
  isOn: boolean;
  /** How often each fault has struck, by its name. */
  readonly counts: Map<string, number>;
  /** The fault that strikes now, if any. */
  strike<Name extends string>(tier: string, shares: Readonly<Record<Name, number>>): Name | undefined;
  below(end: number): number;
}

export function createChaos(seed: number): Chaos {
  const random = createRandom(seed, 0);
  const counts = new Map<string, number>();
  const chaos: Chaos = {
    isOn: true,
    counts,
    below: (end) => random.below(end),
    strike(tier, shares) {
      if (!chaos.isOn) return undefined;
      let left = random.real();
      for (const [name, share] of Object.entries<number>(shares)) {
        left -= share;
        if (left >= 0) continue;
        counts.set(`${tier} ${name}`, (counts.get(`${tier} ${name}`) ?? 0) + 1);
        return name as keyof typeof shares;
      }
      return undefined;
    },
  };
  return chaos;
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

export const never = (): Promise<never> => new Promise(() => undefined);

/** Milliseconds that what is slow takes at most. */
export const slowMs = 700;
