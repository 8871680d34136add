import { describe, expect, it } from "vitest";
import { isDecoded } from "../../../../src/imaging/model/facts.ts";
import { avif, gif, header, jpeg, png, tiff, webp } from "../../samples.ts";

describe("isDecoded()", () => {
  it("holds for the formats with a decoder only", () => {
    const decoded = [jpeg, png, gif, tiff, webp, avif];
    expect(decoded.filter(isDecoded)).toEqual(decoded);
    for (const format of ["jxl", "jp2", "jxr", "bmp", "svg", "heic", "ico"] as const)
      expect(isDecoded({ ...header, format }), format).toBe(false);
  });
});
