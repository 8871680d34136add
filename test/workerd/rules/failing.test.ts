/** Origins that fail, lie, redirect or ask for a login. */
import { beforeAll, describe, expect, test } from "vitest";
import { accepts, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { expectPicture, expectProblem, expectVaryAccept, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import {
  bytes,
  cut,
  held,
  html,
  jpeg,
  needsCookie,
  redirect,
  startScriptedOrigin,
  status,
} from "../scripted-origin.ts";

const source = pictureOf("photo");
const webp = { format: "webp", source: "jpeg", reason: "transcoded", original: source } as const;

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
});

describe("errors of the origin", () => {
  test.each([400, 403, 429, 500, 503])("%i passes with its body, as origin-error, and is not stored", async (code) => {
    const path = `/error-${code}.jpg`;
    edge.origin.on(path, status(code, `answer ${code}`, { "x-own": "kept", "cache-control": "public, max-age=86400" }));
    for (let request = 1; request <= 2; request++) {
      const answer = await edge.get(path, accepts.chrome);
      expect([answer.status, textOf(answer)]).toEqual([code, `answer ${code}`]);
      expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(answer.headers["x-own"]).toBe("kept");
      expect(verdictOf(answer)["reason"]).toBe("origin-error");
      await edge.idle();
    }
    expect(edge.origin.count(path)).toBe(2);
    edge.origin.on(path, jpeg(source));
    expectPicture(await edge.settle(path, accepts.webp), webp);
  });

  test("a 404 with a picture keeps picture and status, with Vary: Accept", async () => {
    edge.origin.on(
      "/placeholder.jpg",
      () => new Response(source, { status: 404, headers: { "content-type": "image/jpeg" } }),
    );
    const answer = await edge.get("/placeholder.jpg", accepts.chrome);
    expect(answer.status).toBe(404);
    expect(isSame(answer.body, source)).toBe(true);
    expectVaryAccept(answer);
  });

  test("a connection that is cut is a 502 problem, and the origin is asked again", async () => {
    edge.origin.on("/cut.jpg", cut);
    edge.origin.on("/cut-page", cut);
    const failure = await edge.get("/cut.jpg", accepts.chrome);
    expectProblem(failure, 502);
    expect(failure.headers["cache-status"]).toBe("edge-imaging; fwd=uri-miss");
    // The cause is in the log, and not for visitors.
    expect(String((edge.reported.at(-1) as Error).cause)).toContain(`${edge.origin.url}/cut.jpg`);
    expect(textOf(failure)).not.toContain(edge.origin.host);
    expectProblem(await edge.get("/cut-page", "text/html"), 502);
    edge.origin.on("/cut.jpg", jpeg(source));
    expectPicture(await edge.settle("/cut.jpg", accepts.webp), webp);
  });

  test("a slow origin is waited for", async () => {
    const slow = held(jpeg(source));
    edge.origin.on("/slow.jpg", slow);
    const asking = edge.settle("/slow.jpg", accepts.webp);
    await slow.asked;
    slow.release();
    expectPicture(await asking, webp);
    expect(edge.origin.count("/slow.jpg")).toBe(1);
  });
});

