import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accepts, pause, startEdge, untilHit } from "../support/edge.ts";
import type { Edge, EdgeOptions } from "../support/edge.ts";
import { expectForwardedPicture, expectPicture, expectProblem, expectVaryAccept } from "../support/expect-picture.ts";
import { directive, isHit, verdictOf } from "../support/http.ts";
import { decode, meanError, photo, photoPng, pngOf, transparency } from "../support/pictures.ts";
import { jpeg, png, slow, startScriptedOrigin, status } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

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

/** An edge with these settings before the scripted origin; closed after the test. */
async function edgeWith(vars: Readonly<Record<string, string>>, options: EdgeOptions = {}): Promise<Edge> {
  const edge = await startEdge({ ...options, vars: { ORIGIN: origin.url, ...vars } });
  open.push(edge);
  return edge;
}

describe("FORMATS", () => {
  test("without avif, clients of AVIF get WebP, and those of AVIF alone the original", async () => {
    const edge = await edgeWith({ FORMATS: "webp" });
    expectPicture(await edge.settle(path, accepts.chrome), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expectPicture(await edge.settle(path, "image/avif"), { format: "jpeg", reason: "format-off", original: source });
    expectPicture(await edge.settle(path, "*/*"), { format: "jpeg", reason: "not-accepted", original: source });
  });

  test("with all formats named is the default", async () => {
    const edge = await edgeWith({ FORMATS: "jxl,avif,webp,jp2,jxr" });
    expectPicture(await edge.settle(path, accepts.chrome), {
      format: "avif",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });
});

describe("EAGER", () => {
  test("avif is made on a WebP client's request by default: the first request of a client of AVIF gets it", async () => {
    const edge = await edgeWith({ INLINE_BUDGET_MS: "0" });
    await edge.settle(path, accepts.webp);
    await pause(2_500);
    expectPicture(await edge.get(path, accepts.avif), {
      format: "avif",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });

  test("without avif it is made when first wanted", async () => {
    const edge = await edgeWith({ EAGER: "webp", INLINE_BUDGET_MS: "0" });
    await edge.settle(path, accepts.webp);
    await pause(1_500);
    const first = await edge.get(path, accepts.chrome);
    expectPicture(first, { format: "webp", source: "jpeg", reason: "interim", original: source });
    expect(verdictOf(first)["pending"]).toContain("avif");
    expectPicture(await edge.settle(path, accepts.chrome), {
      format: "avif",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });
});

describe("PNG_MODE", () => {
  test("lossy: a photograph as PNG becomes a lossy AVIF far smaller than the lossless WebP", async () => {
    const photograph = await photoPng();
    origin.on("/photo.png", png(photograph));
    const lossless = await (await edgeWith({})).settle("/photo.png", accepts.chrome);
    expectPicture(lossless, { format: "webp", source: "png", reason: "transcoded", original: photograph });
    const lossy = await (await edgeWith({ PNG_MODE: "lossy" })).settle("/photo.png", accepts.chrome);
    expectPicture(lossy, { format: "avif", source: "png", reason: "transcoded", original: photograph });
    expect(lossy.body.length).toBeLessThan(lossless.body.length / 2);
    expect(meanError(await decode(photograph), await decode(lossy.body))).toBeLessThan(5);
  });

  test("auto: lossy for a photograph, lossless for graphics with alpha", async () => {
    const edge = await edgeWith({ PNG_MODE: "auto" });
    const [photograph, graphic] = [await photoPng(), await pngOf(transparency(120, 90))];
    origin.on("/auto-photo.png", png(photograph));
    origin.on("/auto-graphic.png", png(graphic));
    const lossy = await edge.settle("/auto-photo.png", accepts.chrome);
    expect(lossy.body.length).toBeLessThan(photograph.length / 3);
    const exact = await edge.settle("/auto-graphic.png", accepts.webp);
    expectPicture(exact, { format: "webp", source: "png", reason: "transcoded", original: graphic });
    expect((await decode(exact.body)).data.equals((await decode(graphic)).data)).toBe(true);
  });
});

describe("bounds and shares", () => {
  test.each([
    ["MIN_SAVING_PERCENT=99", { MIN_SAVING_PERCENT: "99" }, "not-smaller"],
    ["ROLLOUT_PERCENT=0", { ROLLOUT_PERCENT: "0" }, "rollout"],
    ["MODE=off", { MODE: "off" }, "bypass"],
    ["MEMORY_BUDGET_MB=1", { MEMORY_BUDGET_MB: "1" }, "too-large"],
  ])("%s: the original, %s", async (_name, vars, reason) => {
    const edge = await edgeWith(vars);
    const answer = await edge.settle(path, accepts.chrome);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(source)).toBe(true);
    expect(verdictOf(answer)["reason"]).toBe(reason);
    expectVaryAccept(answer);
  });

  test("MODE=off leaves the request as it is, with its cookies and its Accept", async () => {
    origin.on("/mode-off.jpg", jpeg(source));
    const edge = await edgeWith({ MODE: "off" });
    await edge.get("/mode-off.jpg", accepts.chrome, { cookie: "a=1", range: "bytes=0-9" });
    expect(origin.requests("/mode-off.jpg")[0]?.headers).toMatchObject({
      cookie: "a=1",
      accept: accepts.chrome,
      range: "bytes=0-9",
    });
  });

  test("ROLLOUT_PERCENT=50 takes some of many URLs, and always the same ones", async () => {
    const edge = await edgeWith({ ROLLOUT_PERCENT: "50" });
    const reasonsOf = (): Promise<unknown[]> =>
      Promise.all(
        Array.from(
          { length: 40 },
          async (_, index) => verdictOf(await edge.settle(`${path}?n=${index}`, accepts.baseline))["reason"],
        ),
      );
    const first = await reasonsOf();
    expect(new Set(first)).toEqual(new Set(["rollout", "not-accepted"]));
    expect(await reasonsOf()).toEqual(first);
  });

  test("MODE=shadow does the work, sends the original and says what would be saved", async () => {
    const edge = await edgeWith({ MODE: "shadow" });
    const answer = await edge.settle(path, accepts.chrome);
    expectPicture(answer, { format: "jpeg", reason: "shadow", original: source });
    expect(verdictOf(answer)["saved"]).toBeGreaterThan(source.length / 8);
  });

  test("INLINE_BUDGET_MS=0: the first answer is interim, the work comes after it", async () => {
    const edge = await edgeWith({ INLINE_BUDGET_MS: "0" });
    const first = await edge.get(path, accepts.webp);
    expectPicture(first, { format: "jpeg", reason: "interim", original: source });
    expect(directive(first, "max-age")).toBeLessThanOrEqual(60);
    expectPicture(await edge.settle(path, accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });

  test("DEFAULT_TTL_SECONDS holds when the origin says nothing, and only then", async () => {
    origin.on("/silent.jpg", jpeg(source, { "cache-control": null }));
    const edge = await edgeWith({ DEFAULT_TTL_SECONDS: "60" });
    expectForwardedPicture(await edge.settle("/silent.jpg", accepts.webp), {
      format: "jpeg",
      reason: "ttl-too-short",
      original: source,
    });
    expectPicture(await edge.settle(path, accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });

  test("MIN_TTL_SECONDS=0 turns its rule off", async () => {
    origin.on("/brief.jpg", jpeg(source, { "cache-control": "max-age=30" }));
    const edge = await edgeWith({ MIN_TTL_SECONDS: "0" });
    expectPicture(await edge.settle("/brief.jpg", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });
});

describe("HOSTS and ORIGIN", () => {
  test("a host that is not named gets 421, a named one is served", async () => {
    const edge = await edgeWith({ HOSTS: "images.example.com, img.example.com" });
    expectProblem(await edge.get(path, accepts.webp), 421);
    expectProblem(await edge.get("/page", "text/html", { host: "evil.example" }), 421);
    for (const host of ["images.example.com", "IMG.example.com"]) {
      expectPicture(await edge.settle(path, accepts.webp, { host }), {
        format: "webp",
        source: "jpeg",
        reason: "transcoded",
        original: source,
      });
    }
  });

  test("route: the request's own URL is fetched", async () => {
    const asked: string[] = [];
    const edge = await startEdge({
      vars: { ORIGIN: "route" },
      outbound: (url) => {
        asked.push(url.href);
        return {
          status: 200,
          headers: { "content-type": "image/jpeg", "cache-control": "max-age=86400" },
          body: source,
        };
      },
    });
    open.push(edge);
    const answer = await edge.settle("/is/chair.jpg?wid=400", accepts.webp, { host: "images.example.com" });
    expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
    expect(new Set(asked).size).toBe(1);
    expect(new URL(asked[0] ?? "").host + new URL(asked[0] ?? "").pathname + new URL(asked[0] ?? "").search).toBe(
      "images.example.com/is/chair.jpg?wid=400",
    );
  });

  test("a base URL with a path puts it before the request's", async () => {
    origin.on("/assets/v2/chair.jpg", jpeg(source));
    const edge = await edgeWith({ ORIGIN: `${origin.url}/assets/v2/` });
    expectPicture(await edge.settle("/chair.jpg?w=1", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expect(origin.requests("/assets/v2/chair.jpg")[0]?.url).toBe("/assets/v2/chair.jpg?w=1");
  });

  test("an explicit URL on the request's own host is refused as a loop", async () => {
    const edge = await edgeWith({ ORIGIN: "http://images.example.com/" });
    expectProblem(await edge.get(path, accepts.webp, { host: "images.example.com" }), [500, 508]);
  });

  test("a request that has been here before is refused (CDN-Loop), another network's mark is not", async () => {
    const edge = await edgeWith({});
    await edge.get(path, accepts.webp);
    const mark = origin.requests(path).at(-1)?.headers["cdn-loop"];
    expect(mark).toBeTypeOf("string");
    const before = origin.count(path);
    expectProblem(await edge.get("/other.jpg", accepts.webp, { "cdn-loop": String(mark) }), [500, 508]);
    expect(origin.count("/other.jpg")).toBe(0);
    expect((await edge.get(path, accepts.webp, { "cdn-loop": "some-other-network" })).status).toBe(200);
    expect(origin.count(path)).toBeLessThanOrEqual(before + 1);
  });

  test("no ORIGIN outside development is a configuration error that names it", async () => {
    const edge = await startEdge({ vars: {} });
    open.push(edge);
    expectProblem(await edge.get(path), 500, "ORIGIN");
  });

  test.each([
    ["MIN_SAVING_PERCENT", "lots"],
    ["MODE", "sometimes"],
    ["FORMATS", "webp,bmp"],
    ["MIN_TTL_SECONDS", "-1"],
    ["ORIGIN", "ftp://example.com"],
    ["PNG_MODE", "both"],
  ])("%s=%s is an error that names the variable, the value and what is allowed", async (name, value) => {
    const answer = await (await edgeWith({ [name]: value })).get(path);
    expectProblem(answer, 500, name, value);
    expect(String(answer.body)).toMatch(/allowed/i);
  });
});

describe("/_imaging/", () => {
  const token = "a-token-of-some-length";
  const purge = (edge: Edge, urls: readonly string[], authorization?: string): ReturnType<Edge["ask"]> =>
    edge.ask("/_imaging/purge", {
      method: "POST",
      body: JSON.stringify({ urls }),
      headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
    });

  test("health answers 200 to anybody and tells no secret", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: token });
    const answer = await edge.ask("/_imaging/health");
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.headers) + String(answer.body)).not.toContain(token);
    expect(origin.count("/_imaging/health")).toBe(0);
  });

  test("without ADMIN_TOKEN everything but health is 404 outside development, whatever token is shown", async () => {
    const edge = await edgeWith({});
    for (const authorization of [undefined, "Bearer ", `Bearer ${token}`])
      expect((await purge(edge, [path], authorization)).status).toBe(404);
    expect((await edge.ask("/_imaging/other")).status).toBe(404);
    expect((await edge.ask("/_imaging/health")).status).toBe(200);
    expect(origin.count("/_imaging/purge")).toBe(0);
  });

  test("purge without the right token is 401, with another method 405 or 404", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: token });
    for (const authorization of [undefined, "Bearer wrong", `Basic ${token}`, token])
      expectProblem(await purge(edge, [path], authorization), 401);
    expect((await edge.ask(`/_imaging/purge?token=${token}`, { method: "POST", body: "{}" })).status).toBe(401);
    expect([404, 405]).toContain(
      (await edge.ask("/_imaging/purge", { headers: { authorization: `Bearer ${token}` } })).status,
    );
  });

  test("purge of nonsense or of another host's URL is 400", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: token });
    const authorization = `Bearer ${token}`;
    expectProblem(await purge(edge, ["https://elsewhere.example/x.jpg"], authorization), 400);
    for (const body of ["", "{", "[]", '{"urls": "x"}', '{"urls": [1]}']) {
      expectProblem(await edge.ask("/_imaging/purge", { method: "POST", body, headers: { authorization } }), 400);
    }
  });

  test("purge removes every class; what comes next is the new picture", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: token });
    const changed = await photo(50);
    const classes = [accepts.avif, accepts.webp, accepts.baseline];
    for (const url of [(target: string) => target, (target: string) => `${edge.url}${target}`]) {
      origin.on("/purged.jpg", jpeg(source));
      const target = `/purged.jpg?form=${url("").length}`;
      for (const accept of classes) {
        await edge.settle(target, accept);
        await untilHit(() => edge.get(target, accept));
      }
      origin.on("/purged.jpg", jpeg(changed));
      expect((await purge(edge, [url(target)], `Bearer ${token}`)).status).toBe(200);
      expect(isHit(await edge.get(target, accepts.baseline))).toBe(false);
      for (const accept of classes) {
        const answer = await edge.settle(target, accept);
        expect(verdictOf(answer)["from"]).toBe(changed.length);
        expect(meanError(await decode(answer.body), await decode(changed))).toBeLessThan(5);
      }
    }
  });

  test("purge reaches the answers that were stored for other sites (CORS)", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: token });
    const scripted =
      (body: Buffer): Parameters<ScriptedOrigin["on"]>[1] =>
      (request, response, count) =>
        jpeg(body, { vary: "Origin", "access-control-allow-origin": request.headers.origin ?? "*" })(
          request,
          response,
          count,
        );
    const changed = await photo(50);
    const sites = [{ origin: "https://a.example" }, { origin: "https://b.example" }, {}];
    origin.on("/cors-purge.jpg", scripted(source));
    for (const headers of sites) await edge.settle("/cors-purge.jpg", accepts.webp, headers);
    origin.on("/cors-purge.jpg", scripted(changed));
    expect((await purge(edge, ["/cors-purge.jpg"], `Bearer ${token}`)).status).toBe(200);
    for (const headers of sites) {
      const answer = await edge.settle("/cors-purge.jpg", accepts.webp, headers);
      expect(meanError(await decode(answer.body), await decode(changed)), JSON.stringify(headers)).toBeLessThan(5);
    }
  });

  test("an encode in flight does not bring the purged picture back", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: token, INLINE_BUDGET_MS: "0" });
    const [old, fresh] = [await photo(1, 768, 1152), await photo(50, 768, 1152)];
    origin.on("/in-flight.jpg", jpeg(old));
    await edge.get("/in-flight.jpg", accepts.avif);
    origin.on("/in-flight.jpg", jpeg(fresh));
    expect((await purge(edge, ["/in-flight.jpg"], `Bearer ${token}`)).status).toBe(200);
    await pause(3_000);
    const wanted = await decode(fresh);
    for (let round = 0; round < 2; round++) {
      for (const accept of [accepts.baseline, accepts.webp, accepts.avif]) {
        const answer = await edge.settle("/in-flight.jpg", accept);
        expect(meanError(await decode(answer.body), wanted)).toBeLessThan(5);
      }
      await pause(1_000);
    }
  });

  test("a fetch in flight does not bring the purged picture back", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: token });
    const fresh = await photo(50);
    origin.on("/fetch-in-flight.jpg", slow(1_000, jpeg(source)));
    const early = edge.get("/fetch-in-flight.jpg", accepts.avif);
    await pause(300);
    origin.on("/fetch-in-flight.jpg", jpeg(fresh));
    expect((await purge(edge, ["/fetch-in-flight.jpg"], `Bearer ${token}`)).status).toBe(200);
    expect((await early).status).toBe(200);
    await pause(1_500);
    for (const accept of [accepts.baseline, accepts.webp, accepts.avif]) {
      const answer = await edge.settle("/fetch-in-flight.jpg", accept);
      expect(meanError(await decode(answer.body), await decode(fresh)), accept).toBeLessThan(5);
    }
  });

  test("in development no token is needed", async () => {
    const edge = await edgeWith({ ENVIRONMENT: "development" });
    expect((await purge(edge, [path])).status).toBe(200);
  });

  test("is never sent to the origin, and an error of the origin there does not show", async () => {
    origin.on("/_imaging/secret", status(200, "from the origin"));
    const edge = await edgeWith({});
    expect((await edge.get("/_imaging/secret", "text/html")).status).toBe(404);
    expect(origin.count("/_imaging/secret")).toBe(0);
  });
});
