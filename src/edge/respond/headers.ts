import { formatCacheControl, parseCacheControl } from "../http/cache-control.ts";
import { connectionFields } from "../http/connection.ts";
import { readFreshness } from "../http/freshness.ts";
import { formats, type FormatId } from "../../imaging/model/formats.ts";
import { transientSeconds } from "../limits.ts";
import { describeDisposition } from "./content-disposition.ts";
import { destinationField } from "../negotiate/candidate.ts";
import { networkFields } from "../negotiate/network.ts";
import { dependsOnOrigin } from "../plan/audience.ts";
import { type Explanation, formatExplanation } from "./edge-imaging.ts";

/**
 * Header fields of the origin that describe the connection, the moment or its software, not the image, or that address only caches
 * like ours (RFC 9213) and would overrule how long an entry is kept; never passed on.
 */
const neverKept = new Set([
  "accept-ranges",
  "age",
  "alt-svc",
  "cache-status",
  "cache-tag",
  "cdn-cache-control",
  "cf-cache-status",
  "cf-ray",
  "clear-site-data",
  "cloudflare-cdn-cache-control",
  "connection",
  "content-length",
  "content-range",
  "content-type",
  "date",
  "etag",
  "keep-alive",
  "nel",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "report-to",
  "server",
  "set-cookie",
  "set-cookie2",
  "surrogate-control",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "vary",
  "www-authenticate",
]);

/** Statements about the origin's bytes that are false about any others (RFC 9530, RFC 9421, storage services). */
const falseForOtherBytes = [
  /^content-(?:md5|digest|encoding|location)$/,
  /^(?:repr-)?digest$/,
  /^signature/,
  /^x-amz-checksum-/,
  /^x-goog-hash$/,
];

/** Cache directives for single caches; they would overrule the short life of an answer that is about to change. */
const targetedCacheControl = ["expires", "cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"];

/** All that the header of an answer with buffered bytes depends on. */
export interface AnswerFacts {
  readonly pathname: string;
  /** The origin's header fields. */
  readonly originHeaders: readonly (readonly [string, string])[];
  readonly explanation: Explanation & { readonly format: FormatId };
  /** Where a variant has another name than its format's usual one. */
  readonly mediaType?: string | undefined;
  /** The bytes that are sent are not the origin's. */
  readonly changed: boolean;
  readonly etag: string;
  readonly length: number;
  /** Lifetime to state when the origin has stated none itself. */
  readonly lifetimeSeconds: number;
  /** The answer may soon be another one although the source stays. */
  readonly transient: boolean;
  /** Request fields besides Accept that could have changed the answer. */
  readonly varyBy: readonly string[];
}

/** The final header of an answer, without `Age` and `Cache-Status`. */
export function buildAnswerHeaders(facts: AnswerFacts): Headers {
  const { explanation, changed } = facts;
  const headers = new Headers();
  // Without its content coding the original is another sequence of bytes as well.
  const isOther = changed || headerOf(facts.originHeaders, "content-encoding") !== null;
  const hopByHop = connectionFields(headerOf(facts.originHeaders, "connection"));
  for (const [name, value] of facts.originHeaders) {
    if (
      neverKept.has(name) ||
      hopByHop.has(name) ||
      (isOther && falseForOtherBytes.some((pattern) => pattern.test(name)))
    )
      continue;
    headers.append(name, value);
  }
  headers.set("content-type", facts.mediaType ?? contentTypeOf(explanation.format, facts.originHeaders));
  headers.set("content-length", String(facts.length));
  headers.set("etag", facts.etag);
  headers.set("accept-ranges", "bytes");
  headers.set("x-content-type-options", "nosniff");
  headers.set("vary", varyOf(facts.originHeaders, facts.varyBy));
  const hints = facts.varyBy.filter((name) => !notHints.includes(name));
  if (hints.length > 0) headers.append("accept-ch", hints.join(", "));
  headers.set("edge-imaging", formatExplanation(explanation));
  const disposition = describeDisposition(facts.pathname, explanation.format, headers.get("content-disposition"));
  if (disposition !== undefined) headers.set("content-disposition", disposition);
  const own = headers.get("cache-control");
  if (facts.transient) shortenLife(headers);
  else if (own === null) headers.set("cache-control", `public, max-age=${facts.lifetimeSeconds}`);
  return headers;
}

function headerOf(headers: readonly (readonly [string, string])[], name: string): string | null {
  return headers.find(([key]) => key === name)?.[1] ?? null;
}

