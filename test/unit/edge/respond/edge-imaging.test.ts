import { assert, constantFrom, integer, option, property, record, subarray } from "fast-check";
import { describe, expect, it } from "vitest";
import { formats, type FormatId } from "../../../../src/imaging/model/formats.ts";
import { listClasses } from "../../../../src/edge/negotiate/client-class.ts";
import { reasonOrder } from "../../../../src/edge/reasons.ts";
import { type Explanation, formatExplanation } from "../../../../src/edge/respond/edge-imaging.ts";
import { readDictionary as read } from "../../../support/answer.ts";

const explanation: Explanation = {
  format: "avif",
  source: "jpeg",
  reason: "transcoded",
  classToken: "avif+webp",
  from: 1000,
  to: 400,
  pending: [],
};

describe("formatExplanation()", () => {
  it("says what was sent, of what, why and how much smaller", () => {
    expect(read(formatExplanation(explanation))).toEqual({
      format: "avif",
      source: "jpeg",
      reason: "transcoded",
      class: "avif+webp",
      from: 1000,
      to: 400,
      saved: 600,
    });
  });

  it("lists what is still being made, and leaves the list out when it is empty", () => {
    expect(read(formatExplanation({ ...explanation, pending: ["avif", "webp"] })).pending).toEqual(["avif", "webp"]);
    expect(formatExplanation(explanation)).not.toContain("pending");
  });

  it("leaves out what is not known", () => {
    const unknown = { ...explanation, format: undefined, source: undefined, from: undefined, to: undefined };
    expect(read(formatExplanation(unknown))).toEqual({ reason: "transcoded", class: "avif+webp" });
    expect(read(formatExplanation({ ...explanation, to: undefined }))).not.toHaveProperty("saved");
  });

  it("is a dictionary of tokens, integers and a list of tokens (RFC 9651), whatever it says", () => {
    const ids = Object.keys(formats) as FormatId[];
    const format = option(constantFrom(...ids), { nil: undefined });
    const size = option(integer({ min: 0, max: 2 ** 40 }), { nil: undefined });
    const any = record({
      format,
      source: format,
      reason: constantFrom(...reasonOrder),
      classToken: constantFrom(...listClasses().map(({ token }) => token)),
      from: size,
      to: size,
      pending: subarray(ids),
    });
    assert(
      property(any, (each) => {
        const { format: _, source, reason, classToken, from, to, pending } = each;
        const values = read(formatExplanation(each));
        const saved = from === undefined || to === undefined ? undefined : from - to;
        const all = {
          format: each.format,
          source,
          reason,
          class: classToken,
          from,
          to,
          saved,
          pending: pending.length > 0 ? pending : undefined,
        };
        expect(values).toEqual(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
      }),
    );
  });
});
