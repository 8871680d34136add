import { describe, expect, it } from "vitest";
import { sniffFormat } from "../../../../src/imaging/probe/sniff.ts";
import type { FormatId } from "../../../../src/imaging/model/formats.ts";
import { box, bytes, fixture, jpeg, png, u32, u32le } from "./bytes.ts";
import { expectLinear } from "../../../support/expect-linear.ts";

const ftyp = (major: string, ...compatible: string[]) => box("ftyp", major, u32(0), ...compatible);
const html = "<!DOCTYPE html><html><body><svg xmlns='http://www.w3.org/2000/svg'></svg></body></html>";

describe("sniffFormat()", () => {
  it.each<[string, Uint8Array, FormatId]>([
    ["JPEG", bytes(0xff, 0xd8, 0xff, 0xe0), "jpeg"],
    ["PNG", bytes(0x89, "PNG\r\n", 0x1a, "\n"), "png"],
    ["GIF 87a", bytes("GIF87a"), "gif"],
    ["GIF 89a", bytes("GIF89a"), "gif"],
    ["WebP", bytes("RIFF", u32le(4), "WEBP"), "webp"],
    ["a JPEG XL codestream", bytes(0xff, 0x0a), "jxl"],
    ["a JPEG XL container", bytes(u32(12), "JXL ", 0x0d, 0x0a, 0x87, 0x0a), "jxl"],
    ["JP2", bytes(u32(12), "jP  ", 0x0d, 0x0a, 0x87, 0x0a), "jp2"],
    ["a JPEG 2000 codestream", bytes(0xff, 0x4f, 0xff, 0x51), "jp2"],
    ["JPEG XR", bytes("II", 0xbc, 1), "jxr"],
    ["TIFF, little-endian", bytes("II", 42, 0), "tiff"],
    ["TIFF, big-endian", bytes("MM", 0, 42), "tiff"],
    ["BigTIFF, little-endian", bytes("II", 43, 0), "tiff"],
    ["BigTIFF, big-endian", bytes("MM", 0, 43), "tiff"],
    ["BMP", bytes("BM", u32le(70), u32le(0), u32le(54), u32le(40)), "bmp"],
    ["ICO", bytes(0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, u32le(1128), u32le(22)), "ico"],
    ["CUR", bytes(0, 0, 2, 0, 1, 0, 16, 16, 0, 0, 0, 0, 0, 0, u32le(1128), u32le(22)), "ico"],
    ["AVIF by its major brand", ftyp("avif", "mif1"), "avif"],
    ["an AVIF sequence", ftyp("avis", "msf1"), "avif"],
    ["HEIC by its major brand", ftyp("heic", "mif1", "avif"), "heic"],
    ["HEIC with a 10-bit brand", ftyp("heix"), "heic"],
    ["HEIC by a compatible brand", ftyp("mif1", "miaf", "heic"), "heic"],
    ["AVIF by a compatible brand", ftyp("mif1", "miaf", "avif"), "avif"],
    ["AVIF before HEIC among compatible brands", ftyp("mif1", "heic", "avif"), "avif"],
  ])("knows %s", (_, prefix, format) => {
    expect(sniffFormat(prefix)).toBe(format);
  });

  it.each<[string, FormatId]>([
    ["one_pixel.jpg", "jpeg"],
    ["basn3p08.png", "png"],
    ["wpt_dispose-background-blend-source.png", "png"],
    ["interlaced.gif", "gif"],
    ["rotating-squares.webp", "webp"],
    ["white_1x1.avif", "avif"],
    ["1x1_exif_xmp.jxl", "jxl"],
    ["kodim10_bilevel_g4.tif", "tiff"],
    ["logo.svg", "svg"],
  ])("knows the real file %s", (name, format) => {
    expect(sniffFormat(fixture(name))).toBe(format);
  });

  it.each<[string, Uint8Array]>([
    ["nothing", bytes()],
    ["one byte", bytes(0xff)],
    ["text", bytes("BMW 320i, 2019")],
    ["a RIFF file of sound", bytes("RIFF", u32le(4), "WAVE")],
    ["a film", ftyp("mp42", "isom")],
    ["a HEIF file of an unknown codec", ftyp("mif1", "jpeg")],
    ["a brand outside the ftyp box", bytes(u32(16), "ftyp", "mp42", u32(0), "avif")],
    ["an ftyp box that ends before its brand", bytes(u32(8), "ftyp", "avif")],
    ["an icon directory without images", bytes(0, 0, 1, 0, 0, 0, new Uint8Array(40))],
    ["an MPEG program", bytes(0, 0, 1, 0xba, new Uint8Array(40))],
    ["HTML", bytes(html)],
    ["HTML in front of a JPEG", bytes("<html>", jpeg())],
    ["a line break in front of a PNG", bytes("\n", png())],
    ["PNG damaged by a text transfer", bytes(0x89, "PNG\n", 0x1a, "\n")],
    ["JSON", bytes('{"svg":"<svg>"}')],
  ])("is undefined for %s", (_, prefix) => {
    expect(sniffFormat(prefix)).toBeUndefined();
  });

  it("takes the signature at byte 0 of a file that is also something else", () => {
    expect(sniffFormat(bytes("GIF89a/*", new Uint8Array(20), "*/=1;alert(1)"))).toBe("gif");
    expect(sniffFormat(bytes(jpeg(), "PK\x03\x04"))).toBe("jpeg");
  });
});

