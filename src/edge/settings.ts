import { parsePresets, presetsAllowed } from "./presets.ts";
import {
  hosts,
  integer,
  listOfFormats,
  minSigningKeyLength,
  oneOf,
  originOf,
  queryParameters,
  signingKeys,
  userAgent,
} from "./setting-values.ts";
import { negotiatedFormats } from "./targets.ts";

export interface SettingRow<Value> {
  /** Text of the default as an operator would write it; `undefined` when there is none. */
  readonly default: string | undefined;
  /** What is allowed, for people: shown in the README and in the error for a bad value. */
  readonly allowed: string;
  readonly meaning: string;
  /** Its value is shown nowhere. */
  readonly isSecret?: boolean;
  /** Part of the cache key, because another value can change the bytes or the decision that are stored. */
  readonly changesAnswers: boolean;
  /** Undefined when the value is not allowed. */
  readonly parse: (text: string) => Value | undefined;
}

const row = <Value>(setting: SettingRow<Value>): SettingRow<Value> => setting;

/** Every setting, in the order of the README's table, which is generated from these rows. */
export const settings = {
  ORIGIN: row({
    default: undefined,
    allowed: "an http(s) base URL, `r2:BINDING/prefix`, `s3:https://endpoint/bucket/prefix`, `route` or `demo:`",
    meaning:
      "where the images come from. A base URL: the request's path and query are appended. `r2:BINDING/prefix`: the R2 bucket that is bound under that name, whose objects are called by the prefix, which may be left out, and the path. `s3:`: a private bucket, read by requests that `S3_ACCESS_KEY_ID` signs. `route`: the request's own URL is fetched and the zone delivers it to the existing origin. `demo:`: the embedded demo (the default of the dev server; required elsewhere)",
    changesAnswers: true,
    parse: originOf,
  }),
  S3_ACCESS_KEY_ID: row({
    default: "",
    allowed: "any text",
    isSecret: true,
    meaning: "secret: the key that may read the objects of an `s3:` origin (`s3:GetObject`)",
    changesAnswers: false,
    parse: (text) => text,
  }),
  S3_SECRET_ACCESS_KEY: row({
    default: "",
    allowed: "any text",
    isSecret: true,
    meaning: "secret: the other part of that key",
    changesAnswers: false,
    parse: (text) => text,
  }),
  S3_REGION: row({
    default: "us-east-1",
    allowed: "small letters, digits and hyphens",
    meaning: "the region of that bucket; `auto` for R2",
    changesAnswers: false,
    parse: (text) => (/^[a-z0-9-]{1,40}$/.test(text) ? text : undefined),
  }),
  HOSTS: row({
    default: "",
    allowed: "host names, separated by commas; empty for any",
    meaning: "hosts that this Worker answers for; others get 421",
    changesAnswers: false,
    parse: hosts,
  }),
  USER_AGENT: row({
    default: "edge-imaging/1",
    allowed: "visible ASCII characters and single spaces, at most 256",
    meaning:
      "`User-Agent` of requests for pictures to the origin; always the same, so that an origin's `Vary: User-Agent` cannot split one picture into many",
    changesAnswers: true,
    parse: userAgent,
  }),
  QUERY_PARAMETERS: row({
    default: "all",
    allowed: "`all`, or names separated by commas; may be empty",
    meaning:
      "the query parameters that select a picture. With names, all other parameters of a picture's URL neither split the cache nor reach the origin, so that invented ones cost nothing",
    changesAnswers: false,
    parse: queryParameters,
  }),
  DIALECT: row({
    default: "auto",
    allowed: "`auto`, `plain`, `scene7`, `imgix` or `cloudinary`",
    meaning:
      "the URL grammar of the origin, from which sizes, qualities and opt-outs are read; `auto` recognises it by the shape of each URL (see `docs/dialects.md`)",
    changesAnswers: true,
    parse: oneOf("auto", "plain", "scene7", "imgix", "cloudinary"),
  }),
  PRESETS: row({
    default: "",
    allowed: presetsAllowed,
    meaning:
      "renderings by name, for an origin that only stores files: `?preset=thumb` or `?$thumb$` asks for one (see `docs/presets.md`)",
    // What a preset says is in the key of the pictures that it draws.
    changesAnswers: false,
    parse: parsePresets,
  }),
  FORMATS: row({
    default: "jxl,avif,webp,jp2,jxr",
    allowed: `a list of ${negotiatedFormats.join(", ")}`,
    meaning: "formats that may be produced; leaving one out switches it off everywhere",
    changesAnswers: true,
    parse: listOfFormats,
  }),
  EAGER: row({
    default: "avif,webp",
    allowed: `\`all\`, or a list of ${negotiatedFormats.join(", ")}; may be empty`,
    meaning: "formats made on the first request of any client; the others are made when a client first wants them",
    changesAnswers: false,
    parse: (text) => (text === "all" ? negotiatedFormats : listOfFormats(text)),
  }),
  PNG_MODE: row({
    default: "lossless",
    allowed: "`lossless`, `lossy` or `auto`",
    meaning: "what lossless sources become; `auto` is lossy only for photographs",
    changesAnswers: true,
    parse: oneOf("lossless", "lossy", "auto"),
  }),
  FIDELITY: row({
    default: "visual",
    allowed: "`visual` or `exact`",
    meaning:
      "`visual`: also lossy formats, at a quality matched to the source's; `exact`: only variants with exactly the same coefficients or pixels",
    changesAnswers: true,
    parse: oneOf("visual", "exact"),
  }),
  JPEG_FALLBACK: row({
    default: "exact",
    allowed: "`exact` or `lossy`",
    meaning:
      "what a JPEG becomes for clients that show nothing newer. `exact`: the same coefficients in fewer bytes, which saves a few per cent; `lossy`: fewer coefficients, which saves a third. `FIDELITY` of `exact` overrides it",
    changesAnswers: true,
    parse: oneOf("exact", "lossy"),
  }),
  METADATA: row({
    default: "copyright",
    allowed: "`none`, `copyright` or `keep`",
    meaning:
      "what a variant keeps beside the picture: `copyright` the author and the rights, without location and the rest. Files with a gain map or signed provenance (C2PA) pass through whole, unless it is `none`",
    changesAnswers: true,
    parse: oneOf("none", "copyright", "keep"),
  }),
  CMYK: row({
    default: "convert",
    allowed: "`convert` or `pass`",
    meaning:
      "`convert` turns CMYK into sRGB, by the embedded profile or by the shipped print-standard table; `pass` leaves it to the browser",
    changesAnswers: true,
    parse: oneOf("convert", "pass"),
  }),
  MIN_SAVING_PERCENT: row({
    default: "3",
    allowed: "0 to 100",
    meaning: "a variant that saves less is not served",
    changesAnswers: true,
    parse: integer(0, 100),
  }),
  MIN_TTL_SECONDS: row({
    default: "3600",
    allowed: "0 to 31536000",
    meaning:
      "a source fresh for no longer than this is passed through, since encoding it would not pay; 0 turns the rule off",
    changesAnswers: false,
    parse: integer(0, 31_536_000),
  }),
  DEFAULT_TTL_SECONDS: row({
    default: "86400",
    allowed: "0 to 31536000",
    meaning: "freshness when the origin states none",
    changesAnswers: false,
    parse: integer(0, 31_536_000),
  }),
  INLINE_BUDGET_MS: row({
    default: "1500",
    allowed: "0 to 20000",
    meaning: "predicted encode time allowed before the first answer; what takes longer is made after it",
    changesAnswers: false,
    parse: integer(0, 20_000),
  }),
  MEMORY_BUDGET_MB: row({
    default: "96",
    allowed: "0 to 128",
    meaning: "predicted peak memory allowed for one job; what would exceed it is not attempted",
    changesAnswers: true,
    parse: integer(0, 128),
  }),
  STALE_SECONDS: row({
    default: "86400",
    allowed: "0 to 31536000",
    meaning: "how long a stale variant may be served while the origin is failing",
    changesAnswers: false,
    parse: integer(0, 31_536_000),
  }),
  NETWORK: row({
    default: "hints",
    allowed: "`off`, `hints` or `rtt`",
    meaning:
      "what may reveal a slow connection, which gets smaller files: `hints` (`Save-Data`, `ECT`); `rtt` also the connection's round trip and delivery rate (an answer that depended on these is `private`, since no `Vary` can name them)",
    changesAnswers: true,
    parse: oneOf("off", "hints", "rtt"),
  }),
  DPR: row({
    default: "off",
    allowed: "`off` or `on`",
    meaning: "`on` asks the origin for a sharper rendering on dense screens, for dialects that can",
    changesAnswers: true,
    parse: oneOf("off", "on"),
  }),
  ROLLOUT_PERCENT: row({
    default: "100",
    allowed: "0 to 100",
    meaning: "share of images (by a hash of the URL) that are optimised; the rest pass through",
    changesAnswers: false,
    parse: integer(0, 100),
  }),
  URL_SIGNING_KEYS: row({
    default: "",
    allowed: `texts of at least ${minSigningKeyLength} characters, separated by commas`,
    meaning:
      "secret: with a key, pictures are made only for URLs that one of the keys has signed (`edge-imaging sign`; see `docs/operating.md`), so that invented URLs cost nothing",
    isSecret: true,
    changesAnswers: false,
    parse: signingKeys,
  }),
  UNSIGNED: row({
    default: "pass",
    allowed: "`pass` or `refuse`",
    meaning:
      "what becomes of an image's URL without a valid signature, where there are `URL_SIGNING_KEYS`: `pass` answers with the original, `refuse` with 403",
    changesAnswers: false,
    parse: oneOf("pass", "refuse"),
  }),
  ADMIN_TOKEN: row({
    default: "",
    isSecret: true,
    allowed: "any text",
    meaning: "secret for `/_imaging/` outside development; without it those paths answer 404",
    changesAnswers: false,
    parse: (text) => text,
  }),
  ZONE_ID: row({
    default: "",
    allowed: "the zone's identifier: 32 hexadecimal digits",
    meaning:
      "the zone whose caches `/_imaging/purge` purges by tag, in every data centre; together with `ZONE_PURGE_TOKEN`",
    changesAnswers: false,
    parse: (text) => (/^(?:[0-9a-f]{32})?$/.test(text) ? text : undefined),
  }),
  ZONE_PURGE_TOKEN: row({
    default: "",
    allowed: "any text",
    isSecret: true,
    meaning:
      "secret: an API token that may purge that zone's cache. Without it a purge reaches its own data centre, and what a fleet shares",
    changesAnswers: false,
    parse: (text) => text,
  }),
  ACCOUNT_ID: row({
    default: "",
    allowed: "the account's identifier: 32 hexadecimal digits",
    meaning:
      "the account whose Analytics Engine `/_imaging/stats` shows to a browser, of all data centres and by day; together with `ANALYTICS_TOKEN` and the binding `METRICS`",
    changesAnswers: false,
    parse: (text) => (/^(?:[0-9a-f]{32})?$/.test(text) ? text : undefined),
  }),
  ANALYTICS_TOKEN: row({
    default: "",
    allowed: "any text",
    meaning: "secret: an API token that may read the account's analytics. Without it the page counts since the start",
    changesAnswers: false,
    parse: (text) => text,
  }),
  ANALYTICS_DATASET: row({
    default: "edge_imaging",
    allowed: "letters, digits and underscores",
    meaning: "the dataset that `METRICS` is bound to",
    changesAnswers: false,
    parse: (text) => (/^[A-Za-z_]\w{0,99}$/.test(text) ? text : undefined),
  }),
  MODE: row({
    default: "on",
    allowed: "`on`, `shadow` or `off`",
    meaning:
      "`shadow` answers with the original at once, does all work after the last byte has gone, and reports what would have been saved; `off` passes everything through",
    changesAnswers: true,
    parse: oneOf("on", "shadow", "off"),
  }),
} as const;

export type SettingName = keyof typeof settings;

export type ParsedSettings = {
  readonly [Name in SettingName]: NonNullable<ReturnType<(typeof settings)[Name]["parse"]>>;
};
