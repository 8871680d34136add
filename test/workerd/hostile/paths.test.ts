/** Paths that mean something else to somebody on the way: what is ours cannot be reached by another name. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, isHit, isSame } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { answerUrl, bytesUrl, purgeUrl, recordUrl } from "../../../src/edge/key.ts";
import { readConfig } from "../../../src/edge/config.ts";
import { createMapCache } from "../map-cache.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { jpeg, startScriptedOrigin } from "../scripted-origin.ts";

const source = pictureOf("photo");
const token = "a-token-of-some-length";

/** Ways to write a path below `/_imaging/` so that somebody on the way may take it for that. */
const disguises: readonly ((path: string) => string)[] = [
  (path) => path.replace("_", "%5f"),
  (path) => path.replace("_", "%5F"),
  (path) => path.replace("imaging", "%69%6d%61%67%69%6e%67"),
  (path) => path.replace("/_imaging/", "/_imaging%2f"),
  (path) => path.replace("/_imaging/", "/_imaging%2F"),
  (path) => path.replace("/_imaging/", "/_imaging%5c"),
  (path) => path.replace("/_imaging/", "/_imaging\\"),
  (path) => `/${path}`,
  (path) => `//${path}`,
  (path) => `/.${path}`,
  (path) => `/./${path}`,
  (path) => `/a/..${path}`,
  (path) => `/a/%2e%2e${path}`,
  (path) => `/a/.%2E${path}`,
  (path) => `/a/..%2f${path.slice(1)}`,
  (path) => `/a%2f..${path}`,
  (path) => `/a%2f%2e%2e%2f${path.slice(1)}`,
  (path) => `/%2f${path}`,
  (path) => `/%5c${path.slice(1)}`,
  (path) => `\\${path.slice(1)}`,
  (path) => path.replace("/_imaging", "/_imaging/."),
  (path) => path.replace("/_imaging", "/_imaging/a/.."),
  (path) => path.replace("/_imaging", "/_ima\tging"),
  (path) => path.replace("/_imaging", "/_ima\nging"),
  (path) => `${path}#/photo.jpg`,
];

/** Names of others, which go to the origin as they are. */
const others = [
  "/_imaging",
  "/_imaging.jpg",
  "/_Imaging/stats",
  "/_IMAGING/stats",
  "/_imaging;a=b/stats",
  "/a/_imaging/stats",
  "/%255fimaging/stats",
  "/_imaging%00/stats",
  "/?/_imaging/stats",
  "/;/_imaging/stats",
  "/x_imaging/stats",
  "/_imaging%e2%88%95stats",
];

async function edgeWithPicture(): Promise<Edge & { readonly cache: ReturnType<typeof createMapCache> }> {
  const cache = createMapCache();
  const edge = await startEdge({ vars: { ADMIN_TOKEN: token, FORMATS: "webp" }, cache });
  edge.origin.on("/photo.jpg", jpeg(source));
  await edge.hit("/photo.jpg", accepts.webp);
  return Object.assign(edge, { cache });
}

/** Where the cache keeps what it knows of the picture. */
function entriesOf(edge: Edge): readonly string[] {
  const { fingerprint } = readConfig({ ORIGIN: edge.origin.url, FORMATS: "webp" });
  const site = edge.url.replace("http:", "https:");
  const key = { site, sourcePath: "/photo.jpg", directives: "", fingerprint };
  const urls = [answerUrl(key, "webp"), recordUrl(key), purgeUrl(key), bytesUrl(key, "original")];
  return urls.map((url) => url.slice(site.length));
}

const images = { accept: accepts.webp, "sec-fetch-dest": "image" };

function expectNothing(answer: Answer, about: string): void {
  expect(answer.status, about).toBe(404);
  expect(answer.headers["content-type"], about).toBe("application/problem+json");
  expect(answer.headers["x-content-type-options"], about).toBe("nosniff");
}

