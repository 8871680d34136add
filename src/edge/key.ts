import type { VariantId } from "./plan/variant.ts";

/** What identifies a source in the cache, apart from the settings. */
export interface SourceKey {
  /** `https://` and the host of the Worker, on which all entries live: the Cache API wants URLs of the own zone. */
  readonly site: string;
  /** Path and query that the origin is asked for, without tracking parameters. */
  readonly sourcePath: string;
  /** What the URL asks of us beyond that (`directivesToken()`); empty for nearly every URL. */
  readonly directives: string;
  /** The request's CORS `Origin`; an origin may answer by it. */
  readonly corsOrigin: string | null;
  /** Stands for every setting that can change an answer. */
  readonly fingerprint: string;
}

/** First path segments of every entry; requests from outside that name them find nothing. */
const storePath = "/_imaging/store";

function entryUrl(key: SourceKey, kind: string, name: string): string {
  // The mark keeps "-" and ".." from meaning something else in a path.
  const cors = key.corsOrigin === null ? "-" : `=${encodeURIComponent(key.corsOrigin)}`;
  return `${key.site}${storePath}/${key.fingerprint}/${kind}/${name}/${key.directives}${cors}${key.sourcePath}`;
}

/** The finished answer for one client class: the only thing that a hit looks up. */
export function answerUrl(key: SourceKey, classToken: string): string {
  return entryUrl(key, "answer", classToken);
}

/** What is known about the source: validators, freshness, facts, and the state of each format. */
export function metaUrl(key: SourceKey): string {
  return entryUrl(key, "meta", "source");
}

/** The bytes of one variant, or of the original. */
export function bytesUrl(key: SourceKey, id: VariantId | "original"): string {
  return entryUrl(key, "bytes", id);
}

/** The CORS origins that this URL was asked with, so that a purge finds their entries. */
export function originsUrl(key: SourceKey): string {
  return entryUrl({ ...key, corsOrigin: null }, "origins", "list");
}

/** One name per source inside an isolate. */
export function flightName(key: SourceKey): string {
  return metaUrl(key);
}

/** Longest tag that a zone purge accepts. */
const maxTagLength = 1024;

/**
 * The tag that all entries of an image share, whatever its query: `image:` and the host and path of its URL. A zone
 * purge by this tag removes them in every data centre.
 */
export function cacheTag(key: SourceKey): string {
  const path = key.sourcePath.split("?", 1)[0] ?? "";
  const host = key.site.slice(key.site.indexOf("//") + 2);
  // A comma would end the tag in the Cache-Tag header.
  return `image:${host}${path}`.replaceAll(",", "%2C").slice(0, maxTagLength);
}
