import { describe, expect, it } from "vitest";
import { chooseColourModel } from "../../../../src/imaging/jpeg-xr/colour-model.ts";

function pixels(...samples: number[]): Parameters<typeof chooseColourModel>[0] {
  return { data: Uint8ClampedArray.from(samples), width: samples.length / 4, height: 1 };
}

describe("chooseColourModel()", () => {
  it.each([
    { title: "opaque gray", samples: [9, 9, 9, 255, 200, 200, 200, 255], model: "gray" },
    { title: "a different green at the end", samples: [9, 9, 9, 255, 200, 201, 200, 255], model: "rgb" },
    { title: "a different blue at the start", samples: [9, 9, 8, 255, 200, 200, 200, 255], model: "rgb" },
    { title: "gray with alpha", samples: [9, 9, 9, 255, 200, 200, 200, 254], model: "rgba" },
    { title: "colour with alpha", samples: [1, 2, 3, 255, 4, 5, 6, 0], model: "rgba" },
  ])("takes $model for $title", ({ samples, model }) => {
    expect(chooseColourModel(pixels(...samples))).toBe(model);
  });
});
