import { describe, expect, test } from "vitest";
import { accepts, cacheStatusOf, directive, isHit, verdictOf } from "../../support/answer.ts";
import { expectPicture, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { nameOf, sourceOf } from "../scripted-engine.ts";
import { cut, dayFresh, held, jpeg, type Script, sequence, status } from "../scripted-origin.ts";

const [source, changed] = [pictureOf("photo"), pictureOf("changed")];
const shortly = "public, max-age=2";
const path = "/photo.jpg";

/** Everything is encoded after the answer, so that an encode shows as an interim answer. */
const startHasty = (vars: Readonly<Record<string, string>> = {}): Promise<Edge> =>
  startEdge({ vars: { MIN_TTL_SECONDS: "0", INLINE_BUDGET_MS: "0", ...vars } });

/** An edge that has everything of a picture, whose freshness has just ended. */
async function expired(script: Script, vars: Readonly<Record<string, string>> = {}): Promise<Edge> {
  const edge = await startHasty(vars);
  edge.origin.on(path, script);
  await edge.settle(path, accepts.avif);
  await edge.settle(path, accepts.webp);
  edge.pass(3);
  return edge;
}

describe("interim answers", () => {
  test("carry at most 60 s and no other freshness fields, and name what is pending", async () => {
    const edge = await startHasty();
    edge.origin.on(
      path,
      jpeg(source, {
        expires: new Date(Date.now() + 86_400_000).toUTCString(),
        "cdn-cache-control": "max-age=86400",
        "cloudflare-cdn-cache-control": "max-age=86400",
        "surrogate-control": "max-age=86400",
        "cache-control": "max-age=86400, s-maxage=86400",
      }),
    );
    const answer = await edge.get(path, accepts.chrome);
    expectPicture(answer, { format: "jpeg", reason: "interim", original: source });
    expect(directive(answer, "max-age")).toBeLessThanOrEqual(60);
    expect(directive(answer, "s-maxage") ?? 0).toBeLessThanOrEqual(60);
    for (const name of ["expires", "cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"])
      expect(answer.headers[name], name).toBeUndefined();
    expect(verdictOf(answer)["pending"]).toContain("avif");
    await edge.idle();
    const final = await edge.settle(path, accepts.chrome);
    expectPicture(final, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(directive(final, "max-age")).toBe(86_400);
    expect(edge.origin.count(path)).toBe(1);
  });
});

describe("when the origin fails after expiry", () => {
  test.each([
    ["500", status(500, "down")],
    ["503", status(503, "busy")],
    ["a cut connection", cut],
  ])("%s: the stale variant is served, and replaced when the origin is back", async (_name, failure) => {
    const edge = await expired(jpeg(source, { "cache-control": shortly }));
    const before = edge.origin.count(path);
    edge.origin.on(path, failure);
    const stale = await edge.get(path, accepts.avif);
    expectPicture(stale, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(edge.origin.count(path)).toBeGreaterThan(before);
    const webp = await edge.get(path, accepts.webp);
    expectPicture(webp, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
    expect(cacheStatusOf(stale).get("fwd")).toBe("stale");
    await edge.idle();
    edge.origin.on(path, jpeg(changed));
    // A stale answer may be kept for a minute.
    edge.pass(61);
    const back = await edge.settle(path, accepts.avif);
    expectPicture(back, { format: "avif", source: "jpeg", reason: "transcoded", original: changed });
    expect(sourceOf(back.body)).toBe(nameOf(changed));
  });

  test("STALE_SECONDS=0: the origin's error is passed on", async () => {
    const edge = await expired(jpeg(source, { "cache-control": shortly }), { STALE_SECONDS: "0" });
    edge.origin.on(path, status(503, "busy"));
    const answer = await edge.get(path, accepts.avif);
    expect([answer.status, textOf(answer)]).toEqual([503, "busy"]);
  });
});

describe("a 304 from the origin", () => {
  test.each([
    ["ETag", { etag: '"v1"' }, "if-none-match", '"v1"'],
    [
      "Last-Modified",
      { "last-modified": "Sun, 01 Nov 2026 10:00:00 GMT" },
      "if-modified-since",
      "Sun, 01 Nov 2026 10:00:00 GMT",
    ],
  ] as const)("for %s renews every variant without encoding again", async (_name, validators, condition, value) => {
    const whole = jpeg(source, { ...validators, "cache-control": shortly });
    const edge = await expired(whole);
    const [before, encoded] = [edge.origin.count(path), edge.engine.encoded.length];
    edge.origin.on(path, (request, count) =>
      request.headers[condition] === value
        ? status(304, "", { ...validators, "cache-control": dayFresh })(request, count)
        : whole(request, count),
    );
    const renewed = await edge.get(path, accepts.avif);
    expectPicture(renewed, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(edge.origin.count(path)).toBe(before + 1);
    expect(edge.origin.requests(path).at(-1)?.headers[condition]).toBe(value);
    for (const [accept, format, reason] of [
      [accepts.webp, "webp", "transcoded"],
      [accepts.avif, "avif", "transcoded"],
      [accepts.baseline, "jpeg", "not-accepted"],
    ] as const) {
      const answer = await edge.hit(path, accept);
      expectPicture(answer, { format, source: "jpeg", reason, original: source, hit: true });
      expect(directive(answer, "max-age")).toBe(86_400);
    }
    expect(edge.engine.encoded.length).toBe(encoded);
    expect(edge.origin.count(path)).toBe(before + 1);
  });
});

describe("changed bytes", () => {
  test("replace every class after expiry", async () => {
    const edge = await expired(jpeg(source, { "cache-control": shortly, etag: '"old"' }));
    expect(isHit(await edge.get(path, accepts.baseline))).toBe(false);
    await edge.idle();
    edge.pass(3);
    edge.origin.on(path, jpeg(changed, { etag: '"new"' }));
    for (const [accept, format, reason] of [
      [accepts.avif, "avif", "transcoded"],
      [accepts.webp, "webp", "transcoded"],
      [accepts.baseline, "jpeg", "not-accepted"],
    ] as const) {
      const answer = await edge.settle(path, accept);
      expectPicture(answer, { format, source: "jpeg", reason, original: changed });
      expect(sourceOf(answer.body)).toBe(nameOf(changed));
    }
  });

  test("asked for by 100 clients at once after expiry cost one request to the origin", async () => {
    const edge = await expired(jpeg(source, { "cache-control": shortly }));
    const before = edge.origin.count(path);
    const slow = held(jpeg(changed));
    edge.origin.on(path, slow);
    const asking = Array.from({ length: 100 }, () => edge.get(path, accepts.webp));
    await slow.asked;
    // All of them have looked into the cache before the origin answers.
    await new Promise((later) => setTimeout(later, 100));
    slow.release();
    const answers = await Promise.all(asking);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(edge.origin.count(path)).toBe(before + 1);
  });

  test("the same bytes again cost no encode", async () => {
    const edge = await expired(jpeg(source, { "cache-control": shortly }));
    const encoded = edge.engine.encoded.length;
    edge.origin.on(path, jpeg(source));
    const answer = await edge.get(path, accepts.avif);
    expectPicture(answer, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    await edge.idle();
    expect(edge.engine.encoded.length).toBe(encoded);
  });

  test("per request, without freshness of their own, never mix one picture's facts with another's bytes", async () => {
    const pictures = [source, changed, pictureOf("third"), pictureOf("fourth")];
    const [first, ...rest] = pictures.map((body) => jpeg(body, { "cache-control": "max-age=1" }));
    const edge = await startHasty();
    edge.origin.on(path, sequence(first ?? cut, ...rest));
    const seen = new Set<string>();
    for (let request = 0; request < 12; request++) {
      const answer = await edge.get(path, accepts.webp);
      expect(answer.status).toBe(200);
      const picture = pictures.find((body) => nameOf(body) === sourceOf(answer.body));
      expect(picture, JSON.stringify(answer.headers)).toBeDefined();
      expect(verdictOf(answer)["from"]).toBe(picture?.length);
      seen.add(sourceOf(answer.body));
      if (request % 2 === 1) await edge.idle();
      edge.pass(0.6);
    }
    expect(seen.size).toBe(pictures.length);
  });
});
