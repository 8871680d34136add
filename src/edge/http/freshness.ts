import { parseHttpDate } from "./http-date.ts";

/** The header fields that decide how long an answer may be kept; values as they came. */
export interface FreshnessHeaders {
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
  /** No lifetime was stated, so the default applies. */
  readonly isDefault: boolean;
  /** May be served stale while the origin fails (RFC 9111 §4.2.4). */
  readonly mayServeStale: boolean;
  /** The bytes must not be transformed (RFC 9110 §7.7). */
  readonly noTransform: boolean;
}

/** An HTTP lifetime is a delta-seconds; more than this is "for ever" (RFC 9111 §1.2.2). */
const maxDeltaSeconds = 2 ** 31;

/**
 * The shared freshness of an answer: `s-maxage`, else `max-age`, else `Expires − Date`, else the default; minus `Age`.
 * `no-cache` is a lifetime of 0 (RFC 9111 §4.2.1, §5.2.2.4).
 * @param receivedAt milliseconds since the epoch; replaces a missing `Date` (RFC 9110 §6.6.1)
 */
export function readFreshness(headers: FreshnessHeaders, defaultSeconds: number, receivedAt?: number): Freshness {
  const directives = parseCacheControl(headers.cacheControl ?? "");
  // §5.1: of several values the first counts.
  const ageSeconds = deltaSeconds(headers.age?.split(",", 1)[0]?.trim()) ?? 0;
  const stated = statedLifetime(directives, headers, receivedAt);
  const lifetimeSeconds = directives.has("no-cache") ? 0 : (stated ?? defaultSeconds);
  return {
    // §3: private with or without field names, since a stored part of an answer is of no use here.
    storable: !directives.has("no-store") && !directives.has("private"),
    lifetimeSeconds,
    ageSeconds,
    remainingSeconds: Math.max(0, lifetimeSeconds - ageSeconds),
    isDefault: stated === undefined && !directives.has("no-cache"),
    // §5.2.2.10: s-maxage carries the meaning of proxy-revalidate.
    mayServeStale: !["must-revalidate", "proxy-revalidate", "no-cache", "s-maxage"].some((name) =>
      directives.has(name),
    ),
    noTransform: directives.has("no-transform"),
  };
}

function statedLifetime(
  directives: ReadonlyMap<string, string>,
  headers: FreshnessHeaders,
  receivedAt: number | undefined,
): number | undefined {
  for (const name of ["s-maxage", "max-age"]) {
    // §4.2.1: an invalid lifetime counts as stale.
    if (directives.has(name)) return deltaSeconds(directives.get(name)) ?? 0;
  }
  if (headers.expires === null) return undefined;
  const expires = parseHttpDate(headers.expires);
  // §5.3: an invalid date, "0" above all, is in the past.
  if (Number.isNaN(expires)) return 0;
  const stated = parseHttpDate(headers.date ?? "");
  const date = Number.isNaN(stated) && receivedAt !== undefined ? receivedAt : stated;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.floor((expires - date) / 1000));
}

function deltaSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), maxDeltaSeconds) : undefined;
}

/**
 * Directives by lower-case name; arguments unquoted (RFC 9111 §5.2). The first of a repeated directive counts, as
 * §4.2.1 allows.
 */
export function parseCacheControl(header: string): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const match of header.matchAll(/([^\s,;="]+)(?:=(?:"([^"]*)"|([^\s,;"]*)))?/g)) {
    const name = (match[1] ?? "").toLowerCase();
    if (!directives.has(name)) directives.set(name, match[2] ?? match[3] ?? "");
  }
  return directives;
}
