import type { FormatId } from "../../imaging/model/formats.ts";

/** The URL grammars that can be read, in the order in which they are documented. */
export const dialectIds = ["plain", "scene7", "imgix", "cloudinary"] as const;
export type DialectId = (typeof dialectIds)[number];

/** What a URL states about the pixel ratio of the rendering that it requests. */
export interface DprDirective {
  /** Whether we may ask the origin for a sharper rendering; false also where the origin applies a ratio itself. */
  readonly allowed: boolean;
  /** The ratio that the URL states, device pixels per CSS pixel; it replaces the client's own. */
  readonly value: number | undefined;
}

/**
 * What a URL requests. `undefined` means "not stated" and leaves the decision to the settings and to the file itself.
 */
export interface UrlDirectives {
  /** False when the answer will not be a picture (`req=imageprops`, `fmt=pdf`): the request goes through untouched. */
  readonly isImageRequest: boolean;
  /** The URL requests the original (`imaging=off`, `bfc=off`). */
  readonly optedOut: boolean;
  /** Whether the URL itself requests the format that suits the client (`bfc=on`, `auto=format`, `f_auto`). */
  readonly optimise: boolean | undefined;
  /** The format that the URL names; beside `optimise`, a fallback. */
  readonly requestedFormat: FormatId | undefined;
  /** Requested JPEG quality, 1 to 100. */
  readonly quality: number | undefined;
  /** False requests chroma at full resolution (4:4:4). */
  readonly chromaSubsampling: boolean | undefined;
  readonly lossless: boolean | undefined;
  /** Size of the rendering in pixels, where the URL states it in pixels. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** The size cannot be changed without changing the picture: it is cropped in output pixels, or the URL is signed. */
  readonly isSizeFixed: boolean;
  /** Name of the vendor's stored set of modifiers; what it contains is known to the origin alone. */
  readonly preset: string | undefined;
  readonly dpr: DprDirective | undefined;
  /** Whether the quality may follow the client's connection. */
  readonly network: boolean | undefined;
  /** The URL requests a fresh copy (`cache=update`); only the operator may. */
  readonly refresh: boolean;
}

/** What a URL states for the Worker, and the path and query of the request to the origin. */
export interface ParsedUrl extends UrlDirectives {
  readonly dialect: DialectId;
  /** Path and query for the origin: our own modifiers taken out, every other byte as it came. */
  readonly sourcePath: string;
  /** Path and query for the cache key: `sourcePath` without tracking parameters. */
  readonly keyPath: string;
  /** Values that were ignored and why, for people. They quote the URL: escape them before showing them in a page. */
  readonly notes: readonly string[];
}

export const noDirectives: UrlDirectives = {
  isImageRequest: true,
  optedOut: false,
  optimise: undefined,
  requestedFormat: undefined,
  quality: undefined,
  chromaSubsampling: undefined,
  lossless: undefined,
  width: undefined,
  height: undefined,
  isSizeFixed: false,
  preset: undefined,
  dpr: undefined,
  network: undefined,
  refresh: false,
};

const noNotes: readonly string[] = [];

/** A URL that says nothing to us and goes to the origin, and into the key, as it came. */
export function untouchedUrl(dialect: DialectId, path: string): ParsedUrl {
  return { ...noDirectives, dialect, sourcePath: path, keyPath: path, notes: noNotes };
}

/**
 * Names everything that can change an answer although it was taken out of `keyPath`, so that the cache key covers what
 * the plan reads; empty for nearly every URL. Of the pixel ratio only the permission counts: the ratio itself is in the
 * scaled path. `refresh` changes when an answer is made, not what it is.
 */
export function directivesToken(parsed: UrlDirectives): string {
  const off = parsed.optedOut ? "o" : "";
  const optimise = parsed.optimise === undefined ? "" : parsed.optimise ? "b1" : "b0";
  const network = parsed.network === undefined ? "" : parsed.network ? "n1" : "n0";
  const dpr = parsed.dpr === undefined ? "" : parsed.dpr.allowed ? "d1" : "d0";
  return off + optimise + network + dpr;
}
