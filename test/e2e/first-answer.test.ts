import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, directive, verdictOf } from "../support/answer.ts";
import { startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { decode, meanError, photo } from "../support/pictures.ts";
import { jpeg, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

let origin: ScriptedOrigin;
let edge: Edge;
let source: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  // 0.45 megapixels: an encode that a visitor would feel.
  source = await photo(1, 820, 550);
  for (const path of ["/webp.jpg", "/avif.jpg"]) origin.on(path, jpeg(source));
  edge = await startEdge({ vars: { ORIGIN: origin.url, FORMATS: "avif,webp", EAGER: "" } });
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

describe("the first answer of a picture whose encode takes time", () => {
  test("is the final WebP where nothing smaller is to come", async () => {
    const first = await edge.get("/webp.jpg", accepts.webp);
    expectPicture(first, { format: "webp", source: "jpeg", reason: "transcoded", original: source, hit: false });
    expect(directive(first, "max-age")).toBeGreaterThan(60);
    const [shown, original] = await Promise.all([first.body, source].map(decode));
    if (shown === undefined || original === undefined) throw new Error("no pictures");
    expect(meanError(shown, original)).toBeLessThan(4);
    const next = await edge.settle("/webp.jpg", accepts.webp);
    expect(next.headers["etag"]).toBe(first.headers["etag"]);
    expect(origin.count("/webp.jpg")).toBe(1);
  });

  test("is the same WebP in place of an AVIF, for a minute", async () => {
    const first = await edge.get("/avif.jpg", accepts.avif);
    expectPicture(first, { format: "webp", source: "jpeg", reason: "interim", original: source, hit: false });
    expect(verdictOf(first)["pending"]).toEqual(["avif"]);
    expect(directive(first, "max-age")).toBeLessThanOrEqual(60);
    expect(first.headers["etag"]).toBe((await edge.settle("/webp.jpg", accepts.webp)).headers["etag"]);

    const final = await edge.settle("/avif.jpg", accepts.avif);
    expectPicture(final, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
    expect(final.body.length).toBeLessThan(first.body.length);
  });
});
