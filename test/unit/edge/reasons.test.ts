import { describe, expect, it } from "vitest";
import { reasonOrder, reasons } from "../../../src/edge/reasons.ts";

describe("reasonOrder", () => {
  it("is the order that the design promises", () => {
    const promised =
      "not-an-image bypass rollout opted-out unknown-preset not-cacheable ttl-too-short undecodable animated hdr bit-depth cmyk too-large not-resized not-accepted " +
      "format-off low-quality-source encode-failed already-best not-smaller interim shadow transcoded origin-error";
    expect(reasonOrder).toEqual(promised.split(" "));
  });

  it("names only tokens (RFC 9651 §3.3.4)", () => {
    for (const reason of reasonOrder) expect(reason).toMatch(/^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*$/);
  });

  it("marks as transient what may change without the source", () => {
    expect(reasonOrder.filter((reason) => reasons[reason].transient)).toEqual([
      "bypass",
      "unknown-preset",
      "encode-failed",
      "interim",
    ]);
  });
});
