import { hasDialectShape, parseUrl } from "../dialects/dialect.ts";
import { type DialectId, type ParsedUrl, directivesToken } from "../dialects/parsed-url.ts";
import { maxRememberedUrls } from "../limits.ts";
import { hasImageExtension } from "./candidate.ts";

/** All that a URL states by itself, for every client. */
export interface RequestedUrl {
  /** Shared by requests: not to be changed. */
  readonly url: URL;
  readonly parsed: ParsedUrl;
  /** It has the shape of an image service's URL, or an image's extension. */
  readonly looksLikeImage: boolean;
  /** Part of the cache key, as the next one. */
  readonly directives: string;
  readonly site: string;
}

type DialectSetting = "auto" | DialectId;

/** Characters; a longer URL is read again each time, so that the memory for all has a bound. */
const maxRememberedLength = 1024;

const remembered = new Map<string, RequestedUrl>();
let rememberedFor: DialectSetting = "auto";

/**
 * Reads a URL as a request states it; the result is remembered, oldest forgotten first.
 * @throws TypeError for what is no absolute URL.
 */
export function readRequestedUrl(text: string, dialect: DialectSetting): RequestedUrl {
  if (dialect !== rememberedFor) {
    remembered.clear();
    rememberedFor = dialect;
  }
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const asked = parseRequestedUrl(new URL(text), dialect);
  if (text.length > maxRememberedLength) return asked;
  if (remembered.size >= maxRememberedUrls) {
    const oldest = remembered.keys().next();
    if (oldest.done !== true) remembered.delete(oldest.value);
  }
  remembered.set(text, asked);
  return asked;
}

/** The same without remembering it. */
export function parseRequestedUrl(url: URL, dialect: DialectSetting): RequestedUrl {
  const parsed = parseUrl(url, dialect);
  // `auto` chose this dialect by the URL's shape, so it has that shape.
  const hasShape = dialect === "auto" ? parsed.dialect !== "plain" : hasDialectShape(parsed, url);
  return {
    url,
    parsed,
    looksLikeImage: hasShape || hasImageExtension(url.pathname),
    directives: directivesToken(parsed),
    // One entry for http and https: it is the same picture.
    site: `https://${url.host}`,
  };
}
