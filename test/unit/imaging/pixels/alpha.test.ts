import { assert, integer, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { isGray, isOpaque } from "../../../../src/imaging/pixels/alpha.ts";

function filled(pixels: number, ...rgba: readonly number[]): Pixels {
  const data = new Uint8ClampedArray(pixels * 4).map((_, at) => rgba[at % 4] ?? 0);
  return { data, width: pixels, height: 1 };
}

describe("isOpaque()", () => {
  it("says so for full alpha everywhere, whatever the colour", () => {
    expect(isOpaque(filled(50, 0, 0, 0, 255))).toBe(true);
  });

  it("finds one pixel that is not quite opaque, wherever it is", () => {
    assert(
      property(nat(99), integer({ min: 0, max: 254 }), (pixel, alpha) => {
        const pixels = filled(100, 255, 255, 255, 255);
        pixels.data[pixel * 4 + 3] = alpha;
        expect(isOpaque(pixels)).toBe(false);
      }),
    );
  });
});

describe("isGray()", () => {
  it("says so for equal red, green and blue, whatever the alpha", () => {
    expect(isGray(filled(50, 7, 7, 7, 0))).toBe(true);
    expect(isGray(filled(50, 255, 255, 255, 255))).toBe(true);
  });

  it("finds one sample that differs by one, wherever it is", () => {
    assert(
      property(nat(99), nat(2), (pixel, channel) => {
        const pixels = filled(100, 128, 128, 128, 255);
        pixels.data[pixel * 4 + channel] = 127;
        expect(isGray(pixels)).toBe(false);
      }),
    );
  });
});
