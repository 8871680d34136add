import { assert, constantFrom, oneof, property, string, webSegment } from "fast-check";
import { describe, expect, it } from "vitest";
import { formats, type FormatId } from "../../../../src/imaging/model/formats.ts";
import { describeDisposition } from "../../../../src/edge/respond/content-disposition.ts";

interface Disposition {
  readonly type: string;
  readonly name: string;
  readonly extended: string;
}

/** RFC 6266 §4.1 with a quoted file name of plain ASCII and value-chars of RFC 8187 §3.2.1, and nothing else. */
const grammar =
  /^(inline|attachment); filename="([\x20\x21\x23-\x5b\x5d-\x7e]*)"; filename\*=UTF-8''((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+)$/;

function parse(value: string | undefined): Disposition {
  const match = grammar.exec(value ?? "");
  if (match === null) throw new Error(`does not follow the grammar: ${value}`);
  return { type: match[1] ?? "", name: match[2] ?? "", extended: decodeURIComponent(match[3] ?? "") };
}

function read(pathname: string, format: FormatId, originValue: string | null = null): Disposition {
  return parse(describeDisposition(pathname, format, originValue));
}

describe("describeDisposition()", () => {
  it.each<[string, FormatId]>([
    ["/a/photo.jpg", "jpeg"],
    ["/a/photo.JPEG", "jpeg"],
    ["/photo.avif", "avif"],
    ["/photo.tif", "tiff"],
  ])("says nothing when the URL's extension is right: %s as %s", (pathname, format) => {
    expect(describeDisposition(pathname, format, null)).toBeUndefined();
    expect(describeDisposition(pathname, format, 'attachment; filename="x"')).toBeUndefined();
  });

  it.each<[string, FormatId, string]>([
    ["/a/photo.jpg", "avif", "photo.avif"],
    ["/photo.JPG", "webp", "photo.webp"],
    ["/photo.png", "jpeg", "photo.jpg"],
    ["/image/12345", "webp", "12345.webp"],
    ["/a.b.c.jpg", "webp", "a.b.c.webp"],
    ["/my%20photo.jpg", "webp", "my photo.webp"],
    // Not percent-encoded UTF-8: the raw text.
    ["/100%.jpg", "webp", "100%.webp"],
    ["/%E9t%E9.jpg", "webp", "%E9t%E9.webp"],
    ["/a%22b%5Cc%2Fd%00e%0D%0Af.jpg", "webp", "abcdef.webp"],
    ["/%7f%c2%80%c2%9fx.jpg", "webp", "x.webp"],
    ["/", "webp", "image.webp"],
    ["/%2F%22.jpg", "webp", "image.webp"],
    ["/caf%C3%A9.jpg", "webp", "café.webp"],
    ["/%E2%82%AC%F0%9F%93%B7.jpg", "avif", "€📷.avif"],
  ])("names %s as %s: %s", (pathname, format, expected) => {
    expect(read(pathname, format)).toMatchObject({ type: "inline", extended: expected });
  });

  it("gives old clients an ASCII name of the same kind, without percent signs that they would decode", () => {
    // RFC 6266 §4.3 and appendix D: no percent-escape and no other character set in the plain form.
    expect(read("/caf%C3%A9%2520x.jpg", "webp")).toEqual({
      type: "inline",
      name: "caf__20x.webp",
      extended: "café%20x.webp",
    });
  });

  it("keeps an attachment of the origin and its name, and changes the extension only", () => {
    expect(read("/download.jpg", "webp", 'attachment; filename="Summer.jpg"')).toEqual({
      type: "attachment",
      name: "Summer.webp",
      extended: "Summer.webp",
    });
    expect(read("/download.jpg", "webp", "ATTACHMENT;filename=Summer.jpg")).toMatchObject({
      type: "attachment",
      extended: "Summer.webp",
    });
    expect(read("/photo.jpg", "webp", "attachment")).toMatchObject({ type: "attachment", extended: "photo.webp" });
    // RFC 6266 §5, an example of the RFC: the extended form wins (§4.3).
    const euro = `attachment; filename="EURO rates.jpg"; filename*=utf-8''%e2%82%ac%20rates.jpg`;
    expect(read("/x.jpg", "avif", euro)).toMatchObject({ type: "attachment", extended: "€ rates.avif" });
    const broken = `attachment; filename="plain.jpg"; filename*=utf-8''%ff.jpg`;
    expect(read("/x.jpg", "avif", broken)).toMatchObject({ extended: "plain.avif" });
  });

  it.each([
    // As applications write it that know neither quotes nor RFC 8187: browsers read to the semicolon.
    ["inline; filename=schöne Blume.png", "schöne Blume.webp"],
    // The same byte by byte, from a runtime that does not decode field values.
    ["inline; filename=schÃ¶ne Blume.png", "schöne Blume.webp"],
    ['attachment; filename="schÃ¶ne Blume.png"; size=7', "schöne Blume.webp"],
    // ISO 8859-1 is not UTF-8, and stays.
    ["inline; filename=sch\u00f6ne.png", "schöne.webp"],
    ["inline; filename=a (1),b.png ; size=1", "a (1),b.webp"],
    [String.raw`inline; filename="a\"b\c.png"`, "abc.webp"],
    ['inline; title="; filename=no.png"; filename=yes.png', "yes.webp"],
    ["inline; filename=first.png; filename=second.png", "first.webp"],
  ])("reads %s as %s", (value, name) => {
    expect(read("/image.php", "webp", value).extended).toBe(name);
  });

  it("takes the URL's own name for one with a replacement character, whatever the format is", () => {
    const lost = "attachment; filename=sch\ufffdne.png";
    expect(read("/image.php", "webp", lost)).toMatchObject({ type: "attachment", extended: "image.webp" });
    expect(read("/flower.png", "png", lost)).toMatchObject({ type: "attachment", extended: "flower.png" });
  });

  it("gives a file name of at most 100 characters, and never cuts one in two", () => {
    const long = read(`/${"a".repeat(300)}.jpg`, "webp");
    expect(long.extended.length).toBeLessThanOrEqual(100);
    expect(long.extended).toMatch(/^a{90,}\.webp$/);
    const emoji = read(`/${encodeURIComponent("📷".repeat(300))}.jpg`, "webp");
    expect([...emoji.extended].length).toBeLessThanOrEqual(100);
    expect(emoji.extended).toMatch(/^(?:📷)+\.webp$/u);
  });

  it("is always a header that follows the grammar, and never holds what a file name must not", () => {
    const hostile = string({ unit: "binary", maxLength: 150 });
    const escaped = hostile.filter((text) => text.isWellFormed()).map(encodeURIComponent);
    const segment = oneof(
      webSegment(),
      escaped,
      string({ maxLength: 150 }),
      constantFrom("%", "%zz", "../..", "%2e%2e%2f", ".htaccess", "a.jpg.exe"),
    );
    const originValue = oneof(
      constantFrom(null, "inline", "attachment", `attachment; filename*=UTF-8''`, 'attachment; filename="'),
      string({ maxLength: 60 }),
      escaped.map((text) => `attachment; filename*=UTF-8''${text}`),
      string({ maxLength: 60 }).map((text) => `attachment; filename="${text}"`),
    );
    const format = constantFrom(...(Object.keys(formats) as FormatId[]));
    let described = 0;
    assert(
      property(segment, originValue, format, (name, value, id) => {
        const { pathname } = new URL("https://images.test/");
        const disposition = describeDisposition(`${pathname}${name}`, id, value);
        if (disposition === undefined) return;
        described++;
        // A header field takes it.
        expect(new Headers({ "content-disposition": disposition }).get("content-disposition")).toBe(disposition);
        const { extended, name: ascii } = parse(disposition);
        for (const text of [extended, ascii]) {
          // oxlint-disable-next-line no-control-regex -- controls are what must not be there
          expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f"\\/]/);
          expect(text.endsWith(`.${formats[id].extensions[0]}`)).toBe(true);
          expect(text.length).toBeGreaterThan(formats[id].extensions[0].length + 1);
        }
        expect(ascii).not.toContain("%");
      }),
      { numRuns: 500 },
    );
    expect(described).toBeGreaterThan(100);
  });
});
