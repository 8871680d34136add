import type { ImageRequest } from "../negotiate/image-request.ts";
import { formatCacheStatus } from "../http/cache-status.ts";
import {
  fieldsOfUnsentBody,
  isConditional,
  isNotModified,
  mayAnswerRange,
  type Validators,
} from "../http/conditional.ts";
import { makePrivate, variesByNetwork } from "../respond/headers.ts";
import { entryHeader, type EntryState, parseEntry, placeName } from "./entry.ts";
import { isFromFuture } from "../clock.ts";
import { transientSeconds } from "../limits.ts";
import { answerUrl, ownAnswerUrl } from "../key.ts";

/** A stored answer, ready to be sent. */
export interface FoundAnswer {
  readonly response: Response;
  /** Of the body that is sent. */
  readonly bytes: number;
  /** A better variant was being made when it was stored. */
  readonly isInterim: boolean;
  /** In milliseconds since the epoch. */
  readonly freshUntil: number;
}

/**
 * The stored answer for this client class, ready to be sent; undefined when there is none that is fresh. One look-up,
 * also for conditional, range and HEAD requests; only If-Range and a range beyond the end need a second one, and a
 * request with a CORS `Origin` where the source answers by it.
 */
export function lookUpAnswer(
  cache: Cache,
  image: ImageRequest,
  now: number,
  onLie: () => void = () => undefined,
): Promise<FoundAnswer | undefined> {
  const place: Place = { url: answerUrl(image.key, image.client.token), isShared: true, onLie };
  return lookUpAt(cache, place, image, now);
}

/** Where an answer may lie: in the place that all requests of a class look at first, or in that of one CORS Origin. */
interface Place {
  readonly url: string;
  readonly isShared: boolean;
  /** Called when what lies there is not what was put there. */
  readonly onLie: () => void;
}

async function lookUpAt(
  cache: Cache,
  place: Place,
  image: ImageRequest,
  now: number,
): Promise<FoundAnswer | undefined> {
  const { range, ifRange } = image.conditions;
  const wantsRange = range !== null && !image.isHead;
  // The cache evaluates Range by itself but not If-Range, so a range is shown to it only when nothing forbids it.
  let found = await match(cache, place.url, wantsRange && ifRange === null ? range : null);
  if (found?.status === 416) return refuseRange(cache, place, image, found, now);
  if (found === undefined) return undefined;
  if (found.status !== 200 && found.status !== 206) {
    place.onLie();
    await found.body?.cancel();
    return undefined;
  }
  // Copied once, before anything is read: a second copy of the header would be a quarter of the cost of a hit.
  let response = new Response(found.body, found);
  const entry = readEntry(response.headers, place);
  if (entry === undefined || !isFor(entry, place, image) || !isFresh(entry, now)) {
    await response.body?.cancel();
    return lookUpOwn(cache, place, image, entry, now);
  }
  if (wantsRange && ifRange !== null && mayAnswerRange(image.conditions, validatorsOf(response))) {
    await response.body?.cancel();
    found = await match(cache, place.url, range);
    if (found === undefined) return undefined;
    if (found.status === 416) return refuseRange(cache, place, image, found, now);
    response = new Response(found.body, found);
  }
  const bytes = lengthOf(response, entry);
  if (bytes === undefined) {
    place.onLie();
    await response.body?.cancel();
    return undefined;
  }
  const isUnchanged = isUnmodified(image, response, entry);
  finish(response.headers, entry, image, now);
  const { isInterim, freshUntil } = entry;
  if (!isUnchanged && !image.isHead) return { response, bytes, isInterim, freshUntil };
  await response.body?.cancel();
  const { headers } = response;
  const empty = isUnchanged ? { status: 304, headers: fieldsOfUnsentBody(headers) } : { headers };
  return { response: new Response(null, empty), bytes: 0, isInterim, freshUntil };
}

/** What an entry says of itself; undefined when it was put in another place. */
function readEntry(headers: Headers, { url, onLie }: Place): EntryState | undefined {
  const entry = parseEntry(headers.get(entryHeader));
  if (entry?.place === placeName(url)) return entry;
  onLie();
  return undefined;
}

/** Not by a clock that was wrong, either. Interim answers live for so long at most. */
function isFresh({ bornAt, freshUntil, isInterim }: EntryState, now: number): boolean {
  if (freshUntil <= now || isFromFuture(bornAt, now)) return false;
  return !isInterim || !isFromFuture(freshUntil - transientSeconds * 1000, now);
}

