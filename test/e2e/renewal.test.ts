import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, pause, startEdge, untilHit } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { cacheStatusOf, directive, isHit, verdictOf } from "../support/http.ts";
import { decode, meanError, photo } from "../support/pictures.ts";
import { dayFresh, hang, jpeg, sequence, slow, startScriptedOrigin, status } from "../support/scripted-origin.ts";
import type { ScriptedOrigin, Script } from "../support/scripted-origin.ts";

/** Everything is encoded after the answer, so that an encode shows as an interim answer. */
const vars = { MIN_TTL_SECONDS: "0", INLINE_BUDGET_MS: "0" };
const shortly = "public, max-age=2";
const untilExpired = (): Promise<void> => pause(2_300);

let origin: ScriptedOrigin;
let edge: Edge;
let source: Buffer;
let changed: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ...vars, ORIGIN: origin.url } });
  [source, changed] = [await photo(1), await photo(50)];
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

/** Encodes everything for `path` while the source is fresh for two seconds only; ends right after expiry. */
async function fillAndExpire(path: string, script: Script, on = edge): Promise<void> {
  origin.on(path, script);
  await Promise.all([on.get(path, accepts.avif), on.get(path, accepts.webp)]);
  // Encoding may outlast two seconds on a busy machine: then the source is simply fetched once more.
  await on.settle(path, accepts.avif);
  await on.settle(path, accepts.webp);
  await untilExpired();
}

