import { beforeAll, describe, expect, test } from "vitest";
import { accepts, cacheStatusOf, directive, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { expectForwardedPicture, expectPicture, expectVaryAccept } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { dayFresh, jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");
const webp = { format: "webp", source: "jpeg", reason: "transcoded", original: source } as const;
const original = { format: "jpeg", reason: "not-accepted", original: source } as const;

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
});

const dateAfter = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString();

describe("freshness decides whether encoding pays (MIN_TTL_SECONDS is 3600)", () => {
  const long: readonly (readonly [string, () => Record<string, string | null>])[] = [
    ["max-age=86400", () => ({ "cache-control": "max-age=86400" })],
    ["max-age=3700", () => ({ "cache-control": "max-age=3700" })],
    ["s-maxage=86400 before max-age=60", () => ({ "cache-control": "s-maxage=86400, max-age=60" })],
    ["directives in capitals", () => ({ "cache-control": "Public, MAX-AGE=86400" })],
    ["Expires a day after Date", () => ({ "cache-control": null, date: dateAfter(0), expires: dateAfter(86_400) })],
    ["max-age=86400 before an Expires of the past", () => ({ "cache-control": "max-age=86400", expires: "0" })],
    ["nothing said", () => ({ "cache-control": null })],
    ["public alone", () => ({ "cache-control": "public" })],
    ["an Age that leaves enough", () => ({ "cache-control": "max-age=86400", age: "1000" })],
  ];
  test.each(long)("%s: worth it", async (name, headers) => {
    const path = `/fresh/${encodeURIComponent(name)}.jpg`;
    edge.origin.on(path, jpeg(source, headers()));
    expectPicture(await edge.settle(path, accepts.webp), webp);
    expect(edge.origin.count(path)).toBe(1);
  });

  const short: readonly (readonly [string, () => Record<string, string | null>])[] = [
    ["max-age=3600", () => ({ "cache-control": "max-age=3600" })],
    ["max-age=60", () => ({ "cache-control": "max-age=60" })],
    ["s-maxage=60 before max-age=86400", () => ({ "cache-control": "max-age=86400, s-maxage=60" })],
    ["Expires a minute after Date", () => ({ "cache-control": null, date: dateAfter(0), expires: dateAfter(60) })],
    ["Expires: 0", () => ({ "cache-control": null, expires: "0" })],
    ["no-cache", () => ({ "cache-control": "no-cache, max-age=86400" })],
    ["an Age that leaves too little", () => ({ "cache-control": "max-age=86400", age: "86000" })],
    ["max-age=0, must-revalidate", () => ({ "cache-control": "max-age=0, must-revalidate" })],
  ];
  test.each(short)("%s: ttl-too-short, the original", async (name, headers) => {
    const path = `/short/${encodeURIComponent(name)}.jpg`;
    edge.origin.on(path, jpeg(source, headers()));
    const answer = await edge.get(path, accepts.chrome);
    expectForwardedPicture(answer, { format: "jpeg", reason: "ttl-too-short", original: source });
    const given = headers()["cache-control"];
    if (given !== null) expect(answer.headers["cache-control"]).toBe(given);
  });

  test("ttl-too-short keeps the origin's ETag, and a client that has it gets a 304", async () => {
    edge.origin.on("/short-etag.jpg", jpeg(source, { "cache-control": "max-age=60", etag: '"short-1"' }));
    expect((await edge.get("/short-etag.jpg", accepts.chrome)).headers["etag"]).toBe('"short-1"');
    const again = await edge.get("/short-etag.jpg", accepts.chrome, { "if-none-match": '"short-1"' });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expectVaryAccept(again);
  });
});

describe("what may not be stored", () => {
  const forbidden: readonly (readonly [string, Record<string, string | readonly string[]>])[] = [
    ["no-store", { "cache-control": "no-store" }],
    ["private", { "cache-control": "private, max-age=86400" }],
    ["Set-Cookie", { "set-cookie": ["visitor=7; Path=/"] }],
    ["Vary: *", { vary: "*" }],
  ];
  test.each(forbidden)(
    "%s: not-cacheable, its own directives, and the origin is asked again",
    async (name, headers) => {
      const path = `/forbidden/${encodeURIComponent(name)}.jpg`;
      edge.origin.on(path, jpeg(source, headers));
      for (let request = 1; request <= 2; request++) {
        const answer = await edge.get(path, accepts.chrome);
        expect(answer.status).toBe(200);
        expect(isSame(answer.body, source)).toBe(true);
        expect(verdictOf(answer)).toMatchObject({ reason: "not-cacheable", format: "jpeg" });
        expect((answer.headers["vary"] ?? "").toLowerCase()).toMatch(/accept|\*/);
        expect(answer.headers["cache-control"]).toBe(headers["cache-control"] ?? dayFresh);
        expect(isHit(answer)).toBe(false);
        await edge.idle();
      }
      expect(edge.origin.count(path)).toBe(2);
    },
  );

  test("Set-Cookie reaches the client that caused it", async () => {
    edge.origin.on("/cookie.jpg", jpeg(source, { "set-cookie": ["a=1", "b=2"] }));
    expect((await edge.get("/cookie.jpg", accepts.chrome)).cookies).toEqual(["a=1", "b=2"]);
  });

  test("clients that ask at the same time do not share it", async () => {
    edge.origin.on("/cookie-each.jpg", (request, count) =>
      jpeg(source, { "set-cookie": [`visitor=${count}`] })(request, count),
    );
    const answers = await Promise.all(Array.from({ length: 5 }, () => edge.get("/cookie-each.jpg", accepts.chrome)));
    expect(new Set(answers.flatMap((answer) => answer.cookies)).size).toBe(5);
  });

  test("no-transform: the original bytes, opted-out, stored", async () => {
    const untouched = { format: "jpeg", reason: "opted-out", original: source } as const;
    edge.origin.on("/no-transform.jpg", jpeg(source, { "cache-control": "public, max-age=86400, no-transform" }));
    expectPicture(await edge.get("/no-transform.jpg", accepts.chrome), untouched);
    expectPicture(await edge.hit("/no-transform.jpg", accepts.chrome), { ...untouched, hit: true });
    expect(edge.origin.count("/no-transform.jpg")).toBe(1);
  });
});

