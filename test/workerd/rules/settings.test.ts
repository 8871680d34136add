import { parseList } from "structured-headers";
import { describe, expect, test, vi } from "vitest";
import { accepts, directive, isSame, verdictOf } from "../../support/answer.ts";
import {
  expectForwardedPicture,
  expectPicture,
  expectProblem,
  expectVaryAccept,
  textOf,
} from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, type EdgeOptions, startEdge } from "../scripted-edge.ts";
import { html, jpeg } from "../scripted-origin.ts";

const path = "/stream.jpg";
const source = pictureOf("photo");
const transcoded = { source: "jpeg", reason: "transcoded", original: source } as const;
const webp = { ...transcoded, format: "webp" } as const;
const avif = { ...transcoded, format: "avif" } as const;

async function edgeWith(vars: Readonly<Record<string, string>>, options: EdgeOptions = {}): Promise<Edge> {
  const edge = await startEdge({ ...options, vars });
  edge.origin.on(path, jpeg(source));
  return edge;
}

describe("FORMATS", () => {
  test("without avif, clients of AVIF get WebP, and those of AVIF alone the original", async () => {
    const edge = await edgeWith({ FORMATS: "webp" });
    expectPicture(await edge.settle(path, accepts.chrome), webp);
    expectPicture(await edge.settle(path, "image/avif"), { format: "jpeg", reason: "format-off", original: source });
    expectPicture(await edge.settle(path, "*/*"), { format: "jpeg", reason: "not-accepted", original: source });
  });

  test("with all formats named is the default", async () => {
    const edge = await edgeWith({ FORMATS: "jxl,avif,webp,jp2,jxr" });
    expectPicture(await edge.settle(path, accepts.chrome), avif);
  });
});

describe("EAGER", () => {
  test("avif is made on a WebP client's request by default: the first request of a client of AVIF gets it", async () => {
    const edge = await edgeWith({ INLINE_BUDGET_MS: "0" });
    await edge.settle(path, accepts.webp);
    expectPicture(await edge.get(path, accepts.avif), avif);
  });

  test("without avif it is made when first wanted", async () => {
    const edge = await edgeWith({ EAGER: "webp", INLINE_BUDGET_MS: "0" });
    await edge.settle(path, accepts.webp);
    expect(edge.engine.encoded).not.toContain("avif");
    const first = await edge.get(path, accepts.chrome);
    expectPicture(first, { ...webp, reason: "interim" });
    expect(verdictOf(first)["pending"]).toContain("avif");
    await edge.idle();
    expectPicture(await edge.settle(path, accepts.chrome), avif);
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
    expect(isSame(answer.body, source)).toBe(true);
    expect(verdictOf(answer)["reason"]).toBe(reason);
    expectVaryAccept(answer);
  });

  test("MODE=off leaves the request as it is, with its cookies and its Accept", async () => {
    const edge = await edgeWith({ MODE: "off" });
    const headers = { cookie: "a=1", accept: accepts.chrome, range: "bytes=0-9" };
    await edge.ask(path, { headers });
    expect(edge.origin.requests(path)[0]?.headers).toMatchObject(headers);
  });

  test("ROLLOUT_PERCENT=50 takes some of many URLs, and always the same ones", async () => {
    const edge = await edgeWith({ ROLLOUT_PERCENT: "50" });
    const reasonsOf = async (): Promise<unknown[]> => {
      const reasons: unknown[] = [];
      for (let n = 0; n < 40; n++)
        reasons.push(verdictOf(await edge.settle(`${path}?n=${n}`, accepts.baseline))["reason"]);
      return reasons;
    };
    const first = await reasonsOf();
    expect(new Set(first)).toEqual(new Set(["rollout", "not-accepted"]));
    expect(await reasonsOf()).toEqual(first);
  });

  test("INLINE_BUDGET_MS=0: the first answer is interim, the work comes after it", async () => {
    const edge = await edgeWith({ INLINE_BUDGET_MS: "0" });
    const first = await edge.get(path, accepts.webp);
    expectPicture(first, { format: "jpeg", reason: "interim", original: source });
    expect(directive(first, "max-age")).toBeLessThanOrEqual(60);
    await edge.idle();
    expectPicture(await edge.settle(path, accepts.webp), webp);
  });

  test("what a burst leaves no time for within INLINE_BUDGET_MS waits for no computation", async () => {
    const edge = await edgeWith({ INLINE_BUDGET_MS: "100" });
    const { promise, resolve } = Promise.withResolvers<void>();
    edge.engine.until = promise;
    const answered: unknown[] = [];
    const asking = Array.from({ length: 10 }, async (_, n) => {
      const answer = await edge.get(`${path}?n=${n}`, accepts.webp);
      answered.push(verdictOf(answer)["reason"]);
    });
    // The encode under way ends only after these answers.
    await vi.waitUntil(() => answered.length >= 8, { timeout: 60_000 });
    expect(new Set(answered)).toEqual(new Set(["interim"]));
    resolve();
    await Promise.all(asking);
  });

  test("DEFAULT_TTL_SECONDS holds when the origin says nothing, and only then", async () => {
    const edge = await edgeWith({ DEFAULT_TTL_SECONDS: "60" });
    edge.origin.on("/silent.jpg", jpeg(source, { "cache-control": null }));
    const short = { format: "jpeg", reason: "ttl-too-short", original: source };
    expectForwardedPicture(await edge.settle("/silent.jpg", accepts.webp), short);
    expectPicture(await edge.settle(path, accepts.webp), webp);
  });

  test("MIN_TTL_SECONDS=0 turns its rule off", async () => {
    const edge = await edgeWith({ MIN_TTL_SECONDS: "0" });
    edge.origin.on("/brief.jpg", jpeg(source, { "cache-control": "max-age=30" }));
    expectPicture(await edge.settle("/brief.jpg", accepts.webp), webp);
  });
});

