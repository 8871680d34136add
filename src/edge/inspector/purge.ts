import { ProblemError } from "../errors.ts";
import { flightName, type SourceKey } from "../key.ts";
import { maxPurgeBodyBytes, maxPurgeOperations, maxPurgeUrls, purgesAtOnce } from "../limits.ts";
import { listClasses } from "../negotiate/client-class.ts";
import { listKeys } from "../negotiate/image-request.ts";
import { parseRequestedUrl } from "../negotiate/requested-url.ts";
import type { Services } from "../services.ts";
import { purgeKey } from "../store/purge-key.ts";

/** What was done for one URL. */
interface Purged {
  readonly url: string;
  /** `purged`; `unknown` where nothing is known of it here (only then an answer could be left); `failed`: ask again. */
  readonly result: "purged" | "unknown" | "failed";
  /** Answers of client classes that were removed. */
  readonly answers: number;
}

/** Mark, record and its deletion: what a purge of a key takes besides the answers. */
const operationsPerKey = 3;

/**
 * Removes what this data centre keeps of the given URLs: whatever was stored before is void, and work in flight stores
 * nothing any more. Body: `{"urls": ["https://host/path?query", "/path", …]}`. The answer says what was done for each;
 * its status is 500 when the cache failed for one of them.
 * @throws ProblemError `bad-request` for another body, or a URL on another host.
 */
export async function purgeUrls(request: Request, url: URL, services: Services): Promise<Response> {
  const texts = await readUrls(request);
  const asked = texts.map((text) => ({ text, keys: keysOf(text, url, services) }));
  const perKey = operationsPerKey + listClasses().length;
  const isThorough = asked.reduce((sum, { keys }) => sum + keys.length, 0) * perKey <= maxPurgeOperations;
  const urls: Purged[] = [];
  const waiting = asked.entries();
  const work = async (): Promise<void> => {
    for (const [index, { text, keys }] of waiting) urls[index] = await purge(text, keys, isThorough, services);
  };
  await Promise.all(Array.from({ length: purgesAtOnce }, work));
  const failures = urls.filter(({ result }) => result === "failed").length;
  const purged = urls.filter(({ result }) => result !== "failed").map((each) => each.url);
  const headers = { "cache-control": "no-store" };
  return Response.json({ purged, failures, urls }, { status: failures === 0 ? 200 : 500, headers });
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

/** The keys of a URL: its own, and those of the renderings for denser screens. */
function keysOf(text: string, own: URL, { config }: Services): readonly SourceKey[] {
  const url = URL.canParse(text, own.origin) ? new URL(text, own.origin) : undefined;
  if (url === undefined || url.host !== own.host || !/^https?:$/.test(url.protocol)) {
    throw new ProblemError("bad-request", `${JSON.stringify(text)} is not a path or a URL on ${own.host}.`);
  }
  return listKeys(parseRequestedUrl(url, config), config);
}

/** Removes what is kept of a URL, and stops what is being made of it. */
export async function purgeUrl(text: string, own: URL, services: Services): Promise<void> {
  await purge(text, keysOf(text, own, services), true, services);
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
  for (const key of keys) {
    services.memory.forget(flightName(key));
    for (const flight of services.flights.all()) if (flight.isFor(key)) flight.cancel();
    const purged = await purgeKey(key, services, everyClass);
    removed += purged.answers;
    failures += purged.failures;
    isKnown ||= purged.isKnown;
  }
  return { url, result: failures > 0 ? "failed" : isKnown ? "purged" : "unknown", answers: removed };
}
