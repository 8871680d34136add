import { gzipSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, startEdge, untilHit } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { verdictOf } from "../support/http.ts";
import type { Answer } from "../support/http.ts";
import { decode, meanError, photo } from "../support/pictures.ts";
import { bytes, jpeg, startScriptedOrigin, status } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

/** Nobody may get what the origin meant for somebody else, and no request may lead to another host. */
let origin: ScriptedOrigin;
let foreign: ScriptedOrigin;
let edge: Edge;
let source: Buffer;
let other: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  foreign = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url } });
  [source, other] = [await photo(1), await photo(50)];
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
  await foreign?.close();
});

const names = [
  "Accept-Language",
  "User-Agent",
  "Referer",
  "X-Forwarded-For",
  "DPR",
  "Sec-CH-DPR",
  "Save-Data",
  "X-Tenant",
  "Accept-Encoding",
  "If-None-Match",
];

describe("an origin that sends another picture by a request header", () => {
  test.each(names)("%s, named in Vary: nobody gets the picture of another value", async (name) => {
    const path = `/by/${name}.jpg`;
    const field = name.toLowerCase();
    origin.on(path, (request, response, count) =>
      jpeg(request.headers[field] === '"b"' ? other : source, { vary: name })(request, response, count),
    );
    for (const value of ['"a"', '"b"', '"a"', '"b"']) {
      const answer = await edge.get(path, accepts.webp, { [field]: value });
      expect(answer.status).toBe(200);
      const wasSeen = origin.requests(path).some((request) => request.headers[field] === '"b"');
      // A header that never reaches the origin cannot make a difference (RFC 9111 §4.1).
      const wanted = value === '"b"' && wasSeen ? other : source;
      expect(meanError(await decode(answer.body), await decode(wanted))).toBeLessThan(5);
    }
  });

  test("two hosts in front of one Worker do not share pictures that the origin tells apart", async () => {
    const shops = await startEdge({
      vars: { ORIGIN: "route" },
      outbound: (url) => ({
        status: 200,
        headers: { "content-type": "image/jpeg", "cache-control": "max-age=86400" },
        body: url.host === "b.example" ? other : source,
      }),
    });
    try {
      for (const [host, wanted] of [
        ["a.example", source],
        ["b.example", other],
        ["a.example", source],
        ["b.example", other],
      ] as const) {
        const answer = await shops.settle("/logo.jpg", accepts.webp, { host });
        expect(meanError(await decode(answer.body), await decode(wanted))).toBeLessThan(5);
      }
    } finally {
      await shops.close();
    }
  });
});

describe("request targets", () => {
  const targets = [
    (): string => `//${foreign.host}/x.jpg`,
    (): string => `/\\${foreign.host}/x.jpg`,
    (): string => `/@${foreign.host}/x.jpg`,
    (): string => `/${foreign.url}/x.jpg`,
    (): string => `/%2F%2F${foreign.host}/x.jpg`,
    (): string => `/x.jpg?url=${encodeURIComponent(foreign.url)}`,
    (): string => `//${foreign.host}/page`,
  ];
  test.each(targets.map((target) => [target]))("%s never leaves the origin", async (target) => {
    for (const accept of [accepts.chrome, "text/html"]) {
      const answer = await edge.get(target(), accept);
      expect(answer.status).toBeLessThan(500);
    }
    expect(foreign.count()).toBe(0);
  });

  test("a path with a double slash, dots in escapes and a plus arrives as it was sent", async () => {
    const target = "/a//b%2Fc/d+e%20f.jpg?x=1&y=%26&z";
    origin.on(target, jpeg(source));
    expectPicture(await edge.settle(target, accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expect(origin.requests().at(-1)?.url).toBe(target);
  });

  test("imaging=off in the query opts this URL out", async () => {
    origin.on("/off.jpg", jpeg(source));
    const answer = await edge.settle("/off.jpg?imaging=off", accepts.chrome);
    expect(answer.body.equals(source)).toBe(true);
    expect(verdictOf(answer)["reason"]).toBe("opted-out");
  });

  test("an Accept header of 20,000 characters proves what it may, and breaks nothing", async () => {
    origin.on("/long.jpg", jpeg(source));
    const answer = await edge.get("/long.jpg", `${"image/x,".repeat(1700)}image/webp`);
    expect(answer.status).toBe(200);
    expect(["jpeg", "webp"]).toContain(verdictOf(answer)["format"]);
  });
});

describe("answers in a content coding", () => {
  const unpack = (answer: Answer): Buffer =>
    answer.headers["content-encoding"] === "gzip" ? gunzipSync(answer.body) : answer.body;

  test("a page that the origin packed arrives whole", async () => {
    const text = "<p>many words</p>".repeat(500);
    origin.on("/packed", bytes(gzipSync(text), "text/html", { "content-encoding": "gzip" }));
    const answer = await edge.get("/packed", "text/html", { "accept-encoding": "gzip" });
    expect(unpack(answer).toString()).toBe(text);
  });

  test("an SVG that the origin packed is the same text, from the origin and as a hit", async () => {
    const text = `<svg xmlns="http://www.w3.org/2000/svg">${"<g/>".repeat(500)}</svg>`;
    origin.on("/packed.svg", bytes(gzipSync(text), "image/svg+xml", { "content-encoding": "gzip" }));
    for (const answer of [
      await edge.get("/packed.svg", accepts.chrome, { "accept-encoding": "gzip" }),
      await untilHit(() => edge.get("/packed.svg", accepts.chrome, { "accept-encoding": "gzip" })),
    ]) {
      expect(answer.status).toBe(200);
      expect(unpack(answer).toString()).toBe(text);
      expect(verdictOf(answer)["reason"]).toBe("already-best");
    }
  });

  test("a JPEG that the origin packed is decoded as a JPEG", async () => {
    origin.on("/packed.jpg", bytes(gzipSync(source), "image/jpeg", { "content-encoding": "gzip" }));
    const webp = await edge.settle("/packed.jpg", accepts.webp);
    expectPicture(webp, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
    const baseline = await edge.get("/packed.jpg", accepts.baseline);
    expect(unpack(baseline).equals(source)).toBe(true);
  });
});

describe("odd answers of the origin", () => {
  test.each([
    ["204", status(204)],
    ["206 without a range", status(206, "part", { "content-type": "image/jpeg", "content-range": "bytes 0-3/100" })],
    ["304 without a condition", status(304)],
    ["a status of 299", status(299, "odd", { "content-type": "image/jpeg" })],
  ])("%s breaks nothing and is not stored", async (name, script) => {
    const path = `/odd/${encodeURIComponent(name)}.jpg`;
    origin.on(path, script);
    await edge.get(path, accepts.webp);
    origin.on(path, jpeg(source));
    expectPicture(await edge.settle(path, accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });

  test.each([
    ["max-age=99999999999999999999", "transcoded"],
    ["max-age=-5", "ttl-too-short"],
    ["max-age=abc, s-maxage=86400", "transcoded"],
    [",,, max-age=86400 ;;; =x", "transcoded"],
  ])("Cache-Control: %s is read without falling over", async (control, reason) => {
    const path = `/control/${encodeURIComponent(control)}.jpg`;
    origin.on(path, jpeg(source, { "cache-control": control }));
    const answer = await edge.settle(path, accepts.webp);
    expect(answer.status).toBe(200);
    expect([reason, "ttl-too-short"]).toContain(verdictOf(answer)["reason"]);
  });
});
