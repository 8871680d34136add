import { assert, constantFrom, property, string, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeRights, type Rights } from "../../../../src/imaging/metadata/rights.ts";
import { readXmpRights, uprightXmp, writeXmp } from "../../../../src/imaging/metadata/xmp.ts";
import { bytes } from "../probe/bytes.ts";
import { exifTool, encoded, hasExifTool, withoutExifTool } from "../carry/wrapped.ts";
import { wrapPng } from "../../../../src/imaging/png/embed.ts";
import { expectLinear } from "../../../support/expect-linear.ts";

const rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"';
const dc = 'xmlns:dc="http://purl.org/dc/elements/1.1/"';
const photoshop = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"';
const plus = 'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"';
const xmpRights = 'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"';
const ext = 'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"';

function packet(body: string, attributes = ""): Uint8Array {
  const description = `<rdf:Description rdf:about="" ${dc} ${photoshop} ${plus} ${xmpRights} ${ext} ${attributes}>${body}</rdf:Description>`;
  return new TextEncoder().encode(
    `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ${rdf}>${description}</rdf:RDF></x:xmpmeta>\n   <?xpacket end="w"?>`,
  );
}

/** One byte per character. */
function latin1(xmp: Uint8Array): Uint8Array {
  return bytes(new TextDecoder().decode(xmp).replace("\uFEFF", ""));
}

/** What packets are made of. */
const fragment = constantFrom(
  "<",
  ">",
  "/",
  '"',
  "'",
  "=",
  "&",
  ";",
  " ",
  "a",
  "<dc:rights>",
  "</dc:rights>",
  "<rdf:li>",
  "<rdf:Seq>",
  "</rdf:Description>",
  "<![CDATA[",
  "]]>",
  "<!--",
  "&#x",
  "&#99999999;",
  "&#xD800;",
  "xmlns:dc=",
);

const generated = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

const full: Rights = {
  creators: ['Zoë "Zed" O\'Neil', "Ōta <Ken>"],
  copyright: "© 2024 A & B",
  credit: "Agentur",
  usageTerms: "Nur mit Erlaubnis",
  webStatement: "https://example.org/licence?a=1&b=2",
  licensorUrl: "https://example.org/buy",
  digitalSourceType: generated,
};

const none: Rights = {
  creators: [],
  copyright: undefined,
  credit: undefined,
  usageTerms: undefined,
  webStatement: undefined,
  licensorUrl: undefined,
  digitalSourceType: undefined,
};

const rightsOf = (xmp: Uint8Array) => mergeRights([readXmpRights(xmp)]);

