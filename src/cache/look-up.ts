import type { ImageRequest } from "../negotiate/image-request.ts";
import { formatCacheStatus } from "../respond/cache-status.ts";
import { fieldsOfUnsentBody, isNotModified, mayAnswerRange, type Validators } from "../respond/conditional.ts";
import { entryHeader, type EntryState, parseEntry } from "./entry.ts";
import { answerUrl } from "./key.ts";

/** A stored answer, ready to be sent. */
export interface FoundAnswer {
  readonly response: Response;
  /** A better variant was being made when it was stored. */
  readonly isInterim: boolean;
}

/**
 * The stored answer for this client class, ready to be sent; undefined when there is none that is fresh. One look-up,
 * also for conditional, range and HEAD requests; only If-Range and a range beyond the end need a second one.
 */
export async function lookUpAnswer(cache: Cache, image: ImageRequest, now: number): Promise<FoundAnswer | undefined> {
  const url = answerUrl(image.key, image.client.token);
  const { range, ifRange } = image.conditions;
  const wantsRange = range !== null && !image.isHead;
  // The cache evaluates Range by itself but not If-Range, so a range is shown to it only when nothing stands against it.
  let found = await match(cache, url, wantsRange && ifRange === null ? range : null);
  if (found?.status === 416) return refuseRange(cache, url, found, now);
  const entry = freshEntry(found, now);
  if (found === undefined || entry === undefined) {
    await found?.body?.cancel();
    return undefined;
  }
  if (wantsRange && ifRange !== null && mayAnswerRange(image.conditions, validatorsOf(found))) {
    await found.body?.cancel();
    found = (await match(cache, url, range)) ?? found;
    if (found.status === 416) return refuseRange(cache, url, found, now);
  }
  if (isNotModified(image.conditions, validatorsOf(found))) {
    await found.body?.cancel();
    const response = new Response(null, { status: 304, headers: fieldsOfUnsentBody(finalHeaders(found, entry, now)) });
    return { response, isInterim: entry.isInterim };
  }
  const headers = finalHeaders(found, entry, now);
  if (image.isHead) await found.body?.cancel();
  const response = image.isHead ? new Response(null, { headers }) : new Response(found.body, { status: found.status, headers });
  return { response, isInterim: entry.isInterim };
}

async function match(cache: Cache, url: string, range: string | null): Promise<Response | undefined> {
  try {
    return await cache.match(range === null ? url : new Request(url, { headers: { range } }));
  } catch {
    return undefined;
  }
}

function freshEntry(found: Response | undefined, now: number): EntryState | undefined {
  const entry = parseEntry(found?.headers.get(entryHeader) ?? null);
  return entry !== undefined && entry.freshUntil > now ? entry : undefined;
}

function validatorsOf(response: Response): Validators {
  return { etag: response.headers.get("etag"), lastModified: response.headers.get("last-modified") };
}

/** The only fields that differ from hit to hit, and those that never leave. */
function finalHeaders(found: Response, entry: EntryState, now: number): Headers {
  const headers = new Headers(found.headers);
  headers.delete(entryHeader);
  headers.delete("cache-tag");
  headers.delete("cf-cache-status");
  headers.set("cache-control", entry.cacheControl);
  headers.set("age", String(Math.max(0, Math.floor((now - entry.bornAt) / 1000))));
  const ttl = Math.max(0, Math.floor((entry.freshUntil - now) / 1000));
  headers.set("cache-status", formatCacheStatus({ kind: "hit", detail: "edge", ttl }));
  return headers;
}

/** A 416 of the cache has lost the stored fields; they are read again. */
async function refuseRange(cache: Cache, url: string, refused: Response, now: number): Promise<FoundAnswer | undefined> {
  await refused.body?.cancel();
  const whole = await match(cache, url, null);
  await whole?.body?.cancel();
  const entry = freshEntry(whole, now);
  if (whole === undefined || entry === undefined) return undefined;
  const headers = fieldsOfUnsentBody(finalHeaders(whole, entry, now));
  const length = whole.headers.get("content-length");
  headers.set("content-range", refused.headers.get("content-range") ?? `bytes */${length ?? "*"}`);
  return { response: new Response(null, { status: 416, headers }), isInterim: entry.isInterim };
}
