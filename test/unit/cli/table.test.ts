import { expect, test } from "vitest";
import { formatSaved } from "../../../cli/table.ts";

test.each([
  [1000, 440, "−56 %"],
  [1000, 1000, "0 %"],
  [1000, 998, "0 %"],
  [1000, 1, "−99 %"],
  [1000, 1100, "+10 %"],
  [0, 10, ""],
])("%i bytes that became %i are written as %j", (from, to, expected) => {
  expect(formatSaved(from, to)).toBe(expected);
});
