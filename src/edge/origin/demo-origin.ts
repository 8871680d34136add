import type { AssetsBinding } from "../env.ts";
import { isNotModified, readConditions } from "../http/conditional.ts";

/** Freshness of the demo's images: long enough that they are worth encoding (`MIN_TTL_SECONDS`). */
const imageCacheControl = "public, max-age=86400";

/** The gallery and its scripts change while somebody works on them; a validator makes asking again cheap. */
const pageCacheControl = "public, max-age=0, must-revalidate";

/** The assets service redirects `/index.html` → `/` and an escaped path → its plain form: two hops at most. */
const maxAssetRedirects = 2;

/** What a plain file server would say; everything else in the binding's answer is the platform's own affair. */
const keptHeaders = ["content-type", "content-length", "etag", "last-modified"] as const;

const notFoundPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Not found</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 20vh auto; padding: 0 1rem }</style>
<h1>Nothing here</h1>
<p>The demo has no file of that name. <a href="/">The gallery</a> shows all of them.</p>
</html>
`;

/**
 * Answers from the embedded demo files as a well-kept image origin would: a strong `ETag`, freshness of a day for
 * images, a conditional request answered with 304 (RFC 9110 §13.2), no redirect and no header of the assets service.
 * Only GET and HEAD; the query is ignored, as every file server does. Never throws for a path that does not exist.
 */
export async function fetchDemoOrigin(assets: AssetsBinding, request: Request): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("The demo origin only knows GET and HEAD.\n", {
      status: 405,
      headers: { allow: "GET, HEAD", "cache-control": "no-store", "content-type": "text/plain; charset=utf-8" },
    });
  }
  const asset = await fetchAsset(assets, request);
  if (asset.status === 404 || isRedirect(asset)) {
    await asset.body?.cancel();
    return new Response(request.method === "HEAD" ? null : notFoundPage, {
      status: 404,
      headers: { "cache-control": "no-store", "content-type": "text/html; charset=utf-8" },
    });
  }
  const headers = new Headers();
  for (const name of keptHeaders) {
    const value = asset.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (!asset.ok) {
    headers.set("cache-control", "no-store");
    return new Response(asset.body, { status: asset.status, headers });
  }
  const isImage = headers.get("content-type")?.startsWith("image/") === true;
  headers.set("cache-control", isImage ? imageCacheControl : pageCacheControl);
  const validators = { etag: headers.get("etag"), lastModified: headers.get("last-modified") };
  if (isNotModified(readConditions(request.headers), validators)) {
    await asset.body?.cancel();
    headers.delete("content-length");
    headers.delete("content-type");
    return new Response(null, { status: 304, headers });
  }
  return new Response(asset.body, { status: asset.status, headers });
}

async function fetchAsset(assets: AssetsBinding, request: Request): Promise<Response> {
  let url = new URL(request.url);
  url.search = "";
  for (let hop = 0; ; hop += 1) {
    // Without the client's headers: conditions are judged here, by the RFC's comparison.
    const response = await assets.fetch(url.href, { method: request.method, redirect: "manual" });
    const location = response.headers.get("location");
    if (!isRedirect(response) || location === null || hop >= maxAssetRedirects) return response;
    await response.body?.cancel();
    url = new URL(location, url);
  }
}

function isRedirect(response: Response): boolean {
  return response.status >= 300 && response.status < 400;
}