describe("sniffFormat() for SVG", () => {
  it.each([
    ["the bare element", "<svg xmlns='http://www.w3.org/2000/svg'/>"],
    ["an element without attributes", "<svg>"],
    ["a byte order mark", "\xef\xbb\xbf<svg />"],
    ["white space", " \r\n\t<svg\n>"],
    ["an XML declaration", '<?xml version="1.0" encoding="UTF-8"?>\n<svg >'],
    ["a stylesheet instruction", '<?xml version="1.0"?><?xml-stylesheet href="a.css"?><svg >'],
    ["comments", "<!-- <html> --><!-- > --> <svg >"],
    ["a document type", '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/a>b.dtd"><svg >'],
    [
      "a document type with entities",
      "<!DOCTYPE svg [ <!ENTITY a \"<b>]>\"> <!-- it's ]> --> <!ENTITY b 'c'> ]>\n<svg >",
    ],
    ["a name space prefix", '<svg:svg xmlns:svg="http://www.w3.org/2000/svg">'],
  ])("accepts %s", (_, text) => {
    expect(sniffFormat(bytes(text))).toBe("svg");
  });

  it.each([
    ["an HTML page that holds an SVG", html],
    ["an HTML document type in front of an SVG", "<!DOCTYPE html><svg >"],
    ["a lower-case document type", "<!doctype svg><svg >"],
    ["a page with a comment first", `<!-- <svg > -->${html}`],
    ["an SVG inside another element", "<div><svg ></svg></div>"],
    ["a longer name", "<svgalike >"],
    ["a name in capitals", "<SVG >"],
    ["two prefixes", "<a:b:svg >"],
    ["text in front", "x<svg >"],
    ["a comment that does not end", "<!-- <svg >"],
    ["a declaration that does not end", "<?xml <svg >"],
    ["an element that is cut in its name", "<svg"],
    ["an entity list that does not end", '<!DOCTYPE svg [ <!ENTITY a "'],
  ])("refuses %s", (_, text) => {
    expect(sniffFormat(bytes(text))).toBeUndefined();
  });

  it("gives up at a root after the first 4 KiB", () => {
    expect(sniffFormat(bytes(" ".repeat(4000), "<svg >"))).toBe("svg");
    expect(sniffFormat(bytes(" ".repeat(4096), "<svg >"))).toBeUndefined();
  });

  it.each([
    ["opening quotes", "<!DOCTYPE svg ", "'\""],
    ["opening brackets", "<!DOCTYPE svg ", "["],
    ["entities", "<!DOCTYPE svg [", "<!ENTITY a 'b'>"],
    ["comments in a subset", "<!DOCTYPE svg [", "<!---"],
    ["comments", "", "<!---->"],
    ["instructions", "", "<??>"],
    ["names", "<", "a"],
  ])("needs linear time for many %s", async (_, start, unit) => {
    const prefixes = new Map<number, Uint8Array>();
    await expectLinear((size) => {
      const prefix = prefixes.get(size) ?? bytes(start + unit.repeat(size / unit.length));
      prefixes.set(size, prefix);
      for (let i = 0; i < 20; i++) sniffFormat(prefix);
    }, 4000);
  });
});
