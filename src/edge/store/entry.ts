/**
 * What a stored answer carries besides its final headers. A hit needs these to state the origin's own `Cache-Control`
 * and the true `Age`, since the cache itself is told to keep the entry for longer than it is fresh.
 */
export interface EntryState {
  /** Moment to count `Age` from (RFC 9111 §4.2.3), in milliseconds since the epoch. */
  readonly bornAt: number;
  /** Until when the entry may be served without asking anybody. */
  readonly freshUntil: number;
  /** A better variant was being made when it was stored. */
  readonly isInterim: boolean;
  /** `Cache-Control` for clients. */
  readonly cacheControl: string;
}

/** Never leaves the Worker. */
export const entryHeader = "edge-imaging-entry";

export function formatEntry(entry: EntryState): string {
  return `${entry.bornAt} ${entry.freshUntil} ${entry.isInterim ? "interim" : "final"} ${entry.cacheControl}`;
}

/** Undefined for what was not written by `formatEntry()`. */
export function parseEntry(header: string | null): EntryState | undefined {
  const match = /^(\d+) (\d+) (interim|final) (.*)$/.exec(header ?? "");
  if (match === null) return undefined;
  return {
    bornAt: Number(match[1]),
    freshUntil: Number(match[2]),
    isInterim: match[3] === "interim",
    cacheControl: match[4] ?? "",
  };
}