describe("interim answers", () => {
  test("carry at most 60 s and no other freshness fields, and name what is pending", async () => {
    origin.on(
      "/interim.jpg",
      jpeg(source, {
        expires: new Date(Date.now() + 86_400_000).toUTCString(),
        "cdn-cache-control": "max-age=86400",
        "cloudflare-cdn-cache-control": "max-age=86400",
        "surrogate-control": "max-age=86400",
        "cache-control": "max-age=86400, s-maxage=86400",
      }),
    );
    const answer = await edge.get("/interim.jpg", accepts.chrome);
    expectPicture(answer, { format: "jpeg", reason: "interim", original: source });
    expect(directive(answer, "max-age")).toBeLessThanOrEqual(60);
    expect(directive(answer, "s-maxage") ?? 0).toBeLessThanOrEqual(60);
    for (const name of ["expires", "cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"])
      expect(answer.headers[name], name).toBeUndefined();
    expect(verdictOf(answer)["pending"]).toContain("avif");
    const final = await edge.settle("/interim.jpg", accepts.chrome);
    expectPicture(final, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(directive(final, "max-age")).toBe(86_400);
    expect(origin.count("/interim.jpg")).toBe(1);
  });
});

/** Most of the time is spent waiting for expiry: the tests wait side by side. */
describe.concurrent("when the origin fails after expiry", () => {
  test.each([
    ["500", status(500, "down")],
    ["503", status(503, "busy")],
    ["a cut connection", ((_request, response) => void response.socket?.destroy()) satisfies Script],
  ])("%s: the stale variant is served, and replaced when the origin is back", async (name, failure) => {
    const path = `/stale/${encodeURIComponent(name)}.jpg`;
    await fillAndExpire(path, jpeg(source, { "cache-control": shortly }));
    const before = origin.count(path);
    origin.on(path, failure);
    const stale = await edge.get(path, accepts.avif);
    expectPicture(stale, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(origin.count(path)).toBeGreaterThan(before);
    const webp = await edge.get(path, accepts.webp);
    expectPicture(webp, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
    expect(cacheStatusOf(stale).get("fwd")).toBe("stale");
    origin.on(path, jpeg(changed));
    const patience = performance.now() + 15_000;
    let back = await edge.settle(path, accepts.avif);
    while (meanError(await decode(back.body), await decode(changed)) > 5 && performance.now() < patience) {
      await pause(500);
      back = await edge.settle(path, accepts.avif);
    }
    expectPicture(back, { format: "avif", source: "jpeg", reason: "transcoded", original: changed });
  });

  test("STALE_SECONDS=0: the origin's error is passed on", async () => {
    const strict = await startEdge({ vars: { ...vars, ORIGIN: origin.url, STALE_SECONDS: "0" } });
    try {
      await fillAndExpire("/no-stale.jpg", jpeg(source, { "cache-control": shortly }), strict);
      origin.on("/no-stale.jpg", status(503, "busy"));
      const answer = await strict.get("/no-stale.jpg", accepts.avif);
      expect([answer.status, String(answer.body)]).toEqual([503, "busy"]);
    } finally {
      await strict.close();
    }
  });
});

describe.concurrent("a 304 from the origin", () => {
  test.each([
    ["ETag", { etag: '"v1"' }, "if-none-match", '"v1"'],
    [
      "Last-Modified",
      { "last-modified": "Sun, 01 Nov 2026 10:00:00 GMT" },
      "if-modified-since",
      "Sun, 01 Nov 2026 10:00:00 GMT",
    ],
  ] as const)("for %s renews every variant without encoding again", async (name, validators, condition, value) => {
    const path = `/renewed-${name.toLowerCase()}.jpg`;
    const renewing: Script = (request, response, count) => {
      if (request.headers[condition] !== value)
        return jpeg(source, { ...validators, "cache-control": shortly })(request, response, count);
      response.writeHead(304, { ...validators, "cache-control": dayFresh });
      response.end();
    };
    origin.on(path, jpeg(source, { ...validators, "cache-control": shortly }));
    await fillAndExpire(path, jpeg(source, { ...validators, "cache-control": shortly }));
    const before = origin.count(path);
    origin.on(path, renewing);
    const renewed = await edge.get(path, accepts.avif);
    expectPicture(renewed, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(origin.count(path)).toBe(before + 1);
    expect(origin.requests(path).at(-1)?.headers[condition]).toBe(value);
    for (const [accept, format, reason] of [
      [accepts.webp, "webp", "transcoded"],
      [accepts.avif, "avif", "transcoded"],
      [accepts.baseline, "jpeg", "not-accepted"],
    ] as const) {
      // What nobody had asked for before is made now, of the bytes that are kept.
      await edge.settle(path, accept);
      const answer = await untilHit(() => edge.get(path, accept));
      expectPicture(answer, { format, source: "jpeg", reason, original: source, hit: true });
      expect(directive(answer, "max-age")).toBe(86_400);
    }
    expect(origin.count(path)).toBe(before + 1);
  });
});

describe.concurrent("changed bytes", () => {
  test("replace every class after expiry", async () => {
    const path = "/changed.jpg";
    await fillAndExpire(path, jpeg(source, { "cache-control": shortly, etag: '"old"' }));
    expect(isHit(await edge.get(path, accepts.baseline))).toBe(false);
    await untilExpired();
    origin.on(path, jpeg(changed, { etag: '"new"' }));
    const [old, fresh] = [await decode(source), await decode(changed)];
    await edge.get(path, accepts.webp);
    for (const [accept, format, reason] of [
      [accepts.avif, "avif", "transcoded"],
      [accepts.webp, "webp", "transcoded"],
      [accepts.baseline, "jpeg", "not-accepted"],
    ] as const) {
      const answer = await edge.settle(path, accept);
      expectPicture(answer, { format, source: "jpeg", reason, original: changed });
      const pixels = await decode(answer.body);
      expect(meanError(pixels, fresh)).toBeLessThan(5);
      expect(meanError(pixels, old)).toBeGreaterThan(10);
    }
  });

  test("asked for by 100 clients at once after expiry cost one request to the origin", async () => {
    const path = "/expired-rush.jpg";
    await fillAndExpire(path, jpeg(source, { "cache-control": shortly }));
    const before = origin.count(path);
    origin.on(path, slow(200, jpeg(changed)));
    const answers = await Promise.all(Array.from({ length: 100 }, () => edge.get(path, accepts.webp)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(origin.count(path)).toBe(before + 1);
  });

  test("the same bytes again cost no encode", async () => {
    const path = "/same-again.jpg";
    await fillAndExpire(path, jpeg(source, { "cache-control": shortly }));
    origin.on(path, jpeg(source));
    expectPicture(await edge.get(path, accepts.avif), {
      format: "avif",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });

  test("per request, without freshness of their own, never mix one picture's facts with another's bytes", async () => {
    const pictures = await Promise.all([10, 20, 30, 40].map((seed) => photo(seed)));
    const [first, ...rest] = pictures.map((body) => jpeg(body, { "cache-control": "max-age=1" }));
    origin.on("/flicker.jpg", sequence(first ?? hang, ...rest));
    for (let request = 0; request < 8; request++) {
      const answer = await edge.get("/flicker.jpg", accepts.webp);
      expect(answer.status).toBe(200);
      const pixels = await decode(answer.body);
      const errors = await Promise.all(pictures.map(async (body) => meanError(pixels, await decode(body))));
      expect(Math.min(...errors)).toBeLessThan(4);
      await pause(400);
    }
  });
});
