/** Renderings that are done here for an origin that only stores files. */
import { describe, expect, test } from "vitest";
import { probeImage } from "../../../src/imaging/probe/probe.ts";
import { accepts, type Answer, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { expectForwardedPicture, expectPicture, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, type EdgeOptions, startEdge } from "../scripted-edge.ts";
import { bytes, jpeg, png } from "../scripted-origin.ts";

const source = pictureOf("360 × 240");
const presets = {
  thumb: { width: 120, height: 120, quality: 85, unsharp: [0.1, 1, 5] },
  square: { width: 60, height: 60, fit: "cover" },
  huge: { width: 8000 },
};

async function edgeWith(vars: Readonly<Record<string, string>> = {}, options: EdgeOptions = {}): Promise<Edge> {
  const edge = await startEdge({ ...options, vars: { PRESETS: JSON.stringify(presets), ...vars } });
  edge.origin.on(
    "/a.jpg",
    jpeg(source, { "content-md5": "of the original", "cache-control": "public, max-age=86400" }),
  );
  edge.origin.on("/a.png", png(pictureOf("PNG of 240 × 160")));
  edge.origin.on("/moving.gif", bytes(pictureOf("moving"), "image/gif"));
  edge.origin.on("/is/image/shop/coat", jpeg(source));
  return edge;
}

async function shapeOf({ body }: Answer): Promise<string> {
  const facts = await probeImage(body);
  return `${facts?.format} ${facts?.width} × ${facts?.height}`;
}

const reasonOf = (answer: Answer): unknown => verdictOf(answer)["reason"];

describe("a preset", () => {
  test.each([
    ["avif", "image/avif,*/*;q=0.8"],
    ["webp", accepts.webp],
    ["jpeg", accepts.baseline],
    ["jxl", "image/jxl,*/*;q=0.8"],
  ])("is drawn for clients of %s", async (format, accept) => {
    const edge = await edgeWith();
    for (const url of ["/a.jpg?preset=thumb", "/a.jpg?$thumb$"]) {
      const answer = await edge.settle(url, accept);
      expect(await shapeOf(answer)).toBe(`${format} 120 × 80`);
      expect(verdictOf(answer)).toMatchObject({ format, source: "jpeg" });
      expect(answer.headers["content-md5"]).toBeUndefined();
    }
    expect(isHit(await edge.get("/a.jpg?$thumb$", accept))).toBe(true);
    expect(edge.origin.requests().map(({ url }) => url)).toEqual(["/a.jpg"]);
    expect(edge.reported).toEqual([]);
  });

  test("is part of the key, and other parameters stay what they are", async () => {
    const edge = await edgeWith();
    expect(await shapeOf(await edge.settle("/a.jpg?preset=square&v=2", accepts.baseline))).toBe("jpeg 60 × 60");
    expect(await shapeOf(await edge.settle("/a.jpg?v=2&preset=thumb", accepts.baseline))).toBe("jpeg 120 × 80");
    expectPicture(await edge.settle("/a.jpg", "image/webp"), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expect(edge.origin.requests().map(({ url }) => url)).toEqual(["/a.jpg?v=2", "/a.jpg?v=2", "/a.jpg"]);
  });

  test("never enlarges: what is small already is what it was", async () => {
    const edge = await edgeWith();
    const answer = await edge.settle("/a.jpg?preset=huge", accepts.webp);
    expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
  });

  test("is drawn larger for a dense screen where DPR is on", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const [plain, dense, slow] = [
      await edge.settle("/a.jpg?preset=thumb", accepts.baseline),
      await edge.settle("/a.jpg?preset=thumb", accepts.baseline, { dpr: "2" }),
      await edge.settle("/a.jpg?preset=thumb", accepts.baseline, { dpr: "2", "save-data": "on" }),
    ];
    expect(await shapeOf(plain)).toBe("jpeg 120 × 80");
    expect(await shapeOf(dense)).toBe("jpeg 240 × 160");
    expect(await shapeOf(slow)).toBe("jpeg 120 × 80");
    for (const { headers } of [plain, dense]) expect(headers["vary"]).toMatch(/\bDPR\b/);
    const again = await edge.settle("/a.jpg?preset=thumb", accepts.baseline, { dpr: "3" });
    expect(await shapeOf(again)).toBe("jpeg 360 × 240");
    const { headers } = await (await edgeWith()).settle("/a.jpg?preset=thumb", accepts.baseline, { dpr: "2" });
    expect(headers["vary"]).not.toMatch(/\bDPR\b/);
  });

  test("survives a confirmation of the origin", async () => {
    const edge = await edgeWith();
    edge.origin.on("/a.jpg", ({ headers }) =>
      headers["if-none-match"] === '"one"'
        ? new Response(null, { status: 304, headers: { etag: '"one"', "cache-control": "public, max-age=86400" } })
        : new Response(source, {
            headers: { "content-type": "image/jpeg", etag: '"one"', "cache-control": "public, max-age=86400" },
          }),
    );
    const before = await edge.settle("/a.jpg?preset=thumb", accepts.webp);
    edge.pass(90_000);
    const after = await edge.settle("/a.jpg?preset=thumb", accepts.webp);
    expect(edge.origin.count("/a.jpg")).toBe(2);
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
    expect(await shapeOf(after)).toBe("webp 120 × 80");
  });

  test("of a vendor's URL is the origin's unless it is defined here", async () => {
    const edge = await edgeWith();
    await edge.settle("/is/image/shop/coat?$zoom$&wid=90", accepts.webp);
    const own = await edge.settle("/is/image/shop/coat?$thumb$&qlt=80", accepts.webp);
    expect(await shapeOf(own)).toBe("webp 120 × 80");
    expect(edge.origin.requests().map(({ url }) => url)).toEqual([
      "/is/image/shop/coat?$zoom$&wid=90",
      "/is/image/shop/coat?qlt=80",
    ]);
  });

  const token = "a-token-of-some-length";
  const purge = async (edge: Edge, url: string): Promise<void> => {
    const body = JSON.stringify({ urls: [edge.url + url] });
    const headers = { authorization: `Bearer ${token}` };
    expect((await edge.ask("/_imaging/purge", { method: "POST", body, headers })).status).toBe(200);
  };

  test.each([
    ["its URL", (edge: Edge) => purge(edge, "/a.jpg?preset=thumb")],
    ["the picture that it is a rendering of", (edge: Edge) => purge(edge, "/a.jpg")],
    [
      "a picture that is replaced",
      async (edge: Edge) => void (await edge.ask("/a.jpg", { method: "PUT", body: "new" })),
    ],
  ])("is purged with %s", async (_name, change) => {
    const edge = await edgeWith({ ADMIN_TOKEN: token, DPR: "on" });
    for (const dpr of ["1", "2", "3"]) await edge.hit("/a.jpg?preset=thumb", accepts.webp, { dpr });
    await change(edge);
    await edge.idle();
    for (const dpr of ["1", "2", "3"]) {
      expect(isHit(await edge.get("/a.jpg?preset=thumb", accepts.webp, { dpr }))).toBe(false);
      await edge.idle();
    }
  });

  test("is not purged with another preset of the picture, nor the picture with it", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: token });
    for (const url of ["/a.jpg", "/a.jpg?preset=thumb"]) await edge.hit(url, accepts.webp);
    await purge(edge, "/a.jpg?preset=square");
    for (const url of ["/a.jpg", "/a.jpg?preset=thumb"]) expect(isHit(await edge.get(url, accepts.webp))).toBe(true);
  });

  test("is drawn in a gateway as well, which has no codecs for whole pictures", async () => {
    const edge = await edgeWith();
    edge.engine.holdsPictures = () => false;
    expect(await shapeOf(await edge.settle("/a.png?preset=thumb", accepts.baseline))).toMatch(
      /^(?:jpeg|png) 120 × 80$/,
    );
    edge.origin.on("/a.webp", bytes(pictureOf("webp"), "image/webp"));
    const refused = await edge.settle("/a.webp?preset=thumb", accepts.webp);
    expectPicture(refused, { format: "webp", reason: "not-resized", original: pictureOf("webp") });
  });
});

