import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, isHit, verdictOf } from "../support/answer.ts";
import { untilHit } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture, expectVaryAccept } from "../support/expect-picture.ts";
import type { Answer } from "../support/http.ts";
import { photo } from "../support/pictures.ts";
import { jpeg, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";
import { servers } from "../support/serve.ts";

const modified = "Sun, 01 Nov 2026 10:00:00 GMT";
const path = "/stream.jpg";

describe.each(servers)("%s", (_server, start) => {
  let origin: ScriptedOrigin;
  let edge: Edge;
  let source: Buffer;
  let whole: Answer;
  let etag: string;
  beforeAll(async () => {
    origin = await startScriptedOrigin();
    edge = await start({ vars: { ORIGIN: origin.url, EAGER: "" } });
    source = await photo();
    origin.on(path, jpeg(source, { "last-modified": modified, etag: '"the-origins-own"' }));
    await edge.settle(path, accepts.avif);
    whole = await untilHit(() => edge.get(path, accepts.avif));
    etag = whole.headers["etag"] ?? "";
  });
  afterAll(async () => {
    await edge?.close();
    await origin?.close();
  });

  const getWith = (headers: Readonly<Record<string, string>>): Promise<Answer> => edge.get(path, accepts.avif, headers);

  /** The fields that any answer about the image keeps, also one without its body. */
  function expectSameImage(answer: Answer): void {
    expectVaryAccept(answer);
    expect(answer.headers["etag"]).toBe(etag);
    expect(verdictOf(answer)).toMatchObject({ format: "avif", source: "jpeg" });
    expect(answer.headers["cache-status"]).toContain("edge-imaging");
    expect(answer.headers["cache-tag"]).toBeUndefined();
  }

  test("the stored answer is whole, with the source's Last-Modified and a tag of its own", () => {
    expectPicture(whole, { format: "avif", source: "jpeg", reason: "transcoded", original: source, hit: true });
    expect(whole.headers["last-modified"]).toBe(modified);
  });

  describe("If-None-Match and If-Modified-Since", () => {
    const matching: readonly (readonly [string, () => Record<string, string>])[] = [
      ["the strong tag", () => ({ "if-none-match": etag })],
      ["the tag made weak", () => ({ "if-none-match": `W/${etag}` })],
      ["a list with the tag", () => ({ "if-none-match": `"other", W/"x,y", ${etag}` })],
      ["a star", () => ({ "if-none-match": "*" })],
      ["the very date", () => ({ "if-modified-since": modified })],
      ["a later date", () => ({ "if-modified-since": "Mon, 02 Nov 2026 10:00:00 GMT" })],
      [
        "the tag, although the date says changed",
        () => ({ "if-none-match": etag, "if-modified-since": "Sat, 01 Nov 2025 10:00:00 GMT" }),
      ],
      ["the tag together with a range", () => ({ "if-none-match": etag, range: "bytes=0-9" })],
    ];
    test.each(matching)("%s gives 304 without a body", async (_name, headers) => {
      const answer = await getWith(headers());
      expect(answer.status).toBe(304);
      expect(answer.body.length).toBe(0);
      expect(isHit(answer)).toBe(true);
      expectSameImage(answer);
      expect(answer.headers["cache-control"]).toMatch(/max-age=\d+/);
    });

    const differing: readonly (readonly [string, () => Record<string, string>])[] = [
      ["another tag", () => ({ "if-none-match": '"other"' })],
      ["the origin's own tag", () => ({ "if-none-match": '"the-origins-own"' })],
      ["an earlier date", () => ({ "if-modified-since": "Sat, 31 Oct 2026 10:00:00 GMT" })],
      ["another tag, although the date matches", () => ({ "if-none-match": '"other"', "if-modified-since": modified })],
      ["a date that is none", () => ({ "if-modified-since": "yesterday" })],
    ];
    test.each(differing)("%s gives the whole 200", async (_name, headers) => {
      expectPicture(await getWith(headers()), {
        format: "avif",
        source: "jpeg",
        reason: "transcoded",
        original: source,
        hit: true,
      });
    });

    test("the tag of one class is not the tag of another", async () => {
      const other = await untilHit(() => edge.get(path, accepts.webp));
      expect(other.headers["etag"]).not.toBe(etag);
      expectPicture(await edge.get(path, accepts.webp, { "if-none-match": etag }), {
        format: "webp",
        source: "jpeg",
        reason: "transcoded",
        hit: true,
      });
      expect((await edge.get(path, accepts.webp, { "if-none-match": other.headers["etag"] ?? "" })).status).toBe(304);
    });

    test("a miss with the right tag is a 304 or the whole picture, never anything else", async () => {
      origin.on("/conditional-miss.jpg", jpeg(source));
      const answer = await edge.get("/conditional-miss.jpg", accepts.baseline, { "if-none-match": '"none-of-ours"' });
      expectPicture(answer, { format: "jpeg", reason: "not-accepted", original: source });
      expect(origin.requests("/conditional-miss.jpg")[0]?.headers["if-none-match"]).toBeUndefined();
    });
  });

  describe("Range", () => {
    const ranges: readonly (readonly [string, (length: number) => readonly [number, number]])[] = [
      ["bytes=0-99", () => [0, 99]],
      ["bytes=100-", (length) => [100, length - 1]],
      ["bytes=-50", (length) => [length - 50, length - 1]],
      ["bytes=0-0", () => [0, 0]],
      ["bytes=10-99999999", (length) => [10, length - 1]],
    ];
    test.each(ranges)("%s gives 206 with these bytes", async (range, place) => {
      const answer = await getWith({ range });
      const [first, last] = place(whole.body.length);
      expect(answer.status).toBe(206);
      expect(answer.headers["content-range"]).toBe(`bytes ${first}-${last}/${whole.body.length}`);
      expect(answer.body.equals(whole.body.subarray(first, last + 1))).toBe(true);
      expect(answer.headers["content-type"]).toBe("image/avif");
      expectSameImage(answer);
    });

    test("two ranges come as multipart/byteranges, or as the whole picture", async () => {
      const answer = await getWith({ range: "bytes=0-9,20-29" });
      expect([200, 206]).toContain(answer.status);
      expectSameImage(answer);
      if (answer.status === 200) {
        expect(answer.body.equals(whole.body)).toBe(true);
        return;
      }
      expect(answer.headers["content-type"]).toMatch(/^multipart\/byteranges; *boundary=/);
      const text = answer.body.toString("latin1");
      expect(text.toLowerCase()).toContain(`content-range: bytes 0-9/${whole.body.length}`);
      expect(text.toLowerCase()).toContain(`content-range: bytes 20-29/${whole.body.length}`);
      expect(text).toContain(whole.body.toString("latin1", 20, 30));
    });

    test("beyond the end gives 416 with the image's own headers", async () => {
      const answer = await getWith({ range: "bytes=99999999-" });
      expect(answer.status).toBe(416);
      expect(answer.headers["content-range"]).toBe(`bytes */${whole.body.length}`);
      expectSameImage(answer);
    });

    test("of a unit that nobody knows is ignored (RFC 9110 §14.2)", async () => {
      const answer = await getWith({ range: "lines=1-2" });
      expect(answer.status).toBe(200);
      expect(answer.body.equals(whole.body)).toBe(true);
    });

    test.each(["bytes=abc", "bytes=9-1", "bytes=", "bytes=-"])(
      "%s, which is no range, is ignored or refused (RFC 9110 §14.2)",
      async (range) => {
        const answer = await getWith({ range });
        expect([200, 416]).toContain(answer.status);
        expectSameImage(answer);
        if (answer.status === 200) expect(answer.body.equals(whole.body)).toBe(true);
      },
    );

    test("If-Range with the strong tag gives the part", async () => {
      const answer = await getWith({ range: "bytes=0-9", "if-range": etag });
      expect(answer.status).toBe(206);
      expect(answer.body.equals(whole.body.subarray(0, 10))).toBe(true);
    });

    test.each([
      ["another tag", () => '"other"'],
      ["the tag made weak", () => `W/${etag}`],
      ["an older date", () => "Sat, 31 Oct 2026 10:00:00 GMT"],
    ])("If-Range with %s gives the whole 200", async (_name, validator) => {
      const answer = await getWith({ range: "bytes=0-9", "if-range": validator() });
      expectPicture(answer, { format: "avif", source: "jpeg", reason: "transcoded", original: source, hit: true });
    });

    test("If-Range with another tag and an impossible range gives the whole 200, not 416", async () => {
      const answer = await getWith({ range: "bytes=99999999-", "if-range": '"other"' });
      expect(answer.status).toBe(200);
      expect(answer.body.equals(whole.body)).toBe(true);
    });

    test("on a miss gets the whole 200, and the origin is not asked for a part", async () => {
      origin.on("/range-miss.jpg", jpeg(source));
      const answer = await edge.get("/range-miss.jpg", accepts.baseline, { range: "bytes=0-9" });
      expectPicture(answer, { format: "jpeg", reason: "not-accepted", original: source });
      expect(origin.requests("/range-miss.jpg")[0]?.headers.range).toBeUndefined();
      const part = await edge.get("/range-miss.jpg", accepts.baseline, { range: "bytes=0-9" });
      expect([200, 206]).toContain(part.status);
    });
  });

  describe("HEAD", () => {
    test("on a hit has the headers of GET and no body", async () => {
      const answer = await edge.ask(path, { method: "HEAD", headers: { accept: accepts.avif } });
      expect(answer.status).toBe(200);
      expect(answer.body.length).toBe(0);
      expect(answer.headers["content-length"]).toBe(String(whole.body.length));
      expect(answer.headers["content-type"]).toBe("image/avif");
      expect(isHit(answer)).toBe(true);
      expectSameImage(answer);
    });

    test("with the right tag gives 304", async () => {
      const answer = await edge.ask(path, { method: "HEAD", headers: { accept: accepts.avif, "if-none-match": etag } });
      expect(answer.status).toBe(304);
      expectSameImage(answer);
    });

    test("on a miss answers with length, type and Vary, and later requests are right", async () => {
      origin.on("/head-miss.jpg", jpeg(source));
      const head = await edge.ask("/head-miss.jpg", { method: "HEAD", headers: { accept: accepts.baseline } });
      expect(head.status).toBe(200);
      expect(head.body.length).toBe(0);
      expect(head.headers["content-length"]).toBe(String(source.length));
      expect(head.headers["content-type"]).toBe("image/jpeg");
      expectVaryAccept(head);
      const answer = await edge.get("/head-miss.jpg", accepts.baseline);
      expectPicture(answer, { format: "jpeg", reason: "not-accepted", original: source });
      expect(answer.headers["etag"]).toBe(head.headers["etag"]);
    });
  });
});