describe("HOSTS and ORIGIN", () => {
  test("a host that is not named gets 421, a named one is served", async () => {
    const edge = await edgeWith({ HOSTS: "images.example.com, img.example.com" });
    expectProblem(await edge.get(path, accepts.webp), 421);
    expectProblem(await edge.get("/page", "text/html", { host: "evil.example" }), 421);
    for (const host of ["images.example.com", "IMG.example.com"])
      expectPicture(await edge.settle(path, accepts.webp, { host }), webp);
  });

  test("route: the request's own URL is fetched", async () => {
    const asked: string[] = [];
    const edge = await startEdge({
      vars: { ORIGIN: "route" },
      fetch: async (input) => {
        asked.push((input as Request).url);
        return new Response(source, { headers: { "content-type": "image/jpeg", "cache-control": "max-age=86400" } });
      },
    });
    const answer = await edge.settle("/is/chair.jpg?wid=400", accepts.webp, { host: "images.example.com" });
    expectPicture(answer, webp);
    expect(asked.map((url) => url.replace(/^https?:/, ""))).toEqual(["//images.example.com/is/chair.jpg?wid=400"]);
  });

  test("a base URL with a path puts it before the request's", async () => {
    const { origin } = await edgeWith({});
    origin.on("/assets/v2/chair.jpg", jpeg(source));
    const edge = await edgeWith({ ORIGIN: `${origin.url}/assets/v2/` }, { origin });
    expectPicture(await edge.settle("/chair.jpg?w=1", accepts.webp), webp);
    expect(origin.requests().map(({ url }) => url)).toEqual(["/assets/v2/chair.jpg?w=1"]);
  });

  test("an explicit URL on the request's own host is refused as a loop", async () => {
    const edge = await edgeWith({ ORIGIN: "http://images.example.com/" });
    expectProblem(await edge.get(path, accepts.webp, { host: "images.example.com" }), [500, 508]);
  });

  test("a request that has been here before is refused (CDN-Loop), another network's mark is not", async () => {
    const edge = await edgeWith({});
    await edge.get(path, accepts.webp);
    const mark = edge.origin.requests(path).at(-1)?.headers["cdn-loop"];
    expect(mark).toBeTypeOf("string");
    const before = edge.origin.count(path);
    expectProblem(await edge.get("/other.jpg", accepts.webp, { "cdn-loop": String(mark) }), [500, 508]);
    expect(edge.origin.count("/other.jpg")).toBe(0);
    expect((await edge.get(path, accepts.webp, { "cdn-loop": "some-other-network" })).status).toBe(200);
    expect(edge.origin.count(path)).toBeLessThanOrEqual(before + 1);
  });

  test("another deployment of this program on the way is no loop", async () => {
    const supplier = await edgeWith({ HOSTS: "supplier.example" });
    const shop = await startEdge({
      vars: { ORIGIN: "http://supplier.example" },
      fetch: async (input) => {
        const { url, headers } = new Request(input);
        const fields = { ...Object.fromEntries(headers), host: "supplier.example" };
        const { status, headers: given, body } = await supplier.ask(new URL(url).pathname, { headers: fields });
        return new Response(body, { status, headers: given });
      },
    });
    expect(isSame((await shop.get(path, accepts.baseline)).body, source)).toBe(true);
    const hops = supplier.origin.requests(path).map(({ headers }) => headers["cdn-loop"]);
    expect(hops).toEqual([expect.stringMatching(/^edge-imaging; id=\w+$/)]);
    // A page takes the hops along.
    supplier.origin.on("/page", html("a page"));
    expect((await shop.get("/page", "text/html")).status).toBe(200);
    const [mine, theirs] = (supplier.origin.requests("/page")[0]?.headers["cdn-loop"] ?? "").split(", ");
    expect(mine).not.toBe(theirs);
    for (const hop of [mine, "edge-imaging"]) {
      expectProblem(await shop.get("/page", "text/html", { "cdn-loop": `other; id=1, ${hop}` }), 508);
    }
  });

  test("no ORIGIN outside development passes to the zone's own origin, and says so", async () => {
    const edge = await startEdge({ vars: { ORIGIN: "" }, fetch: async () => new Response(source.slice(), asJpeg) });
    const answer = await edge.get(path, accepts.webp);
    expect(isSame(answer.body, source)).toBe(true);
    expect(answer.headers["edge-imaging-config"]).toContain("ORIGIN");
  });
});

