/**
 * Behaviours of an HTTP cache, by the ids that the public suite of cache tests gives them (github.com/http-tests/cache-tests).
 * One line for each: `id | kind | fields of the origin's answer | seconds later | what the second request finds`, and where
 * they matter the request's fields, of the first and of the second. `@n` is a date so many seconds from now. Every answer
 * carries `Date: @0` unless it names one.
 *
 * Kinds: `must` and `must not` of the standards, `best` for what makes a better cache, `may` for what is left open.
 * Outcomes: `reused` (the origin is not asked), `asked` (it is, for the whole), `confirmed` (it is, with validators, and its
 * 304 renews what is stored), `unchanged` (a 304 for the client, without the origin).
 */
export const vectors = {
  Age: String.raw`
    age-parse-nonnumeric | must | cache-control: max-age=3600 ¦ age: abc | 3 | reused
    age-parse-negative | must | cache-control: max-age=3600 ¦ age: -7200 | 3 | reused
    age-parse-float | must | cache-control: max-age=3600 ¦ age: 7200.0 | 3 | reused
    age-parse-large-minus-one | must | cache-control: max-age=3600 ¦ age: 2147483647 | 3 | asked
    age-parse-large | must | cache-control: max-age=3600 ¦ age: 2147483648 | 3 | asked
    age-parse-larger | must | cache-control: max-age=3600 ¦ age: 2147483649 | 3 | asked
    age-parse-suffix | must | cache-control: max-age=3600 ¦ age: 7200, 0 | 3 | asked
    age-parse-prefix | must | cache-control: max-age=3600 ¦ age: 0, 7200 | 3 | reused
    age-parse-suffix-twoline | must | cache-control: max-age=3600 ¦ age: 7200 ¦ age: 0 | 3 | asked
    age-parse-prefix-twoline | must | cache-control: max-age=3600 ¦ age: 0 ¦ age: 7200 | 3 | reused
    age-parse-dup-0 | must | cache-control: max-age=3600 ¦ age: 0, 0 | 3 | reused
    age-parse-dup-0-twoline | must | cache-control: max-age=3600 ¦ age: 0 ¦ age: 0 | 3 | reused
    age-parse-dup-old | must | cache-control: max-age=10000 ¦ age: 3600 ¦ age: 3600 | 3 | reused
    age-parse-parameter | may | cache-control: max-age=3600 ¦ age: 7200;foo=bar | 3 | asked
    age-parse-numeric-parameter | may | cache-control: max-age=3600 ¦ age: 7200;foo=111 | 3 | asked
  `,
  lifetimes: String.raw`
    freshness-none | may |  | 3 | asked
    freshness-max-age | best | cache-control: max-age=3600 | 3 | reused
    freshness-max-age-stale | must | cache-control: max-age=2 | 3 | asked
    freshness-max-age-0 | must | cache-control: max-age=0 | 3 | asked
    freshness-max-age-max-minus-1 | best | cache-control: max-age=2147483647 | 3 | reused
    freshness-max-age-max | best | cache-control: max-age=2147483648 | 3 | reused
    freshness-max-age-max-plus-1 | best | cache-control: max-age=2147483649 | 3 | reused
    freshness-max-age-max-plus | best | cache-control: max-age=99999999999 | 3 | reused
    freshness-max-age-age | must | cache-control: max-age=3600 ¦ age: 7200 | 3 | asked
    freshness-max-age-date | may | date: @-7200 ¦ cache-control: max-age=3600 | 3 | asked
    freshness-max-age-expires | best | cache-control: max-age=3600 ¦ expires: @-7200 | 3 | reused
    freshness-max-age-expires-invalid | best | cache-control: max-age=3600 ¦ expires: 0 | 3 | reused
    freshness-max-age-0-expires | must | expires: @3600 ¦ cache-control: max-age=0 | 3 | asked
    freshness-max-age-extension | best | cache-control: foobar, max-age=3600 | 3 | reused
    freshness-max-age-case-insenstive | best | cache-control: MaX-aGe=3600 | 3 | reused
    freshness-max-age-negative | must | cache-control: max-age=-3600 | 3 | asked
    freshness-s-maxage-shared | must | cache-control: s-maxage=3600 | 3 | reused
    freshness-max-age-s-maxage-shared-longer | must | cache-control: max-age=3600, s-maxage=1 | 3 | asked
    freshness-max-age-s-maxage-shared-longer-reversed | must | cache-control: s-maxage=1, max-age=3600 | 3 | asked
    freshness-max-age-s-maxage-shared-longer-multiple | must | cache-control: max-age=3600 ¦ cache-control: s-maxage=1 | 3 | asked
    freshness-max-age-s-maxage-shared-shorter | best | cache-control: max-age=1, s-maxage=3600 | 3 | reused
    freshness-max-age-s-maxage-shared-shorter-expires | best | expires: @-10 ¦ cache-control: max-age=0, s-maxage=3600 | 3 | reused
  `,
  "forms of Cache-Control": String.raw`
    freshness-max-age-two-fresh-stale-sameline | may | cache-control: max-age=1800, max-age=1 | 3 | reused
    freshness-max-age-two-fresh-stale-sepline | may | cache-control: max-age=1800 ¦ cache-control: max-age=1 | 3 | reused
    freshness-max-age-two-stale-fresh-sameline | may | cache-control: max-age=1, max-age=1800 | 3 | reused
    freshness-max-age-two-stale-fresh-sepline | may | cache-control: max-age=1 ¦ cache-control: max-age=1800 | 3 | reused
    freshness-max-age-quoted | may | cache-control: max-age="3600" | 3 | reused
    freshness-max-age-ignore-quoted | must | cache-control: extension="max-age=3600", max-age=1 | 3 | asked
    freshness-max-age-ignore-quoted-rev | must | cache-control: max-age=1, extension="max-age=3600" | 3 | asked
    freshness-max-age-space-before-equals | may | cache-control: max-age =3600 | 3 | asked
    freshness-max-age-space-after-equals | may | cache-control: max-age= 3600 | 3 | asked
    freshness-max-age-leading-zero | must | cache-control: max-age=003600 | 3 | reused
    freshness-max-age-single-quoted | must | cache-control: max-age='3600' | 3 | asked
    freshness-max-age-decimal-zero | may | cache-control: max-age=3600.0 | 3 | reused
    freshness-max-age-decimal-five | may | cache-control: max-age=3600.5 | 3 | reused
    freshness-max-age-a100 | may | cache-control: max-age=a3600 | 3 | reused
    freshness-max-age-100a | may | cache-control: max-age=3600a | 3 | reused
  `,
  "Cache-Control of requests": String.raw`
    ccreq-ma0 | may | cache-control: max-age=100000 | 3 | asked |  → cache-control: max-age=0
    ccreq-ma1 | may | cache-control: max-age=100000 | 3 | asked |  → cache-control: max-age=1
    ccreq-magreaterage | may | cache-control: max-age=100000 ¦ age: 1800 | 3 | asked |  → cache-control: max-age=600
    ccreq-max-stale | may | cache-control: max-age=2 | 3 | reused |  → cache-control: max-stale=1000
    ccreq-max-stale-age | may | cache-control: max-age=1500 ¦ age: 2000 | 0 | reused |  → cache-control: max-stale=1000
    ccreq-min-fresh | may | cache-control: max-age=1500 | 0 | asked |  → cache-control: min-fresh=2000
    ccreq-min-fresh-age | may | cache-control: max-age=1500 ¦ age: 1000 | 0 | asked |  → cache-control: min-fresh=1000
    ccreq-no-cache | may | cache-control: max-age=3600 | 0 | asked |  → cache-control: no-cache
    ccreq-no-cache-lm | may | cache-control: max-age=3600 ¦ last-modified: @-10000 | 0 | confirmed |  → cache-control: no-cache
    ccreq-no-cache-etag | may | cache-control: max-age=3600 ¦ etag: "aiqygowemucksai" | 0 | confirmed |  → cache-control: no-cache
    ccreq-no-store | may | cache-control: max-age=100000 | 3 | asked |  → cache-control: no-store
  `,
  directives: String.raw`
    cc-resp-private-shared | must | cache-control: private, max-age=3600 | 0 | asked
    cc-resp-no-store | must | cache-control: no-store | 0 | asked
    cc-resp-no-store-case-insensitive | must | cache-control: No-StOrE | 0 | asked
    cc-resp-no-store-fresh | must | cache-control: max-age=10000, no-store ¦ expires: @10000 | 0 | asked
    cc-resp-no-cache | must | cache-control: max-age=10000, no-cache ¦ expires: @10000 | 0 | asked
    cc-resp-no-cache-case-insensitive | must | cache-control: max-age=10000, No-CaChE ¦ expires: @10000 | 0 | asked
    cc-resp-no-cache-revalidate | best | cache-control: no-cache ¦ etag: "abcd" | 0 | confirmed
    cc-resp-no-cache-revalidate-fresh | best | cache-control: max-age=10000, no-cache ¦ expires: @10000 ¦ etag: "abcd" | 0 | confirmed
    cc-resp-must-revalidate-fresh | best | cache-control: max-age=10000, must-revalidate ¦ etag: "abcd" | 0 | reused
  `,
  "CDN-Cache-Control": String.raw`
    cdn-max-age | best | cdn-cache-control: max-age=3600 | 3 | reused
    cdn-max-age-max | best | cdn-cache-control: max-age=2147483648 | 3 | reused
    cdn-max-age-max-plus | best | cdn-cache-control: max-age=99999999999 | 3 | reused
    cdn-max-age-age | must | cdn-cache-control: max-age=3600 ¦ age: 7200 | 3 | asked
    cdn-max-age-space-before-equals | may | cache-control: max-age=1 ¦ cdn-cache-control: max-age =100 | 3 | asked
    cdn-max-age-space-after-equals | may | cache-control: max-age=1 ¦ cdn-cache-control: max-age= 100 | 3 | asked
    cdn-max-age-0 | must | cdn-cache-control: max-age=0 | 3 | asked
    cdn-max-age-extension | best | cdn-cache-control: foobar, max-age=3600 | 3 | reused
    cdn-max-age-case-insensitive | may | cdn-cache-control: MaX-aGe=3600 | 3 | reused
    cdn-max-age-expires | best | cdn-cache-control: max-age=3600 ¦ expires: @-10000 | 3 | reused
    cdn-max-age-cc-max-age-invalid-expires | best | cdn-cache-control: max-age=3600 ¦ expires: 0 | 3 | reused
    cdn-max-age-0-expires | must | cdn-cache-control: max-age=0 ¦ expires: @10000 | 3 | asked
    cdn-max-age-short-cc-max-age | best | cache-control: max-age=1 ¦ cdn-cache-control: max-age=3600 | 3 | reused
    cdn-max-age-long-cc-max-age | must | cache-control: max-age=3600 ¦ cdn-cache-control: max-age=1 | 3 | asked
    cdn-private | must | cdn-cache-control: private ¦ cache-control: max-age=10000 ¦ expires: @10000 | 0 | asked
    cdn-no-cache | must | cdn-cache-control: no-cache ¦ cache-control: max-age=10000 ¦ expires: @10000 | 0 | asked
    cdn-no-store-cc-fresh | must | cache-control: max-age=10000 ¦ cdn-cache-control: no-store ¦ expires: @10000 | 3 | asked
    cdn-fresh-cc-nostore | must | cache-control: no-store ¦ cdn-cache-control: max-age=10000 | 3 | reused
    cdn-cc-invalid-sh-type-unknown | must | cdn-cache-control: max-age=10000, &&&&& ¦ cache-control: no-store | 3 | asked
    cdn-cc-invalid-sh-type-wrong | must | cdn-cache-control: max-age="10000" ¦ cache-control: no-store | 3 | asked
  `,
  "If-None-Match": String.raw`
    conditional-etag-strong-respond | best | cache-control: max-age=100000 ¦ etag: "abcdef" | 3 | unchanged |  → if-none-match: "abcdef"
    conditional-etag-weak-respond | best | cache-control: max-age=100000 ¦ etag: W/"abcdef" | 3 | unchanged |  → if-none-match: W/"abcdef"
    conditional-etag-strong-respond-multiple-first | best | cache-control: max-age=100000 ¦ etag: "abcdef" | 3 | unchanged |  → if-none-match: "abcdef", "1234", "5678"
    conditional-etag-strong-respond-multiple-second | best | cache-control: max-age=100000 ¦ etag: "abcdef" | 3 | unchanged |  → if-none-match: "1234", "abcdef", "5678"
    conditional-etag-strong-respond-multiple-last | best | cache-control: max-age=100000 ¦ etag: "abcdef" | 3 | unchanged |  → if-none-match: "1234", "5678", "abcdef"
  `,
  Expires: String.raw`
    freshness-expires-future | best | expires: @2592000 | 3 | reused
    freshness-expires-past | must | expires: @-2592000 | 3 | asked
    freshness-expires-present | must | expires: @0 | 0 | asked
    freshness-expires-old-date | must | expires: @300 ¦ date: @400 | 3 | asked
    freshness-expires-invalid | must | expires: 0 | 3 | asked
    freshness-expires-invalid-date | best | date: foo ¦ expires: @10 | 0 | reused
    freshness-expires-age-slow-date | must | date: @-10 ¦ expires: @10 ¦ age: 25 | 0 | asked
    freshness-expires-age-fast-date | must | date: @10 ¦ expires: @20 ¦ age: 15 | 0 | asked
  `,
  "forms of Expires": String.raw`
    freshness-expires-32bit | best | expires: Tue, 19 Jan 2038 14:14:08 GMT | 3 | reused
    freshness-expires-far-future | best | expires: Sun, 21 Nov 2286 04:46:39 GMT | 3 | reused
    freshness-expires-rfc850 | best | expires: Thursday, 18-Aug-50 02:01:18 GMT | 3 | reused
    freshness-expires-ansi-c | best | expires: Thu Aug  8 02:01:18 2050 | 3 | reused
    freshness-expires-wrong-case-weekday | best | expires: THU, 18 Aug 2050 02:01:18 GMT | 3 | reused
    freshness-expires-wrong-case-month | best | expires: Thu, 18 AUG 2050 02:01:18 GMT | 3 | reused
    freshness-expires-wrong-case-tz | best | expires: Thu, 18 Aug 2050 02:01:18 gMT | 3 | reused
    freshness-expires-invalid-utc | must | expires: Thu, 18 Aug 2050 02:01:18 UTC | 3 | asked
    freshness-expires-invalid-aest | must | expires: Thu, 18 Aug 2050 02:01:18 AEST | 3 | asked
    freshness-expires-invalid-2-digit-year | must | expires: Thu, 18 Aug 50 02:01:18 GMT | 3 | asked
    freshness-expires-invalid-no-comma | must | expires: Thu 18 Aug 2050 02:01:18 GMT | 3 | asked
    freshness-expires-invalid-multiple-spaces | must | expires: Thu, 18  Aug  2050 02:01:18 GMT | 0 | asked
    freshness-expires-invalid-date-dashes | must | expires: Thu, 18-Aug-2050 02:01:18 GMT | 0 | asked
    freshness-expires-invalid-time-periods | must | expires: Thu, 18 Aug 2050 02.01.18 GMT | 0 | asked
    freshness-expires-invalid-1-digit-hour | must | expires: Thu, 18 Aug 2050 2:01:18 GMT | 0 | asked
    freshness-expires-invalid-multiple-lines | must | expires: Thu, 18 Aug 2050 2:01:18 GMT ¦ expires: Thu, 18 Aug 2050 2:01:19 GMT | 0 | asked
  `,
  "heuristic lifetimes": String.raw`
    heuristic-delta-5 | may | last-modified: @-5 | 3 | reused
    heuristic-delta-10 | may | last-modified: @-10 | 3 | reused
    heuristic-delta-30 | may | last-modified: @-30 | 3 | reused
    heuristic-delta-60 | may | last-modified: @-60 | 3 | reused
    heuristic-delta-300 | may | last-modified: @-300 | 3 | reused
    heuristic-delta-600 | may | last-modified: @-600 | 3 | reused
    heuristic-delta-1200 | may | last-modified: @-1200 | 3 | reused
    heuristic-delta-1800 | may | last-modified: @-1800 | 3 | reused
    heuristic-delta-3600 | may | last-modified: @-3600 | 3 | reused
    heuristic-delta-43200 | may | last-modified: @-43200 | 3 | reused
    heuristic-delta-86400 | may | last-modified: @-86400 | 3 | reused
  `,
  "other fields": String.raw`
    other-heuristic-content-disposition-attachment | may | last-modified: @-100000 ¦ content-disposition: attachment; filename=example.txt | 0 | reused
    other-fresh-content-disposition-attachment | may | cache-control: max-age=100000 ¦ content-disposition: attachment; filename=example.txt | 3 | reused
    other-set-cookie | best | cache-control: max-age=100000 ¦ set-cookie: a=b | 3 | reused
    other-cookie | best | cache-control: max-age=100000 | 3 | reused |  → cookie: a=b
  `,
  Pragma: String.raw`
    pragma-request-no-cache | may | cache-control: max-age=100000 | 3 | reused |  → pragma: no-cache
    pragma-request-extension | may | cache-control: max-age=100000 | 3 | reused |  → pragma: unrecognised-extension
    pragma-response-no-cache | may | cache-control: max-age=3600 ¦ pragma: no-cache | 0 | reused
    pragma-response-no-cache-heuristic | may | last-modified: @-10000 ¦ pragma: no-cache | 0 | reused
    pragma-response-extension | may | cache-control: max-age=3600 ¦ pragma: unrecognised-extension | 0 | reused
  `,
  "stale answers": String.raw`
    stale-while-revalidate | best | cache-control: max-age=1, stale-while-revalidate=3600 ¦ etag: "abc" | 3 | reused
  `,
  "forms of Vary": String.raw`
    vary-syntax-star | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: * | 0 | asked | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
    vary-syntax-star-star | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: *, * | 0 | asked | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
    vary-syntax-star-star-lines | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: * ¦ vary: * | 0 | asked | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
    vary-syntax-empty-star | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: , * | 0 | asked | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
    vary-syntax-empty-star-lines | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary:  ¦ vary: * | 0 | asked | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
    vary-syntax-star-foo | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: *, Foo | 0 | asked | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
    vary-syntax-foo-star | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo, * | 0 | asked | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
  `,
  Vary: String.raw`
    vary-match | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo | 0 | reused | foo: 1 → foo: 1
    vary-no-match | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo | 0 | asked | foo: 1 → foo: 2
    vary-omit-stored | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo | 0 | asked |  → foo: 1
    vary-omit | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo | 0 | asked | foo: 1 → 
    vary-cache-key | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo | 0 | reused | foo: 1 ¦ other: 2 → foo: 1 ¦ other: 3
    vary-2-match | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo, Bar | 0 | reused | foo: 1 ¦ bar: abc → foo: 1 ¦ bar: abc
    vary-2-no-match | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo, Bar | 0 | asked | foo: 1 ¦ bar: abc → foo: 2 ¦ bar: abc
    vary-2-match-omit | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo, Bar | 0 | asked | foo: 1 ¦ bar: abc → 
    vary-3-match | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo, Bar, Baz | 0 | reused | foo: 1 ¦ bar: abc ¦ baz: 789 → foo: 1 ¦ bar: abc ¦ baz: 789
    vary-3-no-match | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo, Bar, Baz | 0 | asked | foo: 1 ¦ bar: abc ¦ baz: 789 → foo: 2 ¦ bar: abc ¦ baz: 789
    vary-3-order | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo, Bar, Baz | 0 | asked | foo: 1 ¦ bar: abc ¦ baz: 789 → foo: 1 ¦ baz: 789 ¦ bar: abcde
    vary-3-omit | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo, Bar, Baz | 0 | reused | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
    vary-star | must | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: * | 0 | asked | foo: 1 ¦ baz: 789 → foo: 1 ¦ baz: 789
    vary-normalise-combine | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo | 0 | reused | foo: 1, 2 → foo: 1 ¦ foo: 2
    vary-normalise-lang-order | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Accept-Language | 0 | reused | accept-language: en, de → accept-language: de, en
    vary-normalise-lang-case | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Accept-Language | 0 | reused | accept-language: en, de → accept-language: eN, De
    vary-normalise-lang-space | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Accept-Language | 0 | reused | accept-language: en, de → accept-language:  en ,   de
    vary-normalise-lang-select | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Accept-Language ¦ content-language: de | 0 | reused | accept-language: en, de → accept-language: fr;q=0.5, de;q=1.0
    vary-normalise-space | best | cache-control: max-age=5000 ¦ last-modified: @-3000 ¦ vary: Foo | 0 | reused | foo: 1,2 → foo:  1, 2 
  `,
} as const satisfies Record<string, string>;
