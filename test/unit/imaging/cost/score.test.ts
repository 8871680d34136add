import { describe, expect, it } from "vitest";
import {
  correctQuality,
  targetScoreFor,
  scoreScaleOf,
  predictScore,
  targetScore,
} from "../../../../src/imaging/cost/score.ts";

const formats = ["webp", "avif full chroma", "avif halved chroma"] as const;

describe("targetScore()", () => {
  it("never sets a lower target for a better source, nor one below the minimum", () => {
    const targets = Array.from({ length: 100 }, (_, index) => targetScore(index + 1));
    expect(targets).toEqual(targets.toSorted((a, b) => a - b));
    expect(Math.min(...targets)).toBeGreaterThanOrEqual(70);
    expect([82, 90, 95, 100, 101].map(targetScore)).toEqual([76, 80, 85, 90, 90]);
    expect(targetScore(86)).toBe(78);
  });
});

describe("scoreScaleOf()", () => {
  it("distinguishes encoders and the chroma of AVIF", () => {
    expect(scoreScaleOf({ format: "webp", coder: "libwebp" })).toBe("webp");
    expect(scoreScaleOf({ format: "webp", coder: "rows" })).toBe("webp rows");
    expect(scoreScaleOf({ format: "avif", chroma: "4:4:4" })).toBe("avif full chroma");
    expect(scoreScaleOf({ format: "avif", chroma: "4:2:0" })).toBe("avif halved chroma");
  });
});

describe("targetScoreFor()", () => {
  it.each(formats)("lowers the target of %s with the quality", (scale) => {
    expect(targetScoreFor(scale, 90, 80, 80)).toBe(80);
    expect(targetScoreFor(scale, 90, 80, 71)).toBeLessThan(77);
    expect(targetScoreFor(scale, 90, 80, 71)).toBeGreaterThan(68);
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
  const after = (scale: (typeof formats)[number], score: number, quality = 78) =>
    correctQuality(scale, [{ quality, score }], 76);

  it.each(formats)("raises the quality below the target score, and lowers it above: %s", (scale) => {
    expect(after(scale, 72)).toBeGreaterThan(78);
    expect(after(scale, 80)).toBeLessThan(78);
    expect(after(scale, 68)).toBeGreaterThan(after(scale, 72) ?? NaN);
  });

  it.each(formats)("leaves alone what is near enough, and never goes far: %s", (scale) => {
    expect(after(scale, 75.2)).toBeUndefined();
    expect(after(scale, 76.8)).toBeUndefined();
    expect(after(scale, -500)).toBe(92);
    expect(after(scale, 150)).toBe(68);
    expect(after(scale, 0, 97)).toBe(100);
    expect(after(scale, 150, 5)).toBe(1);
  });

  it("takes larger steps of WebP's quality below its knee at 75", () => {
    expect(60 - (after("webp", 78, 60) ?? NaN)).toBeGreaterThan(2 * (90 - (after("webp", 78, 90) ?? NaN)) - 1);
  });

  it.each(formats)(
    "follows the picture's own slope the second time, where the first correction went too far: %s",
    (scale) => {
      const first = { quality: 80, score: 70 };
      expect(correctQuality(scale, [first, { quality: 90, score: 82 }], 76)).toBe(85);
      expect(correctQuality(scale, [first, { quality: 84, score: 72 }], 76)).toBe(92);
      expect(correctQuality(scale, [first, { quality: 84, score: 78 }], 76)).toBeUndefined();
      expect(correctQuality(scale, [first, { quality: 90, score: 70 }], 76)).toBeUndefined();
      const third = { quality: 88, score: 60 };
      expect(correctQuality(scale, [first, { quality: 90, score: 82 }, third], 76)).toBeUndefined();
    },
  );
});
