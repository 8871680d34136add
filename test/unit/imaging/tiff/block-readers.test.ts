import { describe, expect, it } from "vitest";
import type { BlockReader } from "../../../../src/imaging/tiff/block-reader.ts";
import { Group4Reader } from "../../../../src/imaging/tiff/fax.ts";
import { LzwReader } from "../../../../src/imaging/tiff/lzw.ts";
import { PackBitsReader } from "../../../../src/imaging/tiff/packbits.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.split(" "), (pair) => Number.parseInt(pair, 16));
const bits = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(" ", "").match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
const codes = (numbers: readonly number[], width = 9): Uint8Array =>
  bits(numbers.map((code) => code.toString(2).padStart(width, "0")).join(""));

/** Reads piece by piece, since readers are resumed in the middle of runs and strings. */
function readPieces(reader: BlockReader, ...lengths: readonly number[]): number[] {
  const all: number[] = [];
  for (const length of lengths) all.push(...reader.read(length));
  return all;
}

describe("PackBitsReader", () => {
  // The example of Apple's Technical Note TN1023.
  const packed = bytes("FE AA 02 80 00 2A FD AA 03 80 00 2A 22 F7 AA");
  const unpacked = bytes("AA AA AA 80 00 2A AA AA AA AA 80 00 2A 22 AA AA AA AA AA AA AA AA AA AA");

  it.each([[[24]], [[1, 1, 1, 1, 20]], [[5, 8, 11]]])("unpacks the published example in pieces of %j", (pieces) => {
    expect(readPieces(new PackBitsReader(packed), ...pieces)).toEqual([...unpacked]);
  });

  it("skips the code that says nothing", () => {
    expect(readPieces(new PackBitsReader(bytes("80 80 00 07")), 1)).toEqual([7]);
  });

  it.each(["", "05 01 02", "FE", "80"])("refuses a block that ends early: %s", (hex) => {
    expect(() => new PackBitsReader(bytes(hex)).read(6)).toThrow(ImagingError);
  });
});

describe("LzwReader", () => {
  // The example of TIFF 6.0 §13: 7 7 7 8 8 7 7 6 6.
  const example = codes([256, 7, 258, 8, 8, 258, 6, 6, 257]);

  it.each([[[9]], [[1, 1, 1, 1, 5]], [[2, 7]]])("unpacks the published example in pieces of %j", (pieces) => {
    expect(readPieces(new LzwReader(example), ...pieces)).toEqual([7, 7, 7, 8, 8, 7, 7, 6, 6]);
  });

  it("knows a code that is defined by itself", () => {
    expect(readPieces(new LzwReader(codes([256, 5, 258, 259, 257])), 2, 4)).toEqual([5, 5, 5, 5, 5, 5]);
  });

  it("begins again at a Clear code in the middle, and at several", () => {
    expect(readPieces(new LzwReader(codes([256, 1, 258, 256, 256, 2, 258, 257])), 6)).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it.each([
    ["stays full as long as libtiff bears it", 1023, false],
    ["stays full for longer", 1024, true],
  ])("takes a table that %s", (_, late, isRefused) => {
    // Enough single bytes to fill the table: 3,838 strings, the first byte defines none.
    const count = 4096 - 258 + 1 + late;
    const widths = (index: number): number => [511, 1023, 2047].filter((end) => 258 + index - 1 >= end).length + 9;
    const numbers = [...new Uint8Array(count).keys()].map((index) => index & 255);
    const text = numbers.map((code, index) => code.toString(2).padStart(widths(index), "0"));
    const reader = new LzwReader(bits((256).toString(2).padStart(9, "0") + text.join("")));
    const read = (): number[] => readPieces(reader, count);
    if (isRefused) expect(read).toThrow("no Clear code");
    else expect(read()).toEqual(numbers);
  });

  it.each([
    ["ends early", codes([256, 1, 2])],
    ["is over early", codes([256, 1, 257])],
    ["uses a code that it never defined", codes([256, 1, 260])],
    ["uses a defined code first", codes([256, 258])],
    ["has its bits in the old order", bytes("00 01 02 03 04 05")],
    ["is empty", new Uint8Array()],
  ])("refuses a block that %s", (_, block) => {
    expect(() => new LzwReader(block).read(6)).toThrow(ImagingError);
  });
});

describe("Group4Reader", () => {
  // Codes of T.4 Tables 2 and 3 and T.6 Table 1: 001 is horizontal mode, 0001 pass mode, 1 no difference.
  it.each<[string, number, string, string]>([
    ["an empty row", 8, "1", "00"],
    ["a run of each colour", 8, "001 1011 011", "0F"],
    ["a row that begins black", 8, "001 00110101 011 1", "F0"],
    ["a row like the one above", 8, "001 1011 011  1 1", "0F 0F"],
    ["changes to the left and to the right of those above", 8, "001 1011 011  010 1  000011 1", "0F 1F 07"],
    ["a run that is passed over", 8, "001 0111 010 1  0001 1", "20 00"],
    ["make-up codes", 1800, "001 00000001000 1011 011", `${"00 ".repeat(224)}0F`],
    ["rows that end within a byte", 3, "001 0111 010  1 1  010 1", "20 20 60"],
  ])("reads %s", (_, width, stream, rows) => {
    const expected = bytes(rows);
    expect([...new Group4Reader(bits(stream), width).read(expected.length)]).toEqual([...expected]);
  });

  it.each([
    ["ends early", "001 1011 01"],
    ["has a code that does not exist", "0000 0000 0000 0000"],
    ["says that the page ends", "000000000001 000000000001"],
    ["has a run longer than the row", "001 1011 00011 1"],
    ["changes left of where it is", "001 1011 11 1  011 0000010"],
  ])("refuses a block that %s", (_, stream) => {
    expect(() => new Group4Reader(bits(stream), 8).read(2)).toThrow(ImagingError);
  });
});
