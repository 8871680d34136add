import type { Trial } from "./trials.ts";

/** What the encoder gives at a quality of its own scale, 1–100. */
export type Encode = (quality: number) => Promise<Trial>;

const lowestQuality = 1;
const highestQuality = 100;

/** Between two qualities no further apart than this the score is taken for a straight line. */
const finestBracket = 4;

/** Points of score that a step of quality gives, about; it only decides the search's next step. */
const typicalSlope = 0.8;

/**
 * The quality, with a fraction, at which the score is `target`: bisection with the next point where the line through the
 * last two reaches the target. Ends of the scale when no quality does.
 *
 * @param guess where to begin
 */
export async function findQuality(encode: Encode, target: number, guess: number): Promise<number> {
  let below: { quality: number; score: number } | undefined;
  let above: { quality: number; score: number } | undefined;
  let quality = clampQuality(Math.round(guess));
  for (;;) {
    const { score } = await encode(quality);
    if (score < target) below = { quality, score };
    else above = { quality, score };
    if (below !== undefined && above !== undefined) {
      const line = (target - below.score) / (above.score - below.score);
      const crossing = below.quality + line * (above.quality - below.quality);
      if (above.quality - below.quality <= finestBracket) return crossing;
      // A little beyond the crossing, seen from the nearer end, so that the next bracket is small on both sides.
      const beyond = above.quality - crossing > crossing - below.quality ? 1 : -1;
      quality = Math.min(above.quality - 1, Math.max(below.quality + 1, Math.round(crossing) + beyond));
    } else {
      const end = score < target ? highestQuality : lowestQuality;
      if (quality === end) return end;
      // A little further than the slope says, so that the target lies between.
      const step = Math.trunc((target - score) / typicalSlope) + (score < target ? 2 : -2);
      quality = clampQuality(quality + step);
    }
  }
}

function clampQuality(quality: number): number {
  return Math.min(highestQuality, Math.max(lowestQuality, quality));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}
