/** What only a real network shows: request targets as they are sent, content codings, and bodies that do not end well. */
import { gzipSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../support/answer.ts";
import { type Edge, untilHit } from "../support/edge.ts";
import { expectPicture, expectProblem } from "../support/expect-picture.ts";
import type { Answer } from "../support/http.ts";
import { photo } from "../support/pictures.ts";
import {
  bytes,
  chunked,
  cutShort,
  jpeg,
  type ScriptedOrigin,
  sequence,
  startScriptedOrigin,
} from "../support/scripted-origin.ts";
import { servers } from "../support/serve.ts";

describe.each(servers)("%s", (_server, start) => {
  let origin: ScriptedOrigin;
  let foreign: ScriptedOrigin;
  let edge: Edge;
  let source: Buffer;
  beforeAll(async () => {
    origin = await startScriptedOrigin();
    foreign = await startScriptedOrigin();
    edge = await start({ vars: { ORIGIN: origin.url, FORMATS: "webp", EAGER: "" } });
    source = await photo();
  });
  afterAll(async () => {
    await edge?.close();
    await origin?.close();
    await foreign?.close();
  });

  const webp = () => ({ format: "webp", source: "jpeg", reason: "transcoded", original: source }) as const;

  describe("request targets", () => {
    const targets = [
      (): string => `//${foreign.host}/x.jpg`,
      (): string => `/\\${foreign.host}/x.jpg`,
      (): string => `/@${foreign.host}/x.jpg`,
      (): string => `/${foreign.url}/x.jpg`,
      (): string => `/%2F%2F${foreign.host}/x.jpg`,
      (): string => `/x.jpg?url=${encodeURIComponent(foreign.url)}`,
      (): string => `//${foreign.host}/page`,
    ];
    test.each(targets.map((target) => [target]))("%s never leaves the origin", async (target) => {
      for (const accept of [accepts.chrome, "text/html"]) {
        const answer = await edge.get(target(), accept);
        expect(answer.status).toBeLessThan(500);
      }
      expect(foreign.count()).toBe(0);
    });

    test("a path with a double slash, dots in escapes and a plus arrives as it was sent", async () => {
      const target = "/a//b%2Fc/d+e%20f.jpg?x=1&y=%26&z";
      origin.on(target, jpeg(source));
      expectPicture(await edge.settle(target, accepts.webp), webp());
      expect(origin.requests().at(-1)?.url).toBe(target);
    });
  });

  describe("answers in a content coding", () => {
    const unpack = (answer: Answer): Buffer =>
      answer.headers["content-encoding"] === "gzip" ? gunzipSync(answer.body) : answer.body;

    test("a page that the origin compressed arrives whole", async () => {
      const text = "<p>many words</p>".repeat(500);
      origin.on("/packed", bytes(gzipSync(text), "text/html", { "content-encoding": "gzip" }));
      const answer = await edge.get("/packed", "text/html", { "accept-encoding": "gzip" });
      expect(unpack(answer).toString()).toBe(text);
    });

    test("an SVG that the origin compressed is the same text, from the origin and as a hit", async () => {
      const text = `<svg xmlns="http://www.w3.org/2000/svg">${"<g/>".repeat(500)}</svg>`;
      origin.on("/packed.svg", bytes(gzipSync(text), "image/svg+xml", { "content-encoding": "gzip" }));
      for (const answer of [
        await edge.get("/packed.svg", accepts.chrome, { "accept-encoding": "gzip" }),
        await untilHit(() => edge.get("/packed.svg", accepts.chrome, { "accept-encoding": "gzip" })),
      ]) {
        expect(answer.status).toBe(200);
        expect(unpack(answer).toString()).toBe(text);
        expect(verdictOf(answer)["reason"]).toBe("already-best");
      }
    });

    test("a JPEG that the origin compressed is decoded as a JPEG", async () => {
      origin.on("/packed.jpg", bytes(gzipSync(source), "image/jpeg", { "content-encoding": "gzip" }));
      expectPicture(await edge.settle("/packed.jpg", accepts.webp), webp());
      const baseline = await edge.settle("/packed.jpg", accepts.baseline);
      expect(unpack(baseline).equals(source)).toBe(true);
    });
  });

  describe("bodies and connections", () => {
    test.each([100, 20_000])(
      "a body cut short of its Content-Length after %i bytes is never stored: the next request is right",
      async (sent) => {
        const path = `/cut-${sent}.jpg`;
        origin.on(path, sequence(cutShort(source, "image/jpeg", sent), jpeg(source)));
        const first = await edge.get(path, accepts.webp).catch(() => undefined);
        if (first !== undefined && !first.broken) expect([502, 504, 200]).toContain(first.status);
        if (first?.status === 200 && !first.broken) expect(origin.count(path)).toBe(2);
        expectPicture(await edge.settle(path, accepts.webp), webp());
        expect(origin.count(path)).toBe(2);
      },
    );

    test("an answer in chunks without a length is as good as any", async () => {
      origin.on("/chunked.jpg", chunked(source, "image/jpeg"));
      expectPicture(await edge.settle("/chunked.jpg", accepts.webp), webp());
    });

    test("an origin that is not there is a 502 problem, and is asked again", async () => {
      const gone = await startScriptedOrigin();
      await gone.close();
      const orphan = await start({ vars: { ORIGIN: gone.url } });
      try {
        expectProblem(await orphan.get("/x.jpg"), [502, 504]);
        expectProblem(await orphan.get("/page", "text/html"), [502, 504]);
      } finally {
        await orphan.close();
      }
    });
  });
});
