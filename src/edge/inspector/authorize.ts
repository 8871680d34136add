const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a 401 offers (RFC 9110 §11.6.1): a browser asks for a password, a program sends a token. */
export const challenges = 'Basic realm="edge-imaging", charset="UTF-8", Bearer realm="edge-imaging"';

/**
 * Whether the request carries the token: as a bearer token (RFC 6750 §2.1), or as the password of any user (RFC 7617).
 * Digests are compared, in constant time.
 */
export async function isAuthorized(request: Request, token: string): Promise<boolean> {
  const given = readCredentials(request.headers.get("authorization") ?? "");
  if (given === undefined || token === "") return false;
  const [a, b] = await Promise.all([digest(given), digest(token)]);
  return crypto.subtle.timingSafeEqual(a, b);
}

/** The token of an `Authorization` field; undefined where it holds none. */
function readCredentials(field: string): string | undefined {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(.+)$/i.exec(field) ?? [];
  if (scheme.toLowerCase() !== "basic") return value === "" ? undefined : value;
  try {
    const pair = decoder.decode(Uint8Array.from(atob(value.trim()), (character) => character.charCodeAt(0)));
    const colon = pair.indexOf(":");
    return colon < 0 ? undefined : pair.slice(colon + 1);
  } catch {
    return undefined;
  }
}

/**
 * Whether a page of another site has sent the request. A browser adds a password by itself, so what changes something
 * is done for pages of this host and for programs only.
 */
export function isFromAnotherSite(request: Request, url: URL): boolean {
  const origin = request.headers.get("origin");
  if (origin !== null) return origin !== url.origin;
  return ["cross-site", "same-site"].includes(request.headers.get("sec-fetch-site") ?? "");
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}
