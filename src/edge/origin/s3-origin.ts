import { formatOfExtension, formats } from "../../imaging/model/formats.ts";
import { extensionOf } from "../negotiate/candidate.ts";
import { encodeKey, type S3Credentials, signS3 } from "./sign-s3.ts";

/** All that is sent of a request: nothing that a client could make the signature speak for. */
const sentFields = ["if-none-match", "if-modified-since", "range", "if-range"] as const;

/** All that is kept of an answer. What a bucket says of its owner and of the request is nobody's business. */
const keptFields = [
  "accept-ranges",
  "age",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-range",
  "content-type",
  "date",
  "etag",
  "expires",
  "last-modified",
] as const;

/**
 * Answers from a private bucket that speaks S3: an object is read by a request that is signed here. Only GET and HEAD of one
 * object, without a query, since the same signature would list, change or delete it.
 *
 * @param bucketPath the part of the path that is no object's name, without a slash at its end
 */
export async function fetchS3Origin(
  send: typeof fetch,
  credentials: S3Credentials,
  bucketPath: string,
  request: Request,
  now: number,
): Promise<Response> {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD")
    return say(405, "A bucket only knows GET and HEAD.", { allow: "GET, HEAD" });
  const url = new URL(request.url);
  const path = decodePath(url.pathname);
  const name = path?.startsWith(`${bucketPath}/`) === true ? path.slice(bucketPath.length) : "/";
  if (path === undefined || !isObjectName(name)) return missing();
  url.search = "";
  url.pathname = encodeKey(path);
  const headers = new Headers(await signS3(method, url, credentials, now));
  for (const field of sentFields) {
    const value = request.headers.get(field);
    if (value !== null) headers.set(field, value);
  }
  const { signal } = request;
  const answer = await send(new Request(url, { method, headers, signal, redirect: "manual" }));
  if (![200, 206, 304, 416].includes(answer.status)) {
    // Its text names keys and what was signed.
    await answer.body?.cancel();
    if (answer.status === 404 || answer.status === 403) return missing();
    return say(answer.status === 503 ? 503 : 502, `The bucket answered with status ${answer.status}.`, {});
  }
  const kept = new Headers();
  for (const field of keptFields) {
    const value = answer.headers.get(field);
    if (value !== null) kept.set(field, value);
  }
  nameType(kept, name);
  const { status } = answer;
  if (status !== 416) return new Response(answer.body, { status, headers: kept });
  await answer.body?.cancel();
  kept.delete("content-length");
  return new Response(null, { status, headers: kept });
}

/** Undefined for what is no text. */
function decodePath(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

/** Not the bucket itself, which would be listed, and nothing that some servers take for a way out of it. */
function isObjectName(name: string): boolean {
  return !/^\/+$/.test(name) && !name.split(/[/\\]/).some((part) => part === "." || part === "..");
}

/** Uploads for which nobody has named a type are called this. */
function nameType(headers: Headers, name: string): void {
  const stated = headers.get("content-type") ?? "binary/octet-stream";
  const format = /^(?:application|binary)\/octet-stream$/i.test(stated)
    ? formatOfExtension(extensionOf(name))
    : undefined;
  if (format !== undefined) headers.set("content-type", formats[format].mediaTypes[0]);
}

/** S3 says 403 of a missing object where the key may not list the bucket. */
function missing(): Response {
  const fields = { "cache-control": "public, max-age=60" };
  return say(404, "The bucket has no such object, or the key may not read it.", fields);
}

function say(status: number, text: string, fields: Readonly<Record<string, string>>): Response {
  const headers = { "cache-control": "no-store", "content-type": "text/plain; charset=utf-8", ...fields };
  return new Response(`${text}\n`, { status, headers });
}