describe("the original stays, with a reason", () => {
  test("where the preset is unknown", async () => {
    const edge = await edgeWith();
    const answer = await edge.get("/a.jpg?preset=thumbs&v=1", accepts.webp);
    expectForwardedPicture(answer, { format: "jpeg", reason: "unknown-preset", original: source });
    expect(edge.origin.requests().map(({ url }) => url)).toEqual(["/a.jpg?v=1"]);
  });

  test("of an animation", async () => {
    const moving = pictureOf("moving");
    const answer = await (await edgeWith()).settle("/moving.gif?preset=thumb", accepts.webp);
    expectPicture(answer, { format: "gif", reason: "not-resized", original: moving });
  });

  test("beyond the memory", async () => {
    const answer = await (await edgeWith({ MEMORY_BUDGET_MB: "8" })).settle("/a.jpg?preset=thumb", accepts.webp);
    expectPicture(answer, { format: "jpeg", reason: "not-resized", original: source });
  });

  test("against the origin's will, and where the URL opts out", async () => {
    const edge = await edgeWith();
    edge.origin.on("/fixed.jpg", jpeg(source, { "cache-control": "public, max-age=86400, no-transform" }));
    const fixed = await edge.get("/fixed.jpg?preset=thumb", accepts.webp);
    expect(reasonOf(fixed)).toBe("opted-out");
    expect(isSame(fixed.body, source)).toBe(true);
    const opted = await edge.get("/a.jpg?preset=thumb&imaging=off", accepts.webp);
    expect(reasonOf(opted)).toBe("opted-out");
    expect(isSame(opted.body, source)).toBe(true);
  });

  test("of a damaged file", async () => {
    const edge = await edgeWith();
    const cut = source.slice(0, source.length - 1500);
    edge.origin.on("/cut.jpg", jpeg(cut));
    const answer = await edge.settle("/cut.jpg?preset=thumb", accepts.webp);
    expectPicture(answer, { format: "jpeg", reason: "undecodable", original: cut });
  });

  test("with a setting that cannot be read: everything passes through, and it is said where", async () => {
    const edge = await edgeWith({ PRESETS: '{"thumb": {"widht": 120}}' });
    const answer = await edge.get("/a.jpg?preset=thumb", accepts.webp);
    expect(reasonOf(answer)).toBe("bypass");
    expect(isSame(answer.body, source)).toBe(true);
    expect(answer.headers["edge-imaging-config"]).toContain("PRESETS");
    expect(textOf(await edge.get("/_imaging/health"))).toContain("PRESETS");
    expect(edge.reported.join()).toContain("PRESETS");
  });
});
