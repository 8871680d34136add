import { describe, expect, it } from "vitest";
import { type MergedAnswer, mergeRedirects } from "../../../../src/edge/http/redirects.ts";

const now = Date.UTC(2026, 10, 29);
const day = 86_400;
type Fields = Record<string, string>;

type Hops = readonly [status: number, fields: Fields][];

function mergeAll(answer: Fields, ...redirects: Hops): MergedAnswer {
  const hops = redirects.map(([status, fields]) => ({ status, headers: new Headers(fields) }));
  return mergeRedirects(new Headers(answer), hops, day, now);
}

const merge = (answer: Fields, ...redirects: Hops): Headers => mergeAll(answer, ...redirects).headers;

const dayLong = { "cache-control": "public, max-age=86400" };

describe("mergeRedirects()", () => {
  it.each<[string, number, Fields, string]>([
    ["no-cache", 302, { "cache-control": "no-cache" }, "no-cache"],
    ["private, no-store", 302, { "cache-control": "private, no-store" }, "private, no-store"],
    ["a shorter life", 302, { "cache-control": "max-age=60" }, "max-age=60"],
    ["a longer life", 302, { "cache-control": "public, max-age=999999" }, "public, max-age=86400"],
    ["an Age", 302, { "cache-control": "max-age=600", age: "500" }, "max-age=100"],
    // Only a permanent redirect may be kept without a stated time (RFC 9110 §15.1).
    ["nothing, and is temporary", 302, {}, "max-age=0"],
    ["nothing, and is temporary (303)", 303, {}, "max-age=0"],
    ["nothing, and is temporary (307)", 307, {}, "max-age=0"],
    ["nothing, and is permanent", 301, {}, "public, max-age=86400"],
    ["only public, and is permanent", 308, { "cache-control": "public" }, "public, max-age=86400"],
    ["private, and is permanent", 308, { "cache-control": "private" }, "private, max-age=86400"],
    ["less to shared caches", 301, { "cache-control": "max-age=900, s-maxage=9" }, "max-age=900, s-maxage=9"],
    ["no-store to CDNs", 301, { "cdn-cache-control": "no-store" }, "private, max-age=86400"],
    ["must-revalidate", 301, { "cache-control": "must-revalidate, max-age=9" }, "must-revalidate, max-age=9"],
  ])("lets nobody keep an answer for longer than a redirect allows that says %s", (_, status, fields, expected) => {
    expect(merge(dayLong, [status, fields]).get("cache-control")).toBe(expected);
  });

  it.each<[string, number | undefined, Fields, ...Hops]>([
    ["the picture's, after a temporary redirect that states nothing", day, dayLong, [302, {}]],
    ["the default, where that states nothing either", day, {}, [307, {}]],
    ["that of another redirect", 700, dayLong, [302, {}], [301, { "cache-control": "max-age=700" }]],
    ["none after one that forbids it", undefined, dayLong, [302, { "cache-control": "no-cache" }]],
    ["none after one that forbids it", undefined, dayLong, [302, {}], [302, { "cache-control": "no-cache" }]],
    ["none that is longer than what is stated", undefined, dayLong, [302, { "cache-control": "max-age=60" }]],
    ["none of its own after a permanent one", undefined, dayLong, [301, {}]],
  ])("expects a lifetime: %s", (_, expected, answer, ...redirects) => {
    expect(mergeAll(answer, ...redirects).expectedSeconds).toBe(expected);
  });

  it("takes off what each has spent on its way, once (RFC 9111 §4.2.3)", () => {
    const date = new Date(now - 300_000).toUTCString();
    const merged = merge({ ...dayLong, date }, [302, { "cache-control": "max-age=600", date }]);
    expect(Object.fromEntries(merged)).toEqual({ "cache-control": "max-age=300" });
    const late = merge({ "cache-control": "max-age=400", date, age: "390" }, [301, { "cache-control": "max-age=600" }]);
    expect(late.get("cache-control")).toBe("max-age=10");
  });

  it("takes the strictest of several", () => {
    const merged = merge(dayLong, [301, { "cache-control": "max-age=700" }], [302, { "cache-control": "max-age=70" }]);
    expect(merged.get("cache-control")).toBe("max-age=70");
  });

  it("leaves no other field that could say more", () => {
    const merged = merge(
      { expires: new Date(now + 9e9).toUTCString(), "cdn-cache-control": "max-age=999999", age: "10" },
      [302, { "cache-control": "max-age=60" }],
    );
    expect(Object.fromEntries(merged)).toEqual({ "cache-control": "max-age=60" });
  });

  it("keeps the cookies and the Vary of every answer", () => {
    const merged = merge({ ...dayLong, vary: "Origin" }, [301, { "set-cookie": "a=1", vary: "*" }]);
    expect(merged.getSetCookie()).toEqual(["a=1"]);
    expect(merged.get("vary")).toBe("Origin, *");
    expect(merge(dayLong, [301, { "access-control-allow-origin": "https://a.test" }]).get("vary")).toBe("Origin");
    expect(merge(dayLong, [301, { "access-control-allow-origin": "*" }]).get("vary")).toBeNull();
  });
});
