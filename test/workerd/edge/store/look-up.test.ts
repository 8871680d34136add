import { describe, expect, it } from "vitest";
import { type EntryScope, entryHeader, formatEntry, placeName } from "../../../../src/edge/store/entry.ts";
import { answerUrl, ownAnswerUrl } from "../../../../src/edge/key.ts";
import { type FoundAnswer, lookUpAnswer } from "../../../../src/edge/store/look-up.ts";
import { readConfig } from "../../../../src/edge/config.ts";
import { type ImageRequest, readImageRequest } from "../../../../src/edge/negotiate/image-request.ts";

const config = readConfig({ ORIGIN: "https://origin.test" });
const storedAt = Date.UTC(2026, 10, 22);
const etag = '"0123456789abcdef"';
const modified = "Sat, 29 Oct 1994 19:43:31 GMT";
const explanation = "format=webp, source=jpeg, reason=transcoded, class=webp, from=20, to=10, saved=10";

let pictures = 0;

function requestFor(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): ImageRequest {
  const url = new URL(path, "https://look-up.test");
  const request = new Request(url, { method, headers: { accept: "image/webp", ...headers } });
  const image = readImageRequest(request, url, config);
  if (image === undefined) throw new Error("no candidate");
  return image;
}

interface Entry {
  readonly isInterim?: boolean;
  readonly scope?: EntryScope;
  /** Under a CORS Origin of its own. */
  readonly under?: string;
  readonly path?: string;
  readonly withoutState?: boolean;
}

const generation = "g-1";

/** Stores an answer of ten bytes as the pipeline does; the path is one that no other test has used. */
async function store(entry: Entry = {}): Promise<string> {
  const { isInterim = false, withoutState = false, scope = "all", under, path = `/${++pictures}.jpg` } = entry;
  const { key } = requestFor(path);
  const url = under === undefined ? answerUrl(key, "webp") : ownAnswerUrl(key, "webp", generation, under);
  const state = {
    place: placeName(url),
    bytes: 10,
    bornAt: storedAt - 100_000,
    freshUntil: storedAt + (isInterim ? 60_000 : 600_000),
    isInterim,
    scope,
    generation,
    cacheControl: "public, max-age=900, s-maxage=700",
  };
  const headers = new Headers({
    "cache-control": "max-age=90000",
    "cache-tag": `image:look-up.test${path}`,
    "content-type": "image/webp",
    "content-length": "10",
    "accept-ranges": "bytes",
    "last-modified": modified,
    etag,
    vary: "Accept",
    "edge-imaging": explanation,
    "x-own": "kept",
    "access-control-allow-origin": "*",
  });
  if (!withoutState) headers.set(entryHeader, formatEntry(state));
  await caches.default.put(url, new Response(scope === "none" ? null : "0123456789", { headers }));
  return path;
}

async function lookUp(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
  now = storedAt,
): Promise<FoundAnswer | undefined> {
  return lookUpAnswer(caches.default, requestFor(path, headers, method), now);
}