describe("the entries of the cache", () => {
  test("are where these tests look for them", async () => {
    const edge = await edgeWithPicture();
    const kept = [...edge.cache.entries.keys()].map((url) => new URL(url).pathname);
    expect(entriesOf(edge).filter((path) => kept.includes(path)).length).toBeGreaterThanOrEqual(2);
  });

  test.each(["GET", "HEAD", "POST", "PUT", "DELETE", "PURGE", "PATCH", "OPTIONS"])(
    "%s neither reads nor changes one, however its path is written",
    async (method) => {
      const edge = await edgeWithPicture();
      const [before, asked] = [new Map(edge.cache.entries), edge.origin.count()];
      for (const entry of entriesOf(edge)) {
        for (const disguise of [(path: string) => path, ...disguises]) {
          const path = disguise(entry);
          const answer = await edge.ask(path, {
            method,
            headers: images,
            ...(method.startsWith("P") && { body: "x" }),
          });
          if (method === "HEAD") expect(answer.status, path).toBe(404);
          else expectNothing(answer, path);
        }
      }
      await edge.idle();
      expect(edge.origin.count()).toBe(asked);
      expect([...edge.cache.entries]).toEqual([...before]);
      const answer = await edge.get("/photo.jpg", accepts.webp);
      expect(isHit(answer)).toBe(true);
    },
  );

  test("are no place that a source's path leads to", async () => {
    const edge = await edgeWithPicture();
    const before = new Map(edge.cache.entries);
    const [answer = ""] = entriesOf(edge);
    const paths = [
      `/a/../..${answer}`,
      `/x.jpg?/../..${answer}`,
      `/x.jpg?..${answer}`,
      `/x.jpg;/..;${answer}`,
      `/image/upload/f_auto,../..,q_80${answer}`,
      `/is/image/..;/..;${answer}?wid=10`,
      `/x%00${answer}`,
    ];
    edge.origin.on("/photo.jpg", jpeg(pictureOf("changed")));
    for (const path of paths) await edge.ask(path, { headers: images });
    await edge.idle();
    for (const [url, response] of before) expect(edge.cache.entries.get(url)).toBe(response);
  });
});

describe("what is for operators", () => {
  const pages = [
    "/_imaging/",
    "/_imaging/stats",
    "/_imaging/explain?url=/photo.jpg",
    "/_imaging/original?url=/photo.jpg",
  ];

  test.each(pages)("%s is closed without the token, and not to be had by another name with it", async (page) => {
    const edge = await edgeWithPicture();
    const asked = edge.origin.count();
    expect((await edge.ask(page)).status).toBe(401);
    for (const disguise of disguises) {
      const path = disguise(page);
      // What a URL parser resolves by itself is the page itself.
      const isItself = new URL(`http://a${path}`).pathname.startsWith("/_imaging/");
      const answer = await edge.ask(path, { headers: isItself ? {} : { authorization: `Bearer ${token}` } });
      expect([401, 404], path).toContain(answer.status);
      expect(answer.headers["content-type"], path).toBe("application/problem+json");
    }
    expect(edge.origin.count()).toBe(asked);
  });

  test("a purge needs the token by every name", async () => {
    const edge = await edgeWithPicture();
    const body = JSON.stringify({ urls: ["/photo.jpg"] });
    for (const disguise of [(path: string) => path, ...disguises]) {
      const answer = await edge.ask(disguise("/_imaging/purge"), { method: "POST", body });
      expect([401, 404]).toContain(answer.status);
    }
    expect(isHit(await edge.get("/photo.jpg", accepts.webp))).toBe(true);
  });

  test("fields that rewrite a URL elsewhere do not here", async () => {
    const edge = await edgeWithPicture();
    for (const field of ["x-original-url", "x-rewrite-url", "x-forwarded-path", "x-http-method-override"]) {
      const answer = await edge.get("/photo.jpg", accepts.webp, { [field]: "/_imaging/stats" });
      expect(isHit(answer), field).toBe(true);
    }
  });
});

test.each(others)("%s is a path like others", async (path) => {
  const edge = await startEdge({ vars: { ADMIN_TOKEN: token } });
  const answer = await edge.ask(path);
  expect(answer.status).toBe(404);
  expect(edge.origin.count()).toBe(1);
});

