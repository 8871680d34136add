/** What came back for a request, and what its header fields say; the same in Node.js and in workerd. */
import { type BareItem, type Item, type InnerList, parseDictionary, parseList, Token } from "structured-headers";

export interface Answer<Body extends Uint8Array = Uint8Array> {
  readonly status: number;
  /** Names in lower case; repeated fields joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Each Set-Cookie line. */
  readonly cookies: readonly string[];
  readonly body: Body;
  /** SHA-256 of the body. */
  readonly digest: Uint8Array;
  /** The connection ended before the body was whole. */
  readonly broken: boolean;
}

/** A token counts as its text; bytes, dates and display strings are in no field of ours. */
export type Bare = string | number | boolean;

/** Accept headers that browsers of today send for an image. */
export const accepts = {
  chrome: "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  firefoxEsr: "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  avif: "image/avif,image/webp,*/*;q=0.8",
  webp: "image/webp,*/*;q=0.8",
  baseline: "*/*",
} as const;

function plain(value: BareItem): Bare {
  if (value instanceof Token) return value.toString();
  if (typeof value === "object") throw new Error("neither a text, a number nor a boolean");
  return value;
}
const isInnerList = (member: Item | InnerList): member is InnerList => Array.isArray(member[0]);

/** A dictionary of bare values and lists of them (RFC 9651 §3.2). Throws on a malformed one, and on parameters. */
export function readDictionary(field: string): Readonly<Record<string, Bare | readonly Bare[]>> {
  return Object.fromEntries(
    [...parseDictionary(field)].map(([key, member]) => {
      if (member[1].size > 0) throw new Error(`parameters of ${key} in ${field}`);
      return [key, isInnerList(member) ? member[0].map(([value]) => plain(value)) : plain(member[0])];
    }),
  );
}

/** The names of the members of a list of tokens, and their parameters (RFC 9651 §3.1). */
export function readList(field: string): readonly (readonly [name: Bare, parameters: ReadonlyMap<string, Bare>])[] {
  return parseList(field).map((member) => {
    if (isInnerList(member)) throw new Error(`an inner list in ${field}`);
    return [plain(member[0]), new Map([...member[1]].map(([key, value]) => [key, plain(value)]))] as const;
  });
}

/** `Edge-Imaging` as a dictionary; empty when the header is absent. Throws on a malformed one. */
export function verdictOf({ headers }: Pick<Answer, "headers">): ReturnType<typeof readDictionary> {
  return readDictionary(headers["edge-imaging"] ?? "");
}

/** The member of `Cache-Status` (RFC 9211) that this program wrote: its parameters. */
export function cacheStatusOf({ headers }: Pick<Answer, "headers">): ReadonlyMap<string, Bare> {
  const own = readList(headers["cache-status"] ?? "").find(([name]) => name === "edge-imaging");
  if (own === undefined) throw new Error(`no member edge-imaging in Cache-Status: ${headers["cache-status"]}`);
  return own[1];
}

export const isHit = (answer: Pick<Answer, "headers">): boolean => cacheStatusOf(answer).get("hit") === true;

/** Seconds of a Cache-Control directive; undefined when it is absent. */
export function directive({ headers }: Pick<Answer, "headers">, name: string): number | undefined {
  const match = new RegExp(`(?:^|[,\\s])${name}="?(\\d+)`, "i").exec(headers["cache-control"] ?? "");
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** The strong tags that may represent the first 128 bits of a body's SHA-256. */
export function strongTagsOf({ digest }: Pick<Answer, "digest">): readonly string[] {
  const start = digest.subarray(0, 16);
  const base64 = btoa(String.fromCharCode(...start));
  const base64url = base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const hex = [...start].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex, base64url, base64].map((tag) => `"${tag}"`);
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
