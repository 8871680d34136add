import type { ImageRequest } from "../negotiate/image-request.ts";
import { type CacheEvent, formatCacheStatus } from "../http/cache-status.ts";
import { fieldsOfUnsentBody, isNotModified } from "../http/conditional.ts";
import { keepPrivate } from "./headers.ts";

/** A newly assembled answer, before conditions and the method are applied. */
export interface ReadyAnswer {
  /** All fields but `Age` and `Cache-Status`. */
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly event: CacheEvent;
  /** Moment to count `Age` from (RFC 9111 §4.2.3), in milliseconds since the epoch. */
  readonly bornAt: number;
}

/**
 * Sends an answer that has just been put together. A range of it is not cut out, as RFC 9110 §14.2 allows.
 * @param isLeader whether this request did the work, and did not join another one's.
 * @param now milliseconds since the epoch
 */
export function sendAnswer(image: ImageRequest, answer: ReadyAnswer, isLeader: boolean, now: number): Response {
  const headers = new Headers(answer.headers);
  const age = Math.floor((now - answer.bornAt) / 1000);
  if (age > 0) headers.set("age", String(age));
  keepPrivate(headers, image.network.isMeasured);
  const { event } = answer;
  headers.set("cache-status", formatCacheStatus(event.kind === "hit" ? event : { ...event, collapsed: !isLeader }));
  const { bornAt } = answer;
  const validators = { etag: headers.get("etag"), lastModified: headers.get("last-modified"), bornAt };
  if (isNotModified(image.conditions, validators)) {
    return new Response(null, { status: 304, headers: fieldsOfUnsentBody(headers) });
  }
  return new Response(image.isHead ? null : answer.bytes, { headers });
}
