/** What is left of a source's metadata, from files that libvips, ExifTool and hands have written. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { assert, asyncProperty, nat } from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { insertSegments, metadataSegments } from "../../../../src/imaging/jpeg/embed.ts";
import { wrapPng } from "../../../../src/imaging/png/embed.ts";
import { wrapWebp } from "../../../../src/imaging/webp/embed.ts";
import { readExif } from "../../../../src/imaging/metadata/exif.ts";
import type { FormatId } from "../../../../src/imaging/model/formats.ts";
import { readXmpRights } from "../../../../src/imaging/metadata/xmp.ts";
import { survivingMetadata } from "../../../../src/imaging/carry/surviving-metadata.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { encoded, exifTool, exifToolName, hasExifTool, icc, withoutExifTool, xmp } from "./wrapped.ts";
import { bytes, chunk, fixture, jpeg, frame, png, segment, u16, u32 } from "../probe/bytes.ts";
import { readSourceMetadata, rightsIn } from "../../../../src/imaging/carry/read-metadata.ts";
import type { Rights } from "../../../../src/imaging/metadata/rights.ts";

type File = Uint8Array<ArrayBuffer>;

const place = { GPSLatitude: "51/1 30/1 0/1", GPSLatitudeRef: "N" };

/** A picture with rights, a device and a place in its Exif, written by libvips. */
async function exifFile(format: "jpeg" | "png" | "webp" | "avif"): Promise<File> {
  const picture = sharp({ create: { width: 20, height: 10, channels: 3, background: "#48c" } });
  const named = picture.withExif({
    IFD0: { Artist: "Ada; Bob", Copyright: "2024 Ada", Make: "Camera", ImageDescription: "At home" },
    IFD3: place,
  });
  return new Uint8Array(await named.withMetadata({ orientation: 6 }).toFormat(format).toBuffer());
}

const xmpOf = async (file: Uint8Array, format: FormatId, target: FormatId) =>
  (await survivingMetadata(file, format, "copyright", target)).xmp;

describe("survivingMetadata()", () => {
  it("is nothing for METADATA=none", async () => {
    expect(await survivingMetadata(await exifFile("jpeg"), "jpeg", "none", "webp")).toEqual({});
  });

  it.each(["jpeg", "png", "webp", "avif"] as const)(
    "keeps of a %s the rights and nothing else for copyright",
    async (format) => {
      const file = await exifFile(format);
      expect(Buffer.from(file).toString("latin1")).toContain("Camera");
      const survived = await survivingMetadata(file, format, "copyright", "avif");
      expect(Object.keys(survived)).toEqual(["xmp"]);
      const text = new TextDecoder().decode(survived.xmp);
      expect(text).toContain("<rdf:li>Ada</rdf:li><rdf:li>Bob</rdf:li>");
      expect(text).toContain("2024 Ada");
      expect(text).not.toMatch(/GPS|51|Camera|home/);
      expect(text.length).toBeLessThan(500);
    },
  );

  it("is nothing where the source states no rights", async () => {
    expect(await survivingMetadata(await encoded("jpeg"), "jpeg", "copyright", "webp")).toEqual({});
    expect(await survivingMetadata(await encoded("jpeg"), "jpeg", "keep", "webp")).toEqual({});
  });

  it.each(["jpeg", "png", "webp", "avif"] as const)(
    "keeps the whole Exif of a %s for keep, but upright",
    async (format) => {
      const file = await exifFile(format);
      const { exif, xmp: packet } = await survivingMetadata(file, format, "keep", "webp");
      expect(exif).toBeDefined();
      const wrapped = wrapWebp(await encoded("webp"), { exif, xmp: packet });
      const text = Buffer.from((await sharp(wrapped).metadata()).exif ?? []).toString("latin1");
      expect(text).toContain("Camera");
      expect(readExif(exif ?? bytes()).orientation).toBe(1);
      expect((await sharp(wrapped).metadata()).orientation).toBe(1);
      // An AVIF is turned by its properties alone.
      if (format !== "avif") expect((await sharp(file).metadata()).orientation).toBe(6);
    },
  );

  it("keeps XMP, Exif and IPTC of a JPEG in a JPEG, and drops IPTC where there is no place", async () => {
    const iptc = bytes(0x1c, 2, 80, 0, 3, "Ada");
    const source = insertSegments(await encoded("jpeg"), metadataSegments({ xmp, iptc, icc }));
    expect(await survivingMetadata(source, "jpeg", "keep", "jpeg")).toEqual({ xmp, iptc });
    expect(await survivingMetadata(source, "jpeg", "keep", "webp")).toEqual({ xmp });
    expect(await survivingMetadata(source, "jpeg", "keep", "jxr")).toEqual({});
  });

  it("says with XMP what IPTC said where IPTC has no place", async () => {
    const iptc = bytes(0x1c, 2, 80, 0, 3, "Ada", 0x1c, 2, 116, 0, 2, "(c", 0x1c, 2, 110, 0, 1, "K");
    const source = insertSegments(await encoded("jpeg"), metadataSegments({ iptc }));
    const { xmp: packet = bytes() } = await survivingMetadata(source, "jpeg", "keep", "avif");
    expect(readXmpRights(packet)).toMatchObject({ creators: ["Ada"], copyright: "(c", credit: "K" });
  });

  it("keeps the rights of a packet that no JPEG segment can hold", async () => {
    const long = bytes(xmp, " ".repeat(70_000));
    const source = await wrapPng(await encoded("png"), { xmp: long });
    expect((await survivingMetadata(source, "png", "keep", "webp")).xmp).toEqual(long);
    const { xmp: packet = bytes() } = await survivingMetadata(source, "png", "keep", "jpeg");
    expect(packet.length).toBeLessThan(500);
    expect(readXmpRights(packet)).toMatchObject({ credit: "Agentur Ü" });
  });

  it("puts an orientation in XMP right", async () => {
    const turned = bytes(new TextDecoder().decode(xmp).replace("photoshop:Credit", 'tiff:Orientation="6" $&'));
    const source = insertSegments(await encoded("jpeg"), metadataSegments({ xmp: turned }));
    const { xmp: packet } = await survivingMetadata(source, "jpeg", "keep", "webp");
    expect(Buffer.from(packet ?? []).toString("latin1")).toContain('tiff:Orientation="1"');
  });
});

