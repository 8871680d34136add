import { ProblemError } from "../errors.ts";
import { strongEtag } from "../http/etag.ts";
import { type Freshness, freshnessHeaders, readFreshness } from "../http/freshness.ts";
import { hasEndMarker } from "../../imaging/probe/end-marker.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import type { FormatId } from "../../imaging/model/formats.ts";
import { probeImage } from "../../imaging/probe/probe.ts";
import { sniffFormat, sniffPrefixBytes } from "../../imaging/probe/sniff.ts";
import { maxSourceBytes, originBodyTimeoutMs, originStallMs } from "../limits.ts";
import { audienceOf } from "../plan/audience.ts";
import type { KnownSource, OriginReply } from "../plan/known-source.ts";
import type { Reason } from "../reasons.ts";
import type { Ports } from "../ports.ts";
import { ArrivingBytes } from "./arriving-bytes.ts";
import { type Drawn, drawPreset } from "./draw-preset.ts";
import type { OriginAnswer } from "./fetch-source.ts";
import { statedLength } from "./forwarded.ts";
import { withPatience } from "./patience.ts";
import { type OpenedBody, openBody, readWhole } from "./read-body.ts";
import type { PassedUrl } from "./origin-memory.ts";
import type { AskAgain, ForwardedSource, Load, Source } from "./source.ts";

const bodyTimes = { totalMs: originBodyTimeoutMs, stallMs: originStallMs } as const;

/** Reads what an origin has sent, and decides whether it is a source that is kept. */
export async function readSource(answer: OriginAnswer, load: Load): Promise<Source> {
  const { image, services, stored, kept, room } = load;
  const { response } = answer;
  if (response.body === null) return passed(answer, "not-an-image", undefined, undefined);
  const opened = await openInTime(answer, response.body as ReadableStream<Uint8Array>, sniffPrefixBytes);
  const format = recogniseFormat(opened.prefix, response.headers.get("content-type"));
  if (format === undefined) return passed(answer, "not-an-image", undefined, opened);
  const freshness = freshnessOf(response.headers, services);
  const unstored = refuseToStore(response.headers, freshness, services, answer.expectedSeconds);
  if (unstored !== undefined) return passed(answer, freshness.noTransform ? "opted-out" : unstored, format, opened);
  const stated = statedLength(response.headers);
  if (stated !== undefined && stated > maxSourceBytes) return passed(answer, "too-large", format, opened);

  const arriving = new ArrivingBytes(room);
  if (!arriving.reserve(stated ?? 0)) return passed(answer, "interim", format, opened);
  const read = await readWhole(opened, arriving, maxSourceBytes, bodyTimes).catch((error: unknown) => {
    answer.abort();
    return incomplete(error);
  });
  if (read.kind === "too-slow") {
    return { ...passed(answer, "too-large", format, read.opened), remember: "too-slow" };
  }
  if (read.kind !== "whole") {
    return passed(answer, read.kind === "no-room" ? "interim" : "too-large", format, read.opened);
  }
  if (stated !== undefined && stated !== read.bytes.length) incomplete(undefined);
  const whole = { ...opened, prefix: read.bytes, ended: true };
  const found = await probeImage(read.bytes);
  if (found === undefined) return passed(answer, "not-an-image", undefined, whole);
  const drawn = await draw(read.bytes, found, freshness, load);
  if (drawn.kind === "missed") return passed(answer, drawn.reason, format, whole);
  const { bytes, facts } = drawn;
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
    verdict: same?.verdict ?? drawn.verdict ?? (hasEndMarker(facts.format, bytes) ? null : "undecodable"),
    variants: same?.variants ?? {},
  };
  const audience = audienceOf(headers, image.corsOrigin);
  const why = kept === undefined ? "uri-miss" : "stale";
  return { kind: "loaded", known, audience, stored, bytes, from: "origin", why };
}

/** The source as the URL's preset draws it (RFC 9110 §7.7: not against the origin's will), or as it is. */
async function draw(
  bytes: Uint8Array<ArrayBuffer>,
  facts: ImageFacts,
  { noTransform }: Freshness,
  { image: { preset }, services }: Load,
): Promise<Drawn> {
  const isDrawn = typeof preset === "object" && !noTransform;
  return isDrawn ? drawPreset(bytes, facts, preset, services) : { kind: "file", bytes, facts, verdict: null };
}

/** An answer that is handed on as it is, for this reason. */
export function passed(
  answer: OriginAnswer,
  reason: Reason,
  format: FormatId | undefined,
  opened: OpenedBody | undefined,
): ForwardedSource {
  const { response } = answer;
  const askAgain = askAgainFor(answer, format);
  return { kind: "passed", response, reason, format, opened, askAgain, remember: lessonOf(reason, answer) };
}

function lessonOf(reason: Reason, { isRedirected }: OriginAnswer): PassedUrl | undefined {
  // A client's own request would not be led to the picture here.
  if (reason === "not-cacheable") return isRedirected ? undefined : "unshared";
  return reason === "ttl-too-short" || reason === "too-large" ? reason : undefined;
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

/**
 * The body's first bytes, so many at least.
 * @throws ProblemError `origin-incomplete` where the transfer breaks or hangs
 */
export async function openInTime(
  answer: OriginAnswer,
  body: ReadableStream<Uint8Array>,
  bytes: number,
): Promise<OpenedBody> {
  try {
    const opened = await withPatience(openBody(body, bytes), originStallMs);
    if (opened !== undefined) return opened;
  } catch (error) {
    answer.abort();
    return incomplete(error);
  }
  answer.abort();
  return incomplete(new Error("The body did not begin in time."));
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
 * fields are never forwarded or always alike, so only `*` forbids it (RFC 9111 §4.1).
 * @param expectedSeconds for which the origin can be expected to confirm what it has to be asked for each time
 */
export function refuseToStore(
  headers: Headers,
  { remainingSeconds }: Freshness,
  { config }: Ports,
  expectedSeconds = 0,
): Reason | undefined {
  if (isPersonal(headers)) return "not-cacheable";
  const { MIN_TTL_SECONDS: minimum, STALE_SECONDS: staleSeconds } = config;
  // What is stale already is kept for no longer than that.
  const usefulSeconds = Math.max(remainingSeconds, Math.min(expectedSeconds, staleSeconds));
  return minimum > 0 && usefulSeconds <= minimum ? "ttl-too-short" : undefined;
}

/** Whether an answer is for the one who asked, by what it says of caches (RFC 9111 §3), cookies and Vary. */
export function isPersonal(headers: Headers): boolean {
  return !readFreshness(freshnessHeaders(headers), 0).storable || headers.has("set-cookie") || variesBy(headers, "*");
}

function variesBy(headers: Headers, name: string): boolean {
  return (headers.get("vary") ?? "").split(",").some((field) => field.trim().toLowerCase() === name);
}

export function freshnessOf(headers: Headers, services: Ports): Freshness {
  return readFreshness(freshnessHeaders(headers), services.config.DEFAULT_TTL_SECONDS, services.now());
}

export function headerList(headers: Headers): readonly (readonly [string, string])[] {
  return [...headers].map(([name, value]) => [name.toLowerCase(), value] as const);
}