describe("redirects", () => {
  test.each([
    ["a path", () => "/target-1.jpg"],
    ["a URL on the same host", () => `${edge.origin.url}/target-1.jpg`],
    ["a relative path", () => "target-1.jpg"],
  ])("to %s are followed", async (name, location) => {
    const path = `/moved-${encodeURIComponent(name)}.jpg`;
    edge.origin.on(path, redirect(location()));
    edge.origin.on("/target-1.jpg", jpeg(source));
    const answer = await edge.settle(path, accepts.webp);
    expectPicture(answer, webp);
    expect(answer.headers["location"]).toBeUndefined();
    expect(edge.origin.count(path)).toBe(1);
  });

  test("three in a row are followed", async () => {
    for (let step = 1; step <= 3; step++)
      edge.origin.on(`/three-${step}.jpg`, redirect(`/three-${step + 1}.jpg`, [301, 302, 307][step - 1]));
    edge.origin.on("/three-4.jpg", jpeg(source));
    expectPicture(await edge.settle("/three-1.jpg", accepts.webp), webp);
  });

  test("five in a row are too many: at most four requests, and no picture stored", async () => {
    for (let step = 1; step <= 5; step++) edge.origin.on(`/five-${step}.jpg`, redirect(`/five-${step + 1}.jpg`));
    edge.origin.on("/five-6.jpg", jpeg(source));
    const answer = await edge.get("/five-1.jpg", accepts.webp);
    expect([301, 302, 502, 508]).toContain(answer.status);
    expect(edge.origin.count("/five-5.jpg")).toBe(0);
    await edge.idle();
    await edge.get("/five-1.jpg", accepts.webp);
    expect(edge.origin.count("/five-1.jpg")).toBe(2);
  });

  test("in a circle end", async () => {
    edge.origin.on("/circle-a.jpg", redirect("/circle-b.jpg"));
    edge.origin.on("/circle-b.jpg", redirect("/circle-a.jpg"));
    const answer = await edge.get("/circle-a.jpg", accepts.webp);
    expect([301, 302, 502, 508]).toContain(answer.status);
    expect(edge.origin.count("/circle-a.jpg") + edge.origin.count("/circle-b.jpg")).toBeLessThanOrEqual(4);
  });

  test("to another host are left to the client", async () => {
    const foreign = startScriptedOrigin();
    foreign.on("/elsewhere.jpg", jpeg(source));
    edge.origin.on("/leaving.jpg", redirect(`${foreign.url}/elsewhere.jpg`));
    const answer = await edge.get("/leaving.jpg", accepts.webp);
    expect(answer.status).toBe(302);
    expect(answer.headers["location"]).toBe(`${foreign.url}/elsewhere.jpg`);
    expect(foreign.count()).toBe(0);
    await edge.idle();
    expect(isHit(await edge.get("/leaving.jpg", accepts.webp))).toBe(false);
  });

  test.each([
    ["no-store", { "cache-control": "no-store" }],
    ["private", { "cache-control": "private, max-age=600" }],
    ["Set-Cookie", { "set-cookie": "sid=1" }],
  ] as const)("what one forbids holds for the picture that it leads to: %s", async (name, headers) => {
    const path = `/to-${name.toLowerCase()}.jpg`;
    edge.origin.on(path, redirect("/reached.jpg", 302, headers));
    edge.origin.on("/reached.jpg", jpeg(source));
    for (let request = 1; request <= 2; request++) {
      const answer = await edge.get(path, accepts.chrome);
      expect(answer.status).toBe(200);
      expect(verdictOf(answer)["reason"]).toBe("not-cacheable");
      expect(isSame(answer.body, source)).toBe(true);
      await edge.idle();
    }
    expect(edge.origin.count(path)).toBe(2);
  });
});

describe("lies", () => {
  test.each([
    ["JPEG as image/png", "image/png", "/lie-1.png"],
    ["JPEG as application/octet-stream", "application/octet-stream", "/lie-2.jpg"],
    ["JPEG as image/webp", "image/webp", "/lie-3.webp"],
  ])("%s is known by its bytes", async (_name, type, path) => {
    edge.origin.on(path, bytes(source, type));
    expectPicture(await edge.settle(path, accepts.webp), webp);
    expectPicture(await edge.settle(path, accepts.baseline), {
      format: "jpeg",
      reason: "not-accepted",
      original: source,
    });
  });

  test("PNG with a JPEG's name and type is treated as PNG", async () => {
    const body = pictureOf("photoPng");
    edge.origin.on("/lie.jpg", jpeg(body));
    expectPicture(await edge.settle("/lie.jpg", accepts.chrome), {
      format: "webp",
      source: "png",
      reason: "transcoded",
      original: body,
    });
  });

  test("bytes of no known format with an image's type pass as they are", async () => {
    const noise = new TextEncoder().encode("certainly not a picture ".repeat(100));
    edge.origin.on("/noise.jpg", jpeg(noise));
    const answer = await edge.get("/noise.jpg", accepts.chrome);
    expect(answer.status).toBe(200);
    expect(isSame(answer.body, noise)).toBe(true);
    expect(["not-an-image", "undecodable"]).toContain(verdictOf(answer)["reason"]);
  });
});

