import { isWithin } from "../clock.ts";

/** What was learned about names lately; the oldest is forgotten first. */
export interface RecentNames<Value> {
  find(name: string): Value | undefined;
  add(name: string, value: Value): void;
  forget(name: string): void;
}

/** Names longer than this are not remembered, so that the memory for all has a bound. */
const maxNameLength = 2048;

/** @param clock milliseconds since the epoch */
export function createRecentNames<Value>(
  clock: () => number,
  { most, forgetAfterMs }: { readonly most: number; readonly forgetAfterMs: number },
): RecentNames<Value> {
  const known = new Map<string, { readonly value: Value; readonly since: number }>();
  return {
    find(name) {
      const entry = known.get(name);
      return entry !== undefined && isWithin(forgetAfterMs, entry.since, clock()) ? entry.value : undefined;
    },
    add(name, value) {
      if (name.length > maxNameLength) return;
      known.delete(name);
      const oldest = known.keys().next();
      if (known.size >= most && oldest.done !== true) known.delete(oldest.value);
      known.set(name, { value, since: clock() });
    },
    forget: (name) => void known.delete(name),
  };
}