describe("readXmpRights()", () => {
  it.each<[string, Uint8Array, Partial<Rights>]>([
    ["attributes of the description", packet("", 'photoshop:Credit="A &amp; B"'), { credit: "A & B" }],
    ["single quotes", packet("", "photoshop:Credit='A \"B\"'"), { credit: 'A "B"' }],
    ["elements", packet("<photoshop:Credit>A</photoshop:Credit>"), { credit: "A" }],
    ["CDATA", packet("<photoshop:Credit><![CDATA[A & <B>]]></photoshop:Credit>"), { credit: "A & <B>" }],
    [
      "character references",
      packet("<photoshop:Credit>&#x41;&#66;&#x1F600;&lt;</photoshop:Credit>"),
      { credit: "AB😀<" },
    ],
    ["a comment inside", packet("<photoshop:Credit>A<!-- <b> -->B</photoshop:Credit>"), { credit: "AB" }],
    [
      "a sequence of creators",
      packet("<dc:creator><rdf:Seq><rdf:li>A</rdf:li><rdf:li>B</rdf:li></rdf:Seq></dc:creator>"),
      { creators: ["A", "B"] },
    ],
    [
      "the text for everybody among languages",
      packet(
        '<dc:rights><rdf:Alt><rdf:li xml:lang="fr">F</rdf:li><rdf:li xml:lang="X-Default">D</rdf:li></rdf:Alt></dc:rights>',
      ),
      { copyright: "D" },
    ],
    [
      "the first language without one for everybody",
      packet('<xmpRights:UsageTerms><rdf:Alt><rdf:li xml:lang="fr">F</rdf:li></rdf:Alt></xmpRights:UsageTerms>'),
      { usageTerms: "F" },
    ],
    ["an array's text without array", packet("<dc:rights>C</dc:rights>"), { copyright: "C" }],
    [
      "a resource",
      packet('<xmpRights:WebStatement rdf:resource="https://a.org/"/>'),
      { webStatement: "https://a.org/" },
    ],
    [
      "a licensor as attribute",
      packet('<plus:Licensor><rdf:Bag><rdf:li plus:LicensorURL="https://a.org/"/></rdf:Bag></plus:Licensor>'),
      { licensorUrl: "https://a.org/" },
    ],
    [
      "a licensor as description",
      packet(
        "<plus:Licensor><rdf:Seq><rdf:li><rdf:Description><plus:LicensorName>N</plus:LicensorName><plus:LicensorURL>https://a.org/</plus:LicensorURL></rdf:Description></rdf:li></rdf:Seq></plus:Licensor>",
      ),
      { licensorUrl: "https://a.org/" },
    ],
    ["a source type", packet("", `Iptc4xmpExt:DigitalSourceType="${generated}"`), { digitalSourceType: generated }],
    ["other prefixes", packet('<d:rights xmlns:d="http://purl.org/dc/elements/1.1/">C</d:rights>'), { copyright: "C" }],
    [
      "several descriptions",
      new TextEncoder().encode(
        `<rdf:RDF ${rdf}><rdf:Description ${dc}><dc:rights>C</dc:rights></rdf:Description><rdf:Description ${photoshop} photoshop:Credit="K"/></rdf:RDF>`,
      ),
      { copyright: "C", credit: "K" },
    ],
    ["Latin-1", latin1(packet("<dc:rights>Café</dc:rights>")), { copyright: "Café" }],
  ])("understands %s", (_, xmp, rights) => {
    expect(rightsOf(xmp)).toEqual({ ...none, ...rights });
  });

  it.each<[string, Uint8Array]>([
    [
      "rights of a picture placed in this one",
      packet(
        `<m:Pantry xmlns:m="urn:m"><rdf:Bag><rdf:li><rdf:Description><dc:rights>C</dc:rights></rdf:Description></rdf:li></rdf:Bag></m:Pantry>`,
      ),
    ],
    ["a property of another namespace", packet('<dc:rights xmlns:dc="urn:other">C</dc:rights>')],
    ["empty properties", packet("<dc:rights> </dc:rights>", 'photoshop:Credit=""')],
    ["text of a commented element", packet("<!--<dc:rights>C</dc:rights>-->")],
    ["no packet", new TextEncoder().encode("<html><p>dc:rights</p></html>")],
  ])("takes no rights from %s", (_, xmp) => {
    expect(rightsOf(xmp)).toBeUndefined();
  });

  it("does not grow by entities that a document type declares", () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>`;
    const xmp = bytes(bomb, packet("<dc:rights>C&b;</dc:rights>"));
    expect(rightsOf(xmp)?.copyright ?? "").not.toContain("aaaa");
  });

  it.each([
    ["open tags", "<a>"],
    ["tags without end", "<a "],
    ["blanks in a tag", `<a${" ".repeat(50)}`],
    ["attributes without value", '<a b="c" d="'],
    ["half entities", "&#x1;&am"],
    ["comments without end", "<!--"],
    ["spaces", "          "],
  ])("needs linear time for %s", async (_, part) => {
    await expectLinear((size) => readXmpRights(packet(part.repeat(size / part.length))), 400_000);
    const inside = (size: number): string => `<dc:rights>${part.repeat(size / part.length)}</dc:rights>`;
    await expectLinear((size) => readXmpRights(packet(inside(size))), 400_000);
  });

  it("never throws", () => {
    assert(property(uint8Array({ maxLength: 300 }), (noise) => void rightsOf(noise)));
    const fragments = string({ unit: fragment, maxLength: 60 });
    assert(
      property(fragments, (text) => void rightsOf(packet(text, text))),
      { numRuns: 500 },
    );
  });
});

describe("writeXmp()", () => {
  it("writes what the reader reads", () => {
    expect(rightsOf(writeXmp(full))).toEqual(full);
    expect(rightsOf(writeXmp({ ...none, credit: "A" }))).toEqual({ ...none, credit: "A" });
  });

  it("needs a few hundred bytes", () => {
    expect(writeXmp({ ...none, creators: ["Ada Lovelace"], copyright: "© 2024 Ada Lovelace" }).length).toBeLessThan(
      450,
    );
    expect(writeXmp(full).length).toBeLessThan(1200);
  });

  it("writes well-formed XML whatever the texts hold", () => {
    assert(
      property(string({ unit: "binary", maxLength: 40 }), string({ unit: fragment, maxLength: 10 }), (text, markup) => {
        const rights = mergeRights([
          { creators: [text, markup], copyright: markup, credit: text, webStatement: markup },
        ]);
        if (rights !== undefined) expect(rightsOf(writeXmp(rights))).toEqual(rights);
      }),
    );
  });

  it.skipIf(!hasExifTool)(`writes properties that ExifTool knows${withoutExifTool}`, async () => {
    const { tags, warnings } = exifTool(await wrapPng(await encoded("png"), { xmp: writeXmp(full) }), "png");
    expect(tags).toMatchObject({
      "XMP-dc:Creator": full.creators,
      "XMP-dc:Rights": full.copyright,
      "XMP-photoshop:Credit": full.credit,
      "XMP-xmpRights:UsageTerms": full.usageTerms,
      "XMP-xmpRights:WebStatement": full.webStatement,
      "XMP-plus:Licensor": [{ LicensorURL: full.licensorUrl }],
      "XMP-iptcExt:DigitalSourceType": expect.stringMatching(/trained ?algorithmic ?media/i) as string,
    });
    expect(warnings).not.toContain("XMP");
  });
});

describe("uprightXmp()", () => {
  it.each([
    [' tiff:Orientation="6"', ' tiff:Orientation="1"'],
    [" tiff:Orientation='8'", " tiff:Orientation='1'"],
    ["<tiff:Orientation>3</tiff:Orientation>", "<tiff:Orientation>1</tiff:Orientation>"],
    [' tiff:Orientation="1"', ' tiff:Orientation="1"'],
    [' x:Orientation="63"', ' x:Orientation="63"'],
  ])("makes of %s %s", (before, after) => {
    expect(uprightXmp(bytes("é", before))).toEqual(bytes("é", after));
  });
});

describe("mergeRights()", () => {
  it("takes each field from the first source that has it", () => {
    const first = { creators: [], copyright: " ", credit: "K1" };
    const second = { creators: ["A"], copyright: "C2", credit: "K2" };
    expect(mergeRights([undefined, first, second])).toEqual({
      ...none,
      creators: ["A"],
      copyright: "C2",
      credit: "K1",
    });
    expect(mergeRights([{}, { creators: ["\0"] }])).toBeUndefined();
  });

  it("bounds every field", () => {
    const long = "é".repeat(5000);
    const rights = mergeRights([
      {
        creators: Array.from({ length: 100 }, (_, i) => `${i}${long}`),
        copyright: long,
        credit: long,
        usageTerms: long,
        webStatement: `https://${long}`,
      },
    ]);
    expect(rights?.creators).toHaveLength(8);
    expect([...(rights?.copyright ?? "")]).toHaveLength(300);
    expect(rights?.copyright?.endsWith("…")).toBe(true);
    // Half an address leads elsewhere.
    expect(rights?.webStatement).toBeUndefined();
    expect(writeXmp(rights ?? none).length).toBeLessThan(5000);
  });

  it("leaves no control, half surrogate or line break in a text", () => {
    expect(mergeRights([{ copyright: "a\0\u{1}b\r\n\tc\uD800d\uFFFFe" }])?.copyright).toBe("a b c d e");
  });
});
