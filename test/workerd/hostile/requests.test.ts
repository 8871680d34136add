/** Requests that nobody sends by accident: methods, ranges, URLs and fields at the edge of what the protocol allows. */
import { beforeAll, describe, expect, test } from "vitest";
import { accepts, type Answer, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");

async function edgeWithPicture(): Promise<Edge> {
  const edge = await startEdge({ vars: { FORMATS: "webp" } });
  const picture = jpeg(source);
  edge.origin.on("/a.jpg", (request, count) =>
    ["GET", "HEAD"].includes(request.method) ? picture(request, count) : new Response("not here", { status: 405 }),
  );
  await edge.hit("/a.jpg", accepts.webp);
  return edge;
}

/** Whose picture no request below may change. */
let shared: Edge;
beforeAll(async () => {
  shared = await edgeWithPicture();
});

const titled = (text: string): readonly [title: string, text: string] => [text.slice(0, 40), text];

describe("methods", () => {
  const known = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE", "PROPFIND", "patch", "Post"];
  const unknown = [
    "BAN",
    "M-SEARCH",
    "GETX",
    "HEADER",
    "*",
    "X".repeat(200),
    "TRACE",
    "TRACK",
    "CONNECT",
    "GE T",
    "G\u00cbT",
  ];

  test.each([...known, ...unknown])(
    "%s is the origin's business, or no request at all; the picture stays",
    async (method) => {
      const edge = await edgeWithPicture();
      const asked = edge.origin.count();
      let answer: Answer | undefined;
      try {
        answer = await edge.ask("/a.jpg", { method, headers: { accept: accepts.webp } });
      } catch (error) {
        // The runtime lets no such request in.
        expect(error).toBeInstanceOf(TypeError);
        expect(unknown).toContain(method);
      }
      if (answer !== undefined) {
        expect(answer.status).toBe(405);
        expect(edge.origin.requests().at(-1)?.method.toUpperCase()).toBe(method.toUpperCase());
      }
      await edge.idle();
      expect(edge.origin.count() - asked).toBe(answer === undefined ? 0 : 1);
      expect(isHit(await edge.get("/a.jpg", accepts.webp))).toBe(true);
      expect(edge.engine.encoded).toEqual(["webp"]);
    },
  );

  test.each(["get", "GeT", "head", "Head"])("%s is the method that it names (Fetch §2.2.1)", async (method) => {
    const edge = await edgeWithPicture();
    const answer = await edge.ask("/a.jpg", { method, headers: { accept: accepts.webp } });
    expect(isHit(answer)).toBe(true);
  });
});

describe("ranges", () => {
  const many = (count: number, range: string): string =>
    `bytes=${Array.from({ length: count }, () => range).join(",")}`;

  test.each(
    [
      "bytes=0-0",
      "bytes=-1",
      "bytes=-0",
      "bytes=0-",
      "bytes=1-0",
      "bytes=-",
      "bytes=",
      "bytes=--1",
      "bytes=0--1",
      "bytes=+1-2",
      "bytes=1e3-",
      "bytes=0x10-0x20",
      "bytes=999999999-",
      "bytes=0-99999999999999999999999999",
      "bytes=99999999999999999999999999-",
      "bytes=-99999999999999999999999999",
      "bytes=18446744073709551615-18446744073709551616",
      "bytes=9007199254740992-9007199254740993",
      "bytes=0-0,1-1",
      "bytes=0-0,-1",
      "bytes=0-99,50-149",
      "bytes=5-6,0-1",
      many(2, "0-"),
      many(16, "0-"),
      many(16, "0-0"),
      many(17, "0-"),
      many(1000, "0-0"),
      many(2000, "-1"),
      `bytes=0-0${" ".repeat(10_000)}`,
      `bytes=${" ".repeat(10_000)}0-0`,
      `bytes=0-0${",".repeat(5000)}`,
      `bytes=${"9".repeat(10_000)}-`,
      "Bytes=0-0",
      "items=0-1",
      "none",
      "bytes=0-0;q=1",
    ].map(titled),
  )("%s gets a part of the file, all of it or none, and never much more than all", async (_title, range) => {
    const edge = shared;
    const whole = await edge.get("/a.jpg", accepts.webp);
    for (const headers of [
      { range },
      { range, "if-range": whole.headers["etag"] ?? "" },
      { range, "if-range": '"x"' },
    ]) {
      const answer = await edge.get("/a.jpg", accepts.webp, headers);
      expect([200, 206, 416]).toContain(answer.status);
      expect(answer.headers["vary"]).toMatch(/^Accept/);
      if (answer.status === 200) expect(isSame(answer.body, whole.body)).toBe(true);
      // Each part has a head of some hundred bytes.
      expect(answer.body.length).toBeLessThanOrEqual(whole.body.length + 16 * 300);
      const [, from, to, of] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers["content-range"] ?? "") ?? [];
      if (answer.status === 206 && of !== undefined) {
        expect(Number(of)).toBe(whole.body.length);
        expect(isSame(answer.body, whole.body.subarray(Number(from), Number(to) + 1))).toBe(true);
      }
    }
    expect(isSame((await edge.get("/a.jpg", accepts.webp)).body, whole.body)).toBe(true);
  });
});

