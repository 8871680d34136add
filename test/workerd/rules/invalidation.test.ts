/** Requests that change a picture at its origin (RFC 9111 §4.4). */
import { beforeEach, describe, expect, test } from "vitest";
import { maxPurgeOperations, purgesAtOnce } from "../../../src/edge/limits.ts";
import { accepts, type Answer, isHit, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { createMapCache, createWatchedCache } from "../map-cache.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { nameOf, sourceOf } from "../scripted-engine.ts";
import { jpeg, status } from "../scripted-origin.ts";

const [source, changed] = [pictureOf("photo"), pictureOf("changed")];
const path = "/photo.jpg?w=1";

let edge: Edge;
beforeEach(async () => {
  edge = await startEdge({ vars: { FORMATS: "webp" } });
  edge.origin.on(path, jpeg(source));
  await edge.hit(path, accepts.webp);
});

test.each(["POST", "PUT", "DELETE", "PATCH"])("%s with success makes void what is kept", async (method) => {
  edge.origin.on(path, status(204));
  expect((await edge.ask(path, { method })).status).toBe(204);
  edge.origin.on(path, jpeg(changed));
  expect(sourceOf((await edge.settle(path, accepts.webp)).body)).toBe(nameOf(changed));
});

test("a file that is the same afterwards is not encoded again, and is final at once", async () => {
  edge.origin.on(path, (request, count) =>
    request.method === "GET" ? jpeg(source)(request, count) : new Response(null, { status: 204 }),
  );
  const before = edge.engine.encoded.length;
  const asked = edge.origin.requests().length;
  for (let round = 0; round < 3; round++) {
    await edge.ask(path, { method: "POST" });
    const answer = await edge.get(path, accepts.webp);
    expect(verdictOf(answer)["reason"]).toBe("transcoded");
    expect(isHit(answer)).toBe(false);
    await edge.idle();
    expect(isHit(await edge.get(path, accepts.webp))).toBe(true);
  }
  expect(edge.engine.encoded.length).toBe(before);
  expect(edge.origin.requests().length).toBe(asked + 2 * 3);
});

test("what is void is not shown, even while the origin fails", async () => {
  const fields = { "cache-control": "max-age=7200, stale-while-revalidate=86400, stale-if-error=86400" };
  edge.origin.on("/stale.jpg", jpeg(source, fields));
  await edge.hit("/stale.jpg", accepts.webp);
  for (const name of [path, "/stale.jpg"]) {
    edge.origin.on(name, status(204));
    await edge.ask(name, { method: "DELETE" });
    edge.origin.on(name, status(503));
    expect((await edge.get(name, accepts.webp)).status).toBe(503);
  }
});

test("the origin is asked about a strong tag, and not about a date of whole seconds", async () => {
  const fields = { etag: '"one"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" };
  const conditions: unknown[] = [];
  edge.origin.on("/strong.jpg", (request, count) => {
    if (request.method !== "GET") return new Response(null, { status: 204 });
    conditions.push(request.headers["if-none-match"], request.headers["if-modified-since"]);
    return request.headers["if-none-match"] === '"one"'
      ? new Response(null, { status: 304, headers: fields })
      : jpeg(source, fields)(request, count);
  });
  await edge.hit("/strong.jpg", accepts.webp);
  conditions.length = 0;
  await edge.ask("/strong.jpg", { method: "POST" });
  expect(sourceOf((await edge.settle("/strong.jpg", accepts.webp)).body)).toBe(nameOf(source));
  expect(conditions).toEqual(['"one"', undefined]);
});

test.each([403, 500])("PUT that is answered with %i does not", async (code) => {
  edge.origin.on(path, status(code));
  await edge.ask(path, { method: "PUT", body: "new" });
  expect(isHit(await edge.get(path, accepts.webp))).toBe(true);
});

test("OPTIONS, and PUT to another URL, do not", async () => {
  edge.origin.on(path, status(204));
  await edge.ask(path, { method: "OPTIONS" });
  edge.origin.on("/other.jpg", status(204));
  await edge.ask("/other.jpg", { method: "PUT" });
  await edge.idle();
  expect(isHit(await edge.get(path, accepts.webp))).toBe(true);
});

test("a form that is sent costs few operations of the cache", async () => {
  const cache = createMapCache();
  edge = await startEdge({ vars: { FORMATS: "webp" }, cache });
  edge.origin.on("/log-in", status(303, "", { location: "/" }));
  await edge.ask("/log-in", { method: "POST", body: "name=a", headers: { accept: "text/html" } });
  await edge.idle();
  expect(cache.count()).toBeLessThanOrEqual(3);
});

/** So many presets, by name. */
const presets = (count: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, { width: at + 1 }])));