describe("QUERY_PARAMETERS", () => {
  test("all: each query is a picture of its own", async () => {
    const edge = await edgeWith({});
    await edge.settle(`${path}?x=1`, accepts.webp);
    await edge.settle(`${path}?x=2`, accepts.webp);
    expect(edge.origin.requests(path).map(({ url }) => url)).toEqual([`${path}?x=1`, `${path}?x=2`]);
  });

  test("with names, all others neither split the cache nor reach the origin", async () => {
    const edge = await edgeWith({ QUERY_PARAMETERS: "w, h", FORMATS: "webp" });
    await edge.settle(`${path}?x=0&w=1`, accepts.webp);
    for (let index = 1; index < 20; index++) {
      const answer = await edge.get(`${path}?x=${index}&w=1&y=${index}`, accepts.webp);
      expectPicture(answer, { ...webp, hit: true });
    }
    expect(edge.origin.requests(path).map(({ url }) => url)).toEqual([`${path}?w=1`]);
    expect(edge.engine.encoded).toEqual(["webp"]);
    await edge.settle(`${path}?w=2`, accepts.webp);
    expect(edge.origin.count(path)).toBe(2);
  });

  test("with names, what is no picture and what is passed on unchanged keep their whole query", async () => {
    const edge = await edgeWith({ QUERY_PARAMETERS: "w" });
    edge.origin.on("/page", html("a page"));
    await edge.get("/page?session=1", "text/html");
    const off = await edge.get(`${path}?w=1&token=2&imaging=off`, accepts.webp);
    expect(verdictOf(off)["reason"]).toBe("opted-out");
    expect(edge.origin.requests().map(({ url }) => url)).toEqual(["/page?session=1", `${path}?w=1&token=2`]);
  });

  test("with names, a purge of any query reaches the picture", async () => {
    const edge = await edgeWith({ QUERY_PARAMETERS: "w", ADMIN_TOKEN: "secret" });
    await edge.settle(`${path}?w=1`, accepts.webp);
    const headers = { authorization: "Bearer secret" };
    const body = JSON.stringify({ urls: [`${path}?w=1&x=9`] });
    expect((await edge.ask("/_imaging/purge", { method: "POST", headers, body })).status).toBe(200);
    await edge.settle(`${path}?w=1`, accepts.webp);
    expect(edge.origin.count(path)).toBe(2);
  });
});

