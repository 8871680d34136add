import { beforeAll, describe, expect, test } from "vitest";
import { accepts, cacheStatusOf, verdictOf } from "../../support/answer.ts";
import { expectPicture } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { jpeg, png } from "../scripted-origin.ts";
import { oldBrowsers } from "../scripted-services.ts";

const source = pictureOf("photo");
let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
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
  beforeAll(() => edge.origin.on("/many.jpg", jpeg(source)));

  test.each(cases)("Accept: %s proves %s", async (accept, format) => {
    await edge.settle("/many.jpg", accepts.avif);
    const answer = await edge.settle("/many.jpg", accept);
    expectPicture(answer, {
      format,
      source: "jpeg",
      reason: format === "jpeg" ? "not-accepted" : "transcoded",
      original: source,
    });
  });

  test("all of them together cost one request to the origin", () => {
    expect(edge.origin.count("/many.jpg")).toBe(1);
  });

  test("no header at all but a User-Agent of a modern browser proves nothing", async () => {
    const answer = await edge.settle("/many.jpg", null, {
      "user-agent":
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    });
    expectPicture(answer, { format: "jpeg", reason: "not-accepted", original: source });
  });
});

describe("a class that was never asked before", () => {
  test("is answered without the origin, as a hit that was assembled, and then from the edge", async () => {
    edge.origin.on("/new-class.jpg", jpeg(source));
    await edge.settle("/new-class.jpg", accepts.avif);
    const assembled = await edge.get("/new-class.jpg", accepts.webp);
    expectPicture(assembled, { format: "webp", source: "jpeg", reason: "transcoded", original: source, hit: true });
    expect(cacheStatusOf(assembled).get("detail")).toBe("assembled");
    const stored = await edge.hit("/new-class.jpg", accepts.webp);
    expect(cacheStatusOf(stored).get("detail")).toBe("edge");
    const baseline = await edge.hit("/new-class.jpg", accepts.baseline);
    expectPicture(baseline, { format: "jpeg", reason: "not-accepted", original: source, hit: true });
    expect(edge.origin.count("/new-class.jpg")).toBe(1);
  });

  test("gets the formats that a baseline client's first request had made", async () => {
    edge.origin.on("/baseline-first.jpg", jpeg(source));
    expectPicture(await edge.settle("/baseline-first.jpg", accepts.baseline), {
      format: "jpeg",
      reason: "not-accepted",
      original: source,
    });
    expect(edge.engine.encoded).toContain("avif");
    const before = edge.engine.encoded.length;
    const modern = await edge.get("/baseline-first.jpg", accepts.avif);
    expectPicture(modern, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(edge.engine.encoded.length).toBe(before);
    expect(edge.origin.count("/baseline-first.jpg")).toBe(1);
  });

  test("is said in Edge-Imaging; the order and case of Accept make no other class", async () => {
    edge.origin.on("/named-class.jpg", jpeg(source));
    const classes: unknown[] = [];
    for (const accept of ["image/avif,image/webp", "image/webp , image/avif;q=0.5", "IMAGE/WebP,image/AVIF,*/*;q=0.1"])
      classes.push(verdictOf(await edge.get("/named-class.jpg", accept))["class"]);
    expect(new Set(classes).size).toBe(1);
    expect(verdictOf(await edge.get("/named-class.jpg", accepts.baseline))["class"]).toBe("baseline");
    expect(edge.origin.count("/named-class.jpg")).toBe(1);
  });
});

describe("the first request", () => {
  test("is a miss that is stored, and says what is pending when it is interim", async () => {
    const hasty = await startEdge({ vars: { INLINE_BUDGET_MS: "0" } });
    hasty.origin.on("/first.jpg", jpeg(source));
    const first = await hasty.get("/first.jpg", accepts.avif);
    expect(cacheStatusOf(first).get("hit")).toBeUndefined();
    expect(cacheStatusOf(first).get("fwd")).toBe("uri-miss");
    expect(verdictOf(first)["reason"]).toBe("interim");
    expect(verdictOf(first)["pending"]).toContain("avif");
    await hasty.idle();
    const second = await hasty.get("/first.jpg", accepts.avif);
    expectPicture(second, { format: "avif", source: "jpeg", reason: "transcoded", original: source, hit: true });
    expect(verdictOf(second)["pending"]).toBeUndefined();
    expect(cacheStatusOf(second).get("ttl")).toBeTypeOf("number");
  });

  test("asks the origin with an Accept that makes it send its own format", async () => {
    edge.origin.on("/asked.jpg", jpeg(source));
    await edge.get("/asked.jpg", accepts.chrome, { cookie: "a=1" });
    const [request] = edge.origin.requests("/asked.jpg");
    expect(request?.headers["accept"]).toBeTypeOf("string");
    expect(request?.headers["accept"]).not.toMatch(/avif|webp|jxl/);
    expect(request?.headers["cookie"]).toBeUndefined();
    expect(request?.headers["cdn-loop"]).toBeTypeOf("string");
  });
});

test("the User-Agent is in Vary for everybody who lists neither WebP nor AVIF, and for nobody who does", async () => {
  edge.origin.on("/agents.jpg", jpeg(source));
  edge.origin.on("/agents.png", png(pictureOf("photoPng")));
  const asked = async (path: string, accept: string, headers = {}): Promise<string> =>
    (await edge.settle(path, accept, headers)).headers["vary"] ?? "";
  for (const path of ["/agents.jpg", "/agents.png"]) {
    for (const accept of ["*/*", "image/*", oldBrowsers.safari13.accept, "image/jxl,*/*"]) {
      expect(await asked(path, accept), `${path} ${accept}`).toMatch(/\bUser-Agent\b/);
    }
    for (const accept of [accepts.chrome, accepts.webp, "image/avif", `image/webp,${oldBrowsers.ie11.accept}`]) {
      for (const { "user-agent": agent } of [oldBrowsers.safari13, oldBrowsers.ie11]) {
        expect(await asked(path, accept, { "user-agent": agent }), `${path} ${accept}`).not.toMatch(/User-Agent/i);
      }
    }
  }
});
