import { describe, expect, it } from "vitest";
import { channelQuantisers, indicesForQuality, quantise } from "../../../../src/imaging/jpeg-xr/quantiser.ts";

describe("indicesForQuality()", () => {
  it.each([
    [95, 21],
    [90, 33],
    [80, 43],
    [70, 50],
    [50, 57],
    [30, 65],
    [85, 38],
  ])("maps quality %i to luma index %i, and chroma 16 above", (quality, luma) => {
    expect(indicesForQuality(quality)).toEqual({ luma, chroma: luma + 16 });
  });

  it("falls with quality, stays where planes keep their use, and takes qualities out of range for the nearest", () => {
    for (let quality = 2; quality <= 100; quality++)
      expect(indicesForQuality(quality).luma).toBeLessThanOrEqual(indicesForQuality(quality - 1).luma);
    expect(indicesForQuality(100).luma).toBeGreaterThan(5);
    expect(indicesForQuality(1).chroma).toBeLessThan(190);
    expect(indicesForQuality(0)).toEqual(indicesForQuality(1));
    expect(indicesForQuality(101)).toEqual(indicesForQuality(100));
  });
});

describe("quantise()", () => {
  it("divides as whole numbers do, for every index and for values beside each boundary", () => {
    for (let index = 1; index <= 255; index++) {
      // T.832's step of a scaled luma band.
      const step = index < 16 ? 2 * index : (16 + (index % 16)) * 2 ** Math.floor(index / 16);
      const { dc, lowpass } = channelQuantisers(index, false);
      for (const multiple of [0, 1, 2, 3, 7, 100]) {
        for (let offset = -2; offset <= 2; offset++) {
          const dcValue = multiple * step - Math.floor(step / 2) + offset;
          const lowValue = multiple * step - Math.floor((3 * step + 1) / 8) + offset;
          const expected = (value: number, rounding: number): number =>
            Math.sign(value) * Math.floor((Math.abs(value) + rounding) / step) + 0;
          expect(quantise(dc, dcValue) + 0).toBe(expected(dcValue, Math.floor(step / 2)));
          expect(quantise(lowpass, lowValue) + 0).toBe(expected(lowValue, Math.floor((3 * step + 1) / 8)));
        }
      }
    }
  });
});
