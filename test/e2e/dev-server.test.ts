import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDevServer } from "../support/dev-server.ts";
import type { DevServer } from "../support/dev-server.ts";
import { until } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { ask, isHit, verdictOf } from "../support/http.ts";
import type { Answer } from "../support/http.ts";
import { decode, meanError, photo } from "../support/pictures.ts";
import { jpeg, startScriptedOrigin } from "../support/scripted-origin.ts";

const baseline = ["jpeg", "not-accepted"] as const;

/** Name, User-Agent and image Accept header of real clients; what the photograph must be sent as. */
const clients = [
  [
    "Chrome 156",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "avif",
    "transcoded",
  ],
  [
    "Firefox ESR 153",
    "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    "avif",
    "transcoded",
  ],
  [
    "a client of WebP",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 11_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0.2 Safari/605.1.15",
    "image/webp,*/*",
    "webp",
    "transcoded",
  ],
  [
    "Safari 13",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
    "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    ...baseline,
  ],
  ["curl", "curl/8.5.0", "*/*", ...baseline],
  ["Googlebot-Image", "Googlebot-Image/1.0", "*/*", ...baseline],
] as const;

describe("npm start with the demo origin", () => {
  const path = "/photos/hibiscus-window.jpg";
  let server: DevServer;
  let original: Buffer;
  beforeAll(async () => {
    original = await readFile(new URL(`../../demo/public${path}`, import.meta.url));
    server = await startDevServer();
  });
  afterAll(() => server?.close());

  test("GET / is the gallery as HTML", async () => {
    const answer = await ask(`${server.url}/`, { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^text\/html/);
    expect(answer.body.toString("utf8")).toMatch(/<img|\.(?:jpg|png)/);
  });

  test.each(clients)(
    "%s gets the right picture, at the second request at the latest and then as a hit",
    async (_name, userAgent, accept, format, reason) => {
      const request = (): Promise<Answer> => ask(server.url + path, { headers: { accept, "user-agent": userAgent } });
      const first = await request();
      expect(first.status).toBe(200);
      expect(["interim", reason]).toContain(verdictOf(first)["reason"]);
      const second = await until(
        request,
        (answer) => verdictOf(answer)["reason"] !== "interim" && isHit(answer),
        20_000,
      );
      expectPicture(second, { format, source: "jpeg", reason, original, hit: true });
      expect(meanError(await decode(second.body), await decode(original))).toBeLessThan(format === "jpeg" ? 0.001 : 4);
    },
  );

  test("every picture of the demo is answered with a reason", async () => {
    for (const name of [
      "/graphics/logo.svg",
      "/graphics/logo.png",
      "/graphics/sailing.gif",
      "/photos/blossom-display-p3.jpg",
    ]) {
      const answer = await ask(server.url + name, { headers: { accept: clients[0][2] } });
      expect(answer.status, name).toBe(200);
      expect(verdictOf(answer)["reason"], name).toBeTypeOf("string");
    }
  });
});

describe("npm start with an origin of one's own", () => {
  test("--var ORIGIN:http://127.0.0.1:… fetches from there", async () => {
    const origin = await startScriptedOrigin();
    const source = await photo();
    origin.on("/shop/chair.jpg", jpeg(source));
    const server = await startDevServer(["--var", `ORIGIN:${origin.url}`]);
    try {
      const request = (): Promise<Answer> =>
        ask(`${server.url}/shop/chair.jpg?w=400`, { headers: { accept: "image/webp,*/*" } });
      const answer = await until(request, isHit, 20_000);
      expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source, hit: true });
      expect(origin.requests("/shop/chair.jpg").map((seen) => seen.url)).toEqual(["/shop/chair.jpg?w=400"]);
    } finally {
      await server.close();
      await origin.close();
    }
  });
});
