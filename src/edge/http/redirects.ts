import { type Directives, formatCacheControl, parseCacheControl } from "./cache-control.ts";
import { freshnessHeaders, readFreshness } from "./freshness.ts";

/** A redirect that was followed on the way to an answer. */
export interface Redirect {
  readonly status: number;
  readonly headers: Headers;
}

/**
 * Redirects that anybody may keep although they state no lifetime (RFC 9110 §15.1). A 302, 303 or 307 may lead elsewhere
 * the next time (RFC 9111 §4.2.2).
 */
const heuristicallyCacheable: readonly number[] = [301, 308];

/** Directives that hold for the whole way when one answer on it has them. */
const restrictions = [
  "private",
  "no-store",
  "no-cache",
  "must-revalidate",
  "proxy-revalidate",
  "no-transform",
] as const;

/** Directives that hold only when every answer on the way has them. */
const permissions = ["public", "immutable"] as const;

/** What a merged `Cache-Control` replaces. */
const replaced = [
  "age",
  "date",
  "expires",
  "cdn-cache-control",
  "cloudflare-cdn-cache-control",
  "surrogate-control",
] as const;

/** How long each hop may be kept, in seconds. */
interface Hop {
  readonly directives: Directives;
  readonly storable: boolean;
  readonly client: number;
  /** By any shared cache. */
  readonly shared: number;
}

/** An answer that came by redirects, as one answer to the first URL. */
export interface MergedAnswer {
  readonly headers: Headers;
  /**
   * For how many seconds the same picture can be expected, where a temporary redirect states nothing: it has to be followed
   * again each time, and mostly leads where it has led before.
   */
  readonly expectedSeconds: number | undefined;
}

/**
 * The header of an answer that came by redirects, as one answer to the first URL: nobody may keep it for longer than the
 * strictest of them allows, and what one of them says of cookies and of Vary holds for all.
 * @param defaultSeconds lifetime of an answer that states none
 * @param now milliseconds since the epoch
 */
export function mergeRedirects(
  answer: Headers,
  redirects: readonly Redirect[],
  defaultSeconds: number,
  now: number,
): MergedAnswer {
  const merged = new Headers(answer);
  for (const { headers } of redirects) {
    for (const cookie of headers.getSetCookie()) merged.append("set-cookie", cookie);
    const vary = headers.get("vary");
    if (vary !== null) merged.append("vary", vary);
    // Such a redirect would lead another site elsewhere, or nowhere.
    if ((headers.get("access-control-allow-origin") ?? "*") !== "*") merged.append("vary", "Origin");
  }
  /** @param silent lifetime of a hop that states none */
  const hopOf = (headers: Headers, silent: number): Hop => {
    const fields = freshnessHeaders(headers);
    const { storable, clientSeconds, ageSeconds, remainingSeconds } = readFreshness(fields, silent, now);
    return {
      directives: parseCacheControl(headers.get("cache-control") ?? ""),
      storable,
      client: Math.max(0, clientSeconds - ageSeconds),
      shared: remainingSeconds,
    };
  };
  const followed = redirects.map(({ status, headers }) =>
    hopOf(headers, heuristicallyCacheable.includes(status) ? Infinity : 0),
  );
  if (followed.every(saysNothing)) return { headers: merged, expectedSeconds: undefined };
  const own = hopOf(answer, defaultSeconds);
  const hops = [own, ...followed];
  const least = (life: "client" | "shared"): number => Math.min(...hops.map((hop) => hop[life]));
  for (const name of replaced) merged.delete(name);
  const directives = new Map<string, string>();
  for (const name of permissions) if (hops.every((hop) => hop.directives.has(name))) directives.set(name, "");
  const isStorable = hops.every(({ storable }) => storable);
  // A targeted field may forbid what `Cache-Control` allows.
  if (!isStorable) directives.set("private", "");
  for (const name of restrictions) if (hops.some((hop) => hop.directives.has(name))) directives.set(name, "");
  if (!directives.has("no-store") && !directives.has("no-cache")) {
    directives.set("max-age", String(least("client")));
    if (isStorable && least("shared") !== least("client")) directives.set("s-maxage", String(least("shared")));
  }
  merged.set("cache-control", formatCacheControl(directives));
  const stated = redirects.map(({ headers }) => hopOf(headers, Infinity).shared);
  const expected = Math.min(own.shared, ...stated);
  return { headers: merged, expectedSeconds: expected > least("shared") ? expected : undefined };
}

function saysNothing({ directives, storable, client, shared }: Hop): boolean {
  const isForEver = client === Infinity && shared === Infinity;
  return storable && isForEver && !restrictions.some((name) => directives.has(name));
}
