import { expect, test } from "vitest";
import { readByteRange } from "../../../../src/edge/http/byte-range.ts";

test.each([
  ["bytes=0-0", { start: 0, end: 1 }],
  ["bytes=2-", { start: 2, end: 10 }],
  ["bytes=2-5", { start: 2, end: 6 }],
  ["bytes=2-99", { start: 2, end: 10 }],
  ["bytes=-3", { start: 7, end: 10 }],
  ["bytes=-99", { start: 0, end: 10 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=5-2", undefined],
  ["bytes=0-1,3-4", undefined],
  ["bytes=-", undefined],
  ["items=0-1", undefined],
  ["nonsense", undefined],
])("%s of ten bytes (RFC 9110 §14.1.2)", (field, expected) => {
  expect(readByteRange(field, 10)).toEqual(expected);
});
