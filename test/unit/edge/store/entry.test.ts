import { assert, boolean, constantFrom, maxSafeInteger, property, record, string, uuid } from "fast-check";
import { describe, expect, it } from "vitest";
import { type EntryState, formatEntry, parseEntry } from "../../../../src/edge/store/entry.ts";

describe("formatEntry() and parseEntry()", () => {
  it("carry every state through a header field", () => {
    const time = maxSafeInteger().map(Math.abs);
    const cacheControl = string({ unit: constantFrom(...Array.from('az09=",- final;interim')), maxLength: 60 }).map(
      (text) => text.trim(),
    );
    assert(
      property(
        record({
          place: time,
          bytes: time,
          bornAt: time,
          freshUntil: time,
          isInterim: boolean(),
          scope: constantFrom("all" as const, "own" as const, "none" as const),
          generation: uuid(),
          cacheControl,
        }),
        (entry: EntryState) => {
          // A header field loses spaces at its ends.
          const headers = new Headers({ entry: formatEntry(entry) });
          const stored = headers.get("entry") ?? "";
          expect(parseEntry(entry.cacheControl === "" ? formatEntry(entry) : stored)).toEqual(entry);
        },
      ),
    );
  });

  it.each([
    null,
    "",
    "7 8 1 2 final",
    "7 8 1 2 final max-age=1",
    "7 8 1 2 other all g max-age=1",
    "7 8 1 2 final some g max-age=1",
    "7 8 x 2 final all g max-age=1",
    "7 8 1 2.5 final all g max-age=1",
    "max-age=1",
    "1 2 final all g max-age=1",
    "x 8 1 2 final all g max-age=1",
    " 7 8 1 2 final all g max-age=1",
  ])("take %j for nothing of theirs", (header) => {
    expect(parseEntry(header)).toBeUndefined();
  });
});
