import { formatCacheStatus } from "../http/cache-status.ts";
import type { Freshness } from "../http/freshness.ts";
import { missingSeconds } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { describe, explainForwarded } from "./forwarded.ts";

/** An origin's answer that there is nothing, kept for a moment: a missing picture costs one request for all visitors. */
export interface MissingAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Moment to count `Age` from, and until when it may be used, in milliseconds since the epoch. */
  readonly bornAt: number;
  readonly until: number;
}

/** Statuses that say so; both may be kept although they state no lifetime (RFC 9110 §15.1). */
export const missingStatuses: readonly number[] = [404, 410];

/** @param now milliseconds since the epoch */
export function keepMissing(response: Response, body: Uint8Array, freshness: Freshness, now: number): MissingAnswer {
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return {
    status: response.status,
    headers,
    body,
    bornAt: now - freshness.ageSeconds * 1000,
    until: now + Math.min(freshness.remainingSeconds, missingSeconds) * 1000,
  };
}

/** The kept answer for one client. */
export function sendMissing(missing: MissingAnswer, image: ImageRequest, now: number): Response {
  const headers = new Headers(missing.headers);
  headers.set("age", String(Math.max(0, Math.floor((now - missing.bornAt) / 1000))));
  const ttl = Math.max(0, Math.floor((missing.until - now) / 1000));
  const status = formatCacheStatus({ kind: "hit", detail: "edge", ttl });
  describe(headers, explainForwarded("origin-error", headers, image.client.token), { status, mayChange: false });
  return new Response(image.isHead ? null : missing.body.slice(), { status: missing.status, headers });
}
