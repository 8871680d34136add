/**
 * One test for each group of HTTP rules, with the built Worker, real encoders and a real origin. The rules themselves
 * are proved in `test/workerd/rules`.
 */
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accepts, cacheStatusOf, directive, isHit, verdictOf } from "../support/answer.ts";
import { type Edge, pause, startEdge, untilHit } from "../support/edge.ts";
import { expectForwardedPicture, expectPicture } from "../support/expect-picture.ts";
import { decode, meanError, photo, photoPng, pngOf, transparency } from "../support/pictures.ts";
import {
  jpeg,
  png,
  revalidated,
  type ScriptedOrigin,
  startScriptedOrigin,
  status,
} from "../support/scripted-origin.ts";

const token = "a-token-of-some-length";
const path = "/stream.jpg";
let origin: ScriptedOrigin;
let source: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  source = await photo();
  origin.on(path, jpeg(source));
});
afterAll(() => origin?.close());

const open: Edge[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((edge) => edge.close()));
});

/** An edge before the scripted origin, closed after the test. AVIF is made only where a test asks for it. */
async function edgeWith(vars: Readonly<Record<string, string>> = {}): Promise<Edge> {
  const edge = await startEdge({
    vars: { ORIGIN: origin.url, ADMIN_TOKEN: token, FORMATS: "webp", EAGER: "", ...vars },
  });
  open.push(edge);
  return edge;
}

const webp = (original = source) => ({ format: "webp", source: "jpeg", reason: "transcoded", original }) as const;

test("negotiation: one source gives AVIF, WebP and JPEG, each to whom it is for", async () => {
  const edge = await edgeWith({ FORMATS: "avif,webp" });
  expectPicture(await edge.settle(path, accepts.chrome), { ...webp(), format: "avif" });
  expectPicture(await edge.settle(path, accepts.webp), webp());
  expectPicture(await edge.settle(path, accepts.baseline), {
    format: "jpeg",
    reason: "not-accepted",
    original: source,
  });
  expect(origin.count(path)).toBe(1);
});

test("hints: Save-Data: on gets a smaller AVIF and WebP of the same picture in the same size", async () => {
  const edge = await edgeWith({ FORMATS: "avif,webp" });
  for (const format of ["avif", "webp"]) {
    const fast = await edge.settle(path, `image/${format}`);
    const slow = await edge.settle(path, `image/${format}`, { "save-data": "on" });
    for (const answer of [fast, slow]) expectPicture(answer, { ...webp(), format });
    expect(verdictOf(slow)["class"]).toBe(`${format}.slow`);
    expect(slow.body.length).toBeLessThan(fast.body.length * 0.9);
    // A size of its own would throw here.
    expect(meanError(await decode(slow.body), await decode(source))).toBeLessThan(8);
    expect(slow.headers["vary"]).toMatch(/Save-Data, ECT/);
  }
});

test("dialects: a dense screen gets the rendering of twice the width, and a hit of it", async () => {
  const edge = await edgeWith({ DPR: "on" });
  const rendering = "/is/image/shop/doubled";
  origin.on(rendering, async (request, response, count) => {
    const width = Number(new URL(request.url, origin.url).searchParams.get("wid"));
    return jpeg(await photo(1, width, (width * 2) / 3))(request, response, count);
  });
  for (const [ratio, width] of [
    ["1", 120],
    ["2", 240],
  ] as const) {
    const ask = (): ReturnType<Edge["get"]> =>
      edge.get(`${rendering}?wid=120&bfc=on`, accepts.webp, { "sec-ch-dpr": ratio });
    const hit = await untilHit(ask);
    expect(isHit(hit)).toBe(true);
    expect((await sharp(hit.body).metadata()).width).toBe(width);
    expect(hit.headers["vary"]).toMatch(/Sec-CH-DPR/i);
  }
  expect(origin.requests(rendering).map(({ url }) => url)).toEqual([`${rendering}?wid=120`, `${rendering}?wid=240`]);
});

