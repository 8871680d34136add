import {
  cloudinaryGrammar,
  looksLikeCloudinary,
  parseCloudinary,
  cloudinaryRows,
  scaleCloudinary,
} from "./cloudinary.ts";
import { imgixGrammar, imgixRows, looksLikeImgix, parseImgix, scaleImgix } from "./imgix.ts";
import { decodeValue, type ModifierRow } from "./modifier.ts";
import type { DialectId, ParsedUrl } from "./parsed-url.ts";
import { parsePlain, plainGrammar, plainRows } from "./plain.ts";
import { joinQuery, nameAndValue, type QueryGrammar, splitQuery } from "./query.ts";
import { canScaleScene7, parseScene7, scaleScene7, scene7Grammar, scene7Rows } from "./scene7.ts";

interface Dialect {
  readonly rows: readonly ModifierRow[];
  /** Of its query. */
  readonly grammar: QueryGrammar;
  /** What decides with `DIALECT=auto`, for people. */
  readonly shape: string;
  readonly hasShape: (pathname: string, search: string) => boolean;
  readonly parse: (pathname: string, search: string) => ParsedUrl;
  /** How a sharper rendering is requested from the origin; left out where the dialect has no way. */
  readonly scaling?: {
    /** What the dialect knows against it, beyond what holds for all. */
    readonly isPossible: (parsed: ParsedUrl) => boolean;
    /** Path and query with the size multiplied; called with the path for the origin and with the one for the key. */
    readonly scale: (path: string, ratio: number) => string;
  };
}

/** Every dialect, in the order in which `DIALECT=auto` tries them; the last one takes everything. */
export const dialects = {
  scene7: {
    rows: scene7Rows,
    grammar: scene7Grammar,
    shape: "the path begins with `/is/image/`",
    hasShape: (pathname) => pathname.startsWith("/is/image/"),
    parse: parseScene7,
    scaling: { isPossible: canScaleScene7, scale: scaleScene7 },
  },
  cloudinary: {
    rows: cloudinaryRows,
    grammar: cloudinaryGrammar,
    shape:
      "the path holds `/image/upload/` (or another delivery type), followed by segments made of transformation items only, one of which is `f_`, `q_`, `w_`, `h_`, `dpr_` or `c_` with a value of that kind; or `/images/` in that place, and one of them is `f_auto` or `q_auto`",
    hasShape: looksLikeCloudinary,
    parse: parseCloudinary,
    scaling: { isPossible: () => true, scale: scaleCloudinary },
  },
  imgix: {
    rows: imgixRows,
    grammar: imgixGrammar,
    shape:
      "the query holds `ixlib=`, or `auto=` with `format`, `compress`, `enhance` or `redeye`, or `fm=` with a known format together with a number in `w`, `h`, `q` or `dpr`",
    hasShape: (_, search) => looksLikeImgix(search),
    parse: parseImgix,
    scaling: { isPossible: () => true, scale: scaleImgix },
  },
  plain: {
    rows: plainRows,
    grammar: plainGrammar,
    shape: "everything else",
    hasShape: () => true,
    parse: parsePlain,
  },
} as const satisfies Record<DialectId, Dialect>;

const order: readonly Dialect[] = Object.values(dialects);

/**
 * What a URL says in a dialect; `auto` takes the first whose shape it has. Never throws, and takes time in proportion to
 * the URL's length. Origin, host and fragment are ignored.
 */
export function parseUrl(url: URL, dialect: "auto" | DialectId): ParsedUrl {
  const { pathname, search } = url;
  if (dialect !== "auto") return dialects[dialect].parse(pathname, search);
  const chosen = order.find(({ hasShape }) => hasShape(pathname, search)) ?? dialects.plain;
  return chosen.parse(pathname, search);
}

/**
 * The same URL with only those query parameters that select a picture: the ones that are named, and what the dialect
 * addresses to this Worker alone. The rest is neither in the key nor in the request to the origin, nor read.
 * @param selecting names in lower case
 */
export function selectParameters(whole: ParsedUrl, url: URL, selecting: "all" | ReadonlySet<string>): ParsedUrl {
  if (selecting === "all" || url.search === "" || !whole.isImageRequest) return whole;
  const { grammar, parse }: Dialect = dialects[whole.dialect];
  const kept = splitQuery(url.search.slice(1), grammar.nests).filter((parameter) => {
    const [name, value] = nameAndValue(parameter, grammar);
    return selecting.has(decodeValue(name).toLowerCase()) || grammar.rows.get(name)?.isTakenOut?.(value) === true;
  });
  const search = joinQuery(kept);
  return search === url.search ? whole : parse(url.pathname, search);
}

/** Whether a URL has the shape of the vendor's image URLs, which makes it one for an image whatever its extension. */
export function hasDialectShape(parsed: ParsedUrl, url: URL): boolean {
  return parsed.dialect !== "plain" && dialects[parsed.dialect].hasShape(url.pathname, url.search);
}

/** Longest side, in pixels, of a rendering that a pixel ratio enlarges: Image Serving refuses what exceeds its `MaxPix`, and large sides are paid for by every visitor. */
export const maxScaledSide = 2000;

interface ScaledSource {
  readonly sourcePath: string;
  readonly keyPath: string;
  /** Device pixels per CSS pixel that the paths request; 1 when nothing was changed. */
  readonly ratio: number;
  /** Another client's ratio would have given other paths: the answer must name the hint in Vary. */
  readonly dependsOnClient: boolean;
}

/**
 * The paths that ask the origin for a rendering with more pixels. Where the result would exceed `maxScaledSide`, the
 * ratio is lowered, so that both sides keep their proportion; a rendering is never made smaller than the URL says.
 * @param clientRatio device pixels per CSS pixel of the client; the ratio that the URL states goes before it.
 */
export function scaleForDpr(parsed: ParsedUrl, clientRatio: number): ScaledSource {
  const { sourcePath, keyPath, width, height, dpr } = parsed;
  const unchanged: ScaledSource = { sourcePath, keyPath, ratio: 1, dependsOnClient: false };
  const { scaling }: Dialect = dialects[parsed.dialect];
  // What is no image request states no size either.
  const isPossible =
    !parsed.optedOut &&
    !parsed.isSizeFixed &&
    dpr?.allowed !== false &&
    (width !== undefined || height !== undefined) &&
    scaling?.isPossible(parsed) === true;
  if (!isPossible) return unchanged;
  const largest = Math.floor((maxScaledSide / Math.max(width ?? 1, height ?? 1)) * 100) / 100;
  const dependsOnClient = dpr?.value === undefined && largest > 1;
  const ratio = Math.min(dpr?.value ?? clientRatio, largest);
  // Also refuses what is no number.
  if (!(ratio > 1)) return { ...unchanged, dependsOnClient };
  return {
    sourcePath: scaling.scale(sourcePath, ratio),
    keyPath: scaling.scale(keyPath, ratio),
    ratio,
    dependsOnClient,
  };
}
