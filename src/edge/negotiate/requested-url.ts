import { hasDialectShape, parseUrl, selectParameters } from "../dialects/dialect.ts";
import { type ParsedUrl, directivesToken } from "../dialects/parsed-url.ts";
import type { Config } from "../config.ts";
import { type AskedPreset, takePreset } from "../presets.ts";
import { maxRememberedUrls } from "../limits.ts";
import { isReserved } from "../reserved-path.ts";
import { hasImageExtension } from "./candidate.ts";
import { takeSignature, type UrlSignature } from "../url-signature.ts";

/** All that a URL states by itself, for every client. */
export interface RequestedUrl {
  /** Without its signature. Shared by requests: not to be changed. */
  readonly url: URL;
  readonly signature: UrlSignature | undefined;
  readonly parsed: ParsedUrl;
  /** It is a path of ours, or one in disguise. */
  readonly isReserved: boolean;
  /** The rendering that it names, of which `parsed` knows nothing. */
  readonly preset: AskedPreset | undefined;
  /** Path and query of a request that is passed on unchanged: with all parameters but those meant for this Worker. */
  readonly unchangedPath: string;
  /** It has the shape of an image service's URL, or an image's extension. */
  readonly looksLikeImage: boolean;
  /** Part of the cache key, as the next one. */
  readonly directives: string;
  readonly site: string;
}

/** The settings that decide how a URL is read. */
export type UrlSettings = Pick<Config, "DIALECT" | "QUERY_PARAMETERS" | "PRESETS">;

/** Characters; a longer URL is read again each time, so that the memory for all has a bound. */
const maxRememberedLength = 1024;

const remembered = new Map<string, RequestedUrl>();
let rememberedFor: UrlSettings | undefined;

/**
 * Reads a URL as a request states it; the result is remembered, oldest forgotten first.
 * @throws TypeError for what is no absolute URL.
 */
export function readRequestedUrl(text: string, settings: UrlSettings): RequestedUrl {
  // The settings are read once per isolate: others are other ones.
  if (settings !== rememberedFor) {
    remembered.clear();
    rememberedFor = settings;
  }
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const asked = parseRequestedUrl(new URL(text), settings);
  if (text.length > maxRememberedLength) return asked;
  if (remembered.size >= maxRememberedUrls) {
    const oldest = remembered.keys().next();
    if (oldest.done !== true) remembered.delete(oldest.value);
  }
  remembered.set(text, asked);
  return asked;
}

/** The same without remembering it. */
export function parseRequestedUrl(given: URL, settings: UrlSettings): RequestedUrl {
  const { DIALECT: dialect, QUERY_PARAMETERS, PRESETS } = settings;
  const { url, signature } = takeSignature(given);
  const written = parseUrl(url, dialect);
  const taken = takePreset(url, PRESETS, written.dialect === "plain");
  const whole = taken === undefined ? written : parseUrl(taken.url, written.dialect);
  const parsed = selectParameters(whole, taken?.url ?? url, QUERY_PARAMETERS);
  // `auto` chose this dialect by the URL's shape, so it has that shape.
  const hasShape = dialect === "auto" ? parsed.dialect !== "plain" : hasDialectShape(parsed, url);
  return {
    url,
    signature,
    parsed,
    isReserved: isReserved(url.pathname),
    preset: taken?.preset,
    unchangedPath: whole.sourcePath,
    looksLikeImage: hasShape || hasImageExtension(url.pathname),
    directives: directivesToken(parsed),
    // One entry for http and https: it is the same picture.
    site: `https://${url.host}`,
  };
}
