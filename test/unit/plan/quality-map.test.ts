import { describe, expect, it } from "vitest";
import { encodedFormats } from "../../../src/codecs/codec.ts";
import {
  losslessSourceQuality,
  lowerQuality,
  mapQuality,
  minLossySourceQuality,
} from "../../../src/plan/quality-map.ts";

/** Formats that are made instead of the source, not as a last resort. */
const scaled = encodedFormats.filter((format) => format !== "jpeg" && format !== "png");

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
  });

  it.each(scaled)("gives the best source a better %s than the poorest one", (format) => {
    expect(mapQuality(format, 100)).toBeGreaterThan(mapQuality(format, minLossySourceQuality));
  });

  it("gives every source the same JPEG, good enough for a second encode, and PNG knows no quality", () => {
    for (const quality of qualities) {
      expect(mapQuality("jpeg", quality)).toBe(mapQuality("jpeg", 100));
      expect(mapQuality("png", quality)).toBe(100);
    }
    expect(mapQuality("jpeg", 100)).toBeGreaterThanOrEqual(90);
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

describe("lowerQuality()", () => {
  it("is clearly below what a fast connection gets, and never below 1", () => {
    for (const format of scaled) {
      for (const quality of qualities) {
        const mapped = mapQuality(format, quality);
        expect(lowerQuality(mapped)).toBeLessThanOrEqual(mapped - 10);
        expect(lowerQuality(mapped)).toBeGreaterThanOrEqual(1);
      }
    }
    expect(lowerQuality(3)).toBe(1);
  });
});
