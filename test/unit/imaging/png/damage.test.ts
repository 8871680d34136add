/** Beside each fault: what Chromium 156 and libpng 1.6 do with it, which is why the file is left as it is. */
import { readdirSync, readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { stripPng, wrapPng } from "../../../../src/imaging/png/embed.ts";
import { findPngDamage } from "../../../../src/imaging/png/damage.ts";
import { allocatedBytes } from "../../../support/allocated-bytes.ts";
import { buildMatrixProfile } from "../../../../src/imaging/colour/matrix-profile.ts";
import { bytes, chunk, fixture, ihdr, pngSignature, u32 } from "../probe/bytes.ts";

const rows = (bytesPerRow: number) => deflateSync(new Uint8Array(4 * (1 + bytesPerRow)));
const pixels = chunk("IDAT", rows(18));
const end = chunk("IEND");
const rgb = (...chunks: readonly Uint8Array[]) => bytes(pngSignature, ihdr(), ...chunks, end);
const gray = (...chunks: readonly Uint8Array[]) =>
  bytes(pngSignature, ihdr({ colourType: 0 }), ...chunks, chunk("IDAT", rows(6)), end);
const palette = (...chunks: readonly Uint8Array[]) =>
  bytes(pngSignature, ihdr({ colourType: 3, depth: 2 }), ...chunks, end);
const indices = chunk("IDAT", rows(2));
const plte = chunk("PLTE", 255, 0, 0, 0, 255, 0, 0, 0, 255);
const gamma = chunk("gAMA", u32(100_000));
const text = chunk("tEXt", "Author\0Ada");
const idat = rows(18);
const profile = deflateSync(
  buildMatrixProfile("srgb", { white: [0.3127, 0.329], red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] }) ??
    bytes(),
);

function flipped(file: Uint8Array, fromEnd = 1): Uint8Array {
  return file.with(-fromEnd, (file.at(-fromEnd) ?? 0) ^ 1);
}

