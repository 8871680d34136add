import { ProblemError } from "../errors.ts";
import { cacheTag, flightName, type SourceKey } from "../key.ts";
import { maxPurgeBodyBytes, maxPurgeOperations, maxPurgeUrls, maxTagsPerPurge, purgesAtOnce } from "../limits.ts";
import { listClasses } from "../negotiate/client-class.ts";
import { listKeys } from "../negotiate/image-request.ts";
import { parseRequestedUrl } from "../negotiate/requested-url.ts";
import type { Services } from "../services.ts";
import { invalidateKey } from "../store/invalidate-key.ts";
import { type PurgedKey, purgeKey } from "../store/purge-key.ts";

/** What was done for one URL. */
interface Purged {
  readonly url: string;
  /** `purged`; `unknown` where nothing is known of it here (only then an answer could be left); `failed`: ask again. */
  readonly result: "purged" | "unknown" | "failed";
  /** Answers of client classes that were removed. */
  readonly answers: number;
  /** The store that all data centres share, where there is one. */
  readonly shared?: "purged" | "failed";
  /** The edge caches of all data centres, where a token lets them be purged by tag. */
  readonly zone?: "purged" | "failed";
}

/** A URL, and the keys of all that is kept of it. */
interface Asked {
  readonly url: string;
  readonly keys: readonly SourceKey[];
}

/** Mark, record and its deletion: what a key takes besides its answers; with a shared store also mark and manifest there. */
const operationsPerKey = { alone: 3, shared: 5 } as const;

/** Classes of clients that have asked for a picture, as far as can be said before its record is read. */
const usualClasses = 3;

/**
 * Removes what is kept of the given URLs: what is shared becomes void first, for this program in every data centre; then
 * what this data centre keeps is removed, and at last, by tag, what the zone's caches keep. Whatever was stored before is
 * void, and work in flight stores nothing any more. Body: `{"urls": ["https://host/path?query", "/path", …]}`. The answer says what was done for each;
 * its status is 500 when something failed for one of them.
 * @throws ProblemError `bad-request` for another body, or a URL on another host.
 */
export async function purgeUrls(request: Request, url: URL, services: Services): Promise<Response> {
  const texts = await readUrls(request);
  const asked = texts.map((text) => ({ url: text, keys: keysOf(text, url, services) }));
  const here = await purgeAll(asked, services);
  const urls = await purgeZone(
    asked.map(({ keys }) => keys.map(cacheTag)),
    here,
    services,
  );
  const failures = urls.filter(({ result }) => result === "failed").length;
  const purged = urls.filter(({ result }) => result !== "failed").map((each) => each.url);
  const headers = { "cache-control": "no-store" };
  return Response.json({ purged, failures, urls }, { status: failures === 0 ? 200 : 500, headers });
}

/** Does the work for each, `purgesAtOnce` at the same time. */
async function forEach<Item>(items: IterableIterator<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const workThrough = async (): Promise<void> => {
    for (const item of items) await work(item);
  };
  await Promise.all(Array.from({ length: purgesAtOnce }, workThrough));
}

/** Whether so many keys with so many answers each fit into one request. */
function fits(keys: number, answersPerKey: number, { fleet }: Services): boolean {
  const perKey = operationsPerKey[fleet === undefined ? "alone" : "shared"] + answersPerKey;
  return keys * perKey <= maxPurgeOperations;
}

/** The classes whose answers are looked for also where no record names them: it may have been lost before them. */
function classesToTry(keys: number, services: Services): readonly string[] | undefined {
  const classes = listClasses();
  return fits(keys, classes.length, services) ? classes.map(({ token }) => token) : undefined;
}

async function readUrls(request: Request): Promise<readonly string[]> {
  const text = await request.text();
  if (text.length > maxPurgeBodyBytes) throw new ProblemError("bad-request", "The body is too long.");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ProblemError("bad-request", "The body is not JSON.", { cause: error });
  }
  const urls = typeof body === "object" && body !== null && "urls" in body ? body.urls : undefined;
  if (!Array.isArray(urls) || urls.length > maxPurgeUrls || !urls.every((entry) => typeof entry === "string")) {
    throw new ProblemError("bad-request", `The body has to be {"urls": [...]} with at most ${maxPurgeUrls} texts.`);
  }
  return urls;
}

/**
 * The keys of a URL: its own, those of the renderings for denser screens, and, where it names no preset, those of all
 * presets of it: a program that replaces a picture does not know how it is shown.
 */
