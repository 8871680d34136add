import { strongEtag } from "../http/etag.ts";
import { type Audience, audienceOf, dependsOnOrigin, ownAudience } from "../plan/audience.ts";
import { freshUntil, knownFor, type KnownSource, type OriginReply } from "../plan/known-source.ts";
import { type Freshness, freshnessHeaders, readFreshness } from "../http/freshness.ts";
import { isConditional } from "../http/conditional.ts";
import { cacheTag, flightName } from "../key.ts";
import { ProblemError } from "../errors.ts";
import { hasEndMarker } from "../../imaging/probe/end-marker.ts";
import type { FormatId } from "../../imaging/model/formats.ts";
import { probeImage } from "../../imaging/probe/probe.ts";
import { sniffFormat, sniffPrefixBytes } from "../../imaging/probe/sniff.ts";
import { maxBytesInFlight, maxSourceBytes, originBodyTimeoutMs, originHeadersTimeoutMs } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { Reason } from "../reasons.ts";
import type { Services } from "../services.ts";
import type { StoredSource } from "../store/variant-store.ts";
import { ArrivingBytes } from "./arriving-bytes.ts";
import { fetchSource, type OriginAnswer } from "./fetch-source.ts";
import { statedLength } from "./forwarded.ts";
import { buildSourceHeaders, locateSource, type SourceValidators } from "./origin-request.ts";
import { type OpenedBody, openBody, readWhole } from "./read-body.ts";

/**
 * When a request is to be repeated with all fields of the client's own: never, for a client that sent a cookie, or for any
 * client. `once` says nothing about later requests.
 */
export type AskAgain = "no" | "with-cookie" | "always" | "once";

/** An origin's answer that is handed to one client only, as it is. */
export interface ForwardedSource {
  readonly kind: "passed";
  readonly response: Response;
  readonly reason: Reason;
  readonly format: FormatId | undefined;
  /** The body, once reading has started. */
  readonly opened: OpenedBody | undefined;
  /** Whether the client's own request could get another answer. */
  readonly askAgain: AskAgain;
}

/** A source that may be stored, and shared with its audience. */
export interface LoadedSource {
  readonly kind: "loaded";
  readonly known: KnownSource;
  readonly audience: Audience;
  /** What the store held when this load began. */
  readonly stored: StoredSource;
  /** Undefined where the store has lost them, and the origin has not been asked. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Where it came from: kept and fresh, kept and served although it is stale, confirmed or delivered by the origin. */
  readonly from: "cache" | "stale" | "origin";
  /** Why the origin was asked, if it was. */
  readonly why: "uri-miss" | "stale";
}

export type Source = ForwardedSource | LoadedSource;

