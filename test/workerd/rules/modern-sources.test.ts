/** A WebP or AVIF that a client cannot show is converted for it; who names the format gets the origin's file. */
import { beforeEach, describe, expect, test } from "vitest";
import { accepts, isSame, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { bytes } from "../scripted-origin.ts";

const files = {
  webp: { path: "/lossy.webp", body: pictureOf("webp"), type: "image/webp" },
  losslessWebp: { path: "/lossless.webp", body: pictureOf("lossless WebP"), type: "image/webp" },
  alphaWebp: { path: "/alpha.webp", body: pictureOf("WebP with alpha"), type: "image/webp" },
  avif: { path: "/photo.avif", body: pictureOf("avif"), type: "image/avif" },
} as const;
type Name = keyof typeof files;

/** Clients that name neither format: by Accept, or by what they send for everything. */
const oldClients = [
  [
    "Safari 12",
    "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Safari/605.1.15",
  ],
  [
    "Internet Explorer 11",
    "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
  ],
  [
    "Outlook",
    "*/*",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.17928)",
  ],
  ["curl", "image/png,image/*", "curl/8.9.1"],
  ["a crawler", "*/*", "Googlebot-Image/1.0"],
] as const;

const converted = { webp: "jpeg", losslessWebp: "png", alphaWebp: "png", avif: "jpeg" } as const;

let edge: Edge;
beforeEach(async () => {
  edge = await startEdge();
  for (const { path, body, type } of Object.values(files)) edge.origin.on(path, bytes(body, type));
});

describe.each(Object.keys(files) as Name[])("%s", (name) => {
  const { path, body, type } = files[name];

  test.each(oldClients)("%s gets what it can show, at once", async (_, accept, userAgent) => {
    const answer = await edge.get(path, accept, { "user-agent": userAgent });
    const verdict = verdictOf(answer);
    expect(verdict).toMatchObject({ format: converted[name], source: path.slice(path.lastIndexOf(".") + 1) });
    expect(answer.headers["content-type"]).toBe(`image/${converted[name]}`);
    expect(answer.headers["content-disposition"]).toContain(converted[name] === "png" ? ".png" : ".jpg");
    // Nothing that the User-Agent decides about is made of it.
    expect(answer.headers["vary"]).toBe("Accept");
    await edge.idle();
    expect(verdictOf(await edge.hit(path, accept, { "user-agent": userAgent }))["reason"]).toBe("transcoded");
    expect(edge.engine.encoded).toEqual([converted[name]]);
  });

  test("who names its format gets it as it is, and nothing is made", async () => {
    for (const accept of [accepts.chrome, accepts.firefoxEsr, `${type},*/*;q=0.8`]) {
      const answer = await edge.get(path, accept);
      expect(verdictOf(answer)["reason"]).toBe("already-best");
      expect(isSame(answer.body, body)).toBe(true);
      await edge.idle();
    }
    expect(edge.engine.encoded).toEqual([]);
  });

  test("it stays the original for those, also after it has been converted for others", async () => {
    await edge.settle(path, accepts.baseline);
    const answer = await edge.settle(path, accepts.chrome);
    expect(verdictOf(answer)["reason"]).toBe("already-best");
    expect(isSame(answer.body, body)).toBe(true);
  });
});

test.each(Object.keys(files) as Name[])("%s: who cannot show it waits longer than others would", async (name) => {
  edge = await startEdge({ vars: { INLINE_BUDGET_MS: "0" }, origin: edge.origin });
  const { path } = files[name];
  edge.origin.on("/other.jpg", bytes(pictureOf("photo"), "image/jpeg"));
  expect(verdictOf(await edge.get("/other.jpg", accepts.webp))["reason"]).toBe("interim");
  await edge.idle();
  expect(verdictOf(await edge.get(path, accepts.baseline))).toMatchObject({ format: converted[name] });
});

test("an AVIF becomes WebP for those who show that", async () => {
  const answer = await edge.settle(files.avif.path, accepts.webp);
  expect(verdictOf(answer)).toMatchObject({ format: "webp", source: "avif", reason: "transcoded" });
});

test("FORMATS=avif leaves a JPEG of it", async () => {
  edge = await startEdge({ vars: { FORMATS: "avif" }, origin: edge.origin });
  expect(verdictOf(await edge.settle(files.avif.path, accepts.webp))).toMatchObject({ format: "jpeg" });
});

test("a lossless WebP becomes AVIF where PNG_MODE allows, for those who show both", async () => {
  edge = await startEdge({ vars: { PNG_MODE: "lossy" }, origin: edge.origin });
  const { path } = files.losslessWebp;
  expect(verdictOf(await edge.settle(path, accepts.avif))).toMatchObject({ format: "avif", reason: "transcoded" });
  expect(verdictOf(await edge.settle(path, accepts.webp))["reason"]).toBe("already-best");
  expect(verdictOf(await edge.settle(path, accepts.baseline))).toMatchObject({ format: "png" });
  expect(verdictOf(await edge.settle(files.webp.path, accepts.avif))["reason"]).toBe("already-best");
});

test("an AVIF that is put together is passed on, with the reason for those who cannot show it", async () => {
  edge.origin.on("/grid.avif", bytes(pictureOf("grid AVIF"), "image/avif"));
  const shown = await edge.settle("/grid.avif", accepts.chrome);
  const other = await edge.settle("/grid.avif", accepts.baseline);
  expect([shown, other].map((answer) => verdictOf(answer)["reason"])).toEqual(["already-best", "undecodable"]);
  expect(isSame(other.body, pictureOf("grid AVIF"))).toBe(true);
  expect(edge.engine.encoded).toEqual([]);
});

test("FIDELITY=exact converts without loss", async () => {
  edge = await startEdge({ vars: { FIDELITY: "exact" }, origin: edge.origin });
  expect(verdictOf(await edge.settle(files.webp.path, accepts.baseline))).toMatchObject({ format: "png" });
});
