import { maxAcceptLength } from "../limits.ts";

/** One media range of an Accept header (RFC 9110 §12.5.1), lower case; a wildcard is `*`. */
export interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  /** 0 to 1; 0 means not acceptable. */
  readonly q: number;
}

/** qvalue of RFC 9110 §12.4.2: at most three decimals, at most 1. */
const qvalue = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
/** token of RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * Reads an Accept header. A range that does not follow the grammar is dropped, the others stay. A range with media type
 * parameters (other than `q`) requests a special kind of that type, which we never make: it is dropped as well.
 */
export function parseAccept(header: string): readonly MediaRange[] {
  if (header.length > maxAcceptLength) return [];
  return splitOutsideQuotes(header.toLowerCase(), ",").flatMap((element) => parseRange(element) ?? []);
}

function parseRange(element: string): MediaRange | undefined {
  const [range = "", ...parameters] = splitOutsideQuotes(element, ";").map((part) => part.trim());
  const slash = range.indexOf("/");
  const type = range.slice(0, Math.max(slash, 0));
  const subtype = range.slice(slash + 1);
  if (!token.test(type) || !token.test(subtype)) return undefined;
  if (type === "*" && subtype !== "*") return undefined;
  const weight = parameters.findIndex((parameter) => /^q\s*=/.test(parameter));
  const special = weight < 0 ? parameters : parameters.slice(0, weight);
  if (special.some((parameter) => parameter !== "")) return undefined;
  if (weight < 0) return { type, subtype, q: 1 };
  const value = (parameters[weight] ?? "").replace(/^q\s*=\s*/, "");
  return qvalue.test(value) ? { type, subtype, q: Number(value) } : undefined;
}

/** Splits at a separator that is not inside a quoted-string (RFC 9110 §5.6.4); one pass. */
function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === "\\") index++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/**
 * The weight of a media type: the most specific range decides (RFC 9110 §12.5.1). Among equal ranges the lowest weight
 * counts, so that the order of a header never matters and a refusal is never overruled. No matching range: 0.
 */
export function qualityOf(ranges: readonly MediaRange[], mediaType: string): number {
  const [type = "", subtype = ""] = mediaType.split("/");
  const levels: ((range: MediaRange) => boolean)[] = [
    (range) => range.type === type && range.subtype === subtype,
    (range) => range.type === type && range.subtype === "*",
    (range) => range.type === "*",
  ];
  for (const matches of levels) {
    const weights = ranges.filter(matches).map((range) => range.q);
    if (weights.length > 0) return Math.min(...weights);
  }
  return 0;
}

/**
 * Whether the header names exactly this media type and does not refuse it. Only that proves that a client can show a
 * format which is not universal: `image/*` and `*` + `/*` are sent by clients that show nothing newer than GIF.
 */
export function isListed(ranges: readonly MediaRange[], mediaType: string): boolean {
  const named = ranges.some((range) => `${range.type}/${range.subtype}` === mediaType);
  return named && qualityOf(ranges, mediaType) > 0;
}
