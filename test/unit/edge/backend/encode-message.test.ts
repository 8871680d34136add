import { describe, expect, it } from "vitest";
import type { Recipe } from "../../../../src/imaging/model/recipe.ts";
import { createMessage, readMessage } from "../../../../src/edge/backend/encode-message.ts";

const message = createMessage({
  key: { site: "https://images.test", sourcePath: "/a.jpg", directives: "", fingerprint: "3-a" },
  etag: '"a"',
  generation: "a",
  variants: [],
  metadata: "copyright",
  results: {},
  verdict: null,
});

const withRecipe = (recipe: unknown): unknown => ({ ...message, variants: [{ id: "webp", target: "webp", recipe }] });

describe("readMessage()", () => {
  it("reads back what was sent", () => {
    expect(readMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  it("takes every kind of recipe that there is", () => {
    const settings = { format: "jp2", lossless: false, quality: 70 } as const;
    for (const recipe of [
      { kind: "encode", settings },
      { kind: "recompress", format: "jxl", exact: true, unbiased: false },
      { kind: "stream", format: "webp", quality: 80 },
      { kind: "optimise", format: "png", effort: "stream" },
      { kind: "animate", format: "webp" },
    ] satisfies readonly Recipe[]) {
      expect(readMessage(withRecipe(recipe))).toBeDefined();
    }
  });

  it.each([
    ["another version", { ...message, version: 2 }],
    ["no key", { ...message, key: undefined }],
    ["no variants", { ...message, variants: "avif" }],
    ["a recipe that this version does not know", withRecipe({ kind: "upscale", format: "webp" })],
    ["one in a format that it does not make this way", withRecipe({ kind: "recompress", format: "webp" })],
    ["one of pixels likewise", withRecipe({ kind: "encode", settings: { format: "jxl", quality: 80 } })],
    ["text", "encode this"],
    ["nothing", null],
  ])("refuses %s", (_, body) => {
    expect(readMessage(body)).toBeUndefined();
  });
});
