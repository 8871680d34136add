/** Nobody may get what the origin meant for somebody else. */
import { beforeAll, describe, expect, test } from "vitest";
import { accepts, isSame, verdictOf } from "../../support/answer.ts";
import { expectPicture } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { nameOf, sourceOf } from "../scripted-engine.ts";
import { jpeg, status } from "../scripted-origin.ts";

const [source, other] = [pictureOf("photo"), pictureOf("changed")];
let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
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
    edge.origin.on(path, (request, count) =>
      jpeg(request.headers[field] === '"b"' ? other : source, { vary: name })(request, count),
    );
    for (const value of ['"a"', '"b"', '"a"', '"b"']) {
      const answer = await edge.settle(path, accepts.webp, { [field]: value });
      expect(answer.status).toBe(200);
      const wasSeen = edge.origin.requests(path).some((request) => request.headers[field] === '"b"');
      // A header that never reaches the origin cannot make a difference (RFC 9111 §4.1).
      const wanted = value === '"b"' && wasSeen ? other : source;
      expect(sourceOf(answer.body)).toBe(nameOf(wanted));
    }
  });

  test("two hosts in front of one Worker do not share pictures that the origin tells apart", async () => {
    const shops = await startEdge({
      vars: { ORIGIN: "route" },
      fetch: async (input) =>
        new Response(new URL((input as Request).url).host === "b.example" ? other : source, {
          headers: { "content-type": "image/jpeg", "cache-control": "max-age=86400" },
        }),
    });
    for (const [host, wanted] of [
      ["a.example", source],
      ["b.example", other],
      ["a.example", source],
      ["b.example", other],
    ] as const) {
      const answer = await shops.settle("/logo.jpg", accepts.webp, { host });
      expect(sourceOf(answer.body)).toBe(nameOf(wanted));
    }
  });
});

describe("request targets", () => {
  test("imaging=off in the query opts this URL out", async () => {
    edge.origin.on("/off.jpg", jpeg(source));
    const answer = await edge.settle("/off.jpg?imaging=off", accepts.chrome);
    expect(isSame(answer.body, source)).toBe(true);
    expect(verdictOf(answer)["reason"]).toBe("opted-out");
  });

  test("an Accept header of 20,000 characters proves what it may, and breaks nothing", async () => {
    edge.origin.on("/long.jpg", jpeg(source));
    const answer = await edge.get("/long.jpg", `${"image/x,".repeat(2500)}image/webp`);
    expect(answer.status).toBe(200);
    expect(["jpeg", "webp"]).toContain(verdictOf(answer)["format"]);
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
    edge.origin.on(path, script);
    await edge.get(path, accepts.webp);
    await edge.idle();
    edge.origin.on(path, jpeg(source));
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
    edge.origin.on(path, jpeg(source, { "cache-control": control }));
    const answer = await edge.settle(path, accepts.webp);
    expect(answer.status).toBe(200);
    expect([reason, "ttl-too-short"]).toContain(verdictOf(answer)["reason"]);
  });
});
