import { describe, expect, it } from "vitest";
import { createAutomaticStop } from "../../../src/edge/automatic-stop.ts";
import { judgeLease } from "../../../src/edge/backend/lease.ts";
import { isDue, isFromFuture, isWithin } from "../../../src/edge/clock.ts";
import { stopWindow } from "../../../src/edge/limits.ts";
import { createRecentNames } from "../../../src/edge/origin/recent-names.ts";

const hour = 3_600_000;

describe("a clock that is set back", () => {
  it("ends what was to last for a while", () => {
    expect([0, 99, 100, -1].map((passed) => isWithin(100, hour, hour + passed))).toEqual([true, true, false, false]);
  });

  it("makes due what would be far away now", () => {
    expect([-1, 0, 1, 100, 101].map((away) => isDue(hour + away, hour, 100))).toEqual([true, true, false, false, true]);
  });

  it("is known by what was written with it, but for the difference of two machines", () => {
    expect(isFromFuture(hour + 1000, hour)).toBe(false);
    expect(isFromFuture(2 * hour, hour)).toBe(true);
  });

  it("does not make an isolate remember for longer, nor stop", () => {
    let now = 10 * hour;
    const names = createRecentNames<true>(() => now, { most: 4, forgetAfterMs: 1000 });
    const stop = createAutomaticStop(
      () => now,
      () => undefined,
    );
    names.add("a", true);
    for (let index = 0; index < stopWindow; index++) stop.note(false);
    expect([names.find("a"), stop.isOn()]).toEqual([true, true]);
    now -= 5 * hour;
    expect([names.find("a"), stop.isOn()]).toEqual([undefined, false]);
  });

  it("does not make a lease last", () => {
    expect(judgeLease({ until: 10 * hour, variants: ["webp"] }, ["webp"], false, 5 * hour)).toEqual({
      kind: "take over",
    });
  });
});
