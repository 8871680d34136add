import { type Directives, parseCacheControl, parseTargetedControl } from "./cache-control.ts";
import { parseHttpDate } from "./http-date.ts";

/** The header fields that decide how long an answer may be kept; values as they came. */
export interface FreshnessHeaders {
  /** Fields for caches like this one (RFC 9213), the most specific first: a valid one replaces the next two. */
  readonly targeted?: readonly (string | null)[];
  readonly cacheControl: string | null;
  readonly expires: string | null;
  readonly date: string | null;
  readonly age: string | null;
}

/** What HTTP says about keeping a source (RFC 9111). All times in seconds. */
export interface Freshness {
  /** A shared cache may store it: neither `no-store` nor `private`. */
  readonly storable: boolean;
  /** Freshness lifetime from the origin's generation of the answer on; 0 means always ask again. */
  readonly lifetimeSeconds: number;
  /** Time that the answer has spent in caches before it came here. */
  readonly ageSeconds: number;
  /** Lifetime minus age, never below 0. */
  readonly remainingSeconds: number;
  /** Lifetime for clients, for whom targeted fields and `s-maxage` are not meant. */
  readonly clientSeconds: number;
  /** May be served stale while the origin fails (RFC 9111 §4.2.4). */
  readonly mayServeStale: boolean;
  /** For how long after its end a stale answer may be served while the origin is asked; undefined when not stated (RFC 5861 §3). */
  readonly staleWhileRevalidateSeconds: number | undefined;
  /** The bytes must not be transformed (RFC 9110 §7.7). */
  readonly noTransform: boolean;
}

/** An HTTP lifetime is a delta-seconds; more than this is "for ever" (RFC 9111 §1.2.2). */
const maxDeltaSeconds = 2 ** 31;

/** A `Date` that is older by no more than this is of now: it leaves out the fraction, and an answer takes its time. */
const dateToleranceSeconds = 2;

/** Targeted fields that this program reads, the most specific first. */
const targetedFields = ["cloudflare-cdn-cache-control", "cdn-cache-control"] as const;

/** What of an answer's header decides its freshness. */
export function freshnessHeaders(headers: Headers): FreshnessHeaders {
  return {
    targeted: targetedFields.map((name) => headers.get(name)),
    cacheControl: headers.get("cache-control"),
    expires: headers.get("expires"),
    date: headers.get("date"),
    age: headers.get("age"),
  };
}

/**
 * The shared freshness of an answer: `s-maxage`, else `max-age`, else `Expires − Date`, else the default; minus the age.
 * `no-cache` is a lifetime of 0 (RFC 9111 §4.2.1, §5.2.2.4). A targeted field takes the place of `Cache-Control` and
 * `Expires` (RFC 9213 §2.2).
 * @param receivedAt milliseconds since the epoch; replaces a missing `Date` (RFC 9110 §6.6.1)
 */
export function readFreshness(headers: FreshnessHeaders, defaultSeconds: number, receivedAt?: number): Freshness {
  const general = parseCacheControl(headers.cacheControl ?? "");
  const targeted = (headers.targeted ?? []).map(parseTargetedControl).find((found) => found !== undefined);
  const directives = targeted ?? general;
  const has = (...names: readonly string[]): boolean => names.some((name) => directives.has(name));
  // §5.1: of several values the first counts.
  const statedAge = deltaSeconds(headers.age?.split(",", 1)[0]?.trim()) ?? 0;
  const ageSeconds = Math.max(statedAge, apparentAge(headers.date, receivedAt));
  const expires = targeted === undefined ? headers : { ...headers, expires: null };
  const stated = statedLifetime(["s-maxage", "max-age"], directives, expires, receivedAt);
  const lifetimeSeconds = has("no-cache") ? 0 : (stated ?? defaultSeconds);
  return {
    // §3: private with or without field names, since a stored part of an answer is of no use here.
    storable: !has("no-store", "private"),
    lifetimeSeconds,
    ageSeconds,
    remainingSeconds: Math.max(0, lifetimeSeconds - ageSeconds),
    clientSeconds:
      statedLifetime(["max-age"], general, headers, receivedAt) ?? Math.min(lifetimeSeconds, defaultSeconds),
    // §5.2.2.10: s-maxage carries the meaning of proxy-revalidate.
    mayServeStale: !has("must-revalidate", "proxy-revalidate", "no-cache", "s-maxage"),
    // It is a permission of its own (§4.2.4), which only what forbids stale answers outright takes back.
    staleWhileRevalidateSeconds: has("must-revalidate", "proxy-revalidate", "no-cache")
      ? undefined
      : deltaSeconds(directives.get("stale-while-revalidate")),
    noTransform: general.has("no-transform") || has("no-transform"),
  };
}

/** How long ago an answer was made by its `Date` (RFC 9111 §4.2.3), in seconds. */
function apparentAge(date: string | null, receivedAt: number | undefined): number {
  if (date === null || receivedAt === undefined) return 0;
  const seconds = Math.floor((receivedAt - parseHttpDate(date, receivedAt)) / 1000);
  return seconds > dateToleranceSeconds ? Math.min(seconds, maxDeltaSeconds) : 0;
}

function statedLifetime(
  names: readonly string[],
  directives: Directives,
  headers: FreshnessHeaders,
  receivedAt: number | undefined,
): number | undefined {
  for (const name of names) {
    // §4.2.1: an invalid lifetime counts as stale.
    if (directives.has(name)) return deltaSeconds(directives.get(name)) ?? 0;
  }
  if (headers.expires === null) return undefined;
  const expires = parseHttpDate(headers.expires, receivedAt);
  // §5.3: an invalid date, "0" above all, is in the past.
  if (Number.isNaN(expires)) return 0;
  const stated = parseHttpDate(headers.date ?? "", receivedAt);
  const date = Number.isNaN(stated) && receivedAt !== undefined ? receivedAt : stated;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.floor((expires - date) / 1000));
}

function deltaSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), maxDeltaSeconds) : undefined;
}
