import { describe, expect, it } from "vitest";
import { expectLinear } from "../support/expect-linear.ts";

let sink = 0;
const steps = (count: number): void => {
  for (let step = 0; step < count; step++) sink = (sink * 31 + step) | 0;
};

describe("expectLinear()", () => {
  it("lets linear work pass", async () => {
    await expectLinear((size) => steps(size), 400_000);
  });

  it("finds quadratic work, also where some of it is linear", async () => {
    await expect(expectLinear((size) => steps(size ** 2), 2000)).rejects.toThrow("times the work");
    await expect(expectLinear((size) => steps(size ** 2 / 8 + 20 * size), 2000)).rejects.toThrow("times the work");
    expect(sink).toBeTypeOf("number");
  });
});