describe("findPngDamage()", () => {
  it.each<[string, Uint8Array]>([
    ["RGB", rgb(pixels)],
    ["RGB with one transparent colour", rgb(chunk("tRNS", 0, 1, 0, 2, 0, 3), pixels)],
    ["RGB that suggests a palette", rgb(plte, pixels)],
    ["gray with one transparent level", gray(chunk("tRNS", 0, 1))],
    ["a palette", palette(plte, indices)],
    ["a palette with transparency", palette(plte, chunk("tRNS", 0, 1, 2), indices)],
    [
      "pixels in several chunks, some empty",
      rgb(chunk("IDAT"), chunk("IDAT", idat.subarray(0, 9)), chunk("IDAT", idat.subarray(9)), chunk("IDAT")),
    ],
    ["colour chunks and texts where they belong", rgb(gamma, chunk("sRGB", 0), text, pixels, text)],
    ["a profile", rgb(chunk("iCCP", "x\0\0", profile), pixels)],
    ["a stream that is not quite right, which all show", rgb(chunk("IDAT", flipped(idat)))],
    ["bytes after the end", bytes(rgb(pixels), "more")],
  ])("has nothing against %s", (_, file) => {
    expect(findPngDamage(file)).toBeUndefined();
  });

  it.each<[string, Uint8Array, string]>([
    // Both stop at the gap: nothing is shown.
    [
      "IDAT chunks with a text between them",
      rgb(chunk("IDAT", idat.subarray(0, 9)), text, chunk("IDAT", idat.subarray(9))),
      "interrupted",
    ],
    // libpng refuses, Chromium shows it.
    ["a wrong CRC of the pixels", rgb(flipped(pixels)), "CRC of IDAT"],
    // Both leave the chunk out.
    ["a wrong CRC of tRNS", palette(plte, flipped(chunk("tRNS", 0)), indices), "CRC of tRNS"],
    ["a wrong CRC of a text", rgb(flipped(text), pixels), "CRC of tEXt"],
    // libpng refuses, Chromium shows it.
    ["a chunk type that is no letters", rgb(chunk("a1\0b"), pixels), "no letters"],
    ["a critical chunk that nobody knows", rgb(chunk("CgBI", 0), pixels), "critical chunk CgBI"],
    ["a critical chunk after the pixels", rgb(pixels, chunk("ABCD")), "critical chunk ABCD"],
    // Chromium: all transparent; libpng: opaque.
    [
      "tRNS of more entries than the palette",
      palette(plte, chunk("tRNS", 0, 0, 0, 0), indices),
      "tRNS of a wrong length",
    ],
    ["tRNS of no entries", palette(plte, chunk("tRNS"), indices), "tRNS of a wrong length"],
    ["tRNS of a gray picture with three bytes", gray(chunk("tRNS", 0, 1, 2)), "tRNS of a wrong length"],
    [
      "tRNS beside an alpha channel",
      bytes(pngSignature, ihdr({ colourType: 6 }), chunk("tRNS", 0, 0, 0, 0, 0, 0), chunk("IDAT", rows(24)), end),
      "tRNS of a wrong length",
    ],
    // Both leave it out.
    ["tRNS before the palette", palette(chunk("tRNS", 0), plte, indices), "tRNS of a wrong length"],
    ["tRNS after the pixels", palette(plte, indices, chunk("tRNS", 0)), "tRNS after IDAT"],
    ["two tRNS", palette(plte, chunk("tRNS", 0), chunk("tRNS", 9), indices), "more than one tRNS"],
    ["two palettes", palette(plte, plte, indices), "more than one PLTE"],
    ["a palette after the pixels", palette(indices, plte), "no PLTE"],
    ["no palette", palette(indices), "no PLTE"],
    [
      "a palette of more entries than the depth can name",
      palette(chunk("PLTE", new Uint8Array(15)), indices),
      "PLTE of a wrong length",
    ],
    [
      "a palette of two and a third entries",
      palette(chunk("PLTE", new Uint8Array(7)), indices),
      "PLTE of a wrong length",
    ],
    ["a palette in a gray picture", gray(plte), "PLTE of a wrong length"],
    // Chromium applies it, libpng does not.
    ["gAMA after the palette", palette(plte, gamma, indices), "gAMA after PLTE"],
    // Ignored by both; an optimiser may move it to the front.
    ["gAMA after the pixels", rgb(pixels, gamma), "gAMA after IDAT"],
    ["two gAMA", rgb(gamma, gamma, pixels), "more than one gAMA"],
    // Chromium ignores these profiles, libpng reads some of them.
    ["a profile with a wrong checksum", rgb(chunk("iCCP", "x\0\0", flipped(profile)), pixels), "iCCP"],
    ["a profile with bytes after it", rgb(chunk("iCCP", "x\0\0", profile, 0), pixels), "iCCP"],
    [
      "a profile that inflates to 8 MB",
      rgb(chunk("iCCP", "x\0\0", deflateSync(new Uint8Array(8 << 20))), pixels),
      "iCCP",
    ],
    ["two headers", rgb(ihdr(), pixels), "more than one IHDR"],
    ["something before the header", bytes(pngSignature, gamma, ihdr(), pixels, end), "no IHDR"],
    [
      "a depth that the colour type does not go with",
      bytes(pngSignature, ihdr({ colourType: 2, depth: 4 }), pixels, end),
      "no IHDR",
    ],
    [
      "another filter method",
      bytes(pngSignature, chunk("IHDR", u32(6), u32(4), 8, 2, 0, 1, 0), pixels, end),
      "no IHDR",
    ],
    ["no pixels", rgb(), "no IDAT"],
    ["no end", rgb(pixels).subarray(0, -12), "ends before IEND"],
    ["no PNG", bytes("anything"), "ends before IEND"],
  ])("names what is wrong with %s", (_, file, fault) => {
    expect(findPngDamage(file)).toContain(fault);
  });

  it.each([
    ["trns-longer-than-palette.png", "tRNS of a wrong length"],
    ["idat-apart.png", "gAMA after IDAT"],
    ["wrong-adler.png", undefined],
    ["rows-too-many.png", undefined],
  ])("judges %s", (name, fault) => {
    expect(findPngDamage(fixture(`odd/${name}`))).toBe(fault);
  });

  it("finds the broken files of PngSuite and no others (../shared/corpus; skipped where it is missing)", ({ skip }) => {
    const folder = new URL("../../../../../shared/corpus/pngsuite/", import.meta.url);
    let names: string[] = [];
    try {
      names = readdirSync(folder).filter((name) => name.endsWith(".png"));
    } catch {
      skip();
    }
    const found = names.filter(
      (name) => findPngDamage(new Uint8Array(readFileSync(new URL(name, folder)))) !== undefined,
    );
    expect(found).toEqual(names.filter((name) => name.startsWith("x")));
    expect(found.length).toBeGreaterThan(10);
  });
});

describe("a PNG of 990,000 chunks", () => {
  const empty = chunk("IDAT");
  const file = new Uint8Array(pngSignature.length + 25 + 990_000 * empty.length + end.length);
  file.set(bytes(pngSignature, ihdr()));
  for (let at = pngSignature.length + 25; at < file.length - end.length; at += empty.length) file.set(empty, at);
  file.set(end, file.length - end.length);

  it("is refused, without a list of all chunks", async () => {
    const before = process.memoryUsage().heapUsed;
    const allocated = await allocatedBytes(async () => {
      expect(findPngDamage(file)).toBe("too many chunks");
      expect(() => stripPng(file)).toThrow("no whole PNG");
      await expect(wrapPng(file, { exif: bytes("x") })).rejects.toThrow("no whole PNG");
    });
    expect(process.memoryUsage().heapUsed - before + allocated).toBeLessThan(40e6);
  });
});