async function ask(headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Response> {
  const found = await lookUp(await store(), headers, method);
  if (found === undefined) throw new Error("not found");
  return found.response;
}

/** Without the runtime's warning about text of type image/webp. */
async function textOf(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

describe("lookUpAnswer()", () => {
  it("gives the stored answer with the origin's lifetime and the true age, and nothing of the cache's own", async () => {
    const response = await ask();
    expect(response.status).toBe(200);
    expect(await textOf(response)).toBe("0123456789");
    // The emulated cache adds the moment of storing.
    response.headers.delete("date");
    expect(Object.fromEntries(response.headers)).toEqual({
      "accept-ranges": "bytes",
      "access-control-allow-origin": "*",
      age: "100",
      "cache-control": "public, max-age=900, s-maxage=700",
      "cache-status": "edge-imaging; hit; ttl=600; detail=edge",
      "content-length": "10",
      "content-type": "image/webp",
      "edge-imaging": explanation,
      etag,
      "last-modified": modified,
      vary: "Accept",
      "x-own": "kept",
    });
  });

  it("counts age and what is left of the freshness by the clock", async () => {
    const path = await store();
    const found = await lookUp(path, {}, "GET", storedAt + 599_999);
    expect(found?.response.headers.get("age")).toBe("699");
    expect(found?.response.headers.get("cache-status")).toContain("ttl=0");
    await found?.response.arrayBuffer();
    // No longer fresh, although the cache still has it.
    expect(await lookUp(path, {}, "GET", storedAt + 600_000)).toBeUndefined();
  });

  it("finds nothing for another class, another URL, or an entry that is not of this program", async () => {
    const path = await store();
    expect(await lookUp(path, { accept: "image/avif" })).toBeUndefined();
    expect(await lookUp(path, { accept: "*/*" })).toBeUndefined();
    expect(await lookUp(`${path}?v=2`)).toBeUndefined();
    expect(await lookUp(await store({ withoutState: true }))).toBeUndefined();
  });

  it("distinguishes an interim answer from a final one", async () => {
    const found = await lookUp(await store({ isInterim: true }));
    expect(found?.isInterim).toBe(true);
    await found?.response.arrayBuffer();
    const settled = await lookUp(await store());
    expect(settled?.isInterim).toBe(false);
    await settled?.response.arrayBuffer();
  });

  it("takes a failing cache for an empty one", async () => {
    const broken = { match: () => Promise.reject(new Error("cache down")) } as unknown as Cache;
    expect(await lookUpAnswer(broken, requestFor("/x.jpg"), storedAt)).toBeUndefined();
    expect(await lookUpAnswer(broken, requestFor("/x.jpg", { range: "bytes=0-1" }), storedAt)).toBeUndefined();
  });

  it("looks up once for a hit, a conditional request, a range and HEAD", async () => {
    const path = await store();
    for (const [headers, method] of [
      [{}, "GET"],
      [{ "if-none-match": etag }, "GET"],
      [{ range: "bytes=0-1" }, "GET"],
      [{}, "HEAD"],
    ] as const) {
      let looks = 0;
      const counting = {
        match: (request: RequestInfo | URL) => {
          looks++;
          return caches.default.match(request);
        },
      } as unknown as Cache;
      const found = await lookUpAnswer(counting, requestFor(path, headers, method), storedAt);
      await found?.response.arrayBuffer();
      expect(found).toBeDefined();
      expect(looks).toBe(1);
    }
  });
});

describe("lookUpAnswer(), requests with an Origin", () => {
  const shop = { origin: "https://shop.test" };

  /** Looks up, and counts the looks. */
  async function count(path: string, headers: Readonly<Record<string, string>>) {
    let looks = 0;
    const counting = {
      match: (request: RequestInfo | URL) => {
        looks++;
        return caches.default.match(request);
      },
    } as unknown as Cache;
    const found = await lookUpAnswer(counting, requestFor(path, headers), storedAt);
    await found?.response.body?.cancel();
    return { status: found?.response.status, looks };
  }

  it("find the answer that is for everybody, with one look", async () => {
    const path = await store();
    for (const headers of [shop, { origin: "null" }, { ...shop, range: "bytes=0-1" }]) {
      expect(await count(path, headers)).toEqual({ status: "range" in headers ? 206 : 200, looks: 1 });
    }
  });

  it("do not find one for requests without an Origin", async () => {
    const path = await store({ scope: "own" });
    expect(await count(path, {})).toEqual({ status: 200, looks: 1 });
    expect(await count(path, shop)).toEqual({ status: undefined, looks: 2 });
  });

  it.each(["own", "none"] as const)("find their own by way of an entry for %s, and nobody else's", async (scope) => {
    const path = await store({ scope });
    await store({ scope: "own", under: shop.origin, path });
    expect(await count(path, shop)).toEqual({ status: 200, looks: 2 });
    expect(await count(path, { origin: "https://other.test" })).toEqual({ status: undefined, looks: 2 });
    expect((await count(path, {})).status).toBe(scope === "own" ? 200 : undefined);
    const conditional = { ...shop, "if-none-match": etag };
    expect(await count(path, conditional)).toEqual({ status: 304, looks: 2 });
  });

  it("find a range of their own, and a range beyond its end", async () => {
    const path = await store({ scope: "none" });
    await store({ scope: "own", under: shop.origin, path });
    const part = await lookUp(path, { ...shop, range: "bytes=2-4" });
    expect(part?.response.status).toBe(206);
    expect(part && (await textOf(part.response))).toBe("234");
    const beyond = await lookUp(path, { ...shop, range: "bytes=10-" });
    expect(beyond?.response.status).toBe(416);
    expect(beyond?.response.headers.get("content-range")).toBe("bytes */10");
  });

  it("find nothing where nothing leads to their own", async () => {
    const path = `/${++pictures}.jpg`;
    await store({ scope: "own", under: shop.origin, path });
    expect(await count(path, shop)).toEqual({ status: undefined, looks: 1 });
  });
});

describe("lookUpAnswer(), HEAD and conditions", () => {
  it("answers HEAD with the fields of GET and no body, also with a range", async () => {
    for (const headers of [{}, { range: "bytes=0-1" }]) {
      const response = await ask(headers, "HEAD");
      expect(response.status).toBe(200);
      expect(response.headers.get("content-length")).toBe("10");
      expect(await textOf(response)).toBe("");
    }
  });

  it.each([
    ["the same tag", { "if-none-match": etag }, 304],
    ["the same tag, weak", { "if-none-match": `W/${etag}` }, 304],
    ["any", { "if-none-match": "*" }, 304],
    ["another tag", { "if-none-match": '"other"' }, 200],
    ["another tag and the same date", { "if-none-match": '"other"', "if-modified-since": modified }, 200],
    ["the same date", { "if-modified-since": modified }, 304],
    ["an earlier date", { "if-modified-since": "Sat, 29 Oct 1994 19:43:30 GMT" }, 200],
    // RFC 9110 §13.2.2: the condition goes before the range.
    ["the same tag and a range", { "if-none-match": etag, range: "bytes=0-1" }, 304],
    ["the same tag and a range beyond the end", { "if-none-match": etag, range: "bytes=10-" }, 304],
    ["the same date and a range beyond the end", { "if-modified-since": modified, range: "bytes=10-" }, 304],
  ])("answers a request with %s with %s", async (_, headers, status) => {
    const response = await ask(headers);
    expect(response.status).toBe(status);
    expect(await textOf(response)).toBe(status === 304 ? "" : "0123456789");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag,
      vary: "Accept",
      "edge-imaging": explanation,
      age: "100",
      "cache-control": "public, max-age=900, s-maxage=700",
      "cache-status": "edge-imaging; hit; ttl=600; detail=edge",
      "access-control-allow-origin": "*",
    });
    expect(response.headers.has(entryHeader)).toBe(false);
  });
});

