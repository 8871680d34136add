import { expect, test } from "vitest";
import { reportSeldom } from "../../../src/edge/report-seldom.ts";

test.each([[new Error("full")], ["full"], [{ failure: "full" }], [undefined], [null], [5]])(
  "reportSeldom() reports %j, and not again for a minute",
  (failure) => {
    let now = 0;
    const reported: unknown[] = [];
    const report = reportSeldom(
      (each) => reported.push(each),
      () => now,
    );
    report(failure);
    report(failure);
    expect(reported).toEqual([failure]);
    now = 60_000;
    report(failure);
    expect(reported).toHaveLength(2);
  },
);
