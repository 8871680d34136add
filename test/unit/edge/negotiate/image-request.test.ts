import { describe, expect, it } from "vitest";
import type { Env } from "../../../../src/edge/env.ts";
import {
  type ImageRequest,
  listKeys,
  readImageRequest,
  withoutScaling,
} from "../../../../src/edge/negotiate/image-request.ts";
import { parseRequestedUrl } from "../../../../src/edge/negotiate/requested-url.ts";
import { accepts, configOf, imageRequest } from "../../samples.ts";

describe("readImageRequest()", () => {
  it("leaves alone what is no candidate", () => {
    const url = "https://images.test/one.jpg";
    for (const init of [{ method: "POST" }, { headers: { authorization: "Basic eA==" } }]) {
      expect(readImageRequest(new Request(url, init), new URL(url), configOf())).toBeUndefined();
    }
    const page = "https://images.test/page";
    expect(
      readImageRequest(new Request(page, { headers: { accept: "text/html,image/webp" } }), new URL(page), configOf()),
    ).toBeUndefined();
  });

  it("gives http and https, and every header that may not matter, the same key", () => {
    const plain = imageRequest("https://images.test/one.jpg?w=1", { accept: accepts.webp });
    const other = imageRequest("http://images.test/one.jpg?w=1#part", {
      accept: "*/*, IMAGE/WEBP;q=0.3",
      "user-agent": "somebody",
      cookie: "a=b",
      "accept-language": "de",
      range: "bytes=0-1",
      "if-none-match": '"x"',
      "cdn-loop": "other",
      referer: "https://elsewhere.test/",
    });
    expect(other.key).toEqual(plain.key);
    expect(other.client.token).toBe(plain.client.token);
  });

  it("takes `imaging=off` out of the source's path and notes it", () => {
    const image = imageRequest("https://images.test/one.jpg?a=1&imaging=off&b=2");
    expect(image).toMatchObject({ parsed: { optedOut: true }, sourcePath: "/one.jpg?a=1&b=2" });
    expect(imageRequest("https://images.test/one.jpg?a=1")).toMatchObject({
      parsed: { optedOut: false },
      sourcePath: "/one.jpg?a=1",
    });
  });

  it("puts host, path, query and settings into the key", () => {
    const keys = [
      imageRequest("https://images.test/one.jpg"),
      imageRequest("https://images.test:8443/one.jpg"),
      imageRequest("https://other.test/one.jpg"),
      imageRequest("https://images.test/two.jpg"),
      imageRequest("https://images.test/one.jpg?v=2"),
      imageRequest("https://images.test/one.jpg", {}, { PNG_MODE: "auto" }),
    ].map(({ key }) => JSON.stringify(key));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("keeps the CORS Origin out of the key: most sources are alike for all of them", () => {
    const plain = imageRequest("https://images.test/one.jpg");
    const other = imageRequest("https://images.test/one.jpg", { origin: "https://shop.test" });
    expect(other.key).toEqual(plain.key);
    expect([plain.corsOrigin, other.corsOrigin]).toEqual([null, "https://shop.test"]);
  });
});

describe("listKeys()", () => {
  const paths = ["/a.jpg", "/a.jpg?w=100&auto=format", "/a.jpg?w=100&dpr=2&auto=format", "/is/image/shop/a?wid=300"];
  const settings: readonly Env[] = [{}, { DPR: "on" }, { NETWORK: "off" }, { DPR: "on", NETWORK: "rtt" }];
  const clients = [{}, { dpr: "2" }, { "sec-ch-dpr": "3" }, { "save-data": "on" }, { "save-data": "on", dpr: "3" }];

  it.each(paths.flatMap((path) => settings.map((env) => [path, env] as const)))(
    "holds the key of every client for %s under %j, and few others",
    (path, env) => {
      const url = `https://images.test${path}`;
      const config = configOf(env);
      const listed = listKeys(parseRequestedUrl(new URL(url), config), config).map((key) => JSON.stringify(key));
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed.length).toBeLessThanOrEqual(path === "/a.jpg" ? 1 : 6);
      const keyOf = ({ key: { sourcePath, directives, site, fingerprint } }: ImageRequest): string =>
        JSON.stringify({ sourcePath, directives, site, fingerprint });
      for (const headers of clients) {
        const image = imageRequest(url, { accept: "image/webp", ...headers }, env);
        expect(listed).toContain(keyOf(image));
        expect(listed).toContain(keyOf(withoutScaling(image)));
      }
    },
  );
});