function keysOf(text: string, own: URL, { config }: Services): readonly SourceKey[] {
  const url = URL.canParse(text, own.origin) ? new URL(text, own.origin) : undefined;
  if (url === undefined || url.host !== own.host || !/^https?:$/.test(url.protocol)) {
    throw new ProblemError("bad-request", `${JSON.stringify(text)} is not a path or a URL on ${own.host}.`);
  }
  const asked = parseRequestedUrl(url, config);
  const presets = asked.preset === undefined ? config.PRESETS.values() : [];
  return [asked.preset, ...presets].flatMap((preset) => listKeys({ ...asked, preset }, config));
}

/** Removes what is kept of a URL, and stops what is being made of it. */
export async function purgeUrl(text: string, own: URL, services: Services): Promise<void> {
  await purgeAll([{ url: text, keys: keysOf(text, own, services) }], services);
}

/**
 * What is kept of a URL has to be confirmed by its origin before it is shown again, and what is being made of it stops.
 * @param looksFar whether answers are looked for also where no record names them
 * @throws Error where it has more keys than one request can reach; those that come first are void then
 */
export async function invalidateUrl(text: string, own: URL, services: Services, looksFar: boolean): Promise<void> {
  const keys = keysOf(text, own, services);
  const classes = (looksFar ? classesToTry(keys.length, services) : undefined) ?? [];
  for (const key of keys) stopWork(key, services);
  const reached = keys.filter((_, index) => fits(index + 1, usualClasses, services));
  await forEach(reached.values(), (key) => invalidateKey(key, services, classes));
  const left = keys.length - reached.length;
  if (left > 0) throw new Error(`${left} renderings of ${own.pathname} may be old: one request cannot reach so many.`);
}

function stopWork(key: SourceKey, { memory, flights }: Services): void {
  memory.forget(flightName(key));
  for (const flight of flights.all()) if (flight.isFor(key)) flight.cancel();
}

/** Each key once, whichever URLs it belongs to, as far as one request reaches. */
async function purgeAll(asked: readonly Asked[], services: Services): Promise<readonly Purged[]> {
  const keys = new Map(asked.flatMap((each) => each.keys.map((key) => [flightName(key), key])));
  const classes = classesToTry(keys.size, services);
  const reached = [...keys].filter((_, index) => fits(index + 1, usualClasses, services));
  const done = new Map<string, PurgedKey>();
  await forEach(reached.values(), async ([name, key]) => {
    stopWork(key, services);
    done.set(name, await purgeKey(key, services, classes));
  });
  return asked.map(({ url, keys: own }) => {
    const parts = own.map((key) => done.get(flightName(key)));
    return summarise(url, parts, classes !== undefined);
  });
}

/** @param isThorough whether no answer can be left, even where no record was found */
function summarise(url: string, parts: readonly (PurgedKey | undefined)[], isThorough: boolean): Purged {
  const done = parts.filter((part) => part !== undefined);
  const isFailed = done.length < parts.length || done.some(({ failures }) => failures > 0);
  const isKnown = isThorough || done.some(({ record }) => record !== undefined);
  const shared = done.map(({ isSharedPurged }) => isSharedPurged).filter((isPurged) => isPurged !== undefined);
  return {
    url,
    result: isFailed ? "failed" : isKnown ? "purged" : "unknown",
    answers: done.reduce((sum, { answers }) => sum + answers, 0),
    ...(shared.length > 0 && { shared: shared.every(Boolean) ? "purged" : "failed" }),
  };
}

/**
 * Purges the caches of the zone by the tags of each URL, where a token is set.
 * @see https://developers.cloudflare.com/api/resources/cache/methods/purge/
 */
async function purgeZone(
  tags: readonly (readonly string[])[],
  purged: readonly Purged[],
  { config, origin }: Services,
): Promise<readonly Purged[]> {
  const { ZONE_ID: zone, ZONE_PURGE_TOKEN: token } = config;
  if (zone === "" || token === "") return purged;
  const all = [...new Set(tags.flat())];
  const failed = new Set<string>();
  for (let at = 0; at < all.length; at += maxTagsPerPurge) {
    const some = all.slice(at, at + maxTagsPerPurge);
    const isPurged = await origin
      .fetch(`https://api.cloudflare.com/client/v4/zones/${zone}/purge_cache`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ tags: some }),
      })
      .then(
        ({ ok }) => ok,
        () => false,
      );
    if (!isPurged) for (const tag of some) failed.add(tag);
  }
  return purged.map((each, index): Purged => {
    const isFailed = (tags[index] ?? []).some((tag) => failed.has(tag));
    return isFailed ? { ...each, result: "failed", zone: "failed" } : { ...each, zone: "purged" };
  });
}
