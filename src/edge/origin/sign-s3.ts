/** Who reads a bucket, and where it is. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

const encoder = new TextEncoder();
const algorithm = "AWS4-HMAC-SHA256";

/** SHA-256 of nothing: only requests without a body are signed. */
const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * The header fields that sign a request without a body, by AWS Signature Version 4 for S3 ("Authenticating Requests: Using the
 * Authorization Header", Amazon S3 API Reference).
 *
 * @param url without a query, its path encoded by `encodeKey()`
 * @param others fields that are signed as well, by names in lower case
 * @param now milliseconds since the epoch
 */
export async function signS3(
  method: "GET" | "HEAD",
  url: URL,
  { accessKeyId, secretAccessKey, region }: S3Credentials,
  now: number,
  others: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  // 20130524T000000Z
  const moment = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const scope = [moment.slice(0, 8), region, "s3", "aws4_request"];
  const own = { "x-amz-content-sha256": emptyPayload, "x-amz-date": moment };
  const signed = Object.entries({ host: url.host, ...others, ...own }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const fields = signed.map(([name, value]) => `${name}:${value.trim()}\n`).join("");
  const canonical = [method, url.pathname, "", fields, names, emptyPayload].join("\n");
  const text = [
    algorithm,
    moment,
    scope.join("/"),
    hex(await crypto.subtle.digest("SHA-256", encoder.encode(canonical))),
  ];
  let key: BufferSource = encoder.encode(`AWS4${secretAccessKey}`);
  for (const part of scope) key = await authenticate(key, part);
  const signature = hex(await authenticate(key, text.join("\n")));
  const credential = `${accessKeyId}/${scope.join("/")}`;
  return {
    ...own,
    authorization: `${algorithm} Credential=${credential},SignedHeaders=${names},Signature=${signature}`,
  };
}

/** A path as it is signed and sent: all but unreserved characters (RFC 3986 §2.3) and slashes is encoded. */
export function encodeKey(path: string): string {
  return encodeURIComponent(path)
    .replaceAll("%2F", "/")
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function authenticate(key: BufferSource, text: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, encoder.encode(text));
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
