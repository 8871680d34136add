import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture, expectProblem, expectVaryAccept } from "../support/expect-picture.ts";
import { isHit, verdictOf } from "../support/http.ts";
import { photo, photoPng } from "../support/pictures.ts";
import {
  bytes,
  chunked,
  html,
  jpeg,
  needsCookie,
  redirect,
  slow,
  startScriptedOrigin,
  status,
} from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

let origin: ScriptedOrigin;
let foreign: ScriptedOrigin;
let edge: Edge;
let source: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  foreign = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url } });
  source = await photo();
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
  await foreign?.close();
});

describe("errors of the origin", () => {
  test.each([404, 410, 403, 429, 500, 503])(
    "%i passes with its body, as origin-error, and is not stored",
    async (code) => {
      const path = `/error-${code}.jpg`;
      origin.on(path, status(code, `answer ${code}`, { "x-own": "kept", "cache-control": "public, max-age=86400" }));
      for (let request = 1; request <= 2; request++) {
        const answer = await edge.get(path, accepts.chrome);
        expect([answer.status, String(answer.body)]).toEqual([code, `answer ${code}`]);
        expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
        expect(answer.headers["x-own"]).toBe("kept");
        expect(verdictOf(answer)["reason"]).toBe("origin-error");
      }
      expect(origin.count(path)).toBe(2);
      origin.on(path, jpeg(source));
      expectPicture(await edge.settle(path, accepts.webp), {
        format: "webp",
        source: "jpeg",
        reason: "transcoded",
        original: source,
      });
    },
  );

  test("a 404 with a picture keeps picture and status, with Vary: Accept", async () => {
    origin.on("/placeholder.jpg", (_request, response) => {
      response.writeHead(404, { "content-type": "image/jpeg", "content-length": String(source.length) });
      response.end(source);
    });
    const answer = await edge.get("/placeholder.jpg", accepts.chrome);
    expect(answer.status).toBe(404);
    expect(answer.body.equals(source)).toBe(true);
    expectVaryAccept(answer);
  });

  test("an origin that is not there is a 502 problem, and is asked again", async () => {
    const gone = await startScriptedOrigin();
    await gone.close();
    const orphan = await startEdge({ vars: { ORIGIN: gone.url } });
    try {
      expectProblem(await orphan.get("/x.jpg"), [502, 504]);
      expectProblem(await orphan.get("/page", "text/html"), [502, 504]);
    } finally {
      await orphan.close();
    }
  });

  test("a slow origin is waited for", async () => {
    origin.on("/slow.jpg", slow(3_000, jpeg(source)));
    expectPicture(await edge.settle("/slow.jpg", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expect(origin.count("/slow.jpg")).toBe(1);
  });

  test("an answer in chunks without a length is as good as any", async () => {
    origin.on("/chunked.jpg", chunked(source, "image/jpeg"));
    expectPicture(await edge.settle("/chunked.jpg", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });
});

describe("redirects", () => {
  test.each([
    ["a path", () => "/target-1.jpg"],
    ["a URL on the same host", () => `${origin.url}/target-1.jpg`],
    ["a relative path", () => "target-1.jpg"],
  ])("to %s are followed", async (name, location) => {
    const path = `/moved-${encodeURIComponent(name)}.jpg`;
    origin.on(path, redirect(location()));
    origin.on("/target-1.jpg", jpeg(source));
    const answer = await edge.settle(path, accepts.webp);
    expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
    expect(answer.headers["location"]).toBeUndefined();
    expect(origin.count(path)).toBe(1);
  });

  test("three in a row are followed", async () => {
    for (let step = 1; step <= 3; step++)
      origin.on(`/three-${step}.jpg`, redirect(`/three-${step + 1}.jpg`, [301, 302, 307][step - 1]));
    origin.on("/three-4.jpg", jpeg(source));
    expectPicture(await edge.settle("/three-1.jpg", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });

  test("five in a row are too many: at most four requests, and no picture stored", async () => {
    for (let step = 1; step <= 5; step++) origin.on(`/five-${step}.jpg`, redirect(`/five-${step + 1}.jpg`));
    origin.on("/five-6.jpg", jpeg(source));
    const answer = await edge.get("/five-1.jpg", accepts.webp);
    expect([301, 302, 502, 508]).toContain(answer.status);
    expect(origin.count("/five-5.jpg")).toBe(0);
    await edge.get("/five-1.jpg", accepts.webp);
    expect(origin.count("/five-1.jpg")).toBe(2);
  });

  test("in a circle end", async () => {
    origin.on("/circle-a.jpg", redirect("/circle-b.jpg"));
    origin.on("/circle-b.jpg", redirect("/circle-a.jpg"));
    const answer = await edge.get("/circle-a.jpg", accepts.webp);
    expect([301, 302, 502, 508]).toContain(answer.status);
    expect(origin.count("/circle-a.jpg") + origin.count("/circle-b.jpg")).toBeLessThanOrEqual(4);
  });

  test("to another host are left to the client", async () => {
    foreign.on("/elsewhere.jpg", jpeg(source));
    origin.on("/leaving.jpg", redirect(`${foreign.url}/elsewhere.jpg`));
    const answer = await edge.get("/leaving.jpg", accepts.webp);
    expect(answer.status).toBe(302);
    expect(answer.headers["location"]).toBe(`${foreign.url}/elsewhere.jpg`);
    expect(foreign.count()).toBe(0);
    expect(isHit(await edge.get("/leaving.jpg", accepts.webp))).toBe(false);
  });
});

describe("lies", () => {
  test.each([
    ["JPEG as image/png", "image/png", "/lie-1.png"],
    ["JPEG as application/octet-stream", "application/octet-stream", "/lie-2.jpg"],
    ["JPEG as image/webp", "image/webp", "/lie-3.webp"],
  ])("%s is known by its bytes", async (_name, type, path) => {
    origin.on(path, bytes(source, type));
    expectPicture(await edge.settle(path, accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expectPicture(await edge.get(path, accepts.baseline), { format: "jpeg", reason: "not-accepted", original: source });
  });

  test("PNG with a JPEG's name and type is treated as PNG", async () => {
    const body = await photoPng(1, 96, 64);
    origin.on("/lie.jpg", jpeg(body));
    expectPicture(await edge.settle("/lie.jpg", accepts.chrome), {
      format: "webp",
      source: "png",
      reason: "transcoded",
      original: body,
    });
  });

  test("bytes of no known format with an image's type pass as they are", async () => {
    const noise = Buffer.from("certainly not a picture ".repeat(100));
    origin.on("/noise.jpg", jpeg(noise));
    const answer = await edge.get("/noise.jpg", accepts.chrome);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(noise)).toBe(true);
    expect(["not-an-image", "undecodable"]).toContain(verdictOf(answer)["reason"]);
  });
});

describe("images behind a login", () => {
  test("403 without a cookie: the request is repeated with it, the answer is not-cacheable and nobody else's", async () => {
    origin.on("/member.jpg", needsCookie("session=ok", jpeg(source)));
    for (let request = 1; request <= 2; request++) {
      const member = await edge.get("/member.jpg", accepts.chrome, { cookie: "session=ok" });
      expect(member.status).toBe(200);
      expect(member.body.equals(source)).toBe(true);
      expect(verdictOf(member)["reason"]).toBe("not-cacheable");
      expect(member.headers["cache-control"]).toMatch(/^private/);
      expectVaryAccept(member);
      expect(isHit(member)).toBe(false);
    }
    expect(origin.requests("/member.jpg").filter((request) => request.headers.cookie === "session=ok").length).toBe(2);
    const stranger = await edge.get("/member.jpg", accepts.chrome);
    expect([stranger.status, String(stranger.body)]).toEqual([403, "log in first"]);
    const wrong = await edge.get("/member.jpg", accepts.chrome, { cookie: "session=guess" });
    expect(wrong.status).toBe(403);
  });

  test("a redirect to the login page: with the cookie the image comes", async () => {
    origin.on("/login", html("<form>log in</form>"));
    origin.on("/album.jpg", (request, response, count) =>
      (request.headers.cookie === "session=ok" ? jpeg(source) : redirect("/login"))(request, response, count),
    );
    const member = await edge.get("/album.jpg", accepts.chrome, { cookie: "session=ok" });
    expect(member.body.equals(source)).toBe(true);
    expect(verdictOf(member)["reason"]).toBe("not-cacheable");
    const stranger = await edge.get("/album.jpg", accepts.chrome);
    expect(stranger.body.equals(source)).toBe(false);
  });

  test("members and strangers at the same moment get what is theirs", async () => {
    origin.on("/mixed.jpg", slow(200, needsCookie("session=ok", jpeg(source))));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        edge.get("/mixed.jpg", accepts.chrome, index % 2 === 0 ? { cookie: "session=ok" } : {}),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 200 : 403)),
    );
  });

  test("a public image is fetched without the cookie, and shared", async () => {
    origin.on("/public.jpg", jpeg(source));
    await edge.settle("/public.jpg", accepts.webp, { cookie: "session=ok" });
    expectPicture(await edge.get("/public.jpg", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expect(origin.requests("/public.jpg").map((request) => request.headers.cookie)).toEqual([undefined]);
  });
});

describe("headers of the source", () => {
  test("are kept where they still hold and dropped where other bytes make them wrong", async () => {
    origin.on(
      "/headers.jpg",
      jpeg(source, {
        "access-control-allow-origin": "*",
        "timing-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        link: '<https://example.com/licence>; rel="license"',
        "x-shop": "yes",
        "content-md5": "x",
        digest: "sha-256=x",
        "content-digest": "sha-256=:eA==:",
        "repr-digest": "sha-256=:eA==:",
        signature: "sig=:eA==:",
        "signature-input": 'sig=("@status")',
        "x-amz-checksum-sha256": "x",
        "x-goog-hash": "crc32c=x",
        etag: '"own"',
        "last-modified": "Sun, 01 Nov 2026 10:00:00 GMT",
      }),
    );
    const answer = await edge.settle("/headers.jpg", accepts.webp);
    expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "timing-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      link: '<https://example.com/licence>; rel="license"',
      "x-shop": "yes",
      "last-modified": "Sun, 01 Nov 2026 10:00:00 GMT",
    });
    for (const name of [
      "content-md5",
      "digest",
      "content-digest",
      "repr-digest",
      "signature",
      "signature-input",
      "x-amz-checksum-sha256",
      "x-goog-hash",
    ])
      expect(answer.headers[name], name).toBeUndefined();
  });

  test.each([
    ["/shop/red chair.jpg", undefined, /^inline; *filename="red chair\.webp"/],
    ["/shop/st%C3%BChle.jpg", undefined, /^inline;.*filename\*=UTF-8''st%C3%BChle\.webp/],
    ["/shop/bad%ZZ.jpg", undefined, /^inline;.*\.webp/],
    ["/shop/offer.jpg", 'attachment; filename="offer.jpg"', /^attachment; *filename="offer\.webp"/],
  ])("%s with Content-Disposition %s is saved under the right extension", async (path, given, wanted) => {
    const url = path.replaceAll(" ", "%20");
    origin.on(url, jpeg(source, given === undefined ? {} : { "content-disposition": given }));
    const answer = await edge.settle(url, accepts.webp);
    expect(verdictOf(answer)["format"]).toBe("webp");
    expect(answer.headers["content-disposition"]).toMatch(wanted);
    expect((await edge.get(url, accepts.baseline)).headers["content-disposition"]).toBe(given);
  });
});

describe("what a redirect forbids", () => {
  test.each([
    ["no-store", { "cache-control": "no-store" }],
    ["private", { "cache-control": "private, max-age=600" }],
    ["Set-Cookie", { "set-cookie": "sid=1" }],
  ] as const)("holds for the picture behind it: %s", async (name, headers) => {
    const path = `/to-${name.toLowerCase()}.jpg`;
    origin.on(path, (_request, response) => {
      response.writeHead(302, { location: "/behind.jpg", ...headers });
      response.end();
    });
    origin.on("/behind.jpg", jpeg(source));
    for (let request = 1; request <= 2; request++) {
      const answer = await edge.get(path, accepts.chrome);
      expect(answer.status).toBe(200);
      expect(verdictOf(answer)["reason"]).toBe("not-cacheable");
      expect(answer.body.equals(source)).toBe(true);
    }
    expect(origin.count(path)).toBe(2);
  });
});

test("headers and then nothing end in an error, and the next request is right", async () => {
  let asked = 0;
  origin.on("/silent.jpg", (_request, response) => {
    if (++asked > 1) {
      response.writeHead(200, { "content-type": "image/jpeg", "cache-control": "public, max-age=86400" });
      response.end(source);
      return;
    }
    response.writeHead(200, { "content-type": "image/jpeg", "content-length": String(source.length) });
    response.write(source.subarray(0, 500));
  });
  expectProblem(await edge.get("/silent.jpg", accepts.chrome), [502, 504]);
  expect((await edge.get("/silent.jpg", accepts.chrome)).status).toBe(200);
});

test("hops that a client claims are not told to the origin, whose answer others get", async () => {
  origin.on("/hops.jpg", jpeg(source));
  await edge.get("/hops.jpg", accepts.webp, { "cdn-loop": "somebody" });
  expect(origin.requests("/hops.jpg").map(({ headers }) => headers["cdn-loop"])).toEqual(["edge-imaging"]);
});
