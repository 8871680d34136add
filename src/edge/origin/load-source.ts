import { isConditional } from "../http/conditional.ts";
import { cacheTag, flightName } from "../key.ts";
import { maxMissingBytes, slowOriginMs } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { freshUntil, knownFor } from "../plan/known-source.ts";
import type { Ports } from "../ports.ts";
import type { Room } from "../backend/memory-ledger.ts";
import { purgeKey } from "../store/purge-key.ts";
import { fetchSource, type OriginAnswer } from "./fetch-source.ts";
import { keepMissing, missingStatuses } from "./missing.ts";
import { buildSourceHeaders, locateSource, type OriginTarget, type SourceValidators } from "./origin-request.ts";
import { waitPatiently } from "./patience.ts";
import { freshnessOf, isPersonal, openInTime, passed, readSource } from "./read-source.ts";
import { isAboutAnother, renew } from "./renew.ts";
import type { ForwardedSource, Load, LoadedSource, Source } from "./source.ts";

export interface LoadOptions {
  /** Also of a source that is kept and fresh, whose bytes a store may have lost. */
  readonly needsBytes: boolean;
  /**
   * Offers what is kept although it is stale, while the origin is being asked.
   * @param isDue whether a waiting client is to take it at once, and not only when the origin proves to be slow
   */
  readonly offer: (stale: LoadedSource, isDue: () => boolean) => void;
  /** Counts what is read of the source. */
  readonly room: Room;
}

/**
 * Gets a source: what is kept while it is fresh, else what the origin says, else what is kept although it is stale.
 * @throws ProblemError when the origin gives nothing and nothing is kept.
 */
export async function loadSource(
  image: ImageRequest,
  services: Ports,
  { needsBytes, offer, room }: LoadOptions,
): Promise<Source> {
  const stored = await services.store.readRecord(image.key);
  const known = stored.record && knownFor(stored.record, image.corsOrigin);
  const file = known?.known.file;
  // Of a stale source they are needed to ask the origin on condition that it has another one.
  const isNeeded = needsBytes || known === undefined || freshUntil(known.known.reply) <= services.now();
  // Where there is no room for them, it is as if they were lost.
  const mayRead = file !== undefined && room.take(file.bytes);
  const bytes = mayRead ? await services.store.readBytes(image.key, "original", file.etag, isNeeded) : undefined;
  // Without the original's bytes, variants can still be served; only a new one, or the original, needs them.
  const kept = known === undefined || (needsBytes && bytes === undefined) ? undefined : { ...known, bytes };
  const load: Load = { image, services, stored, kept, room };
  if (kept !== undefined && freshUntil(kept.known.reply) > services.now()) {
    return { kind: "loaded", ...kept, stored, from: "cache", why: "uri-miss" };
  }
  const target = locateSource(image.url, image.sourcePath, services.config);
  const stale = staleSource(load);
  if (stale !== undefined) {
    const { hosts } = services.memory;
    const { host } = target.url;
    if (!hosts.mayTry(host)) return stale;
    offer(stale, () => hosts.isTroubled(host) || mayRevalidateLater(stale, services));
  }
  const release = await services.memory.slots.take(target.url.host);
  if (release === undefined) return staleSource(load) ?? tooMany;
  try {
    return await askAndRead(load, target);
  } catch (error) {
    const left = staleSource(load);
    if (left !== undefined) return left;
    throw error;
  } finally {
    release();
  }
}

/** So many sources are being fetched that this one is not: the client's own request goes to the origin, as without us. */
const tooMany: ForwardedSource = {
  kind: "passed",
  response: new Response(null),
  reason: "interim",
  format: undefined,
  opened: undefined,
  askAgain: "once",
};

/** What is kept, if it may be served although it is stale (RFC 9111 §4.2.4). */
function staleSource({ kept, stored, services }: Load): LoadedSource | undefined {
  if (kept === undefined) return undefined;
  const { freshness } = kept.known.reply;
  const seconds = Math.max(
    freshness.mayServeStale ? services.config.STALE_SECONDS : 0,
    freshness.staleWhileRevalidateSeconds ?? 0,
  );
  const isServable = services.now() < freshUntil(kept.known.reply) + seconds * 1000;
  return isServable ? { kind: "loaded", ...kept, stored, from: "stale", why: "stale" } : undefined;
}

/** Whether the origin allows that it is asked after the answer (RFC 5861 §3). */
function mayRevalidateLater({ known: { reply } }: LoadedSource, { now }: Ports): boolean {
  return now() < freshUntil(reply) + (reply.freshness.staleWhileRevalidateSeconds ?? 0) * 1000;
}