test.each([
  [{}, "edge-imaging/1"],
  [{ USER_AGENT: "Mozilla/5.0 (shop)" }, "Mozilla/5.0 (shop)"],
])("USER_AGENT: with %j the origin is asked as %s, for every client", async (vars, wanted) => {
  const edge = await edgeWith(vars);
  await edge.get(path, accepts.webp, { "user-agent": "Lynx/2.9", referer: "https://shop.example/" });
  expect(edge.origin.requests(path).map(({ headers }) => [headers["user-agent"], headers["referer"]])).toEqual([
    [wanted, undefined],
  ]);
});

const asJpeg = { headers: { "content-type": "image/jpeg", "cache-control": "max-age=86400" } };

describe("a variable that cannot be understood", () => {
  test.each([
    ["MIN_SAVING_PERCENT", "lots"],
    ["MODE", "sometimes"],
    ["FORMATS", "webp,bmp"],
    ["MIN_TTL_SECONDS", "-1"],
    ["PNG_MODE", "both"],
    ["HOSTS", "https://images.test/"],
  ])("%s=%s lets everything pass and is named: in the header, in health, in the log", async (name, value) => {
    const edge = await edgeWith({ [name]: value });
    edge.origin.on("/page.html", html("a page"));
    const picture = await edge.settle(path, accepts.webp);
    expect(picture.status).toBe(200);
    expect(isSame(picture.body, source)).toBe(true);
    expect(verdictOf(picture)).toMatchObject({ reason: "bypass" });
    expectVaryAccept(picture);
    const page = await edge.get("/page.html", "text/html");
    expect(textOf(page)).toBe("a page");
    for (const answer of [picture, page]) {
      const [problem, ...others] = parseList(answer.headers["edge-imaging-config"] ?? "");
      expect(others).toEqual([]);
      for (const part of [name, value, "Allowed"]) expect(problem?.[0]).toContain(part);
    }
    const health = await edge.get("/_imaging/health");
    expect(health.status).toBe(200);
    expect(JSON.parse(textOf(health))).toMatchObject({ status: "misconfigured", problems: [{ name }] });
    expect(edge.reported).toHaveLength(1);
    expect(String(edge.reported[0])).toContain(name);
  });

  test.each([
    [{ MODE: "sometimes" }, /a setting is not understood\..*MODE cannot be "sometimes"\..*allowed/i],
    [{ MODE: "off" }, /^The origin's own answer is passed on: MODE is off\.$/],
  ])("with %j, the explanation names that alone of all that passes things through", async (vars, said) => {
    const edge = await edgeWith({ ...vars, ENVIRONMENT: "development" });
    const answer = await edge.ask(`/_imaging/explain?url=${path}&accept=image/webp`);
    const { summary } = JSON.parse(textOf(answer)) as { readonly summary: string };
    expect(summary).toMatch(said);
    expect(summary).not.toMatch(/RATE_LIMITER|signature/);
  });

  test("ORIGIN=ftp://… passes to the zone's own origin", async () => {
    const asked: string[] = [];
    const edge = await startEdge({
      vars: { ORIGIN: "ftp://example.com" },
      fetch: async (input) => {
        asked.push(new Request(input).url);
        return new Response(source.slice(), asJpeg);
      },
    });
    expect(isSame((await edge.get(path, accepts.webp)).body, source)).toBe(true);
    expect(asked).toEqual([edge.url + path]);
  });

  test("a misspelt name is one as well, and what it holds is not shown", async () => {
    const edge = await edgeWith({ ADMIN_TOKN: "secret" });
    const answer = await edge.get(path, accepts.webp);
    expect(answer.headers["edge-imaging-config"]).toContain("ADMIN_TOKN");
    expect(JSON.stringify([answer.headers, edge.reported, textOf(await edge.get("/_imaging/health"))])).not.toContain(
      "secret",
    );
  });

  test("with none, no answer carries the header", async () => {
    const edge = await edgeWith({});
    expect((await edge.settle(path, accepts.webp)).headers).not.toHaveProperty("edge-imaging-config");
    expect(JSON.parse(textOf(await edge.get("/_imaging/health")))).toEqual({ status: "ok" });
  });

  test("leaves a status alone that no Response can be made with", async () => {
    const odd = Object.defineProperty(new Response("odd"), "status", { value: 999 });
    const edge = await startEdge({ vars: { MODES: "off" }, fetch: async () => odd });
    expect((await edge.get("/page", "text/html")).status).toBe(999);
  });
});
