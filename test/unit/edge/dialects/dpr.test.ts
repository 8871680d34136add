import { assert, constantFrom, double, integer, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { maxScaledSide, scaleForDpr } from "../../../../src/edge/dialects/dialect.ts";
import type { DialectId } from "../../../../src/edge/dialects/parsed-url.ts";
import { read } from "./reading.ts";

function scale(path: string, dialect: DialectId, clientRatio: number): ReturnType<typeof scaleForDpr> {
  return scaleForDpr(read(path, dialect), clientRatio);
}

describe("scaleForDpr()", () => {
  it.each<[DialectId, string, number, string]>([
    // Adobe's own table: 816 x 500 at 2 is 1632 x 1000.
    ["scene7", "/is/image/a?wid=816&hei=500", 2, "/is/image/a?wid=1632&hei=1000"],
    ["scene7", "/is/image/a?HEI=50&fmt=jpeg&x=%20", 3, "/is/image/a?HEI=150&fmt=jpeg&x=%20"],
    ["scene7", "/is/image/a?wid=100&dpr=on,1.5", 3, "/is/image/a?wid=150"],
    ["scene7", "/is/image/a?wid=101&dpr=on", 1.5, "/is/image/a?wid=152"],
    ["scene7", "/is/image/a?wid=9&wid=100", 2, "/is/image/a?wid=18&wid=200"],
    ["scene7", "/is/image/a?$web$&wid=100&hei=90", 2, "/is/image/a?$web$&wid=200&hei=180"],
    ["scene7", "/is/image/a?src=is(b?wid=7&hei=7)&wid=100", 2, "/is/image/a?src=is(b?wid=7&hei=7)&wid=200"],
    ["imgix", "/a.jpg?w=100", 2, "/a.jpg?w=100&dpr=2"],
    ["imgix", "/a.jpg?h=1200&auto=format", 3, "/a.jpg?h=1200&auto=format&dpr=1.66"],
    [
      "cloudinary",
      "/image/upload/f_auto/w_300,c_fill/v1/a.jpg?x=1",
      2,
      "/image/upload/f_auto/w_300,c_fill,dpr_2/v1/a.jpg?x=1",
    ],
    ["cloudinary", "/image/upload/w_300/dpr_auto,f_auto/a.jpg", 3, "/image/upload/w_300/dpr_3,f_auto/a.jpg"],
  ])("asks %s %s at %d for %s", (dialect, path, ratio, expected) => {
    expect(scale(path, dialect, ratio).sourcePath).toBe(expected);
  });

  it.each<[DialectId, string]>([
    ["plain", "/a.jpg?w=100&wid=100"],
    ["scene7", "/is/image/a"],
    ["scene7", "/is/image/a?scl=2&wid=100"],
    ["scene7", "/is/image/a?wid=100&rect=0,0,50,50"],
    ["scene7", "/is/image/a?wid=$side$&hei=100"],
    ["scene7", "/is/image/a?$web$"],
    ["scene7", "/is/image/a?wid=100&hei=90&$web$"],
    ["scene7", "/is/image/a?$web$&wid=100"],
    ["scene7", "/is/image/a?wid=100&req=props"],
    ["imgix", "/a.jpg?w=0.5"],
    ["imgix", "/a.jpg?w=100&dpr=1"],
    ["imgix", "/a.jpg?w=100&s=0123abcd"],
    ["cloudinary", "/image/upload/w_300,c_crop/a.jpg"],
    ["cloudinary", "/image/upload/w_300/w_200/a.jpg"],
    ["cloudinary", "/image/upload/s--abcDEF12--/w_300/a.jpg"],
    ["cloudinary", "/image/upload/dpr_auto/a.jpg"],
  ])("leaves %s %s as it is for every client", (dialect, path) => {
    expect(scale(path, dialect, 2)).toEqual({ sourcePath: path, keyPath: path, ratio: 1, dependsOnClient: false });
  });

  it.each(["dpr=off", "bfc=off", "imaging=off"])("does nothing with %s", (query) => {
    expect(scale(`/is/image/a?wid=100&${query}`, "scene7", 2)).toMatchObject({ ratio: 1, dependsOnClient: false });
  });

  it("lowers the ratio instead of clamping one side", () => {
    const { sourcePath, ratio } = scale("/is/image/a?wid=1000&hei=1600", "scene7", 3);
    expect(sourcePath).toBe("/is/image/a?wid=1250&hei=2000");
    expect(ratio).toBe(1.25);
  });

  it.each([0, -2, 0.5, 1, Number.NaN, -Infinity])("does not shrink for a client ratio of %d", (ratio) => {
    expect(scale("/is/image/a?wid=100", "scene7", ratio)).toEqual({
      sourcePath: "/is/image/a?wid=100",
      keyPath: "/is/image/a?wid=100",
      ratio: 1,
      dependsOnClient: true,
    });
  });

  it("depends on the client only where its ratio decides", () => {
    expect(scale("/is/image/a?wid=100", "scene7", 2).dependsOnClient).toBe(true);
    expect(scale("/is/image/a?wid=100&dpr=on,2", "scene7", 3).dependsOnClient).toBe(false);
    expect(scale(`/is/image/a?wid=${maxScaledSide}`, "scene7", 3).dependsOnClient).toBe(false);
  });

  it("scales the key like the origin's URL, without tracking parameters", () => {
    const { sourcePath, keyPath } = scale("/is/image/a?gclid=1&wid=100", "scene7", 2);
    expect([sourcePath, keyPath]).toEqual(["/is/image/a?gclid=1&wid=200", "/is/image/a?wid=200"]);
  });

  it("keeps proportions to half a pixel, stays within the maximum, and never shrinks", () => {
    const sizes = record({
      width: integer({ min: 1, max: 5000 }),
      height: option(integer({ min: 1, max: 5000 })),
      ratio: double({ min: 0, max: 5, noNaN: true }),
      stated: constantFrom("", "&dpr=on", "&dpr=on,2", "&dpr=on,4.5"),
    });
    assert(
      property(sizes, ({ width, height, ratio, stated }) => {
        const query = height === null ? `wid=${width}` : `wid=${width}&hei=${height}`;
        const scaled = scale(`/is/image/a?${query}${stated}`, "scene7", ratio);
        const parameters = new URLSearchParams(scaled.sourcePath.split("?")[1]);
        for (const [name, side] of [
          ["wid", width],
          ["hei", height],
        ] as const) {
          if (side === null) continue;
          const asked = Number(parameters.get(name));
          expect(asked).toBeGreaterThanOrEqual(side);
          expect(Math.abs(asked - side * scaled.ratio)).toBeLessThanOrEqual(0.5);
          if (scaled.ratio !== 1) expect(asked).toBeLessThanOrEqual(maxScaledSide);
        }
      }),
    );
  });
});
