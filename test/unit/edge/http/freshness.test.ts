import {
  array,
  assert,
  constantFrom,
  integer,
  nat,
  option,
  property,
  shuffledSubarray,
  string,
  tuple,
} from "fast-check";
import CachePolicy from "http-cache-semantics";
import { describe, expect, it } from "vitest";
import {
  type Freshness,
  type FreshnessHeaders,
  freshnessHeaders,
  readFreshness,
} from "../../../../src/edge/http/freshness.ts";

const nothing: FreshnessHeaders = { cacheControl: null, expires: null, date: null, age: null };
const day = 86_400;
const now = "Sun, 22 Nov 2026 12:00:00 GMT";
const inAnHour = "Sun, 22 Nov 2026 13:00:00 GMT";

function read(headers: Partial<FreshnessHeaders>): Freshness {
  return readFreshness({ ...nothing, ...headers }, day);
}

describe("readFreshness()", () => {
  it.each<[string, Partial<FreshnessHeaders>, number]>([
    // RFC 9111 §4.2.1, in its order.
    [
      "s-maxage before max-age and Expires",
      { cacheControl: "max-age=10, s-maxage=20", expires: inAnHour, date: now },
      20,
    ],
    ["max-age before Expires", { cacheControl: "max-age=10", expires: inAnHour, date: now }, 10],
    ["Expires minus Date", { cacheControl: "public", expires: inAnHour, date: now }, 3600],
    ["the default", {}, day],
    ["the default when only other directives are there", { cacheControl: "public, immutable" }, day],
    ["Expires in the past", { expires: now, date: inAnHour }, 0],
    // §5.3: "a cache recipient MUST interpret invalid date formats, especially the value 0, as … in the past".
    ["Expires: 0", { expires: "0", date: now }, 0],
    ["Expires: -1", { expires: "-1", date: now }, 0],
    ["Expires in words", { expires: "tomorrow", date: now }, 0],
    ["Expires with a number of seconds", { expires: "3600", date: now }, 0],
    ["Expires as an ISO 8601 date", { expires: "2030-01-01T00:00:00Z", date: now }, 0],
    ["Expires in the obsolete format of RFC 850", { expires: "Sunday, 22-Nov-26 13:00:00 GMT", date: now }, 3600],
    // §1.2.2 and §4.2.1: what cannot be read is stale.
    ["max-age without a value", { cacheControl: "max-age" }, 0],
    ["a negative max-age", { cacheControl: "max-age=-1" }, 0],
    ["a max-age with a fraction", { cacheControl: "max-age=1.5" }, 0],
    ["a max-age that is no number", { cacheControl: "max-age=soon", expires: inAnHour, date: now }, 0],
    ["an s-maxage that is no number", { cacheControl: "s-maxage=x, max-age=600" }, 0],
    ["a quoted max-age (§5.2)", { cacheControl: 'max-age="600"' }, 600],
    ["a directive in capitals", { cacheControl: "Max-Age=600" }, 600],
    ["the first of two (§4.2.1)", { cacheControl: "max-age=600, max-age=60" }, 600],
    ["no-cache (§5.2.2.4)", { cacheControl: "max-age=600, no-cache" }, 0],
    ["no-cache for one field", { cacheControl: 'no-cache="set-cookie", max-age=600' }, 0],
  ])("takes as lifetime %s", (_, headers, expected) => {
    expect(read(headers).lifetimeSeconds).toBe(expected);
  });

  it("takes a lifetime beyond 31 bits for one that never ends (RFC 9111 §1.2.2)", () => {
    expect(read({ cacheControl: `max-age=${"9".repeat(400)}` }).remainingSeconds).toBe(2 ** 31);
  });

  it.each([
    ["600", 400, 600],
    ["1000", 0, 1000],
    ["5000", 0, 5000],
    // RFC 9111 §5.1: of a list the first counts; what is no number is ignored.
    ["600, 700", 400, 600],
    ["-5", 1000, 0],
    ["old", 1000, 0],
    ["", 1000, 0],
  ])("subtracts an Age of %j, and never below 0", (age, remainingSeconds, ageSeconds) => {
    expect(read({ cacheControl: "max-age=1000", age })).toMatchObject({
      lifetimeSeconds: 1000,
      remainingSeconds,
      ageSeconds,
    });
  });

  it.each([
    ["an old Date", -400, null, 400],
    ["an Age that is greater than that", -400, "500", 500],
    ["an Age that is smaller", -400, "30", 400],
    // It leaves out the fraction of a second, and the answer took its time.
    ["a Date of now", -1, null, 0],
    ["a Date of two seconds ago", -2, null, 0],
    ["a Date of three seconds ago", -3, null, 3],
    ["a Date in the future", 400, null, 0],
  ])("counts as age %s (RFC 9111 §4.2.3)", (_, seconds, age, ageSeconds) => {
    const receivedAt = Date.parse(now) + 999;
    const date = new Date(Date.parse(now) + 1000 * seconds).toUTCString();
    expect(readFreshness({ ...nothing, cacheControl: "max-age=1000", date, age }, day, receivedAt)).toMatchObject({
      ageSeconds,
      remainingSeconds: 1000 - ageSeconds,
    });
    // Without the moment of its arrival nothing can be said of that.
    expect(read({ date }).ageSeconds).toBe(0);
  });

  it("ignores a Date that is none", () => {
    for (const date of ["yesterday", "2020-01-01T00:00:00Z", ""]) {
      expect(readFreshness({ ...nothing, date }, day, Date.parse(now)).ageSeconds).toBe(0);
    }
  });

  it.each([
    ["no-store", false],
    ["private", false],
    ["max-age=600, PRIVATE", false],
    ['private="x-user"', false],
    ["no-store, must-understand, max-age=600", false],
    ["max-age=600", true],
    ["public", true],
    ["no-cache", true],
    ['ext="no-store, private"', true],
    ["x-no-store", true],
    [null, true],
  ])("says whether %j may be stored (RFC 9111 §3): %s", (cacheControl, storable) => {
    expect(read({ cacheControl }).storable).toBe(storable);
  });

  it.each([
    ["must-revalidate", false],
    ["proxy-revalidate", false],
    ["no-cache", false],
    ["s-maxage=600", false],
    ["max-age=600", true],
    ["stale-if-error=60", true],
  ])("says whether %s may be served stale (RFC 9111 §4.2.4): %s", (cacheControl, mayServeStale) => {
    expect(read({ cacheControl }).mayServeStale).toBe(mayServeStale);
  });

  it("sees no-transform, in a targeted field as well", () => {
    expect(read({ cacheControl: "max-age=60, no-transform" }).noTransform).toBe(true);
    expect(read({ cacheControl: "no-transform", targeted: ["max-age=60"] }).noTransform).toBe(true);
    expect(read({ cacheControl: "public", targeted: ["no-transform"] }).noTransform).toBe(true);
    expect(read({ cacheControl: "public" }).noTransform).toBe(false);
  });

  it.each<[string, number | undefined]>([
    ["max-age=60, stale-while-revalidate=30", 30],
    ["s-maxage=60, stale-while-revalidate=30", 30],
    ["max-age=60, stale-while-revalidate=0", 0],
    ["max-age=60, stale-while-revalidate=soon", undefined],
    ["max-age=60, must-revalidate, stale-while-revalidate=30", undefined],
    ["proxy-revalidate, stale-while-revalidate=30", undefined],
    ["no-cache, stale-while-revalidate=30", undefined],
    ["max-age=60", undefined],
  ])("reads for how long %j may be served stale while the origin is asked (RFC 5861 §3)", (cacheControl, seconds) => {
    expect(read({ cacheControl }).staleWhileRevalidateSeconds).toBe(seconds);
  });

  it.each<[string, Partial<FreshnessHeaders>, Partial<Freshness>]>([
    [
      "a longer life than clients have",
      { cacheControl: "max-age=1", targeted: [null, "max-age=3600"] },
      { lifetimeSeconds: 3600, storable: true },
    ],
    ["a shorter one", { cacheControl: "max-age=3600", targeted: [null, "max-age=1"] }, { lifetimeSeconds: 1 }],
    ["Cloudflare's before any CDN's", { targeted: ["max-age=7", "max-age=9"] }, { lifetimeSeconds: 7 }],
    ["no-store", { cacheControl: "max-age=3600", targeted: [null, "no-store"] }, { storable: false }],
    ["private", { cacheControl: "max-age=3600", targeted: [null, "private"] }, { storable: false }],
    [
      "no-cache",
      { cacheControl: "max-age=3600", targeted: [null, "no-cache"] },
      { lifetimeSeconds: 0, storable: true },
    ],
    [
      "storing against no-store",
      { cacheControl: "no-store", targeted: [null, "max-age=60"] },
      { storable: true, lifetimeSeconds: 60 },
    ],
    ["no Expires", { expires: inAnHour, date: now, targeted: [null, "public"] }, { lifetimeSeconds: day }],
    ["Age as ever", { age: "7200", targeted: [null, "max-age=3600"] }, { remainingSeconds: 0 }],
    [
      "nothing where it is invalid",
      { cacheControl: "no-store", targeted: [null, "max-age=60, &"] },
      { storable: false },
    ],
    ["nothing where it is empty", { cacheControl: "max-age=5", targeted: ["", " "] }, { lifetimeSeconds: 5 }],
  ])("lets a targeted field say %s (RFC 9213 §2.2)", (_, headers, expected) => {
    expect(read(headers)).toMatchObject(expected);
  });

  it.each<[string, Partial<FreshnessHeaders>, number]>([
    ["max-age", { cacheControl: "max-age=60, s-maxage=600" }, 60],
    ["Expires", { expires: inAnHour, date: now, targeted: [null, "max-age=9"] }, 3600],
    ["the default", {}, day],
    ["the default at most", { targeted: [null, "max-age=31536000"] }, day],
    ["less where caches keep it for less", { targeted: [null, "max-age=9"] }, 9],
  ])("gives clients %s", (_, headers, expected) => {
    expect(read(headers).clientSeconds).toBe(expected);
  });

  it("reads all of that from a header", () => {
    const headers = new Headers({ "cache-control": "max-age=1", "cdn-cache-control": "max-age=99", age: "9" });
    expect(readFreshness(freshnessHeaders(headers), day)).toMatchObject({ lifetimeSeconds: 99, remainingSeconds: 90 });
  });

  it("takes a year of two digits for the nearest one that is not over 50 years ahead (RFC 9110 §5.6.7)", () => {
    const from = (expires: string) =>
      readFreshness({ ...nothing, expires, date: now }, day, Date.parse(now)).lifetimeSeconds;
    const years = (Date.UTC(2076, 10, 6) - Date.parse("2026-11-22T12:00:00Z")) / 1000;
    expect(from("Friday, 06-Nov-76 00:00:00 GMT")).toBe(years);
    expect(from("Monday, 06-Dec-76 00:00:00 GMT")).toBe(0);
    expect(from("Sunday, 06-Nov-94 08:49:37 GMT")).toBe(0);
  });

  it("agrees with http-cache-semantics on well-formed fields", () => {
    const seconds = integer({ min: 0, max: 2 ** 31 - 1 });
    const date = option(integer({ min: -day, max: day }).map((offset) => new Date(Date.parse(now) + 1000 * offset)));
    const flags = ["no-store", "private", "public", "no-cache", "must-revalidate", "no-transform", 'ext="a"'];
    const cacheControl = tuple(option(seconds), option(seconds), shuffledSubarray(flags)).chain(
      ([max, shared, rest]) => {
        const stated = [max === null ? [] : `max-age=${max}`, shared === null ? [] : `s-maxage=${shared}`].flat();
        const all = [...stated, ...rest];
        return shuffledSubarray(all, { minLength: all.length });
      },
    );
    const compared = { storable: 0, lifetimes: 0 };
    assert(
      property(cacheControl, date, seconds, (directives, expires, age) => {
        const headers = { cacheControl: directives.join(", "), expires: expires?.toUTCString() ?? null, date: now };
        const ours = read({ ...headers, age: String(age) });
        const theirs = new CachePolicy(
          { headers: {} },
          {
            headers: {
              "cache-control": headers.cacheControl,
              date: now,
              age: String(age),
              ...(headers.expires === null ? {} : { expires: headers.expires }),
            },
          },
        );
        expect(ours.storable).toBe(theirs.storable());
        compared.storable += 1;
        // Without a stated lifetime either has a default of its own.
        const isDefault = readFreshness({ ...headers, age: null }, day + 1).lifetimeSeconds === day + 1;
        if (!ours.storable || isDefault) return;
        compared.lifetimes += 1;
        expect(ours.lifetimeSeconds).toBe(theirs.maxAge());
        // Their age goes on from the moment at which the policy was made.
        expect(ours.ageSeconds).toBe(Math.floor(theirs.age()));
      }),
      { numRuns: 500 },
    );
    expect(compared.storable).toBe(500);
    expect(compared.lifetimes).toBeGreaterThan(100);
  });

  it("never gives a negative, infinite or undefined number, whatever the fields say", () => {
    const text = string({ maxLength: 40 });
    const directive = tuple(
      constantFrom("max-age", "s-maxage", "no-cache", "private"),
      constantFrom("", "=", '="', "=1", "=-", "=99999999999999999999"),
    );
    const cacheControl = array(directive.map((parts) => parts.join(""))).map((list) => list.join(","));
    assert(
      property(cacheControl, text, text, text, nat(), (control, expires, date, age, fallback) => {
        const { lifetimeSeconds, ageSeconds, remainingSeconds } = readFreshness(
          { cacheControl: control, expires, date, age },
          fallback,
        );
        for (const seconds of [lifetimeSeconds, ageSeconds, remainingSeconds]) {
          expect(Number.isSafeInteger(seconds) && seconds >= 0, `${seconds}`).toBe(true);
        }
        expect(remainingSeconds).toBeLessThanOrEqual(lifetimeSeconds);
      }),
    );
  });
});
