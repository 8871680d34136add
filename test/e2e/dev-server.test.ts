import { readFile } from "node:fs/promises";
import sharp from "sharp";
import type { Metadata } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isHit, verdictOf } from "../support/answer.ts";
import { startDevServer } from "../support/dev-server.ts";
import type { DevServer } from "../support/dev-server.ts";
import { until } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { ask } from "../support/http.ts";
import type { Answer } from "../support/http.ts";
import { decode, meanError, photo } from "../support/pictures.ts";
import { jpeg, startScriptedOrigin } from "../support/scripted-origin.ts";

// The page's script is plain JavaScript, sent as it is.
const { pictures } = (await import(new URL("../../demo/public/gallery/pictures.js", import.meta.url).href)) as {
  pictures: readonly { path: string }[];
};

const baseline = ["jpeg", "image/jpeg", "ffd8ff"] as const;

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
] as const;

/** The same for clients that list nothing modern: here the User-Agent has a say, and Vary names it. */
const olderClients = [
  [
    "Safari 13",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
    "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    "jp2",
    "image/jp2",
    "0000000c6a502020",
  ],
  [
    "Internet Explorer 11 of Windows 10",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
    "jxr",
    "image/jxr",
    "4949bc01",
  ],
  ["curl", "curl/8.5.0", "*/*", ...baseline],
  ["Googlebot-Image", "Googlebot-Image/1.0", "*/*", ...baseline],
] as const;

/** Pictures that browsers show wrongly, sideways or not at all unless somebody takes care; what becomes of them. */
const hardSources = [
  ["/photos/caps-cmyk.jpg", "webp", "jpeg"],
  // Without loss, unless a smaller JPEG has been made for somebody else.
  ["/photos/face-paint.tif", "webp or jpeg", "jpeg"],
  ["/photos/red-hat-rotated.jpg", "webp", "jpeg"],
  ["/photos/blossom-display-p3.jpg", "webp", "jpeg"],
  ["/graphics/sailing.gif", "webp", "gif"],
  ["/photos/warbird-quality-45.jpg", "jpeg", "jpeg"],
] as const;

/** What is seen of a picture: its size after the rotation that EXIF asks for, the number of frames, the kind of colours. */
function shownAs({ autoOrient, pageHeight, pages, space }: Metadata) {
  return { width: autoOrient.width, height: pageHeight ?? autoOrient.height, frames: pages ?? 1, space };
}

describe("npm start with the demo origin", () => {
  const path = "/photos/hibiscus-window.jpg";
  let server: DevServer;
  let original: Buffer;
  beforeAll(async () => {
    original = await readFile(new URL(`../../demo/public${path}`, import.meta.url));
    // Else every picture of the demo is made as AVIF too, which is the subject of the first tests alone.
    server = await startDevServer(["--var", "EAGER:webp"]);
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
        120_000,
      );
      expectPicture(second, { format, source: "jpeg", reason, original, hit: true });
      expect(meanError(await decode(second.body), await decode(original))).toBeLessThan(4);
    },
  );

  test.each(olderClients)("%s gets what it shows, and then as a hit", async (_name, userAgent, accept, ...sent) => {
    const [format, contentType, signature] = sent;
    const request = (): Promise<Answer> => ask(server.url + path, { headers: { accept, "user-agent": userAgent } });
    const answer = await until(request, (last) => verdictOf(last)["reason"] !== "interim" && isHit(last), 120_000);
    expect(verdictOf(answer)).toMatchObject({ format, source: "jpeg", from: original.length, to: answer.body.length });
    expect(answer.headers["content-type"]).toBe(contentType);
    expect(answer.headers["vary"]).toMatch(/^Accept, (?:.+, )?User-Agent\b/);
    expect(answer.body.toString("hex")).toMatch(new RegExp(`^${signature}`));
    expect(answer.body.length).toBeLessThanOrEqual(original.length);
    if (format === "jpeg") expect(meanError(await decode(answer.body), await decode(original))).toBeLessThan(0.001);
  });

  test.each(pictures.map(({ path: picture }) => picture))(
    "%s is answered with a reason, for every client",
    async (picture) => {
      for (const accept of ["image/webp,*/*", "*/*"]) {
        // Nothing is encoded for it.
        const answer = await ask(server.url + picture, { method: "HEAD", headers: { accept } });
        expect(answer.status).toBe(200);
        expect(answer.headers["content-type"]).toMatch(/^image\//);
        expect(verdictOf(answer)["reason"]).toBeTypeOf("string");
      }
    },
  );

  test.each(hardSources)("%s becomes %s for a client of WebP, and %s for one that lists nothing", async (...row) => {
    const [picture, webp, universal] = row;
    const source = await sharp(await readFile(new URL(`../../demo/public${picture}`, import.meta.url))).metadata();
    for (const [accept, format] of [
      ["*/*", universal],
      ["image/webp,*/*", webp],
    ] as const) {
      const answer = await until(
        () => ask(server.url + picture, { headers: { accept } }),
        (last) => verdictOf(last)["reason"] !== "interim",
        120_000,
      );
      const made = String(verdictOf(answer)["format"]);
      expect(format.split(" or ")).toContain(made);
      expect(answer.headers["content-type"]).toBe(`image/${made}`);
      expect(shownAs(await sharp(answer.body).metadata())).toEqual({ ...shownAs(source), space: "srgb" });
    }
  });
});

describe("npm start with an origin of one's own", () => {
  test("--var ORIGIN:http://127.0.0.1:… fetches from there", async () => {
    const origin = await startScriptedOrigin();
    const source = await photo();
    origin.on("/shop/chair.jpg", jpeg(source));
    const server = await startDevServer(["--var", `ORIGIN:${origin.url}`, "--var", "EAGER:webp"]);
    try {
      const request = (): Promise<Answer> =>
        ask(`${server.url}/shop/chair.jpg?w=400`, { headers: { accept: "image/webp,*/*" } });
      const answer = await until(request, isHit, 120_000);
      expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source, hit: true });
      expect(origin.requests("/shop/chair.jpg").map((seen) => seen.url)).toEqual(["/shop/chair.jpg?w=400"]);
    } finally {
      await server.close();
      await origin.close();
    }
  });
});
