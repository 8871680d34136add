/** Floods: many requests of one kind, each with another value of what a client may choose. The same for tests and proofs. */

type Fields = Readonly<Record<string, string>>;

/** How often something may happen in a flood: never, once for the picture, `limit` times, or once for each request. */
export type Share = "none" | "one" | "limit" | "each";

export interface Flood {
  readonly vars?: Fields;
  /** Asked before for the same picture with a modern browser's Accept, and finished. */
  readonly isWarm?: boolean;
  /** New pictures that a client may have made (`RATE_LIMITER`). */
  readonly limit?: number;
  /** What the origin says of its picture. */
  readonly answer?: Fields;
  /** Status of the origin's answer to other methods than GET. */
  readonly unsafeStatus?: number;
  /** Path and query of the request with this number. */
  readonly path: (index: number) => string;
  readonly headers?: (index: number) => Fields;
  /** Sent before each GET. */
  readonly before?: string;
  /** How often the origin is asked, and each format made. */
  readonly fetches: Share;
  readonly encodes: Share;
  /** What bounds it, for people. */
  readonly bound: string;
}

/** Of the flood's picture; any other path answers 404. */
export const floodedPath = "/photos/coat.jpg";

export const modernAccept = "image/jxl,image/avif,image/webp,*/*;q=0.8";

/** A text that looks random and is the same in each run (Knuth, TAOCP 6.4). */
const word = (index: number): string => ((index + 1) * 2_654_435_761).toString(36);

const types = ["image/jxl", "image/avif", "image/webp", "image/jp2", "image/jxr", "image/tiff", "image/apng", "*/*"];

/** Lists of types in other orders, with other weights, and with types that nobody knows. */
function acceptOf(index: number): string {
  const chosen = types.filter((_, at) => ((index * 37) >> (at % 7)) % 2 === 0);
  const weighted = chosen.map((type, at) => `${type};q=${(((index + at) % 9) + 1) / 10}`);
  return [...weighted, `image/x-${word(index)}`].join(",");
}

const queries = (index: number): string => `${floodedPath}?v=${word(index)}`;

/** By what is random in it. */
export const floods: Readonly<Record<string, Flood>> = {
  "nothing: hits": { path: () => floodedPath, fetches: "one", encodes: "one", bound: "the cache" },
  query: {
    path: queries,
    fetches: "each",
    encodes: "each",
    bound: "nothing by default: each may be another picture. The next three rows",
  },
  "query, with `QUERY_PARAMETERS=w`": {
    vars: { QUERY_PARAMETERS: "w" },
    path: queries,
    fetches: "one",
    encodes: "one",
    bound: "`QUERY_PARAMETERS`",
  },
  "query, with a `RATE_LIMITER` of 5": {
    limit: 5,
    path: queries,
    fetches: "each",
    encodes: "limit",
    bound: "`RATE_LIMITER`, by client",
  },
  "query, unsigned": {
    vars: { URL_SIGNING_KEYS: "a key of some length" },
    path: queries,
    fetches: "each",
    encodes: "none",
    bound: "`URL_SIGNING_KEYS`",
  },
  "query, unsigned and refused": {
    vars: { URL_SIGNING_KEYS: "a key of some length", UNSIGNED: "refuse" },
    path: queries,
    fetches: "none",
    encodes: "none",
    bound: "`URL_SIGNING_KEYS`, `UNSIGNED=refuse`",
  },
  "tracking parameter": {
    path: (index) => `${floodedPath}?utm_source=${word(index)}`,
    fetches: "one",
    encodes: "one",
    bound: "the list of tracking parameters",
  },
  "path that is not there": {
    path: (index) => `/photos/${word(index)}.jpg`,
    fetches: "each",
    encodes: "none",
    bound: "the origin; a 404 is kept for a minute for each path",
  },
  Accept: {
    path: () => floodedPath,
    headers: (index) => ({ accept: acceptOf(index) }),
    fetches: "one",
    encodes: "one",
    bound: "classes",
  },
  "User-Agent, for a client that names no format": {
    path: () => floodedPath,
    headers: (index) => ({
      accept: "*/*",
      "user-agent": `Mozilla/5.0 (${word(index)}) Version/${index % 30} Safari/605`,
    }),
    fetches: "one",
    encodes: "one",
    bound: "classes",
  },
  "Save-Data, ECT and pixel ratio": {
    vars: { NETWORK: "rtt", DPR: "on" },
    path: () => floodedPath,
    headers: (index) => ({
      accept: "image/webp,*/*",
      "save-data": index % 3 === 0 ? "on" : word(index),
      ect: ["4g", "3g", word(index)][index % 3] ?? "",
      "sec-ch-dpr": String(1 + index / 7),
    }),
    fetches: "one",
    encodes: "one",
    bound: "two kinds of networks (each has files of its own), three pixel ratios",
  },
  Origin: {
    path: () => floodedPath,
    headers: (index) => ({ origin: `https://${word(index)}.example` }),
    fetches: "one",
    encodes: "one",
    bound: "the origin's answer does not depend on it",
  },
  "Origin, where the origin answers by it": {
    answer: { vary: "Origin" },
    path: () => floodedPath,
    headers: (index) => ({ origin: `https://${word(index)}.example` }),
    fetches: "each",
    encodes: "one",
    bound: "the file is the same: its variants are kept for all",
  },
  "Cookie, Referer, language, forwarded host": {
    path: () => floodedPath,
    headers: (index) => ({
      cookie: `session=${word(index)}`,
      referer: `https://${word(index)}.example/`,
      "accept-language": word(index),
      "x-forwarded-host": `${word(index)}.example`,
    }),
    fetches: "one",
    encodes: "one",
    bound: "they are not read",
  },
  "range and condition": {
    isWarm: true,
    path: () => floodedPath,
    headers: (index) => ({ range: `bytes=${index}-${index + 99}`, "if-none-match": `"${word(index)}"` }),
    fetches: "one",
    encodes: "one",
    bound: "they are answered out of the cache",
  },
  "nothing, after a POST that the origin refuses": {
    before: "POST",
    unsafeStatus: 405,
    path: () => floodedPath,
    fetches: "one",
    encodes: "one",
    bound: "the origin's refusal",
  },
  "nothing, after a POST that the origin accepts": {
    before: "POST",
    unsafeStatus: 200,
    path: () => floodedPath,
    fetches: "each",
    encodes: "one",
    bound: "the origin is asked again; the file is the same, and so are its variants",
  },
  "Authorization, which passes": {
    path: () => floodedPath,
    headers: (index) => ({ authorization: `Bearer ${word(index)}` }),
    fetches: "each",
    encodes: "none",
    bound: "the origin, as without the Worker",
  },
};

/** Kinds of networks and pixel ratios for which a format may have files of its own in one flood. */
export const filesPerFormat = 2;

/** The most that a share can be of so many requests. */
export function mostOf(share: Share, requests: number, limit = 0): number {
  return { none: 0, one: 1, limit, each: requests }[share];
}
