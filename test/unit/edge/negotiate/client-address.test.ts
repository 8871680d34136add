import { describe, expect, it } from "vitest";
import { networkOf } from "../../../../src/edge/negotiate/client-address.ts";

describe("networkOf()", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8:0001:2::6", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:db8::", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["", ""],
    ["1:2:3:4:5:6:7:8::9:10", "1:2:3:4"],
  ])("of %s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
