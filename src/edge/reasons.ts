/**
 * Why an answer is what it is. The order is the order of precedence: the first that applies is reported. A reason
 * marked `transient` may change without the source changing, so its answer is advertised for a minute at most.
 */
interface ReasonRow {
  readonly meaning: string;
  readonly transient: boolean;
}

export const reasons = {
  "not-an-image": { meaning: "the origin's answer is not an image that this program knows", transient: false },
  bypass: {
    meaning:
      "optimising is switched off (`MODE=off`, or for a minute after too many failures), the client has had too many new pictures made (`RATE_LIMITER`), the URL has no valid signature (`URL_SIGNING_KEYS`), or the request is not one for an image",
    transient: true,
  },
  rollout: { meaning: "this URL is outside `ROLLOUT_PERCENT`", transient: false },
  "opted-out": {
    meaning:
      "the origin says `no-transform`, the URL says `imaging=off`, the file is signed (C2PA) and another file would not be, a TIFF or CMYK picture is asked for as a download, or the URL names a format that the client cannot show",
    transient: false,
  },
  "unknown-preset": { meaning: "the URL names a preset that is not in `PRESETS`: the original", transient: true },
  "not-cacheable": { meaning: "the source may not be stored by a shared cache", transient: false },
  "ttl-too-short": { meaning: "the source is fresh for no longer than `MIN_TTL_SECONDS`", transient: false },
  undecodable: {
    meaning:
      "no decoder here shows this file as a browser would: it is damaged, of a kind that is not decoded, or its colours cannot be known (its bytes may be optimised all the same)",
    transient: false,
  },
  animated: { meaning: "more than one frame or page, in a file of which no animation is made", transient: false },
  hdr: { meaning: "a gain map, PQ or HLG: a variant would lose the high dynamic range", transient: false },
  "bit-depth": { meaning: "more than 8 bits per channel, in a file that browsers show as it is", transient: false },
  cmyk: { meaning: "a CMYK picture, with `CMYK=pass`", transient: false },
  "too-large": {
    meaning:
      "the predicted memory or time exceeds what one job may take, or the file exceeds the size that is buffered",
    transient: false,
  },
  "not-resized": {
    meaning:
      "the preset cannot be applied to this file, which is animated, has no pixels, or takes more memory or time than one job may: the original",
    transient: false,
  },
  "not-accepted": {
    meaning:
      "the client lists none of the modern formats that could be made, and its own format, optimised, saves too little",
    transient: false,
  },
  "format-off": { meaning: "the formats that the client lists are not in `FORMATS`", transient: false },
  "low-quality-source": { meaning: "the JPEG's quality is below 60: a lossy variant would show", transient: false },
  "encode-failed": { meaning: "encoding failed three times; tried again after an hour", transient: true },
  "already-best": { meaning: "the source is in a modern or scalable format already", transient: false },
  "not-smaller": { meaning: "no variant saves `MIN_SAVING_PERCENT`", transient: false },
  interim: { meaning: "a better variant is being made; this is the best there is until then", transient: true },
  shadow: { meaning: "`MODE=shadow`: the original, with what would have been saved", transient: false },
  transcoded: { meaning: "the smallest file that this client accepts", transient: false },
  "origin-error": { meaning: "the origin failed or answered with an error", transient: false },
} as const satisfies Record<string, ReasonRow>;

export type Reason = keyof typeof reasons;

/** @internal exported for tests */
export const reasonOrder = Object.keys(reasons) as readonly Reason[];

/** The one of these that takes precedence; undefined when there is none. */
export function firstReason(found: readonly unknown[]): Reason | undefined {
  return reasonOrder.find((reason) => found.includes(reason));
}
