import type { Fetcher } from "@cloudflare/workers-types";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { fetchDemoOrigin } from "../../../../src/edge/origin/demo-origin.ts";

const assets = (env as unknown as { readonly DEMO: Fetcher }).DEMO;

async function ask(path: string, init?: RequestInit): Promise<Response> {
  return await fetchDemoOrigin(assets, new Request(`http://demo.test${path}`, init));
}

describe("fetchDemoOrigin()", () => {
  it.each([
    ["/photos/lighthouse.jpg", "image/jpeg", [0xff, 0xd8, 0xff]],
    ["/graphics/logo.png", "image/png", [0x89, 0x50, 0x4e, 0x47]],
    ["/graphics/sailing.gif", "image/gif", [0x47, 0x49, 0x46, 0x38]],
    ["/graphics/one-url.svg", "image/svg+xml", [0x3c, 0x73, 0x76, 0x67]],
  ])("answers %s as %s, fresh for a day", async (path, type, firstBytes) => {
    const response = await ask(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe("public, max-age=86400");
    expect(response.headers.get("etag")).toMatch(/^"[^"]+"$/);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([...bytes.subarray(0, firstBytes.length)]).toEqual(firstBytes);
  });

  it.each(["/", "/index.html", "/index", "/?client=webp"])(
    "gives the gallery at %s without a redirect",
    async (path) => {
      const response = await ask(path);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toMatch(/^text\/html/);
      expect(response.headers.get("cache-control")).toBe("public, max-age=0, must-revalidate");
      expect(await response.text()).toContain('<ul id="gallery">');
    },
  );

  it("gives an escaped path the file itself, not a redirect", async () => {
    const response = await ask("/photos/%6cighthouse.jpg");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/jpeg");
    await response.body?.cancel();
  });

  it.each(["exact", "weak", "list", "star"])("answers If-None-Match (%s) by the weak comparison", async (form) => {
    const first = await ask("/graphics/one-url.svg");
    await first.body?.cancel();
    const etag = first.headers.get("etag") ?? "";
    const values: Record<string, string> = { exact: etag, weak: `W/${etag}`, list: `"other", ${etag}`, star: "*" };
    const response = await ask("/graphics/one-url.svg", { headers: { "if-none-match": values[form] ?? "" } });
    expect(response.status).toBe(304);
    expect(response.headers.get("etag")).toBe(etag);
    expect(response.headers.get("cache-control")).toBe("public, max-age=86400");
    expect(await response.text()).toBe("");
  });

  it("sends the file again when If-None-Match names another version", async () => {
    const response = await ask("/graphics/one-url.svg", { headers: { "if-none-match": '"another"' } });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<svg");
  });

  it("answers HEAD with the headers of GET and no body", async () => {
    const [get, head] = [await ask("/photos/macaws.jpg"), await ask("/photos/macaws.jpg", { method: "HEAD" })];
    await get.body?.cancel();
    expect(head.status).toBe(200);
    expect(head.headers.get("etag")).toBe(get.headers.get("etag"));
    expect(await head.text()).toBe("");
  });

  it.each(["/photos/none.jpg", "/photos/", "/../wrangler.toml", "/%2e%2e/wrangler.toml", "/photos/%zz.jpg"])(
    "answers %s with a page and 404",
    async (path) => {
      const response = await ask(path);
      expect(response.status).toBe(404);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await response.text()).toContain('<a href="/">');
    },
  );

  it("refuses other methods with 405 and what it allows", async () => {
    const response = await ask("/photos/macaws.jpg", { method: "POST", body: "x" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });

  it("passes on no header of the assets service", async () => {
    const allowed = new Set(["cache-control", "content-type", "content-length", "etag", "last-modified"]);
    for (const path of ["/", "/photos/macaws.jpg", "/none"]) {
      const response = await ask(path);
      await response.body?.cancel();
      expect([...response.headers.keys()].filter((name) => !allowed.has(name))).toEqual([]);
    }
  });
});
