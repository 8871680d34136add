/** How the texts of settings are read. Each gives undefined for a value that is not allowed. */
import { type NegotiatedFormat, negotiatedFormats } from "./targets.ts";

/** Where sources come from. */
export type OriginSetting =
  | { readonly kind: "demo" }
  | { readonly kind: "route" }
  | { readonly kind: "url"; readonly base: URL }
  /** A private bucket that speaks S3: its endpoint, its name and a prefix, without a slash at the end of its path. */
  | { readonly kind: "s3"; readonly base: URL }
  /** An R2 bucket; `prefix` is a path without a slash at its end. */
  | { readonly kind: "r2"; readonly binding: string; readonly prefix: string };

/** The members of a list with commas; empty ones are none. */
function listOf(text: string): string[] {
  return text
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

export function integer(minimum: number, maximum: number): (text: string) => number | undefined {
  return (text) => {
    if (!/^\d{1,12}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= minimum && value <= maximum ? value : undefined;
  };
}

export function oneOf<const Value extends string>(...values: readonly Value[]): (text: string) => Value | undefined {
  return (text) => values.find((value) => value === text);
}

export function listOfFormats(text: string): readonly NegotiatedFormat[] | undefined {
  const names = listOf(text);
  if (names.some((name) => !negotiatedFormats.some((known) => known === name))) return undefined;
  return negotiatedFormats.filter((format) => names.includes(format));
}

export function originOf(text: string): OriginSetting | undefined {
  if (text === "demo:") return { kind: "demo" };
  if (text === "route") return { kind: "route" };
  const [, binding, prefix] = /^r2:([A-Za-z_]\w*)((?:\/[^/?#]+)*)\/?$/.exec(text) ?? [];
  if (binding !== undefined) return { kind: "r2", binding, prefix: prefix ?? "" };
  const isS3 = text.startsWith("s3:");
  const address = isS3 ? text.slice(3) : text;
  if (!URL.canParse(address)) return undefined;
  const base = new URL(address);
  if (base.protocol !== "https:" && base.protocol !== "http:") return undefined;
  if (base.username !== "" || base.password !== "" || base.search !== "" || base.hash !== "") return undefined;
  // What a bucket's name and a prefix may hold without being encoded.
  if (isS3 && !/^[\w\-./~]*$/.test(base.pathname)) return undefined;
  return { kind: isS3 ? "s3" : "url", base };
}

export function hosts(text: string): ReadonlySet<string> | undefined {
  const names = listOf(text.toLowerCase());
  return names.every((name) => /^[a-z0-9.:[\]-]+$/.test(name)) ? new Set(names) : undefined;
}

/** A set of names of query parameters, in lower case, or all of them. */
export function queryParameters(text: string): "all" | ReadonlySet<string> | undefined {
  if (text === "all") return "all";
  const names = listOf(text.toLowerCase());
  return names.every((name) => /^[^\s&=?#]+$/.test(name)) ? new Set(names) : undefined;
}

/** Shorter than this a key of a signature can be guessed. */
export const minSigningKeyLength = 16;

export function signingKeys(text: string): readonly string[] | undefined {
  const keys = listOf(text);
  return keys.every((key) => key.length >= minSigningKeyLength) ? keys : undefined;
}

/** A field value of visible ASCII characters and single spaces (RFC 9110 §10.1.5). */
export function userAgent(text: string): string | undefined {
  return /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text) && text.length <= 256 ? text : undefined;
}
