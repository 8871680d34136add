import { describe, expect, it } from "vitest";

interface Item {
  readonly value: unknown;
  readonly parameters: ReadonlyMap<string, unknown>;
}
interface StructuredFields {
  parseDictionary(text: string): Map<string, Item>;
  parseList(text: string): Item[];
}

// The page's scripts are plain JavaScript, sent as they are.
const scripts = new URL("../../../demo/public/gallery/", import.meta.url);
const { parseDictionary, parseList } = (await import(
  new URL("structured-fields.js", scripts).href
)) as StructuredFields;

function valuesOf(members: Map<string, Item>): Record<string, unknown> {
  return Object.fromEntries(
    [...members].map(([key, item]) => [
      key,
      Array.isArray(item.value) ? (item.value as Item[]).map((inner) => inner.value) : item.value,
    ]),
  );
}

// The dictionaries and lists are examples of RFC 9651 §3 and §4, or break one rule of its grammar each.
describe("parseDictionary()", () => {
  it.each([
    ["", {}],
    ["a=?0, b, c; foo=bar", { a: false, b: true, c: true }],
    ["rating=1.5, feelings=(joy sadness)", { rating: 1.5, feelings: ["joy", "sadness"] }],
    ["a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid", { a: [1, 2], b: 3, c: 4, d: [5, 6] }],
    ['en="Applepie", da=:w4ZibGV0w6ZydGU=:', { en: "Applepie", da: new TextEncoder().encode("Æbletærte") }],
    ["a=1,b=2,a=3", { a: 3, b: 2 }],
    ["a=@1659578233", { a: new Date(1659578233000) }],
    ['a=%"This is intended for display to %c3%bcsers."', { a: "This is intended for display to üsers." }],
    ['a="q\\"b\\\\"', { a: 'q"b\\' }],
    ["a=-999999999999999", { a: -999999999999999 }],
    ["a=()  ,\t b=*/x:y", { a: [], b: "*/x:y" }],
    [
      "format=avif, source=jpeg, reason=transcoded, class=avif+webp, from=123, to=45, saved=78, pending=(avif)",
      {
        format: "avif",
        source: "jpeg",
        reason: "transcoded",
        class: "avif+webp",
        from: 123,
        to: 45,
        saved: 78,
        pending: ["avif"],
      },
    ],
  ])("reads %s", (text, expected) => {
    expect(valuesOf(parseDictionary(text))).toEqual(expected);
  });

  it.each([
    "a=1,",
    "a=1 b=2",
    "A=1",
    "a=",
    "a=(1",
    "a=(1,2)",
    "a=1234567890123456",
    "a=1.",
    "a=1.2345",
    'a="open',
    "a=é",
    "a=?2",
    "a=@1.5",
    'a=%"%C3"',
    'a=%"%ff"',
    "=1",
  ])("refuses %s", (text) => {
    expect(() => parseDictionary(text)).toThrow(SyntaxError);
  });
});

describe("parseList()", () => {
  it("reads items with parameters, as Cache-Status has them", () => {
    const items = parseList('"cdn.example"; fwd=uri-miss, edge-imaging; hit; ttl=-30; detail=edge');
    expect(items.map((item) => item.value)).toEqual(["cdn.example", "edge-imaging"]);
    expect(Object.fromEntries(items[1]?.parameters ?? [])).toEqual({ hit: true, ttl: -30, detail: "edge" });
  });
});
