import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, startEdge, untilHit } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { cacheStatusOf, verdictOf } from "../support/http.ts";
import { photo } from "../support/pictures.ts";
import { jpeg, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

let origin: ScriptedOrigin;
let edge: Edge;
let source: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url } });
  source = await photo();
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

/** Accept header and the format that it proves for a photograph whose AVIF is the smallest file and WebP the next. */
const cases = [
  ["image/avif,image/webp,*/*;q=0.8", "avif"],
  [accepts.chrome, "avif"],
  [accepts.firefoxEsr, "avif"],
  ["image/webp,image/avif", "avif"],
  ["image/webp;q=1.0, image/avif;q=0.1", "avif"],
  ["IMAGE/AVIF", "avif"],
  ["image/webp,*/*", "webp"],
  ["image/webp", "webp"],
  ["image/avif;q=0, image/webp", "webp"],
  ["image/avif;q=0.000,image/webp,image/*", "webp"],
  ["image/avif;q=0,image/webp;q=0,*/*", "jpeg"],
  ["image/*", "jpeg"],
  ["*/*", "jpeg"],
  ["*/*;q=0.1", "jpeg"],
  ["image/*,*/*;q=0.8", "jpeg"],
  ["image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "jpeg"],
  ["*; q=.2, image/webp", "webp"],
  ["image/avifx,image/web", "jpeg"],
  ["text/plain", "jpeg"],
  ["", "jpeg"],
  [null, "jpeg"],
] as const;

describe("one source, many clients", () => {
  test.each(cases)("Accept: %s proves %s", async (accept, format) => {
    origin.on("/many.jpg", jpeg(source));
    await edge.settle("/many.jpg", accepts.avif);
    // What only this class waits for (JPEG XL, a smaller JPEG) comes with its second answer at the latest.
    const answer = accept === null ? await edge.get("/many.jpg", null) : await edge.settle("/many.jpg", accept);
    expectPicture(answer, {
      format,
      source: "jpeg",
      reason: format === "jpeg" ? "not-accepted" : "transcoded",
      original: source,
    });
  });

  test("all of them together cost one request to the origin", () => {
    expect(origin.count("/many.jpg")).toBe(1);
  });

  test("no header at all but a User-Agent of a modern browser proves nothing", async () => {
    const answer = await edge.get("/many.jpg", null, {
      "user-agent":
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    });
    expectPicture(answer, { format: "jpeg", reason: "not-accepted", original: source });
  });
});

describe("a class that was never asked before", () => {
  test("is answered without the origin, as a hit that was assembled, and then from the edge", async () => {
    origin.on("/new-class.jpg", jpeg(source));
    await edge.settle("/new-class.jpg", accepts.avif);
    const assembled = await edge.get("/new-class.jpg", accepts.webp);
    expectPicture(assembled, { format: "webp", source: "jpeg", reason: "transcoded", original: source, hit: true });
    expect(cacheStatusOf(assembled).get("detail")).toBe("assembled");
    const stored = await untilHit(() => edge.get("/new-class.jpg", accepts.webp));
    expect(cacheStatusOf(stored).get("hit")).toBe(true);
    const baseline = await untilHit(() => edge.get("/new-class.jpg", accepts.baseline));
    expectPicture(baseline, { format: "jpeg", reason: "not-accepted", original: source, hit: true });
    expect(origin.count("/new-class.jpg")).toBe(1);
  });

  test("gets the formats that a baseline client's first request had made", async () => {
    origin.on("/baseline-first.jpg", jpeg(source));
    expectPicture(await edge.get("/baseline-first.jpg", accepts.baseline), {
      format: "jpeg",
      reason: "not-accepted",
      original: source,
    });
    const modern = await edge.settle("/baseline-first.jpg", accepts.avif);
    expectPicture(modern, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(origin.count("/baseline-first.jpg")).toBe(1);
  });

  test("is told in Edge-Imaging; the order and case of Accept make no other class", async () => {
    const classes = await Promise.all(
      ["image/avif,image/webp", "image/webp , image/avif;q=0.5", "IMAGE/WebP,image/AVIF,*/*;q=0.1"].map(
        async (accept) => verdictOf(await edge.get("/new-class.jpg", accept))["class"],
      ),
    );
    expect(new Set(classes).size).toBe(1);
    expect(verdictOf(await edge.get("/new-class.jpg", accepts.baseline))["class"]).toBe("baseline");
    expect(origin.count("/new-class.jpg")).toBe(1);
  });
});

describe("the first request", () => {
  test("is a miss that is stored, and says what is pending when it is interim", async () => {
    origin.on("/first.jpg", jpeg(source));
    const first = await edge.get("/first.jpg", accepts.avif);
    const status = cacheStatusOf(first);
    expect(status.get("hit")).toBeUndefined();
    expect(status.get("fwd")).toBe("uri-miss");
    const verdict = verdictOf(first);
    expect(["interim", "transcoded"]).toContain(verdict["reason"]);
    if (verdict["reason"] === "interim") expect(verdict["pending"]).toContain("avif");
    const second = await edge.settle("/first.jpg", accepts.avif);
    expectPicture(second, { format: "avif", source: "jpeg", reason: "transcoded", original: source, hit: true });
    expect(verdictOf(second)["pending"]).toBeUndefined();
    expect(cacheStatusOf(second).get("ttl")).toBeTypeOf("number");
  });

  test("asks the origin with an Accept that makes it send its own format", async () => {
    const [request] = origin.requests("/first.jpg");
    expect(request?.headers.accept ?? "").not.toMatch(/avif|webp|jxl/);
    expect(request?.headers.cookie).toBeUndefined();
    expect(request?.headers["cdn-loop"]).toBeTypeOf("string");
  });
});