/** The type of the bytes really sent; an origin's parameters (an SVG's charset) stay when it named the type itself. */
function contentTypeOf(format: FormatId, originHeaders: readonly (readonly [string, string])[]): string {
  const [canonical] = formats[format].mediaTypes;
  const stated = headerOf(originHeaders, "content-type") ?? "";
  return stated.toLowerCase().startsWith(`${canonical};`) ? stated : canonical;
}

/** Request fields that are sent without having been asked for by `Accept-CH`. */
const notHints: readonly string[] = ["User-Agent", destinationField];

/**
 * `Vary` of an answer about an image. `Accept` always; `Origin` when the source answers by it, since it is forwarded. All
 * other names of the origin's are satisfied by construction: those fields are never forwarded, or always alike.
 */
function varyOf(originHeaders: readonly (readonly [string, string])[], varyBy: readonly string[]): string {
  return ["Accept", ...varyBy, ...(dependsOnOrigin(originHeaders) ? ["Origin"] : [])].join(", ");
}

/** What a cache may keep for this client alone (RFC 9111 §5.2.2.7), with the lifetime that was stated. */
export function makePrivate(cacheControl: string): string {
  const directives = parseCacheControl(cacheControl);
  const others = [...directives].filter(([name]) => !["public", "private", "s-maxage"].includes(name));
  return formatCacheControl([["private", ""], ...others]);
}

/** Says that no shared cache may keep this, whatever the origin has said to any of them. */
export function keepForOneClient(headers: Headers): void {
  for (const name of targetedCacheControl) headers.delete(name);
  headers.set("cache-control", makePrivate(headers.get("cache-control") ?? ""));
}

/** Whether the answer would have been another one on another kind of network. */
export function variesByNetwork(headers: Headers): boolean {
  return headers.get("vary")?.includes(networkFields[0]) ?? false;
}

/** What depended on a measured connection is for that client alone, since no Vary can name a measurement. */
export function keepPrivate(headers: Headers, isMeasured: boolean): void {
  if (!isMeasured || !variesByNetwork(headers)) return;
  headers.set("cache-control", makePrivate(headers.get("cache-control") ?? ""));
}

/** Directives that would let an unsettled answer live longer than its `max-age`. */
const lifeDirectives = ["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error", "immutable"];

/**
 * Limits what the header promises to the time for which an unsettled answer may live. What the origin has said besides
 * stays, and nothing is made more public than it was.
 */
export function shortenLife(headers: Headers): void {
  const directives = parseCacheControl(headers.get("cache-control") ?? "");
  const statedLives = statedLifetimes(headers, directives);
  for (const name of targetedCacheControl) headers.delete(name);
  if (directives.has("no-store")) return;
  const seconds = Math.min(transientSeconds, ...statedLives);
  const others = [...directives].filter(([name]) => !lifeDirectives.includes(name));
  headers.set("cache-control", formatCacheControl([...others, ["max-age", String(seconds)]]));
}

/** What the origin itself promises, in seconds: none of it is lengthened. */
function statedLifetimes(headers: Headers, directives: ReadonlyMap<string, string>): readonly number[] {
  const fields = { cacheControl: null, expires: headers.get("expires"), date: headers.get("date"), age: null };
  const stated = ["max-age", "s-maxage"]
    .filter((name) => directives.has(name))
    .map((name) => Number(directives.get(name)));
  const expires = stated.length === 0 ? [readFreshness(fields, transientSeconds).lifetimeSeconds] : [];
  return [...stated, ...expires].map((seconds) => (Number.isFinite(seconds) ? seconds : 0));
}

/**
 * The fields that describe the decision, for an answer that is passed on without being buffered.
 * @param mayChange whether the answer may change soon, for a reason of ours.
 */
export function markForwarded(
  headers: Headers,
  explanation: Explanation,
  cacheStatus: string,
  mayChange: boolean,
  varyBy: readonly string[] = [],
): void {
  const vary = (headers.get("vary") ?? "").split(",").map((name) => name.trim());
  const ours = ["accept", ...varyBy.map((name) => name.toLowerCase())];
  const names = vary.filter((name) => name !== "" && !ours.includes(name.toLowerCase()));
  const allowsOne = dependsOnOrigin([...headers]) && !names.some((name) => /^(?:origin|\*)$/i.test(name));
  headers.set("vary", ["Accept", ...varyBy, ...names, ...(allowsOne ? ["Origin"] : [])].join(", "));
  headers.set("edge-imaging", formatExplanation(explanation));
  headers.set("cache-status", cacheStatus);
  headers.delete("cache-tag");
  for (const name of connectionFields(headers.get("connection"))) headers.delete(name);
  const type = headers.get("content-type");
  if (type !== null && /^\s*image\//i.test(type)) headers.set("x-content-type-options", "nosniff");
  if (mayChange) shortenLife(headers);
}