/** Length of the body that an entry gives; undefined where it is not what was put there. */
function lengthOf({ status, headers, body }: Response, { bytes }: EntryState): number | undefined {
  if (body === null && bytes > 0) return undefined;
  const stated = headers.get("content-length");
  const length = stated === null ? bytes : Number(stated);
  if (status === 206) return headers.get("content-range")?.endsWith(`/${bytes}`) === true ? length : undefined;
  return status === 200 && length === bytes ? length : undefined;
}

function isFor({ scope }: EntryState, { isShared }: Place, { corsOrigin }: ImageRequest): boolean {
  return scope === "all" || (scope === "own" && (!isShared || corsOrigin === null));
}

/** The answer for this request's own Origin, where the entry that all look at leads to one. */
async function lookUpOwn(
  cache: Cache,
  { isShared, onLie }: Place,
  image: ImageRequest,
  entry: EntryState | undefined,
  now: number,
): Promise<FoundAnswer | undefined> {
  const { key, client, corsOrigin } = image;
  if (entry === undefined || entry.scope === "all" || !isShared || corsOrigin === null) return undefined;
  const url = ownAnswerUrl(key, client.token, entry.generation, corsOrigin);
  return lookUpAt(cache, { url, isShared: false, onLie }, image, now);
}

const nothing = (): undefined => undefined;

/** A cache that fails is a miss. Without an async function of its own, since this is on the way of every hit. */
function match(cache: Cache, url: string, range: string | null): Promise<Response | undefined> {
  return cache.match(range === null ? url : new Request(url, { headers: { range } })).catch(nothing);
}

function validatorsOf(response: Response): Validators {
  return { etag: response.headers.get("etag"), lastModified: response.headers.get("last-modified") };
}

function isUnmodified({ conditions }: ImageRequest, response: Response, { bornAt }: EntryState): boolean {
  return isConditional(conditions) && isNotModified(conditions, { ...validatorsOf(response), bornAt });
}

/** The only fields that differ from hit to hit, and those that never leave. */
function finish(headers: Headers, entry: EntryState, image: ImageRequest, now: number): void {
  headers.delete(entryHeader);
  headers.delete("cache-tag");
  headers.delete("cf-cache-status");
  const isPrivate = image.network.isMeasured && variesByNetwork(headers);
  headers.set("cache-control", isPrivate ? makePrivate(entry.cacheControl) : entry.cacheControl);
  headers.set("age", String(Math.max(0, Math.floor((now - entry.bornAt) / 1000))));
  const ttl = Math.max(0, Math.floor((entry.freshUntil - now) / 1000));
  headers.set("cache-status", formatCacheStatus({ kind: "hit", detail: "edge", ttl }));
}

/**
 * A 416 of the cache has lost the stored fields; they are read again. The cache has not seen the conditions, which go before
 * the range (RFC 9110 §13.2.2).
 */
async function refuseRange(
  cache: Cache,
  place: Place,
  image: ImageRequest,
  refused: Response,
  now: number,
): Promise<FoundAnswer | undefined> {
  await refused.body?.cancel();
  const whole = await match(cache, place.url, null);
  await whole?.body?.cancel();
  const entry = whole && readEntry(whole.headers, place);
  if (whole === undefined || entry === undefined || !isFor(entry, place, image) || !isFresh(entry, now)) {
    return lookUpOwn(cache, place, image, entry, now);
  }
  const isUnchanged = isUnmodified(image, whole, entry);
  const complete = new Headers(whole.headers);
  finish(complete, entry, image, now);
  const headers = fieldsOfUnsentBody(complete);
  const { isInterim, freshUntil, bytes } = entry;
  if (!isUnchanged) headers.set("content-range", refused.headers.get("content-range") ?? `bytes */${bytes}`);
  const status = isUnchanged ? 304 : 416;
  return { response: new Response(null, { status, headers }), bytes: 0, isInterim, freshUntil };
}

/** What the cache holds for a request; for explanations. */
export async function describeStored(
  cache: Cache,
  image: ImageRequest,
  now: number,
): Promise<"not kept" | "stale" | "interim" | "final"> {
  const { key, client, corsOrigin } = image;
  const read = async (url: string): Promise<EntryState | undefined> => {
    const found = await match(cache, url, null);
    await found?.body?.cancel();
    return parseEntry(found?.headers.get(entryHeader) ?? null);
  };
  const shared = await read(answerUrl(key, client.token));
  const isOwn = shared !== undefined && shared.scope !== "all" && corsOrigin !== null;
  const entry = isOwn ? await read(ownAnswerUrl(key, client.token, shared.generation, corsOrigin)) : shared;
  if (entry === undefined || entry.scope === "none") return "not kept";
  if (entry.freshUntil <= now) return "stale";
  return entry.isInterim ? "interim" : "final";
}
