/** Larger renderings that an origin has refused, so that not every request repeats them. */
export interface RefusedScales {
  has(name: string): boolean;
  add(name: string): void;
}

/** Renderings remembered per isolate. */
const maxRemembered = 256;

/** Milliseconds until a refused rendering is requested again: a limit may be raised, a picture replaced. */
const forgetAfterMs = 600_000;

export function createRefusedScales(clock: () => number): RefusedScales {
  const refusedAt = new Map<string, number>();
  return {
    has: (name) => {
      const at = refusedAt.get(name);
      return at !== undefined && clock() - at < forgetAfterMs;
    },
    add: (name) => {
      const oldest = refusedAt.keys().next();
      if (refusedAt.size >= maxRemembered && oldest.done !== true) refusedAt.delete(oldest.value);
      refusedAt.set(name, clock());
    },
  };
}
