import { array, assert, constantFrom, integer, property, shuffledSubarray, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { isListed, type MediaRange, parseAccept, qualityOf } from "../../../../src/edge/negotiate/accept.ts";
import { expectLinear } from "../../../support/expect-linear.ts";

function weigh(header: string, mediaType: string): number {
  return qualityOf(parseAccept(header), mediaType);
}

function lists(header: string, mediaType: string): boolean {
  return isListed(parseAccept(header), mediaType);
}

function rangesOf(header: string): string[] {
  return parseAccept(header).map(({ type, subtype, q }) => `${type}/${subtype} ${q}`);
}

describe("parseAccept()", () => {
  it.each([
    // The examples of RFC 9110 §12.5.1.
    ["audio/*; q=0.2, audio/basic", ["audio/* 0.2", "audio/basic 1"]],
    [
      "text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c",
      ["text/plain 0.5", "text/html 1", "text/x-dvi 0.8", "text/x-c 1"],
    ],
    // A range with parameters asks for a special kind of its type, which is never made here.
    ["text/*, text/plain, text/plain;format=flowed, */*", ["text/* 1", "text/plain 1", "*/* 1"]],
    [
      "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5",
      ["text/* 0.3", "text/plain 0.7", "*/* 0.5"],
    ],
  ])("reads the RFC's %s", (header, expected) => {
    expect(rangesOf(header)).toEqual(expected);
  });

  it.each([
    ["IMAGE/AVIF,Image/WebP;Q=0.9", ["image/avif 1", "image/webp 0.9"]],
    ["image/webp;q=0", ["image/webp 0"]],
    ["image/webp;q=0.", ["image/webp 0"]],
    ["image/webp;q=0.000", ["image/webp 0"]],
    ["image/webp;q=1.000", ["image/webp 1"]],
    ["image/webp\t;\tq=0.5 ,\timage/avif", ["image/webp 0.5", "image/avif 1"]],
    // Internet Explorer 11 on Windows 7 and Edge before Chromium.
    [
      "image/png, image/svg+xml, image/jxr, image/*; q=0.8, */*; q=0.5",
      ["image/png 1", "image/svg+xml 1", "image/jxr 1", "image/* 0.8", "*/* 0.5"],
    ],
    // RFC 9110 §5.6.1.2: empty list elements are ignored.
    [",, image/webp ,,", ["image/webp 1"]],
    ["", []],
    // What follows the weight is an extension, not a parameter of the type.
    ["image/webp;q=0.5;level=1", ["image/webp 0.5"]],
    ["image/webp;", ["image/webp 1"]],
    ["image/webp;;q=0.4", ["image/webp 0.4"]],
  ])("reads %j", (header, expected) => {
    expect(rangesOf(header)).toEqual(expected);
  });

  it.each([
    ["a bare asterisk, as Java sends", "text/html, image/gif, *; q=.2", ["text/html 1", "image/gif 1"]],
    ["a weight without a leading digit", "image/webp;q=.9", []],
    ["a weight above 1", "image/webp;q=1.001, image/avif;q=2", []],
    ["a weight with four decimals", "image/webp;q=0.1234", []],
    ["a negative weight", "image/webp;q=-1", []],
    ["a weight that is no number", "image/webp;q=high, image/avif;q=", []],
    ["a wildcard before a subtype", "*/webp, image/avif", ["image/avif 1"]],
    ["a space inside of the type", "image /webp, image/ avif", []],
    ["two slashes", "image/webp/avif", []],
    ["a type without a subtype", "image/, image, /webp", []],
    ["characters that no token has", 'image/web(p), image/"webp"', []],
    ["parameters before the weight", "image/webp;level=1;q=0.9", []],
  ])("drops a range with %s and keeps the others", (_, header, expected) => {
    expect(rangesOf(header)).toEqual(expected);
  });

  it("does not split inside of a quoted string", () => {
    // RFC 9110 §5.6.4: a comma, a semicolon and an escaped quote are content there.
    const header = String.raw`text/plain;a="x,image/avif;q=1,\",image/avif,", image/webp;q=0.5;note="q=0;,"`;
    expect(rangesOf(header)).toEqual(["image/webp 0.5"]);
    expect(rangesOf('text/plain;a="never closed, image/avif')).toEqual([]);
  });

  it("reads nothing out of a header of 100 KB", () => {
    const header = `${"image/png,".repeat(10_000)}image/webp`;
    expect(parseAccept(header)).toEqual([]);
  });
});

describe("qualityOf()", () => {
  it.each([
    // RFC 9110 §12.5.1, table 5, without the ranges that have parameters of their own.
    ["text/html", 0.3],
    ["text/plain", 0.7],
    ["image/jpeg", 0.5],
  ])("gives %s the weight of the RFC's table", (mediaType, expected) => {
    expect(weigh("text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, */*;q=0.5", mediaType)).toBe(expected);
  });

  it.each([
    ["image/webp;q=0, image/*, */*", "image/webp", 0],
    ["image/*;q=0, image/webp;q=0.1", "image/webp", 0.1],
    ["image/*;q=0, */*", "image/webp", 0],
    ["*/*;q=0, image/*;q=0.4", "image/webp", 0.4],
    ["image/webp", "image/avif", 0],
    ["image/webp, image/webp;q=0", "image/webp", 0],
    ["image/webp;q=0, image/webp", "image/webp", 0],
    ["image/webp;q=0.9, image/webp;q=0.2", "image/webp", 0.2],
  ])("lets the most specific range of %j decide on %s", (header, mediaType, expected) => {
    expect(weigh(header, mediaType)).toBe(expected);
  });
});

describe("isListed()", () => {
  it.each([
    "*/*",
    "image/*",
    "image/*, */*;q=0.8",
    "image/web, image/webpx, application/webp",
    "",
    "image/webp;q=0",
    "image/webp;q=0.000, */*",
  ])("does not take %j for a proof of WebP", (header) => {
    expect(lists(header, "image/webp")).toBe(false);
  });

  it.each([
    "image/webp",
    "IMAGE/WEBP",
    "image/webp;q=0.001",
    "image/*;q=0,image/webp",
    "*/*;q=0 , image/webp",
    "text/html,image/webp",
  ])("takes %j for a proof of WebP", (header) => {
    expect(lists(header, "image/webp")).toBe(true);
  });
});

const types = [
  "image/avif",
  "image/webp",
  "image/jpeg",
  "image/*",
  "*/*",
  "text/html",
  "video/mp4",
  "application/x.y+z",
] as const;
const weights = [
  "",
  "q=0",
  "q=0.000",
  "q=0.001",
  "q=0.5",
  "q=1",
  "q=1.0",
  "q=2",
  "q=.5",
  "level=1",
  'note="a,b;q=0"',
] as const;
const element = tuple(constantFrom(...types), constantFrom(...weights)).map(([type, weight]) =>
  weight === "" ? [type] : [type, weight],
);
const elements = array(element, { maxLength: 8 });

function join(parts: readonly (readonly string[])[], comma = ",", semicolon = ";"): string {
  return parts.map((part) => part.join(semicolon)).join(comma);
}

function verdicts(ranges: readonly MediaRange[]): unknown {
  return ["image/avif", "image/webp", "image/jpeg", "text/html"].map((type) => [
    qualityOf(ranges, type),
    isListed(ranges, type),
  ]);
}

describe("parseAccept(), qualityOf() and isListed(), for any header", () => {
  it("do not care about the order of ranges", () => {
    const both = elements.chain((list) =>
      tuple(
        shuffledSubarray(list, { minLength: list.length }),
        elements.map(() => list),
      ),
    );
    assert(
      property(both, ([shuffled, list]) => {
        expect(verdicts(parseAccept(join(shuffled)))).toEqual(verdicts(parseAccept(join(list))));
      }),
    );
  });

  it("do not care about case and about spaces where the grammar allows them", () => {
    assert(
      property(
        elements,
        constantFrom(" ,", ", ", "\t,  ", ",, "),
        constantFrom(" ;", "; ", " \t; "),
        (list, comma, semicolon) => {
          const plain = verdicts(parseAccept(join(list)));
          expect(verdicts(parseAccept(join(list, comma, semicolon)))).toEqual(plain);
          expect(verdicts(parseAccept(join(list).toUpperCase()))).toEqual(plain);
        },
      ),
    );
  });

  it("never accept what one more range refuses, whatever else is said", () => {
    assert(
      property(
        elements,
        integer({ min: 0, max: 8 }),
        constantFrom("image/avif;q=0", "image/avif; Q=0.000"),
        (list, at, refusal) => {
          const ranges = parseAccept(join([...list.slice(0, at), [refusal], ...list.slice(at)]));
          expect(qualityOf(ranges, "image/avif")).toBe(0);
          expect(isListed(ranges, "image/avif")).toBe(false);
        },
      ),
    );
  });

  it("take 8 KB of anything without an error and in linear time", async () => {
    const noise = string({
      unit: constantFrom(...Array.from('aq*/;,="\\ \t.01é\u0000')),
      minLength: 8000,
      maxLength: 8192,
    });
    assert(
      property(noise, (header) => {
        expect(() => verdicts(parseAccept(header))).not.toThrow();
      }),
      { numRuns: 50 },
    );
    for (const unit of ['"', ",", ";", "\\", ' ="', "a/a;", "*/*,"]) {
      await expectLinear((size) => verdicts(parseAccept(unit.repeat(size / unit.length))), 8192);
    }
  });

  it("give weights from 0 to 1 only", () => {
    assert(
      property(string({ maxLength: 200 }), (header) => {
        for (const { q } of parseAccept(header)) expect(q >= 0 && q <= 1).toBe(true);
      }),
    );
  });
});
