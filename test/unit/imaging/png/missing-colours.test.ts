import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { writePng } from "../../../../src/imaging/png/chunks.ts";
import { hasMissingColours } from "../../../../src/imaging/png/missing-colours.ts";

const width = 13;
const height = 11;

/** Columns and rows of each pass of Adam7 (PNG 3rd edition, figure of §8.1), the eight by eight pattern spelt out. */
const pattern = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];

interface Picture {
  readonly bitDepth: number;
  readonly colours: number;
  readonly isInterlaced: boolean;
  readonly filter: number;
  readonly indexAt: (x: number, y: number) => number;
  /** Of the bits after the last pixel of a row. */
  readonly padding?: number;
}

function write({ bitDepth, colours, isInterlaced, filter, indexAt, padding = 0 }: Picture): Uint8Array<ArrayBuffer> {
  const rows: number[] = [];
  for (const pass of isInterlaced ? "1234567" : " ") {
    let above: number[] = [];
    for (let y = 0; y < height; y++) {
      const columns = Array.from({ length: width }, (_, x) => x);
      const indices = columns.filter((x) => !isInterlaced || pattern[y % 8][x % 8] === pass).map((x) => indexAt(x, y));
      if (indices.length === 0) continue;
      const bits = indices.map((index) => index.toString(2).padStart(bitDepth, "0")).join("");
      const padded = bits.padEnd(8 * Math.ceil(bits.length / 8), String(padding));
      const row = (padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
      rows.push(filter);
      // None, sub and up (PNG 3rd edition, Table 9).
      for (const [at, byte] of row.entries()) {
        rows.push((byte - [0, row[at - 1] ?? 0, above[at] ?? 0][filter]) & 255);
      }
      above = row;
    }
  }
  const header = Uint8Array.of(0, 0, 0, width, 0, 0, 0, height, bitDepth, 3, 0, 0, Number(isInterlaced));
  const stream = deflateSync(Uint8Array.from(rows));
  return writePng([
    { type: "IHDR", data: [header] },
    { type: "PLTE", data: [new Uint8Array(3 * colours)] },
    // In two parts, as encoders write them.
    { type: "IDAT", data: [stream.subarray(0, 9)] },
    { type: "IDAT", data: [stream.subarray(9)] },
  ]);
}

const kinds = [1, 2, 4, 8].flatMap((bitDepth) =>
  [false, true].flatMap((isInterlaced) => [0, 1, 2].map((filter) => ({ bitDepth, isInterlaced, filter }))),
);

describe("hasMissingColours()", () => {
  it.each(kinds)("finds the one pixel that has none, wherever it is: %o", (kind) => {
    const colours = 2 ** kind.bitDepth - 1;
    const indexAt = (x: number, y: number) => (x * 5 + y) % colours;
    expect(hasMissingColours(write({ ...kind, colours, indexAt, padding: 1 }))).toBe(false);
    for (let at = 0; at < width * height; at++) {
      const missing = (x: number, y: number) => (y * width + x === at ? colours : indexAt(x, y));
      expect(hasMissingColours(write({ ...kind, colours, indexAt: missing }))).toBe(true);
    }
  });

  it("says nothing of a palette that has a colour for every index", () => {
    const indexAt = (x: number) => x;
    expect(hasMissingColours(write({ bitDepth: 4, colours: 16, isInterlaced: false, filter: 0, indexAt }))).toBe(false);
  });

  it("takes pixels that cannot be read for missing ones, since a decoder may read on", () => {
    const file = write({ bitDepth: 8, colours: 5, isInterlaced: false, filter: 0, indexAt: () => 3 });
    expect(hasMissingColours(file.fill(0xff, file.length - 40, file.length - 20))).toBe(true);
  });
});