const put = (): Promise<Answer> => edge.ask("/many.jpg", { method: "PUT", body: "new" });
const purge = (): Promise<Answer> =>
  edge.ask("/_imaging/purge", {
    method: "POST",
    headers: { authorization: "Bearer secret" },
    body: JSON.stringify({ urls: ["/many.jpg", "/many.jpg?preset=p1", "/many.jpg"] }),
  });

describe.each([
  ["PUT", put, 204],
  ["a purge", purge, 500],
] as const)("%s of a picture of many presets", (_, change, statusOfTooMany) => {
  test("makes several void at the same time, as many as the platform opens connections, and each once", async () => {
    let [current, most, marks] = [0, 0, 0];
    const cache = createWatchedCache(async (_number, kind, url) => {
      if (kind !== "put" || !url.includes("/record/purge/")) return;
      marks += 1;
      current += 1;
      most = Math.max(most, current);
      await new Promise((resolve) => setTimeout(resolve, 1));
      current -= 1;
    });
    edge = await startEdge({ vars: { FORMATS: "webp", PRESETS: presets(20), ADMIN_TOKEN: "secret" }, cache });
    edge.origin.on("/many.jpg", status(204));
    await change();
    expect([most, marks]).toEqual([purgesAtOnce, 21]);
  });

  test("takes no more operations than the platform allows, and says where that is not enough", async () => {
    const cache = createMapCache();
    edge = await startEdge({ vars: { FORMATS: "webp", PRESETS: presets(1500), ADMIN_TOKEN: "secret" }, cache });
    edge.origin.on("/many.jpg", status(204));
    const answer = await change();
    expect(cache.count("put")).toBeGreaterThan(1000);
    expect(cache.count()).toBeLessThanOrEqual(maxPurgeOperations);
    expect(answer.status).toBe(statusOfTooMany);
    const isSaid = edge.reported.length > 0 || new TextDecoder().decode(answer.body).includes('"result":"failed"');
    expect(isSaid).toBe(true);
  });
});

test("what goes wrong here is reported, and is no failure of what the origin has done", async () => {
  const cache = createMapCache();
  edge = await startEdge({ vars: { FORMATS: "webp" }, cache });
  edge.origin.on(path, jpeg(source));
  await edge.hit(path, accepts.webp);
  const [name = "", record] = [...cache.entries].find(([url]) => url.includes("/record/source/")) ?? [];
  const text = (await record?.clone().text())?.replaceAll('"originEtag":null', '"originEtag":5');
  expect(text).toContain('"originEtag":5');
  cache.entries.set(name, new Response(text, record));
  edge.origin.on(path, status(204));
  expect((await edge.ask(path, { method: "PUT", body: "new" })).status).toBe(204);
  expect(edge.reported).toHaveLength(1);
});

test("a picture without an image's name is invalidated, too, after the answer", async () => {
  edge.origin.on("/avatar", jpeg(source));
  const image = { "sec-fetch-dest": "image" };
  await edge.hit("/avatar", accepts.webp, image);
  edge.origin.on("/avatar", status(303, "", { location: "/me" }));
  await edge.ask("/avatar", { method: "POST" });
  await edge.idle();
  edge.origin.on("/avatar", jpeg(changed));
  expect(sourceOf((await edge.settle("/avatar", accepts.webp, image)).body)).toBe(nameOf(changed));
});
