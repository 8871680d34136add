import { describe, expect, it } from "vitest";
import { audienceOf, ownAudience } from "../../../../src/edge/plan/audience.ts";

const shop = "https://shop.test";
const allows = (value: string) => [["access-control-allow-origin", value]] as const;
const varies = (value: string) => [["vary", value]] as const;

describe("audienceOf()", () => {
  it.each([
    ["an answer without CORS fields to an Origin", [], shop, "*"],
    ["one that allows everybody", allows("*"), shop, "*"],
    ["one that allows everybody, without an Origin", allows("*"), null, "*"],
    ["one without CORS fields, without an Origin: others may get another", [], null, "-"],
    ["one that names an Origin", allows(shop), shop, `=${shop}`],
    ["one that names another Origin than the asking one", allows("https://a.test"), shop, `=${shop}`],
    ["one that names an Origin, without an Origin", allows(shop), null, "-"],
    ["one that varies", varies("Accept, origin"), shop, `=${shop}`],
    ["one that varies and allows everybody", [...varies("Origin"), ...allows("*")], shop, `=${shop}`],
    ["one that varies, without an Origin", varies("ORIGIN"), null, "-"],
    ["one that varies by something like it", varies("X-Origin, Accept"), shop, "*"],
    ["one for an Origin of no name", varies("Origin"), "null", "=null"],
  ])("of %s", (_, headers, origin, expected) => {
    expect(audienceOf(headers, origin)).toBe(expected);
  });

  it("keeps an empty Origin apart from none", () => {
    expect(ownAudience("")).not.toBe(ownAudience(null));
  });
});
