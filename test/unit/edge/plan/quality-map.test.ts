import { describe, expect, it } from "vitest";
import {
  lowerQuality,
  mapQuality,
  minLossySourceQuality,
  type QualityScale,
  sourceQualityOf,
} from "../../../../src/edge/plan/quality-map.ts";
import { png } from "../../samples.ts";

const qualities = Array.from({ length: 100 }, (_, index) => index + 1);

const scales: readonly QualityScale[] = [
  { format: "webp", coder: "libwebp" },
  { format: "webp", coder: "rows" },
  { format: "jp2" },
  { format: "jxr" },
  { format: "jpeg" },
  ...([6, 8, 10] as const).flatMap((speed) =>
    (["4:4:4", "4:2:0"] as const).flatMap((chroma) =>
      ([8, 10] as const).map((bitDepth) => ({ format: "avif", speed, chroma, bitDepth }) as const),
    ),
  ),
];

describe("mapQuality()", () => {
  it.each(scales)(
    "gives a whole quality from 0 to 100 for every source quality: $format $speed $chroma $bitDepth",
    (scale) => {
      for (const quality of qualities) {
        const mapped = mapQuality(scale, quality);
        expect(Number.isInteger(mapped) && mapped >= 0 && mapped <= 100, `${quality} → ${mapped}`).toBe(true);
      }
    },
  );

  it.each(scales)("never gives a better source a worse $format $speed $chroma $bitDepth", (scale) => {
    for (const quality of qualities) {
      expect(mapQuality(scale, quality + 1)).toBeGreaterThanOrEqual(mapQuality(scale, quality));
    }
  });

  it.each(scales.filter(({ format }) => format !== "jpeg"))(
    "asks for more of a source without visible loss than of a poor one: $format $speed $chroma $bitDepth",
    (scale) => {
      expect(mapQuality(scale, 100) - mapQuality(scale, minLossySourceQuality)).toBeGreaterThan(10);
    },
  );

  it.each(scales)("runs between its support points without leaps: $format $speed $chroma $bitDepth", (scale) => {
    for (let quality = minLossySourceQuality; quality < 100; quality++) {
      expect(mapQuality(scale, quality + 1) - mapQuality(scale, quality)).toBeLessThanOrEqual(4);
    }
  });

  it("stays at the ends of the map beyond them", () => {
    for (const scale of scales) {
      expect(mapQuality(scale, 1)).toBe(mapQuality(scale, 50));
      expect(mapQuality(scale, 101)).toBe(mapQuality(scale, 100));
    }
  });

  it("asks AVIF for a higher number where chroma is halved, and for a lower one at a slow speed", () => {
    for (const source of [70, 82, 90]) {
      const avif = { format: "avif", speed: 8, chroma: "4:4:4", bitDepth: 8 } as const;
      const full = mapQuality(avif, source);
      expect(mapQuality({ ...avif, chroma: "4:2:0" }, source)).toBeGreaterThan(full);
      expect(mapQuality({ ...avif, speed: 6 }, source)).toBeLessThan(full);
    }
  });

  it("takes a lossless source for a good one", () => {
    expect(sourceQualityOf(png)).toBeGreaterThanOrEqual(90);
    // DESIGN: a source below quality 60 gets no lossy variant.
    expect(minLossySourceQuality).toBe(60);
  });
});

describe("lowerQuality()", () => {
  it("takes more off the variants of better sources, and nothing off those of the poorest", () => {
    for (const format of ["webp", "avif", "jp2", "jxr"] as const) {
      expect(lowerQuality(format, 60, minLossySourceQuality)).toBe(60);
      expect(lowerQuality(format, 60, 75)).toBeLessThan(60);
      expect(lowerQuality(format, 60, 85)).toBeLessThan(lowerQuality(format, 60, 75));
    }
  });

  it("keeps within the encoder's scale, and leaves formats for everybody alone", () => {
    expect(lowerQuality("webp", 3, 100)).toBe(1);
    expect(lowerQuality("jpeg", 92, 100)).toBe(92);
  });
});