describe("lookUpAnswer(), ranges", () => {
  it.each([
    ["bytes=2-4", "234", "bytes 2-4/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=0-999", "0123456789", "bytes 0-9/10"],
  ])("cuts out %s", async (range, body, contentRange) => {
    const response = await ask({ range });
    expect(response.status).toBe(206);
    expect(await textOf(response)).toBe(body);
    expect(response.headers.get("content-range")).toBe(contentRange);
    expect(response.headers.get("content-length")).toBe(String(body.length));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag,
      vary: "Accept",
      "edge-imaging": explanation,
      age: "100",
    });
    expect(response.headers.has(entryHeader)).toBe(false);
    expect(response.headers.has("cache-tag")).toBe(false);
  });

  it.each([
    ["the same tag", etag, 206],
    ["another tag", '"other"', 200],
    ["a weak tag", `W/${etag}`, 200],
    ["a date, which two variants may share", modified, 200],
  ])("cuts out a range with If-Range of %s: %s", async (_, ifRange, status) => {
    const response = await ask({ range: "bytes=2-4", "if-range": ifRange });
    expect(response.status).toBe(status);
    expect(await textOf(response)).toBe(status === 206 ? "234" : "0123456789");
  });

  it.each([{}, { "if-range": etag }])(
    "answers a range beyond the end with 416 and what explains it: %j",
    async (headers) => {
      const response = await ask({ range: "bytes=10-", ...headers });
      expect(response.status).toBe(416);
      expect(await textOf(response)).toBe("");
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-range": "bytes */10",
        etag,
        vary: "Accept",
        "edge-imaging": explanation,
        "cache-status": "edge-imaging; hit; ttl=600; detail=edge",
      });
      expect(response.headers.has("content-type")).toBe(false);
      expect(response.headers.has(entryHeader)).toBe(false);
    },
  );

  it("does not answer a range, nor a 416, from what is no longer fresh", async () => {
    const path = await store();
    for (const range of ["bytes=0-1", "bytes=10-"]) {
      expect(await lookUp(path, { range }, "GET", storedAt + 600_000)).toBeUndefined();
    }
  });

  it.each(["lines=1-2", "bytes=", "bytes=a-b", "bytes=0-1,4-5", "bytes=0-1,10-", "bytes=10-,11-"])(
    "gives the whole for %s, which is no range that it knows, by one look and without a doubt",
    async (range) => {
      // RFC 9110 §14.2: a unit that is not understood is ignored, and an invalid field may be; so may several ranges.
      let [looks, lies] = [0, 0];
      const counting = {
        match: (request: RequestInfo | URL) => {
          looks++;
          return caches.default.match(request);
        },
      } as unknown as Cache;
      const found = await lookUpAnswer(counting, requestFor(await store(), { range }), storedAt, () => lies++);
      expect([found?.response.status, looks, lies]).toEqual([200, 1, 0]);
      expect(found && (await textOf(found.response))).toBe("0123456789");
    },
  );
});
