import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../support/answer.ts";
import { pause, startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectVaryAccept } from "../support/expect-picture.ts";
import { photo } from "../support/pictures.ts";
import { bytes, echo, html, jpeg, redirect, startScriptedOrigin, status } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

const page = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

let origin: ScriptedOrigin;
let edge: Edge;
let source: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url, EAGER: "" } });
  source = await photo();
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyLength: number;
}

describe("a request that is not one for an image", () => {
  test("keeps method, path, query, cookies, Authorization and own headers", async () => {
    origin.on("/api/me", echo);
    const answer = await edge.get("/api/me?a=1&b=%2F+x", page, {
      cookie: "session=42",
      authorization: "Basic dTpw",
      "x-own": "kept",
      "accept-language": "de",
    });
    const seen = JSON.parse(String(answer.body)) as Echoed;
    expect(seen.method).toBe("GET");
    expect(seen.url).toBe("/api/me?a=1&b=%2F+x");
    expect(seen.headers).toMatchObject({
      cookie: "session=42",
      authorization: "Basic dTpw",
      "x-own": "kept",
      "accept-language": "de",
      accept: page,
    });
    expect(answer.headers["content-type"]).toBe("application/json");
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])(
    "%s delivers its body, also to a path with an image's name",
    async (method) => {
      origin.on("/upload.jpg", echo);
      const body = randomBytes(3_000_000);
      const answer = await edge.ask("/upload.jpg", {
        method,
        body,
        headers: { "content-type": "image/jpeg", "content-length": String(body.length) },
      });
      const seen = JSON.parse(String(answer.body)) as Echoed;
      expect(seen).toMatchObject({ method, bodyLength: body.length });
      expect(origin.requests("/upload.jpg").at(-1)?.body.equals(body)).toBe(true);
    },
  );

  test("a page keeps bytes, status, headers and every Set-Cookie", async () => {
    const text = "<!doctype html><title>shop</title>".repeat(50);
    origin.on(
      "/shop",
      html(text, {
        "set-cookie": ["a=1; Path=/", "b=2; Path=/"],
        "cache-control": "private, no-store",
        etag: '"page-1"',
        "x-frame-options": "DENY",
      }),
    );
    const answer = await edge.get("/shop", page);
    expect(answer.status).toBe(200);
    expect(String(answer.body)).toBe(text);
    expect(answer.cookies).toEqual(["a=1; Path=/", "b=2; Path=/"]);
    expect(answer.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "private, no-store",
      etag: '"page-1"',
      "x-frame-options": "DENY",
    });
  });

  test("a redirect is left to the client", async () => {
    origin.on("/old-page", redirect("/new-page", 301));
    origin.on("/new-page", html("new"));
    const answer = await edge.get("/old-page", page);
    expect(answer.status).toBe(301);
    expect(answer.headers["location"]).toBe("/new-page");
    expect(origin.count("/new-page")).toBe(0);
  });

  test("a 404 page and a 500 page pass as they are", async () => {
    origin.on("/lost", status(404, "<h1>lost</h1>", { "content-type": "text/html" }));
    origin.on("/broken", status(500, "<h1>broken</h1>", { "content-type": "text/html" }));
    const lost = await edge.get("/lost", page);
    expect([lost.status, String(lost.body)]).toEqual([404, "<h1>lost</h1>"]);
    const broken = await edge.get("/broken", page);
    expect([broken.status, String(broken.body)]).toEqual([500, "<h1>broken</h1>"]);
  });

  test("is streamed: the first bytes arrive before the origin has sent the last", async () => {
    let finish = (): void => undefined;
    origin.on("/events", (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write("data: first\n\n");
      finish = () => void response.end("data: last\n\n");
    });
    const early = new Promise<string>((seen, failed) => {
      void fetch(`${edge.url}/events`, { headers: { accept: "text/event-stream" } }).then(async (response) => {
        const reader = (response.body as ReadableStream<Uint8Array>).getReader();
        const { value } = await reader.read();
        seen(Buffer.from(value ?? []).toString());
        finish();
        await reader.cancel();
      }, failed);
    });
    expect(await early).toContain("first");
  });

  test("is not coalesced and not stored", async () => {
    origin.on("/api/count", (_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "public, max-age=3600" });
      response.end("{}");
    });
    await Promise.all([edge.get("/api/count", page), edge.get("/api/count", page)]);
    await edge.get("/api/count", page);
    expect(origin.count("/api/count")).toBe(3);
  });

  test("HEAD of a page is a HEAD at the origin", async () => {
    origin.on("/head-page", html("<p>text</p>"));
    const answer = await edge.ask("/head-page", { method: "HEAD", headers: { accept: page } });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect(origin.requests("/head-page").at(-1)?.method).toBe("HEAD");
  });

  test("OPTIONS passes with its CORS headers", async () => {
    origin.on(
      "/cors.jpg",
      status(204, "", { "access-control-allow-origin": "https://shop.example", "access-control-allow-methods": "GET" }),
    );
    const answer = await edge.ask("/cors.jpg", {
      method: "OPTIONS",
      headers: { origin: "https://shop.example", "access-control-request-method": "GET" },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers["access-control-allow-origin"]).toBe("https://shop.example");
    expect(origin.requests("/cors.jpg").at(-1)?.method).toBe("OPTIONS");
  });
});

