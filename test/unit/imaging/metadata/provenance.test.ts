import { describe, expect, it } from "vitest";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import {
  box,
  bytes,
  chunk,
  fixture,
  frame,
  ihdr,
  jpeg,
  type Part,
  png,
  pngSignature,
  segment,
  u16,
  u16le,
  u32,
  u32le,
} from "../probe/bytes.ts";
import { deflateSync } from "node:zlib";

/** C2PA's JUMBF type, which starts with its name: 63327061-0011-0010-8000-00AA00389B71. */
const c2paType = [0x63, 0x32, 0x70, 0x61, 0, 0x11, 0, 0x10, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const unknownType = Array.from({ length: 16 }, () => 9);
const description = (type: readonly number[], label: string) => box("jumd", type, 3, label, 0);
const manifest = box("jumb", description(c2paType, "c2pa"), box("jumb", new Uint8Array(40)));
/** The same framing around something else: a JPEG 360 description, for example. */
const other = box("jumb", description(unknownType, "other"), box("json", "{}"));

const app11 = (superbox: Uint8Array, sequence = 1) => segment(0xeb, "JP", u16(1), u32(sequence), superbox);
const idat = chunk("IDAT", deflateSync(new Uint8Array(76)));
const riff = (...chunks: Part[]) => bytes("RIFF", u32le(4 + bytes(...chunks).length), "WEBP", ...chunks);
const vp8x = bytes("VP8X", u32le(10), 0, 0, 0, 0, new Uint8Array(6));
const vp8 = bytes("VP8 ", u32le(10), 0, 0, 0, 0x9d, 0x01, 0x2a, 9, 0, 9, 0);
const avif = fixture("white_1x1.avif");
const uuid = [0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81];
const jxl = fixture("1x1_exif_xmp.jxl");
const gif = bytes("GIF89a", u16le(9), u16le(9), 0, 0, 0);
const gifImage = bytes(0x2c, 0, 0, 0, 0, u16le(9), u16le(9), 0, 2, 1, 0, 0, 0x3b);
const gifExtension = (name: string) => bytes(0x21, 0xff, 11, name, 4, "jumb", 0);
const tiff = (tag: number) =>
  bytes(
    "II",
    u16le(42),
    u32le(8),
    u16le(3),
    [256, 257, tag].map((id) => [u16le(id), u16le(3), u32le(1), u32le(9)]).flat(2),
    u32le(0),
  );

describe("probeImage().provenance", () => {
  it.each<[string, Uint8Array, boolean]>([
    ["a JPEG with a manifest store", jpeg(app11(manifest), frame()), true],
    [
      "a JPEG with a store in a box of 64-bit size",
      jpeg(app11(bytes(u32(1), "jumb", u32(0), u32(99), manifest.subarray(8))), frame()),
      true,
    ],
    [
      "a JPEG whose store is known by its label",
      jpeg(app11(box("jumb", description(unknownType, "c2pa"))), frame()),
      true,
    ],
    ["a JPEG with the store's second segment", jpeg(app11(bytes(manifest.subarray(0, 8), "more"), 2), frame()), false],
    ["a JPEG with other JUMBF", jpeg(app11(other), frame()), false],
    ["a JPEG with other APP11", jpeg(segment(0xeb, "HDR_RI ver=11"), segment(0xeb), frame()), false],
    ["a JPEG with a manifest in another segment", jpeg(segment(0xec, "JP", u16(1), u32(1), manifest), frame()), false],
    ["a PNG with caBX", png(chunk("caBX", manifest)), true],
    [
      "a PNG with caBX after the pixels",
      bytes(pngSignature, ihdr(), idat, chunk("caBX", manifest), chunk("IEND")),
      true,
    ],
    ["a PNG without", png(chunk("tEXt", "c2pa\0caBX")), false],
    ["a WebP with C2PA", riff(vp8x, vp8, "C2PA", u32le(manifest.length), manifest), true],
    ["a WebP without", riff(vp8x, vp8), false],
    ["a simple WebP", riff(vp8), false],
    ["an AVIF with the box", bytes(avif, box("uuid", uuid, new Uint8Array(9))), true],
    ["an AVIF with another such box", bytes(avif, box("uuid", new Uint8Array(30))), false],
    ["a JPEG XL with the box", bytes(jxl, manifest), true],
    ["a JPEG XL with other JUMBF", bytes(jxl, other), false],
    ["a GIF with the extension", bytes(gif, gifExtension("C2PA_GIF\x01\0\0"), gifImage), true],
    ["a GIF with another extension", bytes(gif, gifExtension("NETSCAPE2.0"), gifImage), false],
    ["a TIFF with the tag", tiff(52545), true],
    ["a TIFF with another tag", tiff(52546), false],
  ])("of %s", async (_, file, expected) => {
    const facts = await probeImage(file);
    expect([facts?.provenance, facts?.width === undefined]).toEqual([expected, false]);
  });
});
