import type { ImageRequest } from "../negotiate/image-request.ts";
import type { ReadyAnswer } from "../source-flight.ts";
import { type CacheEvent, formatCacheStatus } from "./cache-status.ts";
import { isNotModified } from "./conditional.ts";
import { withoutBody } from "../cache/look-up.ts";

/** Sends an answer that has just been put together; a range of it is not cut out (RFC 9110 §14.2 allows that). */
export function sendAnswer(image: ImageRequest, answer: ReadyAnswer, isLeader: boolean, now: number): Response {
  const headers = new Headers(answer.headers);
  const age = Math.max(0, Math.floor((now - answer.bornAt) / 1000));
  if (age > 0) headers.set("age", String(age));
  headers.set("cache-status", formatCacheStatus(eventOf(answer, isLeader)));
  if (isNotModified(image.conditions, { etag: headers.get("etag"), lastModified: headers.get("last-modified") })) {
    const kept = withoutBody(headers);
    for (const name of ["cache-control", "cache-status", "age", "expires"]) {
      const value = headers.get(name);
      if (value !== null) kept.set(name, value);
    }
    return new Response(null, { status: 304, headers: kept });
  }
  return new Response(image.isHead ? null : answer.bytes, { headers });
}

function eventOf(answer: ReadyAnswer, isLeader: boolean): CacheEvent {
  const { source, stored, ttl } = answer;
  if (source.from === "cache" && !answer.encoded) return { kind: "hit", detail: "assembled", ttl };
  return { kind: "forward", why: source.why, stored, ttl, collapsed: !isLeader };
}
