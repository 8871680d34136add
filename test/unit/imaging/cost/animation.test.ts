import { describe, expect, it } from "vitest";
import type { AnimationFacts } from "../../../../src/imaging/model/facts.ts";
import { predictAnimation } from "../../../../src/imaging/cost/animation.ts";

function clip(width: number, height: number, frames: number): [{ width: number; height: number }, AnimationFacts] {
  const pixels = width * height;
  const all = pixels * frames;
  return [
    { width, height },
    { frames, storedPixels: all, largestFramePixels: pixels, changedPixels: all },
  ];
}

/** What a background job may take, and an isolate has for it. */
const windowMs = 20_000;
const budgetBytes = 96e6;

describe("predictAnimation()", () => {
  it("takes a clip from a film, 480 × 270 with 120 frames in 8 MB, for one background job", () => {
    const { ms, peakBytes } = predictAnimation(...clip(480, 270, 120), 8e6);
    expect(ms).toBeGreaterThan(5000);
    expect(ms).toBeLessThan(windowMs);
    expect(peakBytes).toBeLessThan(budgetBytes);
  });

  it("takes a screen recording of 1 MP, large but of few bytes", () => {
    const { ms, peakBytes } = predictAnimation(...clip(1280, 720, 80), 2e6);
    expect(ms).toBeLessThan(windowMs);
    expect(peakBytes).toBeLessThan(budgetBytes);
  });

  it("does not take what no job can end, or no isolate holds", () => {
    expect(predictAnimation(...clip(640, 480, 400), 60e6).ms).toBeGreaterThan(windowMs);
    expect(predictAnimation(...clip(1600, 1200, 2), 1e6).peakBytes).toBeGreaterThan(budgetBytes);
    expect(predictAnimation(...clip(16_384, 1, 2), 100)).toEqual({ ms: Infinity, peakBytes: Infinity });
  });

  it("does not let bytes that no pixel needs count without end", () => {
    expect(predictAnimation(...clip(10, 10, 2), 20e6).ms).toBeLessThan(100);
  });

  it("covers what was measured: photographs, dithered or not, and screens", () => {
    // Size, frames, source bytes; milliseconds in workerd's engine for all frames.
    const measured: [number, number, number, number, number][] = [
      [384, 256, 20, 1_050_313, 790],
      [320, 240, 16, 731_734, 560],
      [900, 600, 30, 444_795, 700],
      [384, 256, 16, 846_917, 670],
    ];
    for (const [width, height, frames, bytes, ms] of measured)
      expect(predictAnimation(...clip(width, height, frames), bytes).ms).toBeGreaterThan(ms);
  });
});