/** What is known of a source for one request before the origin is asked. */
interface KeptSource {
  readonly known: KnownSource;
  readonly audience: Audience;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** One load of a source. */
interface Load {
  readonly image: ImageRequest;
  readonly services: Services;
  readonly stored: StoredSource;
  readonly kept: KeptSource | undefined;
}

/**
 * Gets a source: what is kept while it is fresh, else what the origin says, else what is kept although it is stale.
 * @param needsBytes also of a source that is kept and fresh, whose bytes a store may have lost.
 * @throws ProblemError when the origin gives nothing and nothing is kept.
 */
export async function loadSource(image: ImageRequest, services: Services, needsBytes = false): Promise<Source> {
  const stored = await services.store.readRecord(image.key);
  const known = stored.record && knownFor(stored.record, image.corsOrigin);
  const etag = known?.known.file.etag;
  const bytes = etag === undefined ? undefined : await services.store.readBytes(image.key, "original", etag);
  // Without the original's bytes, variants can still be served; only a new one, or the original, needs them.
  const kept = known === undefined || (needsBytes && bytes === undefined) ? undefined : { ...known, bytes };
  const load: Load = { image, services, stored, kept };
  if (kept !== undefined && freshUntil(kept.known.reply) > services.now()) {
    return { kind: "loaded", ...kept, stored, from: "cache", why: "uri-miss" };
  }
  try {
    return await askAndRead(load);
  } catch (error) {
    const stale = staleSource(load);
    if (stale !== undefined) return stale;
    throw error;
  }
}

async function askAndRead(load: Load): Promise<Source> {
  const answer = await ask(load);
  const { response } = answer;
  const isFailure = response.status >= 500 || response.status === 429;
  const stale = isFailure ? staleSource(load) : undefined;
  if (stale !== undefined) {
    await response.body?.cancel();
    return stale;
  }
  if (response.status === 304 && load.kept !== undefined) return renew(load, load.kept, response);
  if (response.status === 304 && isConditional(load.image.conditions) && clientValidators(load.image, load.services)) {
    return { ...passed(answer, "ttl-too-short", undefined, undefined), askAgain: "no" };
  }
  if (response.status !== 200) return passed(answer, "origin-error", undefined, undefined);
  return readSource(answer, load);
}

function ask({ image, services, stored, kept }: Load): Promise<OriginAnswer> {
  const target = locateSource(image.url, image.sourcePath, services.config);
  // Without the bytes, a 304 would not bring what the next request may need.
  const reply = kept?.bytes === undefined ? undefined : kept.known.reply;
  const validators: SourceValidators | undefined =
    reply === undefined
      ? clientValidators(image, services)
      : { etag: reply.originEtag, lastModified: reply.lastModified };
  const fields = { corsOrigin: image.corsOrigin, userAgent: services.config.USER_AGENT };
  return fetchSource(services.origin, target, {
    headers: buildSourceHeaders(fields, validators),
    isRefresh: stored.wasPurged || kept !== undefined,
    cacheTag: cacheTag(image.key),
    defaultSeconds: services.config.DEFAULT_TTL_SECONDS,
    now: services.now(),
  });
}

/**
 * Of a source that is known to be passed on, the client may have the current version: then the origin sends no body. Any
 * other source is wanted whole.
 */
function clientValidators({ key, conditions }: ImageRequest, { memory }: Services): SourceValidators | undefined {
  if (memory.passedUrls.find(flightName(key)) !== "ttl-too-short") return undefined;
  return { etag: conditions.ifNoneMatch, lastModified: conditions.ifModifiedSince };
}

/** What is kept, if it may still be served while the origin fails (RFC 9111 §4.2.4). */
function staleSource({ kept, stored, services }: Load): LoadedSource | undefined {
  if (kept === undefined || !kept.known.reply.freshness.mayServeStale) return undefined;
  const end = freshUntil(kept.known.reply) + services.config.STALE_SECONDS * 1000;
  return services.now() < end ? { kind: "loaded", ...kept, stored, from: "stale", why: "stale" } : undefined;
}

/** A 304 replaces the fields that it repeats and starts freshness anew (RFC 9111 §4.3.4). */
function renew({ image, stored, services }: Load, kept: KeptSource, response: Response): LoadedSource {
  const repeated = headerList(response.headers);
  const names = new Set(repeated.map(([name]) => name));
  const headers = [...kept.known.reply.headers.filter(([name]) => !names.has(name)), ...repeated];
  const reply: OriginReply = {
    ...kept.known.reply,
    headers,
    freshness: freshnessOf(new Headers(headers.map(([name, value]): [string, string] => [name, value])), services),
    confirmedAt: services.now(),
  };
  const audience = dependsOnOrigin(headers) ? ownAudience(image.corsOrigin) : kept.audience;
  return {
    kind: "loaded",
    known: { ...kept.known, reply },
    audience,
    bytes: kept.bytes,
    stored,
    from: "origin",
    why: "stale",
  };
}

async function readSource(answer: OriginAnswer, { image, services, stored, kept }: Load): Promise<Source> {
  const { response } = answer;
  if (response.body === null) return passed(answer, "not-an-image", undefined, undefined);
  const opened = await openInTime(answer, response.body as ReadableStream<Uint8Array>);
  const format = recogniseFormat(opened.prefix, response.headers.get("content-type"));
  if (format === undefined) return passed(answer, "not-an-image", undefined, opened);
  const freshness = freshnessOf(response.headers, services);
  const unstored = refuseToStore(response.headers, freshness, services);
  if (unstored !== undefined) return passed(answer, freshness.noTransform ? "opted-out" : unstored, format, opened);
  const stated = statedLength(response.headers);
  if (stated !== undefined && stated > maxSourceBytes) return passed(answer, "too-large", format, opened);

  const { ledger } = services.encoderPool;
  const arriving = new ArrivingBytes((room) => ledger.holdWithin(maxBytesInFlight, room));
  if (!arriving.reserve(stated ?? 0)) return passed(answer, "interim", format, opened);
  const read = await readWhole(opened, arriving, maxSourceBytes, originBodyTimeoutMs)
    .catch((error: unknown) => {
      answer.abort();
      return incomplete(error);
    })
    .finally(() => arriving.release());
  if (read.kind !== "whole") {
    return passed(answer, read.kind === "no-room" ? "interim" : "too-large", format, read.opened);
  }
  const { bytes } = read;
  if (stated !== undefined && stated !== bytes.length) incomplete(undefined);
  const facts = await probeImage(bytes);
  if (facts === undefined) {
    return passed(answer, "not-an-image", undefined, { prefix: bytes, reader: opened.reader, ended: true });
  }
  const etag = await strongEtag(bytes);
  const { record } = stored;
  // The same bytes again: what was made of them still holds, although the origin has no validators to say so.
  const same = record?.file.etag === etag ? record : undefined;
  const headers = headerList(response.headers);
  const reply: OriginReply = {
    originEtag: response.headers.get("etag"),
    lastModified: response.headers.get("last-modified"),
    headers,
    freshness,
    confirmedAt: services.now(),
  };
  const known: KnownSource = {
    file: { bytes: bytes.length, etag, facts },
    reply,
    verdict: same?.verdict ?? (hasEndMarker(facts.format, bytes) ? null : "undecodable"),
    variants: same?.variants ?? {},
  };
  const audience = audienceOf(headers, image.corsOrigin);
  const why = kept === undefined ? "uri-miss" : "stale";
  return { kind: "loaded", known, audience, stored, bytes, from: "origin", why };
}

function passed(
  answer: OriginAnswer,
  reason: Reason,
  format: FormatId | undefined,
  opened: OpenedBody | undefined,
): ForwardedSource {
  const { response } = answer;
  return { kind: "passed", response, reason, format, opened, askAgain: askAgainFor(answer, format) };
}

/** Statuses with which origins refuse a request for want of a cookie, a Referer, or a browser's User-Agent or Accept. */
const refusals: readonly number[] = [401, 403, 406];

function askAgainFor({ response, isRedirected }: OriginAnswer, format: FormatId | undefined): AskAgain {
  const { status, headers } = response;
  if (refusals.includes(status) || isRedirection(response)) return "always";
  // Nobody has asked for it by a condition.
  if (status === 304) return "once";
  // A page in place of a picture, to which the origin has led.
  if (status === 200 && format === undefined) return isRedirected ? "always" : "with-cookie";
  // An origin that fails is not asked twice.
  if (status === 429 || status >= 500) return "no";
  const isOwn = isPersonal(headers) || (status !== 200 && variesBy(headers, "cookie"));
  return isOwn ? "with-cookie" : "no";
}

function isRedirection(response: Response): boolean {
  return response.status >= 300 && response.status < 400 && response.headers.has("location");
}

/** The body's first bytes; an origin that sends headers and then nothing must not hold those who wait for it. */
async function openInTime(answer: OriginAnswer, body: ReadableStream<Uint8Array>): Promise<OpenedBody> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The body did not begin in time.")), originHeadersTimeoutMs);
  try {
    return await Promise.race([openBody(body, sniffPrefixBytes), late]);
  } catch (error) {
    answer.abort();
    return incomplete(error);
  } finally {
    clearTimeout(timer);
  }
}

