import { describe, expect, it } from "vitest";
import { directivesToken } from "../../../../src/edge/dialects/parsed-url.ts";
import { read } from "./reading.ts";

describe("parseUrl() with auto", () => {
  it.each([
    ["/is/image/Shop/shoe", "scene7"],
    ["/is/image/Shop/shoe?auto=format&w=3", "scene7"],
    ["/demo/image/upload/f_auto/shoe.jpg", "cloudinary"],
    ["/image/upload/s--abcDEF12--/c_fill,w_300/shoe.jpg?auto=format", "cloudinary"],
    ["/demo/image/fetch/q_80/https://x.test/a.jpg?fm=jpg&w=3", "cloudinary"],
    ["/images/w_280,h_280,f_auto,q_auto:sensitive/5cea_9366/shoes.jpg", "cloudinary"],
    ["/shoe.jpg?auto=format", "imgix"],
    ["/shoe.jpg?w=300&auto=compress%2Cformat", "imgix"],
    ["/shoe.jpg?ixlib=js-3.8.0&w=100", "imgix"],
    ["/shoe.jpg?fm=webp&w=100", "imgix"],
    ["/shoe.jpg?h=0.5&fm=pjpg", "imgix"],
    ["/shoe.jpg", "plain"],
    ["/shoe.jpg?w=100", "plain"],
    ["/shoe.jpg?w=100&h=100&q=80&dpr=2", "plain"],
    ["/shoe.jpg?fm=webp", "plain"],
    ["/shoe.jpg?fm=radio&w=100", "plain"],
    ["/shoe.jpg?auto=true", "plain"],
    ["/shoe.jpg?auto=webp", "plain"],
    ["/shoe.jpg?xauto=format", "plain"],
    ["/shoe.jpg?url=a?auto=format", "plain"],
    ["/_next/image?url=%2Fa.jpg&w=640&q=75", "plain"],
    ["/cart?auto=bmw&q=1", "plain"],
    ["/x/is/image/Shop/shoe?fmt=tif", "plain"],
    ["/is/content/Shop/shoe.pdf", "plain"],
    ["/is/image", "plain"],
    ["/image/upload/shoe.jpg", "plain"],
    ["/image/upload/v17/shoe.jpg", "plain"],
    ["/image/upload/a_b/shoe.jpg", "plain"],
    ["/image/upload/w_hat/shoe.jpg", "plain"],
    ["/images/w_300/shoe.jpg", "plain"],
    ["/images/summer/f_auto/shoe.jpg", "plain"],
    ["/f_auto,q_auto/shoe.jpg", "plain"],
    ["/video/upload/f_auto/shoe.mp4", "plain"],
  ])("takes %s for %s", (path, dialect) => {
    expect(read(path, "auto").dialect).toBe(dialect);
  });

  it("says the same as the named dialect does", () => {
    for (const [path, dialect] of [
      ["/is/image/Shop/shoe?qlt=80&bfc=on", "scene7"],
      ["/shoe.jpg?auto=format&q=5", "imgix"],
      ["/image/upload/f_auto,q_5/shoe.jpg", "cloudinary"],
      ["/shoe.jpg?q=5&imaging=off", "plain"],
    ] as const) {
      expect(read(path, "auto")).toEqual(read(path, dialect));
    }
  });
});

describe("directivesToken()", () => {
  it("distinguishes all URLs whose origin URL is the same but whose answer may differ", () => {
    const queries = [
      "",
      "imaging=off",
      "bfc=on",
      "bfc=off",
      "network=on",
      "network=off",
      "dpr=on",
      "dpr=off",
      "bfc=on&imaging=off",
      "bfc=on&network=off",
      "network=on&dpr=off",
    ];
    const parsed = queries.map((query) => read(`/is/image/a?${query}`, "scene7"));
    expect(new Set(parsed.map(({ keyPath }) => keyPath))).toEqual(new Set(["/is/image/a"]));
    expect(new Set(parsed.map(directivesToken)).size).toBe(queries.length);
  });

  it("is empty for a URL that says nothing", () => {
    expect(directivesToken(read("/a.jpg?w=3", "auto"))).toBe("");
  });
});
