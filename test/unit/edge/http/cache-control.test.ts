import { array, assert, constantFrom, property, string, tuple } from "fast-check";
import { parseDictionary } from "structured-headers";
import { describe, expect, it } from "vitest";
import {
  formatCacheControl,
  parseCacheControl,
  parseTargetedControl,
} from "../../../../src/edge/http/cache-control.ts";
import { expectLinear } from "../../../support/expect-linear.ts";

describe("parseCacheControl()", () => {
  it.each([
    ["max-age=600, public", { "max-age": "600", public: "" }],
    ['private="a, no-store", MAX-AGE="5"', { private: "a, no-store", "max-age": "5" }],
    [" ,, no-store ,", { "no-store": "" }],
    ["", {}],
    ["max-age=600,max-age=1", { "max-age": "600" }],
    ["max-age=600;no-store", { "max-age": "600", "no-store": "" }],
  ])("reads %j", (header, expected) => {
    expect(Object.fromEntries(parseCacheControl(header))).toEqual(expected);
  });

  it("finds every directive of a well-formed header", () => {
    const name = string({ unit: constantFrom(...Array.from("abz09-_!#$%&'*+.^`|~")), minLength: 1, maxLength: 8 });
    const value = string({ unit: constantFrom(...Array.from("az09,;= \t-")), maxLength: 8 });
    assert(
      property(array(tuple(name, value)), (entries) => {
        const first = new Map<string, string>();
        for (const [key, text] of entries) if (!first.has(key)) first.set(key, text);
        const header = entries.map(([key, text]) => `${key}="${text}"`).join(", ");
        expect(parseCacheControl(header)).toEqual(first);
      }),
    );
  });

  it("reads anything at all without an error, in linear time", async () => {
    assert(
      property(string({ maxLength: 500 }), (header) => {
        expect(() => parseCacheControl(header)).not.toThrow();
      }),
    );
    for (const unit of ['"', "=", 'a="', "a=", ",", 'a=",', "\\"]) {
      await expectLinear((size) => parseCacheControl(unit.repeat(size)), 30_000);
    }
  });
});

describe("formatCacheControl()", () => {
  it("writes what parseCacheControl() reads", () => {
    for (const text of ["private, max-age=60", 'no-cache="set-cookie, x", public', ""]) {
      expect(formatCacheControl(parseCacheControl(text))).toBe(text);
    }
  });
});

describe("parseTargetedControl()", () => {
  it.each<[string, Record<string, string>]>([
    ["max-age=3600", { "max-age": "3600" }],
    ["foobar, max-age=3600", { foobar: "", "max-age": "3600" }],
    ["max-age=1, max-age=2", { "max-age": "2" }],
    ["no-store=?1, private=?0", { "no-store": "" }],
    ['private="a, \\"b"', { private: 'a, "b' }],
    ["max-age=60;x=1;y,\tpublic", { "max-age": "60", public: "" }],
    ["list=( a;b=1 ?1  2.5 );c, empty=()", { list: "( a;b=1 ?1  2.5 )", empty: "()" }],
    ["ext=token, list=(1 2), bytes=:YQ==:", { ext: "token", list: "(1 2)", bytes: ":YQ==:" }],
  ])("reads %s", (field, expected) => {
    expect(Object.fromEntries(parseTargetedControl(field) ?? [])).toEqual(expected);
  });

  it.each([
    null,
    "",
    "  ",
    "max-age=10000, &&&&&",
    'max-age="10000"',
    "max-age",
    "max-age=-1",
    "max-age=1.5",
    "max-age =100",
    "max-age= 100",
    "MaX-aGe=3600",
    "max-age=60,",
    "max-age=60,,public",
    '"max-age"',
    "list=(1,2)",
    "list=(1;)",
    "list=(((1)))",
    "bytes=:Y:",
    "bytes=:Y=Q=:",
  ])("takes %j for none", (field) => {
    expect(parseTargetedControl(field)).toBeUndefined();
  });

  it("agrees with structured-headers on what is a dictionary, and on its directives", () => {
    const piece = constantFrom(
      "a",
      "b=",
      ", c=",
      "max",
      "-age",
      "=",
      "60",
      ",",
      " ",
      ";",
      '"',
      "\\",
      "?1",
      "(",
      ")",
      ":",
      "*",
      "1.5",
      "(1 T)",
      "T",
      "T=",
    );
    const compared = { valid: 0, void: 0 };
    assert(
      property(array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const field = pieces.join("");
        const ours = parseTargetedControl(field);
        let theirs: ReturnType<typeof parseDictionary> | undefined;
        try {
          theirs = parseDictionary(field);
        } catch {
          theirs = undefined;
        }
        if (theirs === undefined || theirs.size === 0) {
          compared.void += 1;
          expect(ours, field).toBeUndefined();
        } else if (!field.includes("max-age")) {
          compared.valid += 1;
          expect([...(ours ?? [])].map(([name]) => name).toSorted(), field).toEqual([...theirs.keys()].toSorted());
        }
      }),
      { numRuns: 5000 },
    );
    expect(compared.valid).toBeGreaterThan(100);
    expect(compared.void).toBeGreaterThan(100);
  });
});