describe("settings", () => {
  test("PNG_MODE=lossy: a photograph as PNG becomes a lossy AVIF far smaller than the lossless WebP", async () => {
    const photograph = await photoPng();
    origin.on("/photo.png", png(photograph));
    const lossless = await (await edgeWith()).settle("/photo.png", accepts.chrome);
    expectPicture(lossless, { ...webp(photograph), source: "png" });
    const lossy = await (
      await edgeWith({ PNG_MODE: "lossy", FORMATS: "avif,webp" })
    ).settle("/photo.png", accepts.chrome);
    expectPicture(lossy, { ...webp(photograph), source: "png", format: "avif" });
    expect(lossy.body.length).toBeLessThan(lossless.body.length / 2);
    expect(meanError(await decode(photograph), await decode(lossy.body))).toBeLessThan(5);
  });

  test("PNG_MODE=auto: lossy for a photograph, lossless for graphics with alpha", async () => {
    const edge = await edgeWith({ PNG_MODE: "auto" });
    const [photograph, graphic] = [await photoPng(), await pngOf(transparency(120, 90))];
    origin.on("/auto-photo.png", png(photograph));
    origin.on("/auto-graphic.png", png(graphic));
    const lossy = await edge.settle("/auto-photo.png", accepts.webp);
    expect(lossy.body.length).toBeLessThan(photograph.length / 3);
    const exact = await edge.settle("/auto-graphic.png", accepts.webp);
    expectPicture(exact, { ...webp(graphic), source: "png" });
    expect((await decode(exact.body)).data.equals((await decode(graphic)).data)).toBe(true);
  });
});

test("isolation: pictures that the origin tells apart by their query are never mixed", async () => {
  const edge = await edgeWith();
  const other = await photo(50);
  origin.on("/query.jpg?v=1", jpeg(source));
  origin.on("/query.jpg?v=2", jpeg(other));
  for (const [query, picture] of [
    ["?v=1", source],
    ["?v=2", other],
    ["?v=1", source],
  ] as const) {
    const answer = await edge.settle(`/query.jpg${query}`, accepts.webp);
    expectPicture(answer, webp(picture));
    expect(meanError(await decode(answer.body), await decode(picture))).toBeLessThan(5);
  }
});

test("caching: a long-lived picture becomes a hit, a short-lived one passes", async () => {
  const edge = await edgeWith();
  origin.on("/brief.jpg", jpeg(source, { "cache-control": "max-age=60" }));
  const brief = { format: "jpeg", reason: "ttl-too-short", original: source };
  expectForwardedPicture(await edge.settle("/brief.jpg", accepts.webp), brief);
  const hit = await untilHit(() => edge.get(path, accepts.webp));
  expect(cacheStatusOf(hit).get("ttl")).toBeGreaterThan(80_000);
  expect(directive(hit, "max-age")).toBe(86_400);
});

test("purge: what comes next is the new picture", async () => {
  const edge = await edgeWith();
  const changed = await photo(50);
  origin.on("/purged.jpg", jpeg(source));
  await untilHit(() => edge.get("/purged.jpg", accepts.webp));
  origin.on("/purged.jpg", jpeg(changed));
  const body = JSON.stringify({ urls: [`${edge.url}/purged.jpg`] });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  expect((await edge.ask("/_imaging/purge", { method: "POST", body, headers })).status).toBe(200);
  const answer = await edge.settle("/purged.jpg", accepts.webp);
  expectPicture(answer, webp(changed));
  expect(meanError(await decode(answer.body), await decode(changed))).toBeLessThan(5);
});

test("failing and renewal: an expired picture survives its origin's failure, and a 304 renews it", async () => {
  const edge = await edgeWith({ MIN_TTL_SECONDS: "0" });
  const once = { "cache-control": "public, max-age=1" };
  origin.on("/renewed.jpg", revalidated(source, "image/jpeg", { etag: '"v1"' }, once));
  const made = await edge.settle("/renewed.jpg", accepts.webp);
  expectPicture(made, webp());
  origin.on("/renewed.jpg", status(503, "busy"));
  await pause(1_500);
  const stale = await edge.get("/renewed.jpg", accepts.webp);
  expectPicture(stale, webp());
  expect(stale.headers["etag"]).toBe(made.headers["etag"]);
  expect(cacheStatusOf(stale).get("fwd")).toBe("stale");
  origin.on("/renewed.jpg", revalidated(source, "image/jpeg", { etag: '"v1"' }));
  const renewed = await edge.settle("/renewed.jpg", accepts.webp);
  expectPicture(renewed, webp());
  expect(renewed.headers["etag"]).toBe(made.headers["etag"]);
  expect(origin.requests("/renewed.jpg").at(-1)?.headers["if-none-match"]).toBe('"v1"');
});