function incomplete(cause: unknown): never {
  throw new ProblemError("origin-incomplete", "The origin's answer ended before it was complete.", { cause });
}

/**
 * The format of an answer by its first bytes. An SVG can run scripts, so it counts only where the origin itself calls
 * it one: what was sent as plain text must not become active content here.
 */
function recogniseFormat(prefix: Uint8Array, contentType: string | null): FormatId | undefined {
  const format = sniffFormat(prefix);
  return format === "svg" && !/^\s*image\/svg\+xml\b/i.test(contentType ?? "") ? undefined : format;
}

/**
 * Why a source is not stored, or undefined. Of the names in an origin's Vary, `Origin` is in the key and all other
 * fields are never forwarded or always alike, so only `*` stands against it (RFC 9111 §4.1).
 */
function refuseToStore(headers: Headers, freshness: Freshness, services: Services): Reason | undefined {
  if (isPersonal(headers)) return "not-cacheable";
  const { MIN_TTL_SECONDS: minimum } = services.config;
  return minimum > 0 && freshness.remainingSeconds <= minimum ? "ttl-too-short" : undefined;
}

/** Whether an answer is for the one who asked, by what it says of caches (RFC 9111 §3), cookies and Vary. */
function isPersonal(headers: Headers): boolean {
  return !readFreshness(freshnessHeaders(headers), 0).storable || headers.has("set-cookie") || variesBy(headers, "*");
}

function variesBy(headers: Headers, name: string): boolean {
  return (headers.get("vary") ?? "").split(",").some((field) => field.trim().toLowerCase() === name);
}

function freshnessOf(headers: Headers, services: Services): Freshness {
  return readFreshness(freshnessHeaders(headers), services.config.DEFAULT_TTL_SECONDS, services.now());
}

function headerList(headers: Headers): readonly (readonly [string, string])[] {
  return [...headers].map(([name, value]) => [name.toLowerCase(), value] as const);
}
