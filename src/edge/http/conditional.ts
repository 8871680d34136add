import { parseHttpDate } from "./http-date.ts";

/** The request header fields that make a request conditional or partial. */
export interface Conditions {
  readonly ifNoneMatch: string | null;
  readonly ifModifiedSince: string | null;
  readonly range: string | null;
  readonly ifRange: string | null;
}

export function readConditions(headers: Headers): Conditions {
  return {
    ifNoneMatch: headers.get("if-none-match"),
    ifModifiedSince: headers.get("if-modified-since"),
    range: readRange(headers.get("range")),
    ifRange: headers.get("if-range"),
  };
}

/** Whether the answer may be 304: where not, the stored validators need not be read. */
export function isConditional({ ifNoneMatch, ifModifiedSince }: Conditions): boolean {
  return ifNoneMatch !== null || ifModifiedSince !== null;
}

/** A ranges-specifier of RFC 9110 §14.1.2 with one range. */
const byteRange = /^bytes=[ \t]*(?:\d+-\d*|-\d+)[ \t]*$/i;

/**
 * A range that can be answered; one of another unit or form is ignored (RFC 9110 §14.2). So are several at once, which
 * nobody asks of a picture: caches do not agree about them, and to put the parts together is work that anybody could order.
 */
function readRange(header: string | null): string | null {
  return header !== null && byteRange.test(header) ? header : null;
}

/** The validators of an answer. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Of a stored answer: when it was made, in milliseconds since the epoch. */
  readonly bornAt?: number;
}

/**
 * Whether the client has exactly these bytes already, so that 304 is the answer. If-None-Match precedes
 * If-Modified-Since (RFC 9110 §13.2.2) and compares weakly (§13.1.2).
 */
export function isNotModified(conditions: Conditions, validators: Validators): boolean {
  if (conditions.ifNoneMatch !== null) return matchesNone(conditions.ifNoneMatch, validators.etag);
  if (conditions.ifModifiedSince === null) return false;
  const since = parseHttpDate(conditions.ifModifiedSince);
  const modified = modificationOf(validators);
  // §13.1.3: an invalid date is ignored; NaN compares false.
  return modified <= since;
}

/** Without a `Last-Modified` the date of the stored answer counts (RFC 9111 §4.3.2). */
function modificationOf({ lastModified, bornAt = Number.NaN }: Validators): number {
  return lastModified === null ? Math.floor(bornAt / 1000) * 1000 : parseHttpDate(lastModified);
}

function matchesNone(header: string, etag: string | null): boolean {
  if (header.trim() === "*") return true;
  if (etag === null) return false;
  const opaque = etag.replace(/^W\//, "");
  return [...header.matchAll(/(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)].some((match) => match[1] === opaque);
}

/**
 * Whether a range may be answered: there is no If-Range, or it names exactly this version. Only a strong match counts
 * (RFC 9110 §13.1.5); a date is never strong enough here, since two variants may share it.
 */
export function mayAnswerRange(conditions: Conditions, validators: Validators): boolean {
  if (conditions.range === null) return false;
  if (conditions.ifRange === null) return true;
  return conditions.ifRange.trim() === validators.etag && !conditions.ifRange.trim().startsWith("W/");
}

/** Fields that a 304 and a 416 repeat although they send no bytes (RFC 9110 §15.4.5). */
const repeatedFields = [
  "accept-ranges",
  "access-control-allow-credentials",
  "access-control-allow-origin",
  "access-control-expose-headers",
  "age",
  "cache-control",
  "cache-status",
  "content-location",
  "cross-origin-resource-policy",
  "edge-imaging",
  "etag",
  "expires",
  "last-modified",
  "timing-allow-origin",
  "vary",
];

/** What is said of an answer whose body is not sent. */
export function fieldsOfUnsentBody(from: Headers): Headers {
  const headers = new Headers();
  for (const name of repeatedFields) {
    const value = from.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}
