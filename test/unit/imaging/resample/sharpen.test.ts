import { describe, expect, test } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { sharpen } from "../../../../src/imaging/resample/sharpen.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";

const [width, height] = [37, 29];

const scene = Uint8ClampedArray.from({ length: 4 * width * height }, (_, at) =>
  at % 4 === 3 ? 255 : 60 + ((at >> 2) % width > 18 ? 120 : 0) + (Math.imul(at, 2_654_435_761) >>> 28),
);

function sharpened(
  data: Uint8ClampedArray<ArrayBuffer>,
  amount: number,
  radius: number,
  threshold: number,
): Pixels["data"] {
  const copy = data.slice();
  runAtOnce(sharpen({ data: copy, width, height }, { amount, radius, threshold }));
  return copy;
}

/** The mask by its definition: the whole blur in two dimensions at once, for one sample. */
function byDefinition(at: number, amount: number, radius: number, threshold: number): number {
  const [x, y, channel] = [(at >> 2) % width, Math.floor((at >> 2) / width), at & 3];
  const reach = Math.ceil(3 * radius);
  let [sum, weights] = [0, 0];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
      const weight = Math.exp(-(dx * dx + dy * dy) / (2 * radius * radius));
      sum += weight * (scene[4 * ((y + dy) * width + x + dx) + channel] ?? 0);
      weights += weight;
    }
  }
  const level = scene[at] ?? 0;
  const difference = level - sum / weights;
  return Math.abs(difference) < threshold ? level : Math.min(255, Math.max(0, Math.round(level + amount * difference)));
}

describe("sharpen()", () => {
  test.each([
    [0.1, 1, 5],
    [1.5, 0.6, 0],
    [2, 3, 12],
  ])("adds %f of what a blur of %f takes away from %i levels on", (amount, radius, threshold) => {
    const result = sharpened(scene, amount, radius, threshold);
    for (let at = 0; at < result.length; at++) {
      if (at % 4 === 3) expect(result[at]).toBe(255);
      // A sample halfway between two levels may be rounded either way.
      else expect(Math.abs((result[at] ?? 0) - byDefinition(at, amount, radius, threshold))).toBeLessThanOrEqual(1);
    }
    expect(result).not.toEqual(scene);
  });

  test("changes nothing where no difference reaches the threshold", () => {
    expect(sharpened(scene, 5, 1, 255)).toEqual(scene);
  });

  test("takes nothing from colours that cannot be seen", () => {
    const halves = scene.map((level, at) => {
      const isSeen = (at >> 2) % width < 20;
      return at % 4 === 3 ? (isSeen ? 255 : 0) : isSeen ? 90 : level;
    });
    const result = sharpened(halves, 2, 2, 0);
    for (let at = 0; at < result.length; at++) {
      if ((at >> 2) % width < 20 && at % 4 !== 3) expect(result[at]).toBe(90);
    }
  });
});
