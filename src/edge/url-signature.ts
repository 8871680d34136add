import { isReserved } from "./reserved-path.ts";

/** The last two parameters of a signed URL: when it ends, in seconds since the epoch, and the signature. */
const expiresParameter = "imaging-expires";
const signatureParameter = "imaging-signature";

/** What a URL says of its signature. */
export interface UrlSignature {
  /** What has been signed: path and query as they are written, without the signature. */
  readonly text: string;
  /** HMAC-SHA-256 (RFC 2104) of the text in base64url (RFC 4648 §5) without padding; undefined where there is not exactly one. */
  readonly value: string | undefined;
  readonly expires: string | undefined;
}

/** What a signature is worth. */
export type SignatureVerdict = "valid" | "missing" | "wrong" | "expired";

const encoder = new TextEncoder();

/** Takes the signature out of a URL: it is in no cache key, and no origin sees it. */
export function takeSignature(url: URL): { readonly url: URL; readonly signature: UrlSignature | undefined } {
  if (!url.search.includes("imaging-") || isReserved(url.pathname)) return { url, signature: undefined };
  const all = parametersOf(url);
  const isOurs = (parameter: string): boolean => [expiresParameter, signatureParameter].includes(nameOf(parameter));
  const unsigned = new URL(url);
  unsigned.search = all.filter((parameter) => !isOurs(parameter)).join("&");
  const signatures = valuesOf(all, signatureParameter);
  const [expires] = valuesOf(all, expiresParameter);
  const value = signatures.length === 1 ? signatures[0] : undefined;
  return { url: unsigned, signature: { text: signedText(url.pathname, all), value, expires } };
}

/**
 * Whether one of the keys has signed a URL that has not ended.
 * @param now milliseconds since the epoch
 */
export async function checkSignature(
  signature: UrlSignature | undefined,
  keys: readonly string[],
  now: number,
): Promise<SignatureVerdict> {
  if (signature?.value === undefined) return "missing";
  const given = readBase64Url(signature.value);
  if (given === undefined) return "wrong";
  const text = encoder.encode(signature.text);
  for (const key of keys) {
    // In constant time (W3C Web Cryptography §31.4.2).
    if (await crypto.subtle.verify("HMAC", await importKey(key), given, text)) {
      const { expires } = signature;
      const isOver = expires !== undefined && !(/^\d{1,12}$/.test(expires) && Number(expires) * 1000 > now);
      return isOver ? "expired" : "valid";
    }
  }
  return "wrong";
}

/**
 * The same URL with a signature.
 * @param expires seconds since the epoch; for ever where it is undefined
 */
export async function signUrl(url: URL, key: string, expires: number | undefined): Promise<URL> {
  const signed = new URL(takeSignature(url).url);
  const add = (parameter: string): void => {
    signed.search = signed.search === "" ? parameter : `${signed.search.slice(1)}&${parameter}`;
  };
  if (expires !== undefined) add(`${expiresParameter}=${expires}`);
  const text = encoder.encode(signedText(signed.pathname, parametersOf(signed)));
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", await importKey(key), text));
  const base64 = btoa(String.fromCharCode(...bytes));
  add(`${signatureParameter}=${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`);
  return signed;
}

function signedText(pathname: string, parameters: readonly string[]): string {
  // Everything else counts, also what means nothing: no parameter can be added that makes another picture of it.
  const signed = parameters.filter((parameter) => nameOf(parameter) !== signatureParameter);
  return signed.length === 0 ? pathname : `${pathname}?${signed.join("&")}`;
}

function parametersOf({ search }: URL): readonly string[] {
  return search === "" ? [] : search.slice(1).split("&");
}

function nameOf(parameter: string): string {
  return parameter.split("=", 1)[0] ?? "";
}

function valuesOf(parameters: readonly string[], name: string): readonly string[] {
  return parameters
    .filter((parameter) => nameOf(parameter) === name)
    .map((parameter) => parameter.slice(name.length + 1));
}

/** The 32 bytes of a signature; undefined for any other text. */
function readBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]{43}$/.test(text)) return undefined;
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

/** By their text; as many as there are keys in the settings. */
const imported = new Map<string, CryptoKey>();

async function importKey(text: string): Promise<CryptoKey> {
  const known = imported.get(text);
  if (known !== undefined) return known;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(text), algorithm, false, ["sign", "verify"]);
  imported.set(text, key);
  return key;
}
