/** Numbers that look random and are the same again for the same seed and input. */
export interface Random {
  /** 0 to 1, without 1. */
  real(): number;
  /** 0 to `below`, without it; 0 for an empty range. */
  below(below: number): number;
  /** True in so many cases out of one. */
  chance(share: number): boolean;
  /** @throws for an empty list */
  pick<Value>(values: readonly Value[]): Value;
}

/** SplitMix32: a counter, and a mixer that spreads neighbouring counts over all 32 bits. */
export function createRandom(seed: number, input: number): Random {
  let state = mix(mix(seed >>> 0) ^ mix((input ^ 0x9e3779b9) >>> 0));
  const real = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    return mix(state) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(real() * end);
  return {
    real,
    below,
    chance: (share) => real() < share,
    pick: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error("nothing to pick from");
      return value;
    },
  };
}

/** The finalizer of MurmurHash3 (public domain). */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
