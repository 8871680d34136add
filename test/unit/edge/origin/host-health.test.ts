import { describe, expect, it } from "vitest";
import { hostRetrySeconds, hostTroubleSeconds } from "../../../../src/edge/limits.ts";
import { createHostHealth } from "../../../../src/edge/origin/host-health.ts";

const host = "origin.test";

describe("createHostHealth()", () => {
  it("lets a failing host be tried once every few seconds, until it answers", () => {
    let now = 0;
    const health = createHostHealth(() => now);
    expect([health.isTroubled(host), health.mayTry(host)]).toEqual([false, true]);
    health.noteFailure(host);
    expect([health.isTroubled(host), health.mayTry(host)]).toEqual([true, false]);
    now += hostRetrySeconds * 1000;
    expect([health.mayTry(host), health.mayTry(host)]).toEqual([true, false]);
    expect(health.mayTry("other.test")).toBe(true);
    health.noteAnswer(host);
    expect([health.isTroubled(host), health.mayTry(host)]).toEqual([false, true]);
  });

  it("lets a slow host be asked, and knows that it is slow", () => {
    const health = createHostHealth(() => 0);
    health.noteSlow(host);
    expect([health.isTroubled(host), health.mayTry(host)]).toEqual([true, true]);
  });

  it("forgets", () => {
    let now = 0;
    const health = createHostHealth(() => now);
    health.noteFailure(host);
    now += hostTroubleSeconds * 1000;
    expect([health.isTroubled(host), health.mayTry(host)]).toEqual([false, true]);
  });
});
