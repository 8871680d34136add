import { describe, expect, it } from "vitest";
import { isDecoded } from "../../../../src/imaging/model/facts.ts";
import { gif, header, jpeg, png, tiff } from "../../samples.ts";

describe("isDecoded()", () => {
  it("holds for the formats with a decoder only", () => {
    expect([jpeg, png, gif, tiff].filter(isDecoded)).toEqual([jpeg, png, gif, tiff]);
    for (const format of ["webp", "avif", "jxl", "jp2", "jxr", "bmp", "svg", "heic", "ico"] as const)
      expect(isDecoded({ ...header, format }), format).toBe(false);
  });
});