describe("the origin's Vary", () => {
  test.each(["Accept", "Accept-Encoding", "Cookie", "accept, cookie"])(
    "%s is satisfied: the origin never sees what differs",
    async (vary) => {
      const path = `/vary/${encodeURIComponent(vary)}.jpg`;
      edge.origin.on(path, jpeg(source, { vary }));
      expectPicture(await edge.settle(path, accepts.webp, { cookie: "a=1" }), webp);
      expect(edge.origin.count(path)).toBe(1);
      expect(edge.origin.requests(path)[0]?.headers["cookie"]).toBeUndefined();
    },
  );

  test("Origin: every site gets its own Access-Control-Allow-Origin", async () => {
    edge.origin.on("/cors-font.jpg", (request, count) =>
      jpeg(source, { vary: "Origin", "access-control-allow-origin": request.headers["origin"] ?? "null" })(
        request,
        count,
      ),
    );
    for (const site of ["https://a.example", "https://b.example", "https://a.example"]) {
      const answer = await edge.settle("/cors-font.jpg", accepts.webp, { origin: site });
      expect(answer.headers["access-control-allow-origin"]).toBe(site);
      expect(verdictOf(answer)).toMatchObject({ format: "webp", reason: "transcoded" });
      const names = (answer.headers["vary"] ?? "").toLowerCase().split(/\s*,\s*/);
      expect(names).toContain("accept");
      expect(names).toContain("origin");
    }
    expect(edge.origin.count("/cors-font.jpg")).toBe(2);
  });
});

describe("hits", () => {
  test("rewrite Cache-Control, Age and Cache-Status and nothing else; max-age stays the origin's", async () => {
    edge.origin.on("/hit.jpg", jpeg(source, { "cache-tag": "secret", "x-shop": "yes" }));
    const made = await edge.settle("/hit.jpg", accepts.avif);
    const first = await edge.hit("/hit.jpg", accepts.avif);
    edge.pass(100);
    const later = await edge.get("/hit.jpg", accepts.avif);
    const rest = (headers: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(headers).filter(([name]) => !["cache-control", "age", "cache-status", "date"].includes(name)),
      );
    expect(rest(later.headers)).toEqual(rest(first.headers));
    expect(isSame(later.body, made.body)).toBe(true);
    expect(directive(later, "max-age")).toBe(86_400);
    expect(later.headers["age"]).toBe("100");
    expect(later.headers["x-shop"]).toBe("yes");
    expect(later.headers["cache-tag"]).toBeUndefined();
    expect(cacheStatusOf(later).get("ttl")).toBe(86_300);
  });

  test("count the Age that the source came with", async () => {
    edge.origin.on("/aged.jpg", jpeg(source, { age: "1000" }));
    const answer = await edge.hit("/aged.jpg", accepts.webp);
    const left = (directive(answer, "max-age") ?? 0) - Number(answer.headers["age"] ?? 0);
    expect(left).toBeLessThanOrEqual(85_400);
    expect(left).toBeGreaterThan(85_000);
    expect(cacheStatusOf(answer).get("ttl")).toBeLessThanOrEqual(85_400);
  });

  test("give clients the origin's max-age although s-maxage is longer", async () => {
    edge.origin.on("/shared-longer.jpg", jpeg(source, { "cache-control": "max-age=120, s-maxage=86400" }));
    expect(directive(await edge.hit("/shared-longer.jpg", accepts.webp), "max-age")).toBeLessThanOrEqual(120);
  });

  test("are there for the verdict too that the original is best", async () => {
    edge.origin.on("/best.jpg", jpeg(source));
    const answer = await edge.hit("/best.jpg", accepts.baseline);
    expectPicture(answer, { ...original, hit: true });
    expectVaryAccept(answer);
    expect(edge.origin.count("/best.jpg")).toBe(1);
  });

  test("keep queries apart", async () => {
    const other = pictureOf("third");
    edge.origin.on("/query.jpg?v=1", jpeg(source));
    edge.origin.on("/query.jpg?v=2", jpeg(other));
    expectPicture(await edge.settle("/query.jpg?v=1", accepts.baseline), original);
    expectPicture(await edge.settle("/query.jpg?v=2", accepts.baseline), { ...original, original: other });
    expectPicture(await edge.hit("/query.jpg?v=1", accepts.baseline), { ...original, hit: true });
  });
});
