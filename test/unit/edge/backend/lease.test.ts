import { describe, expect, it } from "vitest";
import { judgeLease } from "../../../../src/edge/backend/lease.ts";

const now = 1_000_000;
const lease = { until: now + 5000, variants: ["avif", "webp"] } as const;

describe("judgeLease()", () => {
  it("leaves the work to a living holder that does all of it", () => {
    expect(judgeLease(lease, ["avif"], false, now)).toEqual({ kind: "leave it" });
  });

  it("waits for a holder that does other work", () => {
    expect(judgeLease(lease, ["avif", "jp2"], false, now)).toEqual({ kind: "wait", seconds: 5 });
  });

  it("does not give up a message that was delivered before: its own consumer may be the holder that died", () => {
    expect(judgeLease(lease, ["avif"], true, now)).toEqual({ kind: "wait", seconds: 5 });
  });

  it("takes over from the moment at which the lease ends", () => {
    expect(judgeLease(lease, ["avif"], true, lease.until)).toEqual({ kind: "take over" });
    expect(judgeLease(lease, ["jp2"], false, lease.until)).toEqual({ kind: "take over" });
  });
});
