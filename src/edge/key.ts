import { reservedPath } from "./reserved-path.ts";
import type { VariantId } from "./targets.ts";

/** What identifies a source in the cache, apart from the settings. */
export interface SourceKey {
  /** `https://` and the host of the Worker, on which all entries live: the Cache API wants URLs of the own zone. */
  readonly site: string;
  /** Path and query that the origin is asked for, without tracking parameters. */
  readonly sourcePath: string;
  /** What the URL asks of us beyond that (`directivesToken()`); empty for nearly every URL. */
  readonly directives: string;
  /** A hash of every setting that can change an answer. */
  readonly fingerprint: string;
}

/** First path segments of every entry; requests from outside that name them find nothing. */
const storePath = `${reservedPath}store`;

function entryUrl(key: SourceKey, kind: string, name: string, audience = "-"): string {
  return `${key.site}${storePath}/${key.fingerprint}/${kind}/${name}/${key.directives}${audience}${key.sourcePath}`;
}

/** The finished answer for one client class: the only thing that a hit looks up. */
export function answerUrl(key: SourceKey, classToken: string): string {
  return entryUrl(key, "answer", classToken);
}

/**
 * The finished answer for a class and one CORS `Origin`, of a source that answers by it. It is found by way of
 * `answerUrl()`, whose entry names the generation: a purge that deletes that one makes all of these unreachable.
 */
export function ownAnswerUrl(key: SourceKey, classToken: string, generation: string, corsOrigin: string): string {
  // The mark keeps ".." from meaning something else in a path.
  return entryUrl(key, "answer", classToken, `=${generation}=${encodeURIComponent(corsOrigin)}`);
}

/** What is known about the source: validators, freshness, facts, and the state of each format. */
export function recordUrl(key: SourceKey): string {
  return entryUrl(key, "record", "source");
}

/** The mark of the last purge. */
export function purgeUrl(key: SourceKey): string {
  return entryUrl(key, "record", "purge");
}

/** The bytes of one variant, or of the original. */
export function bytesUrl(key: SourceKey, id: VariantId | "original"): string {
  return entryUrl(key, "bytes", id);
}

/** One name per source inside an isolate. */
export function flightName(key: SourceKey): string {
  return recordUrl(key);
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