async function readRights(source: Uint8Array, format: FormatId): Promise<Rights | undefined> {
  return rightsIn(await readSourceMetadata(source, format));
}

describe("the rights that are read", () => {
  it("prefers XMP to IPTC to Exif, field by field", async () => {
    const source = insertSegments(
      await exifFile("jpeg"),
      metadataSegments({ xmp, iptc: bytes(0x1c, 2, 80, 0, 3, "Ivy", 0x1c, 2, 110, 0, 1, "K") }),
    );
    expect(await readRights(source, "jpeg")).toMatchObject({
      creators: ["Ivy"],
      copyright: "2024 Ada",
      credit: "Agentur Ü",
    });
  });

  it("reads IPTC that is divided over segments, after other resources", async () => {
    const iptc = bytes(0x1c, 1, 90, 0, 3, 0x1b, "%G", 0x1c, 2, 80, 0, 4, Buffer.from("Zoë"));
    const block = bytes(
      "8BIM",
      u16(0x03ed),
      3,
      "abc",
      u32(3),
      "xyz",
      0,
      "8BIM",
      u16(0x0404),
      0,
      0,
      u32(iptc.length),
      iptc,
    );
    const parts = [block.subarray(0, 25), block.subarray(25)];
    const source = jpeg(...parts.map((part) => segment(0xed, "Photoshop 3.0\0", part)), frame());
    expect(await readRights(source, "jpeg")).toMatchObject({ creators: ["Zoë"] });
  });

  it.each<[string, Uint8Array, object]>([
    ["Latin-1 in IPTC", bytes(0x1c, 2, 116, 0, 4, "Café"), { copyright: "Café" }],
    ["repeated by-lines", bytes(0x1c, 2, 80, 0, 1, "A", 0x1c, 2, 80, 0, 1, "B"), { creators: ["A", "B"] }],
    ["datasets before a cut", bytes(0x1c, 2, 80, 0, 1, "A", 0x1c, 2, 116, 0, 9, "B"), { creators: ["A"] }],
  ])("reads %s", async (_, iptc, rights) => {
    const source = jpeg(metadataSegments({ iptc })[0] ?? bytes(), frame());
    expect(await readRights(source, "jpeg")).toMatchObject(rights);
  });

  const hex = (data: Uint8Array) =>
    Buffer.from(data)
      .toString("hex")
      .replaceAll(/.{1,72}/g, "$&\n");
  const raw = (name: string, data: Uint8Array) => bytes(`\n${name}\n${String(data.length).padStart(8)}\n${hex(data)}`);
  const resources = bytes("8BIM", u16(0x0404), 0, 0, u32(8), 0x1c, 2, 80, 0, 3, "Ada");

  it.each<[string, Uint8Array, object]>([
    [
      "keywords",
      bytes(chunk("tEXt", "Author\0Ada"), chunk("tEXt", "Copyright\0© Ada")),
      { creators: ["Ada"], copyright: "© Ada" },
    ],
    ["a compressed keyword", chunk("zTXt", "Copyright\0\0", deflateSync(bytes("© Ada"))), { copyright: "© Ada" }],
    ["XMP", chunk("iTXt", "XML:com.adobe.xmp\0\0\0\0\0", xmp), { credit: "Agentur Ü" }],
    ["compressed XMP", chunk("iTXt", "XML:com.adobe.xmp\0\x01\0en\0x\0", deflateSync(xmp)), { credit: "Agentur Ü" }],
    [
      "a raw IPTC profile",
      chunk("zTXt", "Raw profile type iptc\0\0", deflateSync(raw("iptc", resources))),
      { creators: ["Ada"] },
    ],
    ["a raw XMP profile", chunk("tEXt", "Raw profile type xmp\0", raw("xmp", xmp)), { credit: "Agentur Ü" }],
    [
      "a raw APP1 profile",
      chunk("tEXt", "Raw profile type APP1\0", raw("generic profile", bytes("http://ns.adobe.com/xap/1.0/\0", xmp))),
      { credit: "Agentur Ü" },
    ],
  ])("reads %s of a PNG", async (_, chunks, rights) => {
    expect(await readRights(png(chunks), "png")).toMatchObject(rights);
  });

  it("reads the directory, XMP and IPTC of a TIFF", async () => {
    const picture = sharp({ create: { width: 2, height: 2, channels: 3, background: "#48c" } });
    const named = picture
      .withExif({ IFD0: { Artist: "Ada", Copyright: "© Ada" } })
      .withXmp(new TextDecoder().decode(xmp));
    const file = new Uint8Array(await named.tiff().toBuffer());
    expect(await readRights(file, "tiff")).toMatchObject({ credit: "Agentur Ü" });
  });

  it("is undefined for formats without reader and for other bytes", async () => {
    expect(await readRights(fixture("white_1x1.avif"), "avif")).toBeUndefined();
    for (const format of ["jpeg", "png", "tiff", "webp"] as const)
      expect(await readRights(bytes("no image"), format)).toBeUndefined();
  });

  it.skipIf(!hasExifTool)(`reads what ExifTool writes${withoutExifTool}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "rights-"));
    try {
      for (const [extension, format] of [
        ["jpg", "jpeg"],
        ["png", "png"],
        ["tif", "tiff"],
        ["webp", "webp"],
      ] as const) {
        const path = join(folder, `a.${extension}`);
        writeFileSync(
          path,
          await sharp({ create: { width: 2, height: 2, channels: 3, background: "#48c" } })
            .toFormat(format)
            .toBuffer(),
        );
        const wanted = {
          creators: ["Zoë", "Ōta"],
          copyright: "© 2024 Zoë & Ōta",
          credit: "A < B",
          usageTerms: "Ask",
          webStatement: "https://example.org/?a=1&b=2",
          licensorUrl: "https://example.org/buy",
          digitalSourceType: "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
        };
        const { status } = spawnSync(exifToolName, [
          "-overwrite_original",
          "-n",
          "-XMP-dc:Creator=Zoë",
          "-XMP-dc:Creator=Ōta",
          `-XMP-dc:Rights=${wanted.copyright}`,
          `-XMP-photoshop:Credit=${wanted.credit}`,
          `-XMP-xmpRights:UsageTerms=${wanted.usageTerms}`,
          `-XMP-xmpRights:WebStatement=${wanted.webStatement}`,
          `-XMP-plus:LicensorURL=${wanted.licensorUrl}`,
          `-XMP-iptcExt:DigitalSourceType=${wanted.digitalSourceType}`,
          "-EXIF:GPSLatitude=51.5",
          "-EXIF:Artist=Someone",
          path,
        ]);
        expect(status).toBe(0);
        const file = new Uint8Array(readFileSync(path));
        expect([format, await readRights(file, format)]).toEqual([format, wanted]);
        const packet = await xmpOf(file, format, "webp");
        const { tags } = exifTool(wrapWebp(await encoded("webp"), { xmp: packet }), "webp");
        expect(tags["XMP-dc:Rights"]).toBe(wanted.copyright);
        expect(Object.keys(tags).join()).not.toContain("GPS");
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.skipIf(!hasCorpus)("reads the texts of PngSuite (../shared/corpus; skipped where it is missing)", async () => {
    const file = (name: string) => new Uint8Array(readFileSync(`${corpus}pngsuite/${name}`));
    expect(await readRights(file("ctzn0g04.png"), "png")).toMatchObject({
      copyright: "Copyright Willem van Schaik, Singapore 1995-96",
    });
    expect(await readRights(file("ctjn0g04.png"), "png")).toMatchObject({
      copyright: "著作権ウィレムヴァンシャイク、カナダ2011",
    });
    expect(await readRights(file("exif2c08.png"), "png")).toMatchObject({ copyright: "2017 Willem van Schaik" });
  });

  it.each(["jpeg", "png", "webp", "avif"] as const)("never throws for a damaged %s", async (format) => {
    const file = await exifFile(format);
    await assert(
      asyncProperty(nat(file.length - 1), nat(255), nat(file.length), async (at, value, length) => {
        const damaged = file.with(at, value).subarray(0, Math.max(length, 40));
        await readRights(damaged, format);
        await survivingMetadata(damaged, format, "keep", "jpeg");
      }),
      { numRuns: 300, seed: 3 },
    );
  });
});
