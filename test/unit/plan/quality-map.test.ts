import { describe, expect, it } from "vitest";
import { encodedFormats } from "../../../src/codecs/codec.ts";
import { losslessSourceQuality, mapQuality, minLossySourceQuality } from "../../../src/plan/quality-map.ts";

const qualities = Array.from({ length: 100 }, (_, index) => index + 1);

describe("mapQuality()", () => {
  it.each(encodedFormats)("gives %s a whole quality from 0 to 100 for every source quality", (format) => {
    for (const quality of qualities) {
      const mapped = mapQuality(format, quality);
      expect(Number.isInteger(mapped) && mapped >= 0 && mapped <= 100, `${quality} → ${mapped}`).toBe(true);
    }
  });

  it.each(encodedFormats)("never gives a better source a worse %s", (format) => {
    for (const quality of qualities) {
      expect(mapQuality(format, quality + 1)).toBeGreaterThanOrEqual(mapQuality(format, quality));
    }
    expect(mapQuality(format, 100)).toBeGreaterThan(mapQuality(format, minLossySourceQuality));
  });

  it.each(encodedFormats)("runs between its support points without steps of more than 3: %s", (format) => {
    for (let quality = minLossySourceQuality; quality < 100; quality++) {
      expect(mapQuality(format, quality + 1) - mapQuality(format, quality)).toBeLessThanOrEqual(3);
    }
  });

  it("stays at the ends of the map beyond them", () => {
    for (const format of encodedFormats) {
      expect(mapQuality(format, 1)).toBe(mapQuality(format, minLossySourceQuality));
      expect(mapQuality(format, 101)).toBe(mapQuality(format, 100));
    }
  });

  it("takes a lossless source for a good one", () => {
    expect(losslessSourceQuality).toBeGreaterThanOrEqual(90);
    // DESIGN: a source below quality 60 gets no lossy variant.
    expect(minLossySourceQuality).toBe(60);
  });
});
