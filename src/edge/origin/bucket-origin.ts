import type { SourceBucket, SourceObject } from "../env.ts";
import { readByteRange } from "../http/byte-range.ts";
import { isNotModified, readConditions } from "../http/conditional.ts";
import { formatOfExtension, formats } from "../../imaging/model/formats.ts";
import { sniffFormat, sniffPrefixBytes } from "../../imaging/probe/sniff.ts";
import { extensionOf } from "../negotiate/candidate.ts";

/** Bytes of an object's name that R2 takes. */
const maxNameBytes = 1024;

const encoder = new TextEncoder();

/**
 * Answers from an R2 bucket as a well-kept file server would: the validators of the object, a conditional request answered
 * with 304 (RFC 9110 §13.2), one range (§14.2), and whatever the object's metadata says of its type, its language and its
 * freshness. Only GET and HEAD; the query is ignored. The name of the object is the path after its first slash, decoded.
 *
 * @throws what the bucket throws when it fails
 */
export async function fetchBucketOrigin(bucket: SourceBucket, request: Request): Promise<Response> {
  const isHead = request.method === "HEAD";
  if (!isHead && request.method !== "GET") {
    const headers = { allow: "GET, HEAD", "cache-control": "no-store", "content-type": "text/plain; charset=utf-8" };
    return new Response("A bucket only knows GET and HEAD.\n", { status: 405, headers });
  }
  const name = nameOf(new URL(request.url).pathname);
  const conditions = readConditions(request.headers);
  const isPartial = !isHead && conditions.range !== null;
  if (name === undefined) return missing(isHead);
  const whole = isHead || isPartial ? undefined : await bucket.get(name);
  const found = whole ?? (isHead || isPartial ? await bucket.head(name) : null);
  if (found === null) return missing(isHead);
  const headers = await describe(bucket, name, found);
  if (isNotModified(conditions, { etag: found.httpEtag, lastModified: headers.get("last-modified") })) {
    await whole?.body.cancel();
    headers.delete("content-length");
    return new Response(null, { status: 304, headers });
  }
  if (!isPartial) return new Response(whole?.body ?? null, { headers });
  // Of another version than the one that the client has a part of, all is sent (RFC 9110 §13.1.5).
  const isSame = conditions.ifRange === null || conditions.ifRange === found.httpEtag;
  const range = isSame ? readByteRange(conditions.range ?? "", found.size) : undefined;
  if (range === "unsatisfiable") {
    headers.set("content-range", `bytes */${found.size}`);
    headers.set("content-length", "0");
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range ?? { start: 0, end: 0 };
  const part = range === undefined ? null : await bucket.get(name, { range: { offset: start, length: end - start } });
  if (part?.httpEtag !== found.httpEtag) {
    await part?.body.cancel();
    return fetchBucketOrigin(bucket, new Request(request.url));
  }
  headers.set("content-range", `bytes ${start}-${end - 1}/${found.size}`);
  headers.set("content-length", String(end - start));
  return new Response(part.body, { status: 206, headers });
}

/** Undefined for what no object can be called. */
function nameOf(pathname: string): string | undefined {
  let name = pathname.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    // It is what it is.
  }
  return name === "" || encoder.encode(name).length > maxNameBytes ? undefined : name;
}

/** Remembered for as long as other origins' 404s. */
function missing(isHead: boolean): Response {
  const headers = { "cache-control": "public, max-age=60", "content-type": "text/plain; charset=utf-8" };
  return new Response(isHead ? null : "The bucket has no object of this name.\n", { status: 404, headers });
}

async function describe(bucket: SourceBucket, name: string, object: SourceObject): Promise<Headers> {
  const headers = new Headers();
  object.writeHttpMetadata(headers);
  headers.set("etag", object.httpEtag);
  headers.set("last-modified", object.uploaded.toUTCString());
  headers.set("content-length", String(object.size));
  headers.set("accept-ranges", "bytes");
  const stated = headers.get("content-type");
  // What uploads say where nobody has said anything.
  if (stated === null || /^(?:application|binary)\/octet-stream$/i.test(stated.trim())) {
    const format = formatOfExtension(extensionOf(name)) ?? (await sniff(bucket, name));
    if (format !== undefined) headers.set("content-type", formats[format].mediaTypes[0]);
  }
  return headers;
}

/** By the first bytes, for names without an extension. */
async function sniff(bucket: SourceBucket, name: string): Promise<ReturnType<typeof sniffFormat>> {
  const start = await bucket.get(name, { range: { offset: 0, length: sniffPrefixBytes } });
  const format = start === null ? undefined : sniffFormat(new Uint8Array(await start.arrayBuffer()));
  // An SVG can run scripts: it has to be called one.
  return format === "svg" ? undefined : format;
}
