import { describe, expect, it } from "vitest";
import { connectionFields } from "../../../../src/edge/http/connection.ts";

describe("connectionFields()", () => {
  it("names the fields that are for the next hop alone (RFC 9110 §7.6.1)", () => {
    expect([...connectionFields("X-Hop, keep-alive ,, b@d, x-hop")]).toEqual(["x-hop", "keep-alive"]);
    expect([...connectionFields(null)]).toEqual([]);
  });
});
