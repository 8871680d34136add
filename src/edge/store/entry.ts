import { hashText } from "../config.ts";

/**
 * What a stored answer carries besides its final headers. A hit needs these to state the origin's own `Cache-Control`
 * and the true `Age`, since the cache itself keeps the entry for longer than it is fresh.
 */
export interface EntryState {
  /** Of the place where it was put (`placeName()`): a cache that gives another entry gives another picture. */
  readonly place: number;
  /** Length of the body: one that was cut is another one. */
  readonly bytes: number;
  /** Moment to count `Age` from (RFC 9111 §4.2.3), in milliseconds since the epoch. */
  readonly bornAt: number;
  /** Until when the entry may be served without asking anybody. */
  readonly freshUntil: number;
  /** A better variant was being made when it was stored. */
  readonly isInterim: boolean;
  /**
   * Whom the answer is for: everybody; those whose CORS `Origin` (or lack of one) the entry lies under; or nobody, where
   * it only leads to the entries of single Origins.
   */
  readonly scope: EntryScope;
  /** Of the source; entries of single Origins are found by it. */
  readonly generation: string;
  /** `Cache-Control` for clients. */
  readonly cacheControl: string;
}

const scopes = ["all", "own", "none"] as const;
export type EntryScope = (typeof scopes)[number];

/** A name for the URL of an entry, short enough for its header. */
export const placeName = hashText;

/** Never leaves the Worker. */
export const entryHeader = "edge-imaging-entry";

export function formatEntry(entry: EntryState): string {
  const { place, bytes, bornAt, freshUntil, isInterim, scope, generation, cacheControl } = entry;
  return `${place} ${bytes} ${bornAt} ${freshUntil} ${isInterim ? "interim" : "final"} ${scope} ${generation} ${cacheControl}`;
}

/** Undefined for what was not written by `formatEntry()`. */
export function parseEntry(header: string | null): EntryState | undefined {
  const match = /^(\d+) (\d+) (\d+) (\d+) (interim|final) (all|own|none) ([\w-]+) (.*)$/.exec(header ?? "");
  if (match === null) return undefined;
  return {
    place: Number(match[1]),
    bytes: Number(match[2]),
    bornAt: Number(match[3]),
    freshUntil: Number(match[4]),
    isInterim: match[5] === "interim",
    scope: scopes.find((scope) => scope === match[6]) ?? "none",
    generation: match[7] ?? "",
    cacheControl: match[8] ?? "",
  };
}
