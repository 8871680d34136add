import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readPngChunks, writePng } from "../../../../src/imaging/png/chunks.ts";
import {
  describePng,
  hasLooseTransparency,
  isAnimatedPng,
  isFaithfulOptimising,
  type OptimisedPng,
} from "../../../../src/imaging/png/faithful-optimising.ts";

function png(colourType: number, bitDepth: number, chunks: Record<string, readonly number[]> = {}): OptimisedPng {
  const file = writePng([
    { type: "IHDR", data: [Uint8Array.from([0, 0, 0, 7, 0, 0, 1, 0, bitDepth, colourType, 0, 0, 0])] },
    ...Object.entries(chunks).map(([type, data]) => ({ type, data: [Uint8Array.from(data)] })),
    { type: "IDAT", data: [] },
  ]);
  const found = describePng(file);
  if (found === undefined) throw new Error("no header");
  return found;
}

describe("writePng()", () => {
  it("frames pieces of data as chunks with the CRC that zlib computes, and ends with IEND", () => {
    const file = Buffer.from(
      writePng([{ type: "tESt", data: [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)] }]),
    );
    expect(file.toString("hex", 0, 8)).toBe("89504e470d0a1a0a");
    expect(file.subarray(8, 19)).toEqual(Buffer.from("\0\0\0\x03tESt\x01\x02\x03", "latin1"));
    expect(file.readUInt32BE(19)).toBe(crc32(Buffer.from("tESt\x01\x02\x03", "latin1")));
    expect(file.toString("hex", 23)).toBe("0000000049454e44ae426082");
  });
});

describe("readPngChunks()", () => {
  const file = writePng([
    { type: "IHDR", data: [Uint8Array.of(1)] },
    { type: "tEXt", data: [Uint8Array.of(2, 3)] },
  ]);

  it("reads chunks in their order, up to IEND", () => {
    const trailing = Uint8Array.from([...file, ...file]);
    expect([...readPngChunks(trailing)].map(({ type, data }) => [type, [...data]])).toEqual([
      ["IHDR", [1]],
      ["tEXt", [2, 3]],
      ["IEND", []],
    ]);
  });

  it("ends where the bytes are cut off, and finds nothing without the signature", () => {
    expect([...readPngChunks(file.subarray(0, 30))].map(({ type }) => type)).toEqual(["IHDR"]);
    expect([...readPngChunks(file.subarray(1))]).toEqual([]);
    expect([...readPngChunks(new Uint8Array())]).toEqual([]);
  });
});

describe("describePng()", () => {
  it("reads size, colour type, depth and the transparent colour", () => {
    expect(png(2, 16, { tRNS: [0, 1, 2, 3, 255, 254] })).toMatchObject({
      width: 7,
      height: 256,
      colourType: 2,
      bitDepth: 16,
      transparentSamples: [1, 0x0203, 0xfffe],
    });
  });

  it("does not take the alpha values of a palette for a colour", () => {
    expect(png(3, 8, { PLTE: [1, 2, 3], tRNS: [128, 0] }).transparentSamples).toEqual([]);
  });

  it("gives nothing without IHDR or without IEND", () => {
    expect(describePng(writePng([]))).toBeUndefined();
    expect(describePng(writePng([{ type: "IHDR", data: [new Uint8Array(13)] }]).subarray(0, -12))).toBeUndefined();
  });
});

describe("isAnimatedPng()", () => {
  it.each([["acTL"], ["fcTL"], ["fdAT"]])("is true for what has %s", (type) => {
    expect(isAnimatedPng(png(2, 8, { [type]: [0] }))).toBe(true);
    expect(isAnimatedPng(png(2, 8, { tEXt: [0] }))).toBe(false);
  });
});

describe("hasLooseTransparency()", () => {
  it.each([
    [0, 1, [0, 1], false],
    [0, 1, [0, 2], true],
    [0, 8, [0, 255], false],
    [0, 8, [1, 0], true],
    [2, 8, [0, 1, 0, 2, 255, 3], true],
    [2, 16, [255, 255, 255, 255, 255, 255], false],
  ])("colour type %i, depth %i, tRNS %j: %s", (colourType, bitDepth, tRNS, expected) => {
    expect(hasLooseTransparency(png(colourType, bitDepth, { tRNS }))).toBe(expected);
  });
});

describe("isFaithfulOptimising()", () => {
  const iCCP = { iCCP: [0] };
  it.each([
    ["16 bits to 8 with tRNS", png(0, 16, { tRNS: [1, 1] }), png(0, 8, { tRNS: [1, 1] }), false],
    ["16 bits to 8 without", png(0, 16), png(0, 8), true],
    ["16 bits kept, with tRNS", png(0, 16, { tRNS: [1, 1] }), png(0, 16, { tRNS: [1, 1] }), true],
    ["RGB with a profile to gray", png(2, 8, iCCP), png(0, 8, iCCP), false],
    ["gray with a profile to a palette", png(0, 8, iCCP), png(3, 8, iCCP), false],
    ["gray and alpha with a profile to gray", png(4, 8, iCCP), png(0, 8, iCCP), true],
    ["RGBA with a profile to a palette", png(6, 8, iCCP), png(3, 8, iCCP), true],
    ["RGB without a profile to gray", png(2, 8), png(0, 1), true],
  ])("judges %s: %#", (_, source, packed, expected) => {
    expect(isFaithfulOptimising(source, packed)).toBe(expected);
  });

  it("refuses another size", () => {
    expect(isFaithfulOptimising(png(2, 8), { ...png(2, 8), width: 8 })).toBe(false);
  });
});
