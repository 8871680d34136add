/** What an origin says of lifetimes besides `Cache-Control`, and what clients are given of it. */
import { beforeAll, describe, expect, test } from "vitest";
import { accepts, cacheStatusOf, isSame, verdictOf } from "../../support/answer.ts";
import { expectPicture } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { dayFresh, jpeg, redirect } from "../scripted-origin.ts";

const source = pictureOf("photo");
const webp = { format: "webp", source: "jpeg", reason: "transcoded", original: source } as const;

let edge: Edge;
beforeAll(async () => {
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

  test("that states nothing and is temporary: kept here, by no client, and by no other cache", async () => {
    edge.origin.on("/plain.jpg", redirect("/v1.jpg"));
    edge.origin.on("/v1.jpg", jpeg(source));
    await edge.settle("/plain.jpg", accepts.webp);
    const hit = await edge.hit("/plain.jpg", accepts.webp);
    expectPicture(hit, { ...webp, hit: true });
    expect(hit.headers["cache-control"]).toBe("max-age=0");
    expect(hit.headers).not.toHaveProperty("edge-imaging-cache-control");
    expect(cacheStatusOf(hit).get("ttl")).toBeGreaterThan(86_000);
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
