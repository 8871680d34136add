import { describe, expect, test } from "vitest";
import { runAtOnce, runInSteps, type Steps } from "../../../src/imaging/steps.ts";

/** Work of these sizes, in milliseconds. */
function* workOf(sizes: readonly number[], done: string[]): Steps<string> {
  for (const size of sizes) {
    done.push(`${size}`);
    yield size * 1e6;
  }
  return "result";
}

describe("runInSteps()", () => {
  test("pauses whenever 6 ms of work are done, and not for less", async () => {
    const order: string[] = [];
    const pause = async (): Promise<void> => {
      order.push("pause");
    };
    expect(await runInSteps(workOf([1, 2, 2.9, 0.2, 5, 0.9, 9, 9, 1], order), pause)).toBe("result");
    expect(order.join(" ")).toBe("1 2 2.9 0.2 pause 5 0.9 9 pause 9 pause 1");
  });

  test("rejects with what the work or the pause throws", async () => {
    const failing = function* (): Steps<void> {
      yield 1;
      throw new RangeError("enough");
    };
    await expect(runInSteps(failing(), async () => undefined)).rejects.toThrow("enough");
    const stopped = runInSteps(workOf([7], []), () => Promise.reject(new Error("gone")));
    await expect(stopped).rejects.toThrow("gone");
  });
});

test("runAtOnce() does all work and gives its result", () => {
  const order: string[] = [];
  expect(runAtOnce(workOf([7, 8], order))).toBe("result");
  expect(order).toEqual(["7", "8"]);
});
