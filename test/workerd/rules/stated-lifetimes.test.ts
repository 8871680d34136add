/** What an origin says of lifetimes besides `Cache-Control`, and what clients are given of it. */
import { beforeEach, describe, expect, test } from "vitest";
import { accepts, cacheStatusOf, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { expectPicture } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { dayFresh, jpeg, redirect, type Script, status } from "../scripted-origin.ts";

const source = pictureOf("photo");
const webp = { format: "webp", source: "jpeg", reason: "transcoded", original: source } as const;

/** An origin that confirms what it has by its tag. */
const validated =
  (body: Uint8Array, etag: string): Script =>
  (request, count) =>
    request.headers["if-none-match"] === etag
      ? status(304, "", { etag })(request, count)
      : jpeg(body, { etag })(request, count);

let edge: Edge;
beforeEach(async () => {
  edge = await startEdge({ vars: { FORMATS: "webp" } });
});

describe("a redirect on the way to a picture", () => {
  test.each([
    ["/latest.jpg", { "cache-control": "no-cache" }, "no-cache", "ttl-too-short"],
    ["/private.jpg", { "cache-control": "private, no-store" }, "private, no-store", "not-cacheable"],
    ["/brief.jpg", { "cache-control": "public, max-age=60" }, "public, max-age=60", "ttl-too-short"],
  ] as const)("%s with %j: no client sees a longer lifetime", async (path, fields, stated, reason) => {
    edge.origin.on(path, redirect("/v1.jpg", 302, fields));
    edge.origin.on("/v1.jpg", jpeg(source));
    for (let request = 1; request <= 2; request++) {
      const answer = await edge.settle(path, accepts.webp);
      expect([answer.status, isSame(answer.body, source)]).toEqual([200, true]);
      expect(answer.headers["cache-control"]).toBe(stated);
      expect(verdictOf(answer)["reason"]).toBe(reason);
    }
  });

  test.each([302, 303, 307])(
    "that states nothing and is temporary (%i): nobody keeps it, and its picture is made once (RFC 9111 §4.2.2)",
    async (code) => {
      const path = `/plain-${code}.jpg`;
      edge.origin.on(path, redirect("/v1.jpg", code));
      edge.origin.on("/v1.jpg", validated(source, '"v1"'));
      edge.origin.on("/v2.jpg", jpeg(pictureOf("changed")));
      const { length } = edge.engine.encoded;
      for (let request = 1; request <= 3; request++) {
        const answer = await edge.settle(path, accepts.webp);
        expectPicture(answer, webp);
        expect([answer.headers["cache-control"], isHit(answer)]).toEqual(["max-age=0", false]);
        expect(cacheStatusOf(answer).get("ttl")).toBe(0);
      }
      expect(edge.engine.encoded.length - length).toBeLessThanOrEqual(2);
      // The origin confirms what is stored with a 304, and what it leads to next is seen at once.
      expect(edge.origin.requests("/v1.jpg").at(-1)?.headers["if-none-match"]).toBe('"v1"');
      edge.origin.on(path, redirect("/v2.jpg", code));
      expectPicture(await edge.settle(path, accepts.webp), { ...webp, original: pictureOf("changed") });
    },
  );

  test("that states nothing, on the way to a picture that lives too short", async () => {
    edge.origin.on("/plain-brief.jpg", redirect("/brief-v1.jpg"));
    edge.origin.on("/brief-v1.jpg", jpeg(source, { "cache-control": "max-age=60" }));
    expect(verdictOf(await edge.settle("/plain-brief.jpg", accepts.webp))["reason"]).toBe("ttl-too-short");
    edge = await startEdge({ vars: { FORMATS: "webp", STALE_SECONDS: "0" } });
    edge.origin.on("/plain.jpg", redirect("/v1.jpg"));
    edge.origin.on("/v1.jpg", jpeg(source));
    // Nothing could be kept for the next request.
    expect(verdictOf(await edge.settle("/plain.jpg", accepts.webp))["reason"]).toBe("ttl-too-short");
  });

  test.each([301, 308])("that states nothing and is permanent (%i): the picture's own lifetime holds", async (code) => {
    edge.origin.on(`/moved-${code}.jpg`, redirect("/v1.jpg", code));
    edge.origin.on("/v1.jpg", jpeg(source));
    const hit = await edge.hit(`/moved-${code}.jpg`, accepts.webp);
    expectPicture(hit, { ...webp, hit: true });
    expect(hit.headers["cache-control"]).toBe(dayFresh);
  });
});

describe("an answer that another cache has kept for long", () => {
  test.each([
    ["Date", () => ({ date: new Date(Date.now() - 80_000_000).toUTCString() })],
    ["Age", () => ({ age: "80000" })],
  ])("is as old here as its %s says", async (name, fields) => {
    edge.origin.on(`/${name}.jpg`, jpeg(source, fields()));
    await edge.settle(`/${name}.jpg`, accepts.webp);
    const hit = await edge.hit(`/${name}.jpg`, accepts.webp);
    expect(Number(hit.headers["age"])).toBeGreaterThanOrEqual(80_000);
    expect(cacheStatusOf(hit).get("ttl")).toBeLessThanOrEqual(6400);
  });

  test("and is not kept any more where that leaves too little", async () => {
    edge.origin.on("/late.jpg", jpeg(source, { date: new Date(Date.now() - 86_000_000).toUTCString() }));
    expect(verdictOf(await edge.settle("/late.jpg", accepts.webp))["reason"]).toBe("ttl-too-short");
  });
});

describe("CDN-Cache-Control (RFC 9213) is read before Cache-Control", () => {
  test("no-store: not-cacheable, whatever Cache-Control says", async () => {
    edge.origin.on("/cdn-no-store.jpg", jpeg(source, { "cdn-cache-control": "no-store" }));
    for (let request = 1; request <= 2; request++) {
      const answer = await edge.settle("/cdn-no-store.jpg", accepts.webp);
      expect(verdictOf(answer)["reason"]).toBe("not-cacheable");
      expect(answer.headers["cache-control"]).toBe(dayFresh);
    }
    expect(edge.origin.count("/cdn-no-store.jpg")).toBe(2);
  });

  test.each(["max-age=0, must-revalidate", "no-store"])(
    "a long life is used, and clients are given their own: %s",
    async (own) => {
      const path = `/cdn-${own.length}.jpg`;
      edge.origin.on(path, jpeg(source, { "cache-control": own, "cdn-cache-control": "max-age=86400" }));
      await edge.settle(path, accepts.webp);
      const hit = await edge.hit(path, accepts.webp);
      expectPicture(hit, { ...webp, hit: true });
      expect(hit.headers["cache-control"]).toBe(own);
      expect(cacheStatusOf(hit).get("ttl")).toBeGreaterThan(86_000);
      expect(edge.origin.count(path)).toBe(1);
    },
  );

  test("alone: clients are given no more than the default", async () => {
    edge.origin.on("/cdn-only.jpg", jpeg(source, { "cache-control": null, "cdn-cache-control": "max-age=31536000" }));
    await edge.settle("/cdn-only.jpg", accepts.webp);
    const hit = await edge.hit("/cdn-only.jpg", accepts.webp);
    expect(hit.headers["cache-control"]).toBe("public, max-age=86400");
    expect(cacheStatusOf(hit).get("ttl")).toBeGreaterThan(86_400);
  });

  test("where it is invalid, Cache-Control counts", async () => {
    const fields = { "cache-control": "no-store", "cdn-cache-control": 'max-age="86400"' };
    edge.origin.on("/cdn-void.jpg", jpeg(source, fields));
    expect(verdictOf(await edge.settle("/cdn-void.jpg", accepts.webp))["reason"]).toBe("not-cacheable");
  });
});

test.each([
  ["a stored answer", dayFresh],
  ["a forwarded answer", "no-store"],
])("fields that Connection names are dropped from %s", async (name, control) => {
  const path = `/hop-${control.length}.jpg`;
  edge.origin.on(path, jpeg(source, { connection: "X-Hop", "x-hop": "1", "x-end": "2", "cache-control": control }));
  const answer = await edge.settle(path, accepts.webp);
  expect([answer.headers["x-hop"], answer.headers["x-end"]], name).toEqual([undefined, "2"]);
});
