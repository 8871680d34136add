/** Pictures that are somebody's own, and origins that want to know who asks. */
import { beforeEach, describe, expect, test } from "vitest";
import { type Answer, accepts, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { expectPicture, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { dayFresh, held, html, jpeg, type OriginRequest, redirect, type Script, status } from "../scripted-origin.ts";

const [everybodys, alices] = [pictureOf("photo"), pictureOf("changed")];
const alice = { cookie: "user=alice" };

let edge: Edge;
beforeEach(async () => {
  edge = await startEdge({ vars: { FORMATS: "webp" } });
});

/** The picture of the cookie's owner, or the one for everybody else, with these fields. */
const byCookie =
  (fields: Record<string, string>, others: Script = jpeg(everybodys, fields)): Script =>
  (request, count) =>
    (request.headers["cookie"] === alice.cookie ? jpeg(alices, fields) : others)(request, count);

const cookiesSeen = (path: string): unknown[] => edge.origin.requests(path).map(({ headers }) => headers["cookie"]);

function expectOwn(answer: Answer, picture: Uint8Array): void {
  expect([answer.status, isSame(answer.body, picture)]).toEqual([200, true]);
  expect(verdictOf(answer)["reason"]).toBe("not-cacheable");
  expect(answer.headers["vary"]).toMatch(/^Accept\b/);
  expect(isHit(answer)).toBe(false);
}

describe("a picture that differs by cookie and may not be stored", () => {
  test.each([
    ["private", { "cache-control": "private, max-age=86400" }],
    ["no-store", { "cache-control": "no-store" }],
    ["CDN-Cache-Control: private", { "cdn-cache-control": "private" }],
    ["Vary: *", { vary: "*" }],
  ])("%s: each client gets its own", async (_name, fields) => {
    edge.origin.on("/avatar.jpg", byCookie(fields));
    const own = await edge.get("/avatar.jpg", accepts.webp, alice);
    expectOwn(own, alices);
    expect(own.headers["cache-control"]).toMatch(/^private/);
    expectOwn(await edge.get("/avatar.jpg", accepts.webp, { cookie: "user=bob" }), everybodys);
    expectOwn(await edge.get("/avatar.jpg", accepts.webp), everybodys);
    await edge.idle();
    expectOwn(await edge.get("/avatar.jpg", accepts.webp, alice), alices);
  });

  test("is known afterwards: the request goes straight to the origin, for some minutes", async () => {
    edge.origin.on("/avatar.jpg", byCookie({ "cache-control": "private" }));
    await edge.get("/avatar.jpg", accepts.webp, alice);
    expect(cookiesSeen("/avatar.jpg")).toEqual([undefined, alice.cookie]);
    for (let request = 0; request < 3; request++) await edge.get("/avatar.jpg", accepts.webp, alice);
    expect(cookiesSeen("/avatar.jpg").slice(2)).toEqual([alice.cookie, alice.cookie, alice.cookie]);
    edge.pass(600);
    edge.origin.on("/avatar.jpg", jpeg(everybodys));
    expectPicture(await edge.settle("/avatar.jpg", accepts.webp, alice), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: everybodys,
    });
  });

  test("is found by a purge, which forgets that it was personal", async () => {
    edge = await startEdge({ vars: { FORMATS: "webp", ADMIN_TOKEN: "secret" } });
    edge.origin.on("/avatar.jpg", byCookie({ "cache-control": "private" }));
    await edge.get("/avatar.jpg", accepts.webp, alice);
    edge.origin.on("/avatar.jpg", jpeg(everybodys));
    const headers = { authorization: "Bearer secret" };
    await edge.ask("/_imaging/purge", { method: "POST", headers, body: JSON.stringify({ urls: ["/avatar.jpg"] }) });
    expect(verdictOf(await edge.settle("/avatar.jpg", accepts.webp, alice))["reason"]).toBe("transcoded");
  });

  test("after a redirect that may not be stored", async () => {
    edge.origin.on("/everybody.jpg", jpeg(everybodys));
    edge.origin.on("/alice.jpg", jpeg(alices, { "cache-control": "private" }));
    edge.origin.on("/me.jpg", (request, count) =>
      redirect(request.headers["cookie"] === alice.cookie ? "/alice.jpg" : "/everybody.jpg", 302, {
        "cache-control": "private",
      })(request, count),
    );
    const own = await edge.get("/me.jpg", accepts.webp, alice);
    expect([own.status, own.headers["location"]]).toEqual([302, "/alice.jpg"]);
    expectOwn(await edge.get("/alice.jpg", accepts.webp, alice), alices);
  });

  test("a page in place of the picture, for those without a cookie", async () => {
    edge.origin.on("/album.jpg", byCookie({}, html("log in")));
    expectOwn(await edge.get("/album.jpg", accepts.webp, alice), alices);
    const stranger = await edge.get("/album.jpg", accepts.webp);
    expect(textOf(stranger)).toBe("log in");
  });

  test("a page that has the name of a picture keeps the origin's own directives", async () => {
    edge.origin.on("/File:Photo.jpg", html("about the photo"));
    for (let request = 1; request <= 3; request++) {
      const answer = await edge.get("/File:Photo.jpg", accepts.webp, alice);
      expect([textOf(answer), answer.headers["cache-control"]]).toEqual(["about the photo", dayFresh]);
      expect(verdictOf(answer)["reason"]).toBe("not-an-image");
    }
  });

  test("a picture that may not be stored goes to the origin with all that the next client sends, cookie or not", async () => {
    edge.origin.on("/count.jpg", jpeg(everybodys, { "cache-control": "no-store" }));
    const visitor = { "user-agent": "Firefox", referer: "https://shop.example/p" };
    await edge.get("/count.jpg", accepts.webp);
    for (const own of [visitor, { ...visitor, ...alice }]) {
      expectOwn(await edge.get("/count.jpg", accepts.webp, own), everybodys);
      expect(edge.origin.requests("/count.jpg").at(-1)?.headers).toMatchObject(own);
    }
    expect(edge.origin.count("/count.jpg")).toBe(3);
  });

  test.each([
    ["private", { "cache-control": "private" }],
    ["a cookie", { "set-cookie": "sid=new" }],
    ["Vary: *", { vary: "*" }],
    ["no-store for CDNs", { "cdn-cache-control": "no-store" }],
  ])("once the origin's 304 says %s: each client gets its own, and nothing stale is left", async (_name, fields) => {
    const kept = { etag: '"1"', "cache-control": "max-age=7200" };
    edge.origin.on("/turned.jpg", jpeg(everybodys, kept));
    await edge.settle("/turned.jpg", accepts.webp);
    edge.pass(8000);
    const others: Script = (request, count) =>
      request.headers["if-none-match"] === '"1"'
        ? status(304, "", { ...kept, ...fields })(request, count)
        : jpeg(everybodys, { ...kept, ...fields })(request, count);
    edge.origin.on("/turned.jpg", byCookie({ ...kept, ...fields }, others));
    expectOwn(await edge.get("/turned.jpg", accepts.webp, alice), alices);
    await edge.idle();
    expectOwn(await edge.get("/turned.jpg", accepts.webp, { cookie: "user=bob" }), everybodys);
    await edge.idle();
    edge.origin.on("/turned.jpg", status(503));
    for (const client of [{}, alice]) expect((await edge.get("/turned.jpg", accepts.webp, client)).status).toBe(503);
  });

  test("a 304 to a client's own condition, without its cookie, decides nothing about what is its own", async () => {
    const short = "max-age=600";
    edge.origin.on("/brief.jpg", jpeg(everybodys, { etag: '"all"', "cache-control": short }));
    await edge.get("/brief.jpg", accepts.webp);
    const own = { etag: '"own"', "cache-control": `private, ${short}` };
    const others = { etag: '"all"', "cache-control": `private, ${short}` };
    edge.origin.on(
      "/brief.jpg",
      byCookie(own, (request, count) =>
        request.headers["if-none-match"] === '"all"'
          ? status(304, "", others)(request, count)
          : jpeg(everybodys, others)(request, count),
      ),
    );
    expectOwn(await edge.get("/brief.jpg", accepts.webp, { ...alice, "if-none-match": '"all"' }), alices);
  });

  test("those who ask at once, and wait for one another, get each its own", async () => {
    const script = held(byCookie({ "cache-control": "private", "set-cookie": "sid=new" }));
    edge.origin.on("/avatar.jpg", script);
    const clients = [alice, {}, { cookie: "user=bob" }, alice];
    const asking = clients.map((client) => edge.get("/avatar.jpg", accepts.webp, client));
    await script.asked;
    script.release();
    const answers = await Promise.all(asking);
    for (const [index, answer] of answers.entries()) {
      expectOwn(answer, clients[index] === alice ? alices : everybodys);
      expect(answer.headers["cache-control"]).toBe("private");
    }
  });

  test.each(["HEAD", "a range"])("also for %s", async (kind) => {
    edge.origin.on("/avatar.jpg", byCookie({ "cache-control": "private" }));
    const isHead = kind === "HEAD";
    const headers = { accept: accepts.webp, ...alice, ...(isHead ? {} : { range: "bytes=0-9" }) };
    for (let request = 1; request <= 2; request++) {
      const answer = await edge.ask("/avatar.jpg", { method: isHead ? "HEAD" : "GET", headers });
      expect([answer.status, answer.headers["content-length"]]).toEqual([200, String(alices.length)]);
      expect(answer.headers["cache-control"]).toBe("private");
      expect(edge.origin.requests("/avatar.jpg").at(-1)?.headers).toMatchObject(
        isHead ? alice : { range: "bytes=0-9" },
      );
    }
  });

  test("an error that is for this client alone", async () => {
    edge.origin.on("/hidden.jpg", byCookie({}, status(404, "no such", { "cache-control": "no-cache, private" })));
    expectOwn(await edge.get("/hidden.jpg", accepts.webp, alice), alices);
    expect((await edge.get("/hidden.jpg", accepts.webp)).status).toBe(404);
  });

  test("MODE=shadow and MODE=off change nothing about that", async () => {
    for (const MODE of ["shadow", "off"]) {
      edge = await startEdge({ vars: { MODE } });
      edge.origin.on("/avatar.jpg", byCookie({ "cache-control": "private" }));
      const own = await edge.get("/avatar.jpg", accepts.webp, alice);
      expect(isSame(own.body, alices)).toBe(true);
    }
  });
});

describe("Set-Cookie", () => {
  const session = (request: OriginRequest): Record<string, string> =>
    request.headers["cookie"] === undefined ? { "set-cookie": "PHPSESSID=new; path=/" } : {};

  test.each(["/captcha.jpg", "/pixel.jpg?v=1"])(
    "of an answer to nobody does not replace a session: %s",
    async (path) => {
      edge.origin.on(path, (request, count) =>
        jpeg(everybodys, { "cache-control": "no-store", ...session(request) })(request, count),
      );
      const headers = { cookie: "PHPSESSID=abc", "user-agent": "Firefox", referer: "https://shop.example/p" };
      for (let request = 1; request <= 2; request++) {
        const answer = await edge.get(path, accepts.webp, headers);
        expect(answer.cookies).toEqual([]);
        expectOwn(answer, everybodys);
      }
      // Once it is known, the origin sees each request once, as the client made it.
      const seen = edge.origin.requests().slice(1);
      expect(seen.map((request) => request.headers)).toEqual([
        expect.objectContaining(headers),
        expect.objectContaining(headers),
      ]);
    },
  );

  test("begins a session for a client that has none", async () => {
    edge.origin.on("/pixel.jpg", (request, count) => jpeg(everybodys, session(request))(request, count));
    expect((await edge.get("/pixel.jpg", accepts.webp)).cookies).toEqual(["PHPSESSID=new; path=/"]);
  });

  test("of a failure is not handed to a client that has a cookie, and the origin is not asked twice", async () => {
    edge.origin.on("/busy.jpg", status(503, "busy", { "set-cookie": "node=2" }));
    const answer = await edge.get("/busy.jpg", accepts.webp, alice);
    expect([answer.status, answer.cookies, edge.origin.count("/busy.jpg")]).toEqual([503, [], 1]);
  });
});

describe("an origin that asks who is asking", () => {
  const wants =
    (field: string, value: RegExp, refusal = status(403, "no")): Script =>
    (request, count) =>
      (value.test(request.headers[field] ?? "") ? jpeg(everybodys) : refusal)(request, count);

  test.each([
    ["a page of the shop as Referer", "referer", /^https:\/\/shop\.example\//, "https://shop.example/p"],
    ["a browser's User-Agent", "user-agent", /Firefox/, "Mozilla/5.0 Firefox/150"],
  ])("%s: the client's own request is passed on, uncached and remembered", async (_name, field, value, own) => {
    edge.origin.on("/guarded.jpg", wants(field, value));
    for (let request = 1; request <= 2; request++) {
      expectOwn(await edge.get("/guarded.jpg", accepts.webp, { [field]: own }), everybodys);
      await edge.idle();
    }
    expect(edge.origin.count("/guarded.jpg")).toBe(3);
    const refused = await edge.get("/guarded.jpg", accepts.webp, { [field]: "https://other.example/" });
    expect([refused.status, textOf(refused)]).toEqual([403, "no"]);
    expect(verdictOf(refused)["reason"]).toBe("origin-error");
  });

  test.each([{}, { cookie: "user=bob" }, { "user-agent": "Firefox" }])(
    "by a log-in of HTTP: the challenge reaches a client with %j, and the log-in the origin",
    async (headers) => {
      const challenge = 'Basic realm="pictures", charset="UTF-8"';
      const refusal = status(401, "who are you", { "www-authenticate": challenge });
      edge.origin.on("/guarded.jpg", wants("authorization", /^Basic /, refusal));
      for (let request = 1; request <= 2; request++) {
        const answer = await edge.get("/guarded.jpg", accepts.webp, headers);
        expect([answer.status, answer.headers["www-authenticate"]]).toEqual([401, challenge]);
      }
      const answer = await edge.get("/guarded.jpg", accepts.webp, { ...headers, authorization: "Basic YTpi" });
      expect([answer.status, isSame(answer.body, everybodys)]).toEqual([200, true]);
    },
  );

  test("and redirects those that it does not know off the picture", async () => {
    edge.origin.on("/no-hotlinks", html("buy our pictures"));
    edge.origin.on("/guarded.jpg", wants("referer", /shop/, redirect("/no-hotlinks")));
    const referer = "https://shop.example/p";
    expectOwn(await edge.get("/guarded.jpg", accepts.webp, { referer }), everybodys);
  });

  test("a request that has nothing of its own to show is not repeated", async () => {
    edge.origin.on("/guarded.jpg", wants("referer", /shop/));
    expect((await edge.get("/guarded.jpg", accepts.webp)).status).toBe(403);
    expect(edge.origin.count("/guarded.jpg")).toBe(1);
  });

  test("USER_AGENT may be one that the origin knows; then pictures are stored as ever", async () => {
    edge = await startEdge({ vars: { FORMATS: "webp", USER_AGENT: "Firefox of the shop" } });
    edge.origin.on("/guarded.jpg", wants("user-agent", /Firefox/));
    expect(verdictOf(await edge.hit("/guarded.jpg", accepts.webp))["reason"]).toBe("transcoded");
  });

  test("nothing is stored under a Referer: another one gets the same picture, from the cache", async () => {
    edge.origin.on("/open.jpg", jpeg(everybodys));
    await edge.settle("/open.jpg", accepts.webp, { referer: "https://a.example/" });
    expect(isHit(await edge.get("/open.jpg", accepts.webp, { referer: "https://b.example/" }))).toBe(true);
    expect(edge.origin.requests("/open.jpg").map(({ headers }) => headers["referer"])).toEqual([undefined]);
  });
});
