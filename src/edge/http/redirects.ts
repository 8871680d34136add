import { type Directives, formatCacheControl, parseCacheControl } from "./cache-control.ts";
import { freshnessHeaders, ownField, readFreshness } from "./freshness.ts";

/** A redirect that was followed on the way to an answer. */
export interface Redirect {
  readonly status: number;
  readonly headers: Headers;
}

/** Redirects that anybody may keep although they state no lifetime (RFC 9110 §15.1); a 302, 303 or 307 not. */
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
const replaced = ["age", "expires", "cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"] as const;

/** How long each hop may be kept, in seconds. */
interface Hop {
  readonly directives: Directives;
  readonly storable: boolean;
  readonly client: number;
  /** By any shared cache. */
  readonly shared: number;
  /** By this one, which has a default for what states nothing. */
  readonly own: number;
}

/**
 * The header of an answer that came by redirects, as one answer to the first URL: nobody may keep it for longer than the
 * strictest of them allows, and what one of them says of cookies and of Vary holds for all. A temporary redirect that
 * states nothing is kept by this cache alone, for its default, and so that no client sees it.
 * @param defaultSeconds lifetime of an answer that states none
 * @param now milliseconds since the epoch
 */
export function mergeRedirects(
  answer: Headers,
  redirects: readonly Redirect[],
  defaultSeconds: number,
  now: number,
): Headers {
  const merged = new Headers(answer);
  for (const { headers } of redirects) {
    for (const cookie of headers.getSetCookie()) merged.append("set-cookie", cookie);
    const vary = headers.get("vary");
    if (vary !== null) merged.append("vary", vary);
    // Such a redirect would lead another site elsewhere, or nowhere.
    if ((headers.get("access-control-allow-origin") ?? "*") !== "*") merged.append("vary", "Origin");
  }
  const hopOf = (headers: Headers, silent: number, silentHere: number): Hop => {
    const fields = freshnessHeaders(headers);
    const { storable, clientSeconds, ageSeconds, remainingSeconds } = readFreshness(fields, silent, now);
    return {
      directives: parseCacheControl(headers.get("cache-control") ?? ""),
      storable,
      client: Math.max(0, clientSeconds - ageSeconds),
      shared: remainingSeconds,
      own: readFreshness(fields, silentHere, now).remainingSeconds,
    };
  };
  const followed = redirects.map(({ status, headers }) =>
    // A permanent redirect that states nothing has no lifetime of its own.
    heuristicallyCacheable.includes(status) ? hopOf(headers, Infinity, Infinity) : hopOf(headers, 0, defaultSeconds),
  );
  if (followed.every(saysNothing)) return merged;
  const hops = [hopOf(answer, defaultSeconds, defaultSeconds), ...followed];
  const least = (life: "client" | "shared" | "own"): number => Math.min(...hops.map((hop) => hop[life]));
  for (const name of replaced) merged.delete(name);
  const directives = new Map<string, string>();
  for (const name of permissions) if (hops.every((hop) => hop.directives.has(name))) directives.set(name, "");
  const isStorable = hops.every(({ storable }) => storable);
  // A targeted field may forbid what `Cache-Control` allows.
  if (!isStorable) directives.set("private", "");
  for (const name of restrictions) if (hops.some((hop) => hop.directives.has(name))) directives.set(name, "");
  if (!directives.has("no-store") && !directives.has("no-cache")) {
    if (isStorable && least("own") !== least("shared")) {
      merged.set(ownField, formatCacheControl([...directives, ["max-age", String(least("own"))]]));
    }
    directives.set("max-age", String(least("client")));
    if (isStorable && least("shared") !== least("client")) directives.set("s-maxage", String(least("shared")));
  }
  merged.set("cache-control", formatCacheControl(directives));
  return merged;
}

function saysNothing({ directives, storable, client, shared }: Hop): boolean {
  const isForEver = client === Infinity && shared === Infinity;
  return storable && isForEver && !restrictions.some((name) => directives.has(name));
}