describe("URLs", () => {
  test.each(
    [
      `/${"a".repeat(10_000)}.jpg`,
      `/a.jpg?${"b=1&".repeat(2500)}`,
      `/a.jpg?${"imaging-signature=x&".repeat(500)}`,
      `/${"a/".repeat(5000)}a.jpg`,
      `/${"../".repeat(3000)}a.jpg`,
      `/${"%2e%2e%2f".repeat(1000)}a.jpg`,
      `/is/image/${"src=is(".repeat(1000)}?wid=10`,
      `/image/upload/${"w_1,".repeat(2000)}f_auto/a.jpg`,
      "/a%00.jpg",
      "/a.jpg%00.html",
      "/%.jpg",
      "/%zz%1.jpg",
      "/%c0%ae%c0%ae/a.jpg",
      "/%ff%fe.jpg",
      "/\u{1f4f7}.jpg",
      "/a.jpg?%",
      "/a.jpg?%00=%00",
      "/a.jpg?\u0000",
      "/a.jpg??x?y",
      "/a.jpg;jsessionid=1",
      "/a.jpg#x",
    ].map(titled),
  )("%s is answered as the origin answers it", async (_title, path) => {
    const edge = await startEdge({ vars: { FORMATS: "webp" } });
    const answer = await edge.get(path, accepts.webp);
    expect(answer.status).toBe(404);
    expect(edge.origin.count()).toBe(1);
    const [asked] = edge.origin.requests();
    const { pathname, search } = new URL(path, "http://a");
    if (!path.includes("imaging-signature")) expect(asked?.url).toBe(pathname + search);
    expect(edge.engine.encoded).toEqual([]);
  });

  test.each([
    "b\u00fccher.example",
    "xn--bcher-kva.example",
    "a.example.",
    "A.EXAMPLE",
    "[::1]",
    "127.1",
    "0x7f.1",
    `${"a".repeat(60)}.example`,
  ])("a host called %s has pictures of its own, and none where it is not named", async (host) => {
    const edge = await edgeWithPicture();
    const answer = await edge.get("/a.jpg", accepts.webp, { host });
    expect(answer.status).toBe(200);
    expect(isHit(answer)).toBe(false);
    const closed = await startEdge({ vars: { HOSTS: "shop.example" } });
    expect((await closed.get("/a.jpg", accepts.webp, { host })).status).toBe(421);
    expect(closed.origin.count()).toBe(0);
  });
});

describe("fields", () => {
  const long = (text: string, size: number): string => text.repeat(Math.ceil(size / text.length)).slice(0, size);

  test.each([
    ["accept", `${long("image/a,", 10_000)}image/webp`],
    ["accept", Array.from({ length: 1000 }, (_, index) => `image/x${index};q=0.${index}`).join(",")],
    ["accept", long('image/webp;a="', 10_000)],
    ["accept", long(";", 100_000)],
    ["if-none-match", long('"a", W/"b",', 64_000)],
    ["if-modified-since", long("1", 10_000)],
    ["cookie", long("a=b; ", 16_000)],
    ["user-agent", long("Mozilla/5.0 (", 16_000)],
    ["cdn-loop", long("a;b=c,", 16_000)],
    ["origin", `https://${long("a", 16_000)}.example`],
    ["referer", `https://a.example/${long("a", 16_000)}`],
    ["dpr", long("9", 10_000)],
    ["save-data", long("on", 10_000)],
    ["sec-fetch-dest", long("document", 10_000)],
    ["cf-connecting-ip", long(":", 10_000)],
    ["x-filler", long("a", 64_000)],
  ])("%s of many characters gets the picture", async (name, value) => {
    const edge = shared;
    const answer = await edge.get("/a.jpg", null, { accept: accepts.webp, [name]: value });
    expect(answer.status).toBe(200);
    expect(["webp", "jpeg"]).toContain(verdictOf(answer)["format"]);
    expect(isHit(await edge.get("/a.jpg", accepts.webp))).toBe(true);
  });

  test("200 fields get the picture", async () => {
    const edge = shared;
    const others = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-${index}`, "a"]));
    expect(isHit(await edge.get("/a.jpg", accepts.webp, others))).toBe(true);
  });
});