describe("a non-candidate whose answer is an image", () => {
  test("keeps its bytes and gets Vary: Accept", async () => {
    origin.on("/picture-of-the-day", jpeg(source, { etag: '"day-1"' }));
    const answer = await edge.get("/picture-of-the-day", page);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(source)).toBe(true);
    expect(answer.headers["content-type"]).toBe("image/jpeg");
    expectVaryAccept(answer);
  });

  test("with Authorization gets the image untouched, every time from the origin", async () => {
    origin.on("/private.jpg", jpeg(source, { "cache-control": "private, max-age=600" }));
    for (const user of ["Bearer one", "Bearer two"]) {
      const answer = await edge.get("/private.jpg", accepts.chrome, { authorization: user });
      expect(answer.status).toBe(200);
      expect(answer.body.equals(source)).toBe(true);
      expectVaryAccept(answer);
      expect(origin.requests("/private.jpg").at(-1)?.headers.authorization).toBe(user);
    }
    expect(origin.count("/private.jpg")).toBe(2);
  });
});

describe("directives of a passed image", () => {
  test.each([
    ["max-age=600", { authorization: "Bearer one" }],
    [null, { authorization: "Bearer one" }],
    ["private, max-age=600", { authorization: "Bearer one" }],
    ["max-age=600", { cookie: "session=42" }],
    ["no-store", {}],
  ])(
    "%s: a shared cache is allowed nothing that the origin did not allow",
    async (control, headers: Record<string, string>) => {
      const path = `/own/${encodeURIComponent(`${control} ${Object.keys(headers).join()}`)}`;
      origin.on(path, jpeg(source, { "cache-control": control }));
      const answer = await edge.get(path, page, headers);
      expect(answer.body.equals(source)).toBe(true);
      // RFC 9111 §3.5: `public` would open the answer to an Authorization for everybody.
      expect(answer.headers["cache-control"] ?? "").not.toMatch(/public|s-maxage/);
      for (const directive of ["private", "no-store"]) {
        if (control?.includes(directive) === true) expect(answer.headers["cache-control"]).toContain(directive);
      }
    },
  );
});

describe("the candidate rule", () => {
  test.each([
    ["an image extension", "/rule-1.jpeg", { accept: "*/*" }],
    ["Sec-Fetch-Dest: image", "/rule-2", { accept: "*/*", "sec-fetch-dest": "image" }],
    ["an Accept with image types and no page", "/rule-3", { accept: accepts.chrome }],
  ])("%s makes a request one for an image", async (_name, path, headers) => {
    origin.on(path, jpeg(source));
    const answer = await edge.ask(path, { headers });
    expect(verdictOf(answer)["reason"]).not.toBe("bypass");
    expect(answer.headers["edge-imaging"]).toBeDefined();
    await pause(200);
    await edge.ask(path, { headers });
    expect(origin.count(path)).toBe(1);
  });
});

describe("a candidate that turns out to be something else", () => {
  test("an HTML page with an image's name passes byte for byte as not-an-image", async () => {
    const text = "<!doctype html><title>gone fishing</title>";
    origin.on("/page.jpg", html(text, { "x-own": "kept" }));
    const answer = await edge.get("/page.jpg", accepts.chrome);
    expect(answer.status).toBe(200);
    expect(String(answer.body)).toBe(text);
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(answer.headers["x-own"]).toBe("kept");
    expect(verdictOf(answer)["reason"]).toBe("not-an-image");
  });

  test("a script with an image's name keeps its type", async () => {
    origin.on("/tracker.gif", bytes(Buffer.from("window.x = 1;"), "text/javascript"));
    const answer = await edge.get("/tracker.gif", accepts.chrome);
    expect([answer.status, String(answer.body), answer.headers["content-type"]]).toEqual([
      200,
      "window.x = 1;",
      "text/javascript",
    ]);
    expect(verdictOf(answer)["reason"]).toBe("not-an-image");
  });

  test("an empty 200 with an image's type stays empty", async () => {
    origin.on("/empty.jpg", jpeg(Buffer.alloc(0)));
    const answer = await edge.get("/empty.jpg", accepts.chrome);
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });
});