describe("images behind a login", () => {
  test("403 without a cookie: the request is repeated with it, the answer is not-cacheable and nobody else's", async () => {
    edge.origin.on("/member.jpg", needsCookie("session=ok", jpeg(source)));
    for (let request = 1; request <= 2; request++) {
      const member = await edge.get("/member.jpg", accepts.chrome, { cookie: "session=ok" });
      expect(member.status).toBe(200);
      expect(isSame(member.body, source)).toBe(true);
      expect(verdictOf(member)["reason"]).toBe("not-cacheable");
      expect(member.headers["cache-control"]).toMatch(/^private/);
      expectVaryAccept(member);
      expect(isHit(member)).toBe(false);
      await edge.idle();
    }
    const shown = edge.origin.requests("/member.jpg").filter(({ headers }) => headers["cookie"] === "session=ok");
    expect(shown.length).toBe(2);
    const stranger = await edge.get("/member.jpg", accepts.chrome);
    expect([stranger.status, textOf(stranger)]).toEqual([403, "log in first"]);
    const wrong = await edge.get("/member.jpg", accepts.chrome, { cookie: "session=guess" });
    expect(wrong.status).toBe(403);
  });

  test("a redirect to the login page: with the cookie the image comes", async () => {
    edge.origin.on("/login", html("<form>log in</form>"));
    edge.origin.on("/album.jpg", (request, count) =>
      (request.headers["cookie"] === "session=ok" ? jpeg(source) : redirect("/login"))(request, count),
    );
    const member = await edge.get("/album.jpg", accepts.chrome, { cookie: "session=ok" });
    expect(isSame(member.body, source)).toBe(true);
    expect(verdictOf(member)["reason"]).toBe("not-cacheable");
    const stranger = await edge.get("/album.jpg", accepts.chrome);
    expect(isSame(stranger.body, source)).toBe(false);
  });

  test("members and strangers at the same moment get what is theirs", async () => {
    const slow = held(needsCookie("session=ok", jpeg(source)));
    edge.origin.on("/mixed.jpg", slow);
    const asking = Array.from({ length: 10 }, (_, index) =>
      edge.get("/mixed.jpg", accepts.chrome, index % 2 === 0 ? { cookie: "session=ok" } : {}),
    );
    await slow.asked;
    await new Promise((later) => setTimeout(later, 100));
    slow.release();
    const answers = await Promise.all(asking);
    expect(answers.map((answer) => answer.status)).toEqual(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 200 : 403)),
    );
  });

  test("a public image is fetched without the cookie, and shared", async () => {
    edge.origin.on("/public.jpg", jpeg(source));
    await edge.settle("/public.jpg", accepts.webp, { cookie: "session=ok" });
    expectPicture(await edge.get("/public.jpg", accepts.webp), webp);
    expect(edge.origin.requests("/public.jpg").map(({ headers }) => headers["cookie"])).toEqual([undefined]);
  });
});

describe("headers of the source", () => {
  const kept = {
    "access-control-allow-origin": "*",
    "timing-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    link: '<https://example.com/licence>; rel="license"',
    "x-shop": "yes",
    "last-modified": "Sun, 01 Nov 2026 10:00:00 GMT",
  };
  const wrong = {
    "content-md5": "x",
    digest: "sha-256=x",
    "content-digest": "sha-256=:eA==:",
    "repr-digest": "sha-256=:eA==:",
    signature: "sig=:eA==:",
    "signature-input": 'sig=("@status")',
    "x-amz-checksum-sha256": "x",
    "x-goog-hash": "crc32c=x",
  };

  test("are kept where they still hold and dropped where other bytes make them wrong", async () => {
    edge.origin.on("/headers.jpg", jpeg(source, { ...kept, ...wrong, etag: '"own"' }));
    const answer = await edge.settle("/headers.jpg", accepts.webp);
    expectPicture(answer, webp);
    expect(answer.headers).toMatchObject(kept);
    for (const name of Object.keys(wrong)) expect(answer.headers[name], name).toBeUndefined();
  });

  test.each([
    ["/shop/red chair.jpg", undefined, /^inline; *filename="red chair\.webp"/],
    ["/shop/st%C3%BChle.jpg", undefined, /^inline;.*filename\*=UTF-8''st%C3%BChle\.webp/],
    ["/shop/bad%ZZ.jpg", undefined, /^inline;.*\.webp/],
    ["/shop/offer.jpg", 'attachment; filename="offer.jpg"', /^attachment; *filename="offer\.webp"/],
  ])("%s with Content-Disposition %s is saved under the right extension", async (path, given, wanted) => {
    const url = path.replaceAll(" ", "%20");
    edge.origin.on(url, jpeg(source, given === undefined ? {} : { "content-disposition": given }));
    const answer = await edge.settle(url, accepts.webp);
    expect(verdictOf(answer)["format"]).toBe("webp");
    expect(answer.headers["content-disposition"]).toMatch(wanted);
    expect((await edge.settle(url, accepts.baseline)).headers["content-disposition"]).toBe(given);
  });
});

test("hops that a client claims are not sent to the origin, whose answer others get", async () => {
  edge.origin.on("/hops.jpg", jpeg(source));
  await edge.get("/hops.jpg", accepts.webp, { "cdn-loop": "somebody" });
  expect(edge.origin.requests("/hops.jpg").map(({ headers }) => headers["cdn-loop"])).toEqual([
    expect.stringMatching(/^edge-imaging; id=\w+$/),
  ]);
});
