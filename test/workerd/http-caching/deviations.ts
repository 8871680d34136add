/** Ids of the suite for which something else comes out here, and why; `docs/http-caching.md` is written from this. */
interface Deviation {
  readonly why: string;
  /** What comes out here: an outcome of the vectors, or what becomes of a field. */
  readonly outcome: string;
  readonly ids: readonly string[];
}

export const deviating: readonly Deviation[] = [
  {
    why: "A field that never reaches the origin cannot make a difference (RFC 9111 §4.1): pictures are fetched without the client's own fields, so one stored answer is right for all of them",
    outcome: "reused",
    ids: [
      "vary-no-match",
      "vary-omit-stored",
      "vary-omit",
      "vary-2-no-match",
      "vary-2-match-omit",
      "vary-3-no-match",
      "vary-3-order",
    ],
  },
  {
    why: "An answer that sets a cookie is somebody's own: it is neither stored nor shared",
    outcome: "asked",
    ids: ["other-set-cookie", "headers-store-Set-Cookie"],
  },
  {
    why: "`Clear-Site-Data` and `Set-Cookie2` were meant for the client that caused them",
    outcome: "dropped",
    ids: [
      "headers-store-Clear-Site-Data",
      "headers-store-Set-Cookie2",
      "304-etag-update-response-Clear-Site-Data",
      "304-etag-update-response-Set-Cookie2",
    ],
  },
  {
    why: "Every answer has an entity tag and a type of the bytes that are really sent, whole and without the origin's coding",
    outcome: "dropped",
    ids: [
      "headers-store-ETag",
      "headers-store-Content-Type",
      "headers-store-Content-Range",
      "304-etag-update-response-Content-Type",
      "304-etag-update-response-Content-Range",
      "304-etag-update-response-Content-Encoding",
    ],
  },
  {
    why: "The platform writes a new `Date`. `Age` and a stated `max-age` say the same to a client",
    outcome: "dropped",
    ids: ["other-date-update"],
  },
  {
    why: "Only a 200 can be a picture; other statuses are passed on as they come, and a 404 or 410 is kept for a minute",
    outcome: "asked",
    ids: [
      ...[203, 204, 299, 301, 302, 303, 307, 308, 400, 499, 500, 502, 503, 504, 599].map(
        (status) => `status-${status}-fresh`,
      ),
      ...[203, 204, 405, 414, 501].map((status) => `heuristic-${status}-cached`),
    ],
  },
  {
    why: "Lifetimes are not guessed from `Last-Modified`: where none is stated, `DEFAULT_TTL_SECONDS` holds, which is 0 in these tests",
    outcome: "asked",
    ids: ["heuristic-200-cached", "heuristic-404-cached", "heuristic-410-cached"],
  },
  {
    why: "The same; the origin confirms what is stored",
    outcome: "confirmed",
    ids: [
      ...[5, 10, 30, 60, 300, 600, 1200, 1800, 3600, 43_200, 86_400].map((seconds) => `heuristic-delta-${seconds}`),
      "other-heuristic-content-disposition-attachment",
      "pragma-response-no-cache-heuristic",
    ],
  },
  {
    why: "Requests with `Authorization` are passed on and never stored, whatever the answer would allow",
    outcome: "asked",
    ids: ["other-authorization-public", "other-authorization-must-revalidate", "other-authorization-smaxage"],
  },
  {
    why: "`Cache-Control` of a request counts for nothing, as in every cache of a site's own: visitors cannot make the origin work",
    outcome: "reused",
    ids: [
      "ccreq-ma0",
      "ccreq-ma1",
      "ccreq-magreaterage",
      "ccreq-min-fresh",
      "ccreq-min-fresh-age",
      "ccreq-no-cache",
      "ccreq-no-cache-lm",
      "ccreq-no-cache-etag",
      "ccreq-no-store",
    ],
  },
  {
    why: "The same",
    outcome: "asked",
    ids: ["ccreq-max-stale", "ccreq-max-stale-age"],
  },
  {
    why: "A date is case-sensitive (RFC 9110 §5.6.7), and one that is none is in the past (RFC 9111 §5.3)",
    outcome: "asked",
    ids: [
      "freshness-expires-wrong-case-weekday",
      "freshness-expires-wrong-case-month",
      "freshness-expires-wrong-case-tz",
    ],
  },
  {
    why: "A lifetime that is no number of seconds counts as none (RFC 9111 §4.2.1); of two the first counts",
    outcome: "asked",
    ids: [
      "freshness-max-age-decimal-zero",
      "freshness-max-age-decimal-five",
      "freshness-max-age-a100",
      "freshness-max-age-100a",
      "freshness-max-age-two-stale-fresh-sameline",
      "freshness-max-age-two-stale-fresh-sepline",
    ],
  },
  {
    why: "A targeted field is a structured field, whose names are in lower case; any other spelling makes it void (RFC 9213 §2.2)",
    outcome: "asked",
    ids: ["cdn-max-age-case-insensitive"],
  },
  {
    why: "An `Age` that is no number is ignored (RFC 9111 §5.1)",
    outcome: "reused",
    ids: ["age-parse-parameter", "age-parse-numeric-parameter"],
  },
  {
    why: "Without a `Last-Modified` the stored answer's own date counts, and it is younger than the one asked about (RFC 9111 §4.3.2)",
    outcome: "reused",
    ids: ["conditional-lm-fresh-no-lm"],
  },
  {
    why: "Only the URL of the request itself is invalidated; other URLs would be the origin's word about what it may not own",
    outcome: "reused",
    ids: ["invalidate-POST-location", "invalidate-POST-cl"],
  },
  {
    why: "The answer to a `POST` is not stored",
    outcome: "asked",
    ids: ["method-POST"],
  },
  {
    why: "A `HEAD` for a picture that is not stored fetches it, so that its header is that of the `GET` that follows",
    outcome: "GET",
    ids: ["head-writethrough", "head-200-retain"],
  },
];

/** Behaviours that are not tried here, and why. */
export const untried: readonly Omit<Deviation, "outcome">[] = [
  {
    why: "The runtime has no interim answers",
    ids: ["interim-102", "interim-103", "interim-not-cached", "interim-no-header-reuse"],
  },
  {
    why: "The runtime does not know this method, and answers 501",
    ids: [
      "invalidate-M-SEARCH",
      "invalidate-M-SEARCH-failed",
      "invalidate-M-SEARCH-location",
      "invalidate-M-SEARCH-cl",
    ],
  },
  {
    why: "For caches of browsers only",
    ids: [
      "freshness-max-age-s-maxage-private",
      "freshness-max-age-s-maxage-private-multiple",
      "cc-resp-private-private",
      "cc-resp-immutable-fresh",
      "cc-resp-immutable-stale",
    ],
  },
  {
    why: "About the form of an entity tag; those of this cache have one form, and the origin's are not sent",
    ids: [
      "conditional-etag-quoted-respond-unquoted",
      "conditional-etag-unquoted-respond-unquoted",
      "conditional-etag-unquoted-respond-quoted",
      "conditional-etag-weak-respond-lowercase",
      "conditional-etag-weak-respond-backslash",
      "conditional-etag-weak-respond-omit-slash",
      "conditional-etag-strong-respond-obs-text",
      "conditional-etag-strong-generate-unquoted",
      "conditional-etag-forward-unquoted",
    ],
  },
];

/** By id. */
export const deviations: Readonly<Record<string, string>> = Object.fromEntries(
  deviating.flatMap(({ ids, outcome }) => ids.map((id) => [id, outcome])),
);
