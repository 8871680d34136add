import { describe, expect, it } from "vitest";
import { accepts, makePng, okay, setUp, type Stage } from "../../scripted-services.ts";

/** All variants are made, and stale by now; `encodes` were begun for them. */
async function setUpStale(): Promise<{ readonly stage: Stage; readonly encodes: number }> {
  const stage = setUp();
  await stage.get("/a.png", accepts.both);
  stage.now += 86_400_000 + 1000;
  return { stage, encodes: stage.encoded.length };
}

describe("SourceFlight, renewal", () => {
  const validators = {
    etag: '"v1"',
    "last-modified": "Sat, 29 Oct 1994 19:43:31 GMT",
    "cache-control": "max-age=7200",
  };

  it("keeps all variants when the origin confirms the source, with its new freshness", async () => {
    const stage = setUp();
    stage.origin = () => okay(makePng(), validators);
    await stage.get("/a.png", accepts.both);
    await stage.get("/a.png", accepts.any);
    const { length } = stage.encoded;
    stage.now += 7200_000 + 1000;
    stage.origin = () =>
      new Response(null, { status: 304, headers: { etag: '"v1"', "cache-control": "max-age=9000", "x-new": "1" } });
    const renewed = await stage.get("/a.png", accepts.both);
    expect(stage.asked[1]?.headers.get("if-none-match")).toBe('"v1"');
    expect(stage.asked[1]?.headers.get("if-modified-since")).toBe(validators["last-modified"]);
    expect(renewed).toMatchObject({
      status: 200,
      reason: "transcoded",
      cacheStatus: expect.stringContaining("fwd=stale") as string,
    });
    expect(renewed.headers.get("cache-control")).toBe("max-age=9000");
    expect(renewed.headers.get("x-new")).toBe("1");
    expect(stage.encoded).toHaveLength(length);
    // Fresh again, for every class.
    stage.now += 8_000_000;
    for (const accept of Object.values(accepts))
      expect((await stage.get("/a.png", accept)).cacheStatus).toContain("hit");
    expect(stage.asked).toHaveLength(2);
    expect(stage.encoded).toHaveLength(length);
  });

  it("keeps all variants when the same bytes come again without validators", async () => {
    const { stage, encodes } = await setUpStale();
    expect(await stage.get("/a.png", accepts.both)).toMatchObject({ reason: "transcoded" });
    expect(stage.encoded).toHaveLength(encodes);
  });

  it("makes everything again from other bytes, and serves nothing of the old picture any more", async () => {
    const { stage, encodes } = await setUpStale();
    stage.origin = () => okay(makePng("second"));
    await stage.get("/a.png", accepts.both);
    expect(stage.encoded).toHaveLength(encodes + 2);
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({ body: "second" });
  });

  it.each([
    ["fails", () => new Response("oops", { status: 503 })],
    ["cannot be reached", () => Promise.reject(new Error("connection refused"))],
    ["breaks off", () => okay(makePng().slice(0, 2000), { "content-length": "9000" })],
  ])("serves what is kept, for a minute, while the origin %s", async (_, origin) => {
    const { stage } = await setUpStale();
    stage.origin = origin;
    const stale = await stage.get("/a.png", accepts.both);
    expect(stale.status).toBe(200);
    expect(["webp", "avif"]).toContain(stale.format);
    expect(stale.cacheStatus).toContain("fwd=stale");
    expect(stale.cacheStatus).not.toContain("stored");
    expect(Number(stale.headers.get("age"))).toBeGreaterThanOrEqual(86_400);
    expect(stale.headers.get("cache-control")).toMatch(/max-age=(?:60|[0-5]?\d)\b/);
    // No longer than STALE_SECONDS.
    stage.now += 86_400_000;
    const end = await stage.get("/a.png", accepts.both).then(
      ({ status }) => status,
      () => "error",
    );
    expect(end).not.toBe(200);
  });

  it("does not serve stale what the origin forbids to", async () => {
    const stage = setUp();
    stage.origin = () => okay(makePng(), { "cache-control": "max-age=86400, must-revalidate" });
    await stage.get("/a.png", accepts.both);
    stage.now += 86_400_000 + 1000;
    stage.origin = () => new Response("oops", { status: 503 });
    expect(await stage.get("/a.png", accepts.both)).toMatchObject({ status: 503, reason: "origin-error" });
  });

  it("takes an Expires in the past for no freshness, also where the origin sends no Date", async () => {
    const stage = setUp();
    stage.origin = () =>
      new Response(makePng(), { headers: { "content-type": "image/png", expires: "Thu, 01 Jan 1970 00:00:00 GMT" } });
    expect(await stage.get("/a.png", accepts.both)).toMatchObject({ reason: "ttl-too-short", body: "png" });
    expect(stage.encoded).toEqual([]);
  });
});