describe("an origin that redirects", () => {
  const elsewhere = startScriptedOrigin();

  test.each([
    `${elsewhere.url}/photo.jpg`,
    `//${elsewhere.host}/photo.jpg`,
    `\\\\${elsewhere.host}\\photo.jpg`,
    "http://127.0.0.1/photo.jpg",
    "http://localhost:8080/photo.jpg",
    "http://[::1]/photo.jpg",
    "http://0x7f000001/photo.jpg",
    "http://2130706433/photo.jpg",
    "http://169.254.169.254/latest/meta-data/iam.jpg",
    "http://metadata.google.internal/computeMetadata/v1/a.jpg",
    "file:///etc/passwd",
    "ftp://127.0.0.1/photo.jpg",
    "gopher://127.0.0.1/_x",
    "data:image/jpeg;base64,AAAA",
    "javascript:alert(1)",
    "blob:null/1",
    "http://user:password@SELF/photo.jpg",
    "http://SELF@127.0.0.1/photo.jpg",
    "http://SELF:8080/photo.jpg",
    "http://SELF.evil.example/photo.jpg",
    "http://SELF/_imaging/stats",
    "/_imaging/store/x/answer/webp/-/photo.jpg",
    "/%5fimaging/stats",
    "http://[",
  ])("to %s has nothing asked there", async (location) => {
    const asked: string[] = [];
    const edge: Edge = await startEdge({
      fetch: async (input) => {
        const { url } = input as Request;
        asked.push(url);
        const there = location.replace("SELF", new URL(url).host);
        return new Response("moved", { status: 302, headers: { location: there } });
      },
    });
    const answer = await edge.get("/a.jpg", accepts.webp);
    expect(answer.status).toBe(302);
    expect(answer.headers["location"]).toBe(location.replace("SELF", edge.origin.host));
    expect(new Set(asked)).toEqual(new Set([`${edge.origin.url}/a.jpg`]));
    // Once as for everybody, and once as for this client.
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  test("in a circle is followed three times and no more", async () => {
    const edge = await startEdge();
    edge.origin.on("/a.jpg", () => new Response(null, { status: 302, headers: { location: "/a.jpg" } }));
    const answer = await edge.get("/a.jpg", accepts.webp);
    expect(answer.status).toBe(302);
    expect(edge.origin.count()).toBeLessThanOrEqual(5);
  });

  test("within its host leads to its picture", async () => {
    const edge = await startEdge();
    edge.origin.on("/a.jpg", () => new Response(null, { status: 302, headers: { location: "/b.jpg" } }));
    edge.origin.on("/b.jpg", jpeg(source, { vary: "Accept" }));
    expect((await edge.get("/a.jpg", accepts.baseline)).status).toBe(200);
  });
});

describe("URLs given to explain, original and purge", () => {
  test.each([
    "https://evil.example/photo.jpg",
    "//evil.example/photo.jpg",
    "\\\\evil.example\\photo.jpg",
    "/\\evil.example/photo.jpg",
    "http:\\\\evil.example/photo.jpg",
    "http://SELF@evil.example/photo.jpg",
    "http://SELF:1/photo.jpg",
    "http://SELF.evil.example/photo.jpg",
    "ftp://SELF/photo.jpg",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:image/jpeg,x",
    "http://127.0.0.1/photo.jpg",
    "http://169.254.169.254/latest/meta-data/",
    "\t//evil.example/photo.jpg",
  ])("%j has nothing asked", async (url) => {
    const edge = await edgeWithPicture();
    const asked = edge.origin.count();
    const given = url.replace("SELF", new URL(edge.url).host);
    const headers = { authorization: `Bearer ${token}` };
    for (const page of ["explain", "original"]) {
      const answer = await edge.ask(`/_imaging/${page}?url=${encodeURIComponent(given)}`, { headers });
      expect(answer.status, page).toBe(400);
    }
    const body = JSON.stringify({ urls: [given] });
    expect((await edge.ask("/_imaging/purge", { method: "POST", headers, body })).status).toBe(400);
    expect(edge.origin.count()).toBe(asked);
  });

  test.each(["/_imaging/store/x/photo.jpg", "/%5fimaging/x.jpg", "//_imaging/x.jpg", "/a%2f..%2f_imaging/x.jpg"])(
    "%s is none of the origin's",
    async (path) => {
      const edge = await edgeWithPicture();
      const asked = edge.origin.count();
      const headers = { authorization: `Bearer ${token}` };
      for (const page of ["explain", "original"]) {
        expect((await edge.ask(`/_imaging/${page}?url=${encodeURIComponent(path)}`, { headers })).status).toBe(400);
      }
      expect(edge.origin.count()).toBe(asked);
    },
  );
});

test("a picture is the same by each way to write its own path, or has an entry of its own", async () => {
  const edge = await edgeWithPicture();
  for (const path of ["/photo.jpg?", "/./photo.jpg", "/a/../photo.jpg", "/%2e/photo.jpg"]) {
    const answer = await edge.get(path, accepts.webp);
    expect(answer.status, path).toBe(200);
  }
  // Other names are other pictures to an origin.
  for (const path of ["//photo.jpg", "/photo.jpg/", "/photo%2ejpg", "/PHOTO.jpg", "/photo.jpg;a"]) {
    const answer = await edge.get(path, accepts.webp);
    expect(answer.status, path).toBe(404);
    expect(isSame(answer.body, source)).toBe(false);
  }
});
