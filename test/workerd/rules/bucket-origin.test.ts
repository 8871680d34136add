/** An R2 bucket as the origin: workerd's own, with what its objects say of themselves. */
import { env } from "cloudflare:workers";
import type { R2Bucket } from "@cloudflare/workers-types";
import { beforeAll, describe, expect, test } from "vitest";
import { accepts, isSame, verdictOf } from "../../support/answer.ts";
import { expectForwardedPicture, expectPicture, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";

const { FLEET_BUCKET: bucket } = env as unknown as { readonly FLEET_BUCKET: R2Bucket };
const source = pictureOf("photo");
const dayFresh = { contentType: "image/jpeg", cacheControl: "public, max-age=86400" };

beforeAll(async () => {
  await bucket.put("shop/a.jpg", source, { httpMetadata: dayFresh });
  await bucket.put("shop/ä b/c.jpg", source, { httpMetadata: dayFresh });
  await bucket.put("shop/untyped.jpg", source);
  await bucket.put("shop/untyped", source);
  await bucket.put("shop/drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  await bucket.put("shop/page", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  await bucket.put("shop/own.jpg", source, { httpMetadata: { ...dayFresh, cacheControl: "private" } });
  await bucket.put("secret.jpg", source, { httpMetadata: dayFresh });
});

const edgeOn = (origin = "r2:PICTURES/shop", vars: Readonly<Record<string, string>> = {}): Promise<Edge> =>
  startEdge({ vars: { ORIGIN: origin, ...vars }, bindings: { PICTURES: bucket } });

const transcoded = { format: "webp", source: "jpeg", reason: "transcoded", original: source } as const;

describe("ORIGIN=r2:", () => {
  test("makes variants of an object, and keeps them", async () => {
    const edge = await edgeOn();
    const answer = await edge.hit("/a.jpg?v=3", accepts.webp);
    expectPicture(answer, { ...transcoded, hit: true });
    expect(answer.headers["cache-control"]).toBe("public, max-age=86400");
    expect(Date.parse(answer.headers["last-modified"] ?? "")).toBeLessThanOrEqual(Date.now());
    expect(edge.reported).toEqual([]);
  });

  test("finds objects by the decoded path, within the prefix alone", async () => {
    const edge = await edgeOn();
    expectPicture(await edge.settle("/%C3%A4%20b/c.jpg", accepts.webp), transcoded);
    for (const path of ["/../secret.jpg", "/%2e%2e/secret.jpg", "/..%2Fsecret.jpg", "/secret.jpg"]) {
      expect((await edge.get(path, accepts.webp)).status, path).toBe(404);
    }
    expectPicture(await (await edgeOn("r2:PICTURES")).settle("/shop/a.jpg", accepts.webp), transcoded);
    expect((await (await edgeOn("r2:PICTURES")).get(`/${"x".repeat(1100)}.jpg`, accepts.webp)).status).toBe(404);
  });

  test("takes an object without a type for what its name or its bytes say, and DEFAULT_TTL_SECONDS for its freshness", async () => {
    const edge = await edgeOn("r2:PICTURES/shop", { DEFAULT_TTL_SECONDS: "7200" });
    expectPicture(await edge.settle("/untyped.jpg", accepts.webp), transcoded);
    const answer = await edge.settle("/untyped", accepts.webp);
    expectPicture(answer, transcoded);
    expect(answer.headers["cache-control"]).toBe("public, max-age=7200");
    const off = await edge.get("/untyped?imaging=off", accepts.webp);
    expect(off.headers["content-type"]).toBe("image/jpeg");
    expect((await edge.get("/drawing.svg", accepts.webp)).headers["content-type"]).toBe("image/svg+xml");
    // What runs scripts has to be called so by the operator.
    expect((await edge.ask("/page")).headers["content-type"]).toBeUndefined();
  });

  test("asks on condition when a source is stale", async () => {
    const edge = await edgeOn();
    const before = await edge.hit("/a.jpg", accepts.webp);
    edge.pass(90_000);
    await edge.get("/a.jpg", accepts.webp);
    await edge.idle();
    const after = await edge.hit("/a.jpg", accepts.webp);
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
    expect(edge.engine.encoded.filter((format) => format === "webp")).toHaveLength(1);
  });

  test("passes personal objects on, and answers conditions and ranges of what is passed on", async () => {
    const edge = await edgeOn();
    const own = await edge.get("/own.jpg", accepts.webp);
    expectForwardedPicture(own, { format: "jpeg", reason: "not-cacheable", original: source });
    const { etag = "" } = own.headers;
    const ask = (headers: Readonly<Record<string, string>>, method = "GET") =>
      edge.ask("/own.jpg?imaging=off", { method, headers: { accept: accepts.webp, ...headers } });
    expect((await ask({ "if-none-match": etag })).status).toBe(304);
    const part = await ask({ range: "bytes=10-19" });
    expect([part.status, part.headers["content-range"]]).toEqual([206, `bytes 10-19/${source.length}`]);
    expect(isSame(part.body, source.subarray(10, 20))).toBe(true);
    const end = await ask({ range: "bytes=-5", "if-range": etag });
    expect(isSame(end.body, source.subarray(source.length - 5))).toBe(true);
    expect((await ask({ range: `bytes=${source.length}-` })).status).toBe(416);
    for (const headers of [{ range: "bytes=0-4,8-9" }, { range: "bytes=0-4", "if-range": '"other"' }]) {
      const all = await ask(headers);
      expect(all.status).toBe(200);
      expect(isSame(all.body, source)).toBe(true);
    }
    const head = await ask({}, "HEAD");
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, String(source.length), 0]);
  });

  test("answers 404 and 405 as an origin does", async () => {
    const edge = await edgeOn();
    const missing = await edge.get("/none.jpg", accepts.webp);
    expect([missing.status, verdictOf(missing)["reason"]]).toEqual([404, "origin-error"]);
    const put = await edge.ask("/a.jpg", { method: "PUT", body: "x" });
    expect([put.status, put.headers["allow"]]).toEqual([405, "GET, HEAD"]);
    expect(isSame(new Uint8Array(await ((await bucket.get("shop/a.jpg"))?.arrayBuffer() ?? [])), source)).toBe(true);
  });

  test("draws presets of what it stores", async () => {
    const edge = await edgeOn("r2:PICTURES/shop", { PRESETS: '{"thumb": {"width": 60}}' });
    const answer = await edge.settle("/a.jpg?$thumb$", accepts.webp);
    expect(verdictOf(answer)).toMatchObject({ format: "webp", source: "jpeg" });
    expect(Number(verdictOf(answer)["from"])).toBeLessThan(source.length / 2);
  });

  test("without such a bucket passes everything through, and says so", async () => {
    const edge = await startEdge({ vars: { ORIGIN: "r2:PICTURES" } });
    expect(textOf(await edge.get("/_imaging/health"))).toContain("no bucket is bound");
  });

  test("shows what is kept while the bucket fails", async () => {
    let isFailing = false;
    const failing = {
      get: (...asked: Parameters<R2Bucket["get"]>) =>
        isFailing ? Promise.reject(new Error("R2")) : bucket.get(...asked),
      head: (name: string) => bucket.head(name),
      list: () => undefined,
    };
    const edge = await startEdge({ vars: { ORIGIN: "r2:PICTURES/shop" }, bindings: { PICTURES: failing } });
    await edge.hit("/a.jpg", accepts.webp);
    isFailing = true;
    edge.pass(90_000);
    expectPicture(await edge.settle("/a.jpg", accepts.webp), transcoded);
    expect((await edge.get("/other.jpg", accepts.webp)).status).toBe(502);
  });
});
