import { describe, expect, it } from "vitest";
import { createRecentNames } from "../../../../src/edge/origin/recent-names.ts";

describe("createRecentNames()", () => {
  it("forgets after a time, and on demand", () => {
    let now = 1000;
    const names = createRecentNames<number>(() => now, { most: 9, forgetAfterMs: 100 });
    names.add("a", 1);
    names.add("b", 2);
    expect([names.find("a"), names.find("b"), names.find("c")]).toEqual([1, 2, undefined]);
    names.forget("a");
    now += 99;
    expect([names.find("a"), names.find("b")]).toEqual([undefined, 2]);
    now += 1;
    expect(names.find("b")).toBeUndefined();
  });

  it("forgets the one that was added first when there are too many", () => {
    const names = createRecentNames<true>(() => 0, { most: 2, forgetAfterMs: 1 });
    for (const name of ["a", "b", "a", "c"]) names.add(name, true);
    expect(["a", "b", "c"].filter((name) => names.find(name))).toEqual(["a", "c"]);
  });

  it("does not remember a very long name", () => {
    const names = createRecentNames<true>(() => 0, { most: 2, forgetAfterMs: 1 });
    names.add("a".repeat(5000), true);
    expect(names.find("a".repeat(5000))).toBeUndefined();
  });
});
