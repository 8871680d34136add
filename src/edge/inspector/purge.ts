import { ProblemError } from "../errors.ts";
import { cacheTag, flightName, type SourceKey } from "../key.ts";
import { maxPurgeBodyBytes, maxPurgeOperations, maxPurgeUrls, maxTagsPerPurge, purgesAtOnce } from "../limits.ts";
import { listClasses } from "../negotiate/client-class.ts";
import { listKeys } from "../negotiate/image-request.ts";
import { parseRequestedUrl } from "../negotiate/requested-url.ts";
import type { Services } from "../services.ts";
import { invalidateKey } from "../store/invalidate-key.ts";
import { purgeKey } from "../store/purge-key.ts";

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

/** Mark, record and its deletion: what a purge of a key takes besides the answers; with a shared store also its mark and manifest. */
const operationsPerKey = { alone: 3, shared: 5 } as const;

/**
 * Removes what is kept of the given URLs: what is shared becomes void first, for this program in every data centre; then
 * what this data centre keeps is removed, and at last, by tag, what the zone's caches keep. Whatever was stored before is
 * void, and work in flight stores nothing any more. Body: `{"urls": ["https://host/path?query", "/path", …]}`. The answer says what was done for each;
 * its status is 500 when something failed for one of them.
 * @throws ProblemError `bad-request` for another body, or a URL on another host.
 */
export async function purgeUrls(request: Request, url: URL, services: Services): Promise<Response> {
  const texts = await readUrls(request);
  const asked = texts.map((text) => ({ text, keys: keysOf(text, url, services) }));
  const isThorough = mayLookFar(
    asked.flatMap(({ keys }) => keys),
    services,
  );
  const here: Purged[] = [];
  await forEach(asked.entries(), async ([index, { text, keys }]) => {
    here[index] = await purge(text, keys, isThorough, services);
  });
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

/** Whether answers may be looked for in one request also where no record names them. */
function mayLookFar(keys: readonly SourceKey[], { fleet }: Services): boolean {
  const perKey = operationsPerKey[fleet === undefined ? "alone" : "shared"] + listClasses().length;
  return keys.length * perKey <= maxPurgeOperations;
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
 * presets of it. Who replaces a picture does not know how it is shown.
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
  await purge(text, keysOf(text, own, services), true, services);
}

/**
 * What is kept of a URL has to be confirmed by its origin before it is shown again, and what is being made of it stops.
 * @param isThorough see `purge()`
 */
export async function invalidateUrl(text: string, own: URL, services: Services, isThorough: boolean): Promise<void> {
  const keys = keysOf(text, own, services);
  const everyClass = isThorough && mayLookFar(keys, services) ? listClasses().map(({ token }) => token) : [];
  for (const key of keys) stopWork(key, services);
  await forEach(keys.values(), (key) => invalidateKey(key, services, everyClass));
}

function stopWork(key: SourceKey, { memory, flights }: Services): void {
  memory.forget(flightName(key));
  for (const flight of flights.all()) if (flight.isFor(key)) flight.cancel();
}

/** @param isThorough whether answers are looked for also where no record names them: it may have been lost before them. */
async function purge(
  url: string,
  keys: readonly SourceKey[],
  isThorough: boolean,
  services: Services,
): Promise<Purged> {
  const everyClass = isThorough ? listClasses().map(({ token }) => token) : [];
  let [removed, failures, isKnown] = [0, 0, isThorough];
  let shared: Purged["shared"];
  for (const key of keys) {
    stopWork(key, services);
    const purged = await purgeKey(key, services, everyClass);
    removed += purged.answers;
    failures += purged.failures;
    isKnown ||= purged.record !== undefined;
    if (purged.isSharedPurged !== undefined)
      shared = purged.isSharedPurged && shared !== "failed" ? "purged" : "failed";
  }
  const result = failures > 0 ? "failed" : isKnown ? "purged" : "unknown";
  return { url, result, answers: removed, ...(shared !== undefined && { shared }) };
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
