import { describe, expect, it } from "vitest";
import { correctQuality, lookFor, lookScaleOf, predictScore, targetScore } from "../../../src/plan/look.ts";

const formats = ["webp", "avif full chroma", "avif halved chroma"] as const;

describe("targetScore()", () => {
  it("never asks less of a better source, nor less than a good look of any", () => {
    const targets = Array.from({ length: 100 }, (_, index) => targetScore(index + 1));
    expect(targets).toEqual(targets.toSorted((a, b) => a - b));
    expect(Math.min(...targets)).toBeGreaterThanOrEqual(70);
    expect([82, 90, 95, 100, 101].map(targetScore)).toEqual([76, 80, 85, 90, 90]);
    expect(targetScore(86)).toBe(78);
  });
});

describe("lookScaleOf()", () => {
  it("tells encoders and the colour of AVIF apart, and knows nothing of other formats", () => {
    expect(lookScaleOf({ format: "webp", fullChroma: true })).toBe("webp");
    expect(lookScaleOf({ format: "avif", fullChroma: true })).toBe("avif full chroma");
    expect(lookScaleOf({ format: "avif", fullChroma: false })).toBe("avif halved chroma");
    expect(lookScaleOf({ format: "jp2", fullChroma: true })).toBeUndefined();
  });
});

describe("lookFor()", () => {
  it.each(formats)("lowers the target of %s with the quality", (format) => {
    expect(lookFor(format, 90, 0)).toBe(80);
    expect(lookFor(format, 90, 9)).toBeLessThan(76);
    expect(lookFor(format, 90, 9)).toBeGreaterThan(68);
  });
});

describe("predictScore()", () => {
  it.each(formats)("falls as the picture gets less like its source, and is a score: %s", (format) => {
    const scores = [0, 1e-6, 0.005, 0.01, 0.02, 0.05].map((unlike) => predictScore(format, unlike));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(scores[0]).toBe(100);
    expect(predictScore(format, 0.02)).toBeGreaterThan(60);
    expect(predictScore(format, 0.02)).toBeLessThan(90);
  });
});

describe("correctQuality()", () => {
  it.each(formats)("asks for more where the look is missed, and for less where it is needlessly good: %s", (format) => {
    expect(correctQuality(format, 70, 72, 76)).toBeGreaterThan(70);
    expect(correctQuality(format, 70, 80, 76)).toBeLessThan(70);
    expect(correctQuality(format, 70, 68, 76)).toBeGreaterThan(correctQuality(format, 70, 72, 76));
  });

  it.each(formats)("leaves alone what is near enough, and never goes far: %s", (format) => {
    expect(correctQuality(format, 70, 75.2, 76)).toBe(70);
    expect(correctQuality(format, 70, 76.8, 76)).toBe(70);
    expect(correctQuality(format, 70, -500, 76)).toBe(84);
    expect(correctQuality(format, 70, 100, 76)).toBe(60);
    expect(correctQuality(format, 97, 0, 90)).toBe(100);
    expect(correctQuality(format, 5, 100, 10)).toBe(1);
  });
});
