import { describe, expect, it } from "vitest";
import type { Env } from "../../../../src/edge/env.ts";
import { decideBypass } from "../../../../src/edge/plan/bypass.ts";
import type { Reason } from "../../../../src/edge/reasons.ts";
import { configOf, imageRequest } from "../../samples.ts";

function decide(path: string, env: Env): Reason | undefined {
  return decideBypass(imageRequest(`https://images.test${path}`), configOf(env));
}

const paths = Array.from({ length: 2000 }, (_, index) => `/photos/${index}.jpg`);

function inside(percent: number): string[] {
  return paths.filter((path) => decide(path, { ROLLOUT_PERCENT: String(percent) }) === undefined);
}

describe("decideBypass()", () => {
  it("lets a request through to the pipeline by default, in shadow mode too", () => {
    expect(decide("/one.jpg", {})).toBeUndefined();
    expect(decide("/one.jpg", { MODE: "shadow" })).toBeUndefined();
  });

  it("names the first reason that applies: bypass, rollout, opted-out", () => {
    expect(decide("/one.jpg?imaging=off", { MODE: "off", ROLLOUT_PERCENT: "0" })).toBe("bypass");
    expect(decide("/one.jpg?imaging=off", { ROLLOUT_PERCENT: "0" })).toBe("rollout");
    expect(decide("/one.jpg?imaging=off", {})).toBe("opted-out");
  });

  it("lets nothing through at 0 %, everything at 100 %, and about the share in between", () => {
    expect(inside(0)).toHaveLength(0);
    expect(inside(100)).toHaveLength(paths.length);
    for (const percent of [5, 25, 50, 90]) {
      expect(Math.abs(inside(percent).length / paths.length - percent / 100)).toBeLessThan(0.05);
    }
  });

  it("only ever adds URLs when the share grows", () => {
    let before: string[] = [];
    for (let percent = 0; percent <= 100; percent += 10) {
      const now = inside(percent);
      expect(now).toEqual(expect.arrayContaining(before));
      before = now;
    }
  });

  it("decides by the URL alone, not by the client", () => {
    const env = { ROLLOUT_PERCENT: "50" };
    for (const path of paths.slice(0, 50)) {
      const verdicts = [{}, { accept: "image/avif" }, { origin: "https://shop.test" }, { cookie: "a=b" }].map(
        (headers) => decideBypass(imageRequest(`https://images.test${path}`, headers), configOf(env)),
      );
      expect(new Set(verdicts).size).toBe(1);
    }
  });
});
