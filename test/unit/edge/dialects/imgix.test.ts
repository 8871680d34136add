import { describe, expect, it } from "vitest";
import type { ParsedUrl } from "../../../../src/edge/dialects/parsed-url.ts";
import { read, directivesOf } from "./reading.ts";

function parse(query: string): ParsedUrl {
  return read(`/shoe.png?${query}`, "imgix");
}

describe("parseUrl() of imgix", () => {
  it.each([
    ["auto=format", { optimise: true }],
    ["auto=compress%2Cformat", { optimise: true }],
    ["auto=compress&auto=format", { optimise: true }],
    ["auto=format&auto=compress", { optimise: true }],
    ["auto=compress", {}],
    ["fm=pjpg", { requestedFormat: "jpeg" }],
    ["fm=png8", { requestedFormat: "png" }],
    ["fm=webp&q=75", { requestedFormat: "webp", quality: 75 }],
    ["fm=jxr&lossless=true", { requestedFormat: "jxr", lossless: true }],
    ["fm=json", { isImageRequest: false }],
    ["fm=json&fm=jpg", { requestedFormat: "jpeg" }],
    ["q=1&q=100", { quality: 100 }],
    ["w=400&h=300", { width: 400, height: 300 }],
    ["w=1", { isSizeFixed: true }],
    ["w=.25", { isSizeFixed: true }],
    ["dpr=2", { dpr: { allowed: false, value: 2 } }],
    ["lossless=0", { lossless: false }],
  ])("reads %s", (query, directives) => {
    const parsed = parse(query);
    expect(directivesOf(parsed)).toEqual(directives);
    expect(parsed.sourcePath).toBe(`/shoe.png?${query}`);
    expect(parsed.notes.filter((note) => !note.includes("repeated"))).toEqual([]);
  });

  it.each([
    ["q=abc", {}],
    ["q=0", {}],
    ["q=900", {}],
    ["auto=webp", {}],
    ["fm=bogus", {}],
    ["lossless=yes", {}],
    ["w=-5", { isSizeFixed: true }],
    ["w=1e9", { isSizeFixed: true }],
    ["dpr=1e9", { dpr: { allowed: false, value: undefined } }],
    ["dpr=-3", { dpr: { allowed: false, value: undefined } }],
  ])("ignores %s with a note, assumes the worst for the size, and leaves it to the origin", (query, directives) => {
    const parsed = parse(query);
    expect(directivesOf(parsed)).toEqual(directives);
    expect(parsed.notes).toHaveLength(1);
    expect(parsed.sourcePath).toBe(`/shoe.png?${query}`);
  });

  it("does not read names in another case", () => {
    expect(directivesOf(parse("Q=50&FM=jpg&AUTO=format"))).toEqual({});
  });

  it("takes out imaging=off only", () => {
    expect(parse("fm=jpg&imaging=off&dpr=2").sourcePath).toBe("/shoe.png?fm=jpg&dpr=2");
  });

  it("notes no repetition of auto, which adds up", () => {
    expect(parse("auto=compress&auto=format").notes).toEqual([]);
    expect(parse("q=5&q=6").notes).toHaveLength(1);
  });

  it("makes fm a fallback beside auto=format, in either order", () => {
    expect(parse("fm=jp2")).toMatchObject({ requestedFormat: "jp2", optimise: undefined });
    expect(parse("fm=jp2&auto=format")).toMatchObject({ optimise: true });
    expect(parse("auto=format&fm=jp2")).toMatchObject({ optimise: true });
  });
});
