import { describe, expect, it } from "vitest";
import { type CacheEvent, formatCacheStatus } from "../../../../src/edge/http/cache-status.ts";
import { readList } from "../../../support/answer.ts";

/** The parameters of the one member that the field has (RFC 9211 §2). */
function read(event: CacheEvent): Record<string, unknown> {
  const [member, ...others] = readList(formatCacheStatus(event));
  expect(others).toEqual([]);
  expect(member?.[0]).toBe("edge-imaging");
  return Object.fromEntries(member?.[1] ?? []);
}

const forward = { kind: "forward", why: "uri-miss", stored: false, ttl: undefined, collapsed: false } as const;

describe("formatCacheStatus()", () => {
  it.each(["edge", "assembled"] as const)("says a hit and its kind: %s", (detail) => {
    expect(read({ kind: "hit", detail, ttl: 100 })).toEqual({ hit: true, ttl: 100, detail });
  });

  it.each(["uri-miss", "stale", "bypass"] as const)(
    "says why the origin was asked, and never hit beside it: %s",
    (why) => {
      expect(read({ ...forward, why })).toEqual({ fwd: why });
    },
  );

  it("says what was stored, for how long, and whether a fetch was shared", () => {
    expect(read({ ...forward, stored: true, ttl: 86_400, collapsed: true })).toEqual({
      fwd: "uri-miss",
      stored: true,
      ttl: 86_400,
      collapsed: true,
    });
    expect(read({ ...forward, ttl: 0 })).toEqual({ fwd: "uri-miss", ttl: 0 });
  });
});
