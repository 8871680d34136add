import { scaleForDpr } from "../dialects/dialect.ts";
import { directivesToken } from "../dialects/parsed-url.ts";
import { ProblemError } from "../errors.ts";
import { maxPurgeBodyBytes, maxPurgeUrls } from "../limits.ts";
import { scaledMark } from "../negotiate/image-request.ts";
import { parseRequestedUrl } from "../negotiate/requested-url.ts";
import type { Services } from "../services.ts";
import type { SourceKey } from "../key.ts";

/**
 * Removes every entry of the given URLs from this data centre's cache: what is known, all bytes, the answers of every
 * class. Work in flight for them stores nothing any more. Body: `{"urls": ["https://host/path?query", "/path", …]}`.
 * @throws ProblemError `bad-request` for another body, or a URL on another host.
 */
export async function purgeUrls(request: Request, url: URL, services: Services): Promise<Response> {
  const urls = await readUrls(request);
  await purgeKeys(
    urls.flatMap((text) => keysOf(text, url, services)),
    services,
  );
  return Response.json({ purged: urls }, { headers: { "cache-control": "no-store" } });
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
function keysOf(text: string, own: URL, services: Services): readonly SourceKey[] {
  const url = URL.canParse(text, own.origin) ? new URL(text, own.origin) : undefined;
  if (url === undefined || url.host !== own.host || !/^https?:$/.test(url.protocol)) {
    throw new ProblemError("bad-request", `${JSON.stringify(text)} is not a path or a URL on ${own.host}.`);
  }
  const { parsed } = parseRequestedUrl(url, services.config);
  const scaled = ([1, 2, 3] as const).map((ratio) => scaleForDpr(parsed, ratio).keyPath);
  const paths = new Set([parsed.keyPath, ...scaled]);
  const { fingerprint } = services.config;
  const site = `https://${own.host}`;
  const directives = ["", scaledMark].map((mark) => directivesToken(parsed) + mark);
  return [...paths].flatMap((sourcePath) =>
    directives.map((wish) => ({ site, sourcePath, directives: wish, corsOrigin: null, fingerprint })),
  );
}

/** Removes what is kept of a URL, and stops what is being made of it. */
export async function purgeUrl(text: string, own: URL, services: Services): Promise<void> {
  await purgeKeys(keysOf(text, own, services), services);
}

async function purgeKeys(keys: readonly SourceKey[], services: Services): Promise<void> {
  for (const key of keys) {
    for (const flight of services.flights.all()) {
      if (flight.isFor(key)) flight.cancel();
    }
    await services.tier.purge(key, services.now());
  }
}