async function askAndRead(load: Load, target: OriginTarget): Promise<Source> {
  const { kept, services } = load;
  const asked = await ask(load, target, validatorsFor(load));
  const isOutdated = asked.response.status === 304 && kept !== undefined && isAboutAnother(kept, asked);
  const answer = isOutdated ? await ask(load, target, undefined) : asked;
  const { status } = answer.response;
  if (isFailure(status)) {
    const stale = staleSource(load);
    if (stale !== undefined) {
      await answer.response.body?.cancel();
      return stale;
    }
  }
  const source = await read(answer, load);
  if (kept !== undefined && isSuperseded(source, status)) services.waitUntil(purgeKey(load.image.key, services));
  return source;
}

function read(answer: OriginAnswer, load: Load): Source | Promise<Source> {
  const { status } = answer.response;
  const { kept } = load;
  // Without the bytes the origin has not been asked whether they are current, and there is nothing to confirm.
  if (status === 304 && kept?.bytes !== undefined) return renew(load, { ...kept, bytes: kept.bytes }, answer);
  return status === 200 ? readSource(answer, load) : passError(answer, load);
}

/**
 * Whether the origin has another answer than what is kept, which is then not to be shown any more, not even while the
 * origin fails. For want of room here, nothing is superseded; nor by a 304 that shortens the lifetime.
 */
function isSuperseded(source: Source, status: number): boolean {
  if (source.kind === "loaded" || isFailure(status) || source.reason === "interim") return false;
  return status !== 304 || source.reason === "not-cacheable";
}

function isFailure(status: number): boolean {
  return status >= 500 || status === 429;
}

/** An answer that is no picture by its status. That nothing is there is remembered for a moment. */
async function passError(answer: OriginAnswer, { image, services }: Load): Promise<ForwardedSource> {
  const { response } = answer;
  if (response.status === 304 && isConditional(image.conditions) && clientValidators(image, services) !== undefined) {
    const askAgain = isPersonal(response.headers) ? "with-cookie" : "no";
    return { ...passed(answer, "ttl-too-short", undefined, undefined), askAgain };
  }
  const forwarded = passed(answer, "origin-error", undefined, undefined);
  const freshness = freshnessOf(response.headers, services);
  const mayKeep = !isPersonal(response.headers) && forwarded.askAgain === "no" && freshness.remainingSeconds > 0;
  if (!missingStatuses.includes(response.status) || !mayKeep || response.body === null) return forwarded;
  const opened = await openInTime(answer, response.body as ReadableStream<Uint8Array>, maxMissingBytes + 1);
  if (opened.ended) {
    const missing = keepMissing(response, opened.prefix, freshness, services.now());
    services.memory.missing.add(flightName(image.key), missing);
  }
  return { ...forwarded, opened };
}

async function ask(
  { image, services, stored, kept }: Load,
  target: OriginTarget,
  validators: SourceValidators | undefined,
): Promise<OriginAnswer> {
  const { hosts } = services.memory;
  const { host } = target.url;
  const { config } = services;
  let isSlow = false;
  const wait = waitPatiently(slowOriginMs);
  void wait.over.then(() => {
    isSlow = true;
    hosts.noteSlow(host);
  });
  try {
    const answer = await fetchSource(services.origin, target, {
      headers: buildSourceHeaders(image.url.host, config, { corsOrigin: image.corsOrigin }, validators),
      isRefresh: stored.wasPurged || kept !== undefined,
      cacheTag: cacheTag(image.key),
      defaultSeconds: config.DEFAULT_TTL_SECONDS,
      now: services.now(),
    });
    if (isFailure(answer.response.status)) hosts.noteFailure(host);
    else if (!isSlow) hosts.noteAnswer(host);
    return answer;
  } catch (error) {
    hosts.noteFailure(host);
    throw error;
  } finally {
    wait.cancel();
  }
}

/** Without the bytes, a 304 would not bring what the next request may need. */
function validatorsFor({ image, services, kept }: Load): SourceValidators | undefined {
  if (kept?.bytes === undefined) return kept === undefined ? clientValidators(image, services) : undefined;
  const { originEtag, lastModified } = kept.known.reply;
  return { etag: originEtag, lastModified };
}

/**
 * Of a source that is known to be passed on, the client may have the current version: then the origin sends no body. Any
 * other source is wanted whole.
 */
function clientValidators({ key, conditions }: ImageRequest, { memory }: Ports): SourceValidators | undefined {
  if (memory.passedUrls.find(flightName(key)) !== "ttl-too-short") return undefined;
  return { etag: conditions.ifNoneMatch, lastModified: conditions.ifModifiedSince };
}
