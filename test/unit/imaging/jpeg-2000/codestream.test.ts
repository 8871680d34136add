import { describe, expect, it } from "vitest";
import {
  hasSameStyle,
  type OneTileStream,
  readOneTileStream,
  writeEnd,
  writeMainHeader,
  writeTilePartHeader,
} from "../../../../src/imaging/jpeg-2000/codestream.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const siz = "ff51 0029 0000 00000001 00000001 00000000 00000000 00000001 00000001 00000000 00000000 0001 070101";
const cod = "ff52 000c 00 04 0001 01 00 04 04 00 01";
const qcd = "ff5c 0004 40 40";
const comment = "ff64 0006 0001 4142";
const tilePart = "ff90 000a 0000 00000012 00 01 ff93 c7d40404";
/** One gray pixel, as OpenJPEG writes it but for its comment and its four bytes of packets. */
const onePixel = `ff4f ${siz} ${cod} ${qcd} ${comment} ${tilePart} ffd9`;

const read = (text: string) => readOneTileStream(hex(text));

describe("readOneTileStream()", () => {
  it("finds the coding style, the quantisation and the packets", () => {
    expect(read(onePixel)).toEqual({
      cod: hex("00 04 0001 01 00 04 04 00 01"),
      qcd: hex("40 40"),
      packets: hex("c7d40404"),
    });
  });

  it.each([
    ["nothing", ""],
    ["no SOC", onePixel.replace("ff4f", "ffd8")],
    ["a marker that changes how packets are read", onePixel.replace(comment, "ff5f 0009 00 00 0001 01 01 00")],
    ["no COD", onePixel.replace(cod, "")],
    ["no QCD", onePixel.replace(qcd, "")],
    ["a header of the tile-part beyond SOT", onePixel.replace("ff93", "ff58")],
    ["a second tile-part", onePixel.replace("ffd9", `${tilePart} ffd9`)],
    ["a cut end", onePixel.slice(0, -7)],
    ["bytes that were never written after the end", `${onePixel} 0000`],
    ["no tile-part", `ff4f ${siz} ${cod} ${qcd}`],
  ])("refuses %s", (_, text) => {
    expect(() => read(text)).toThrow(RangeError);
  });
});

describe("hasSameStyle()", () => {
  const stream = read(onePixel);

  it("compares the main headers, not the packets", () => {
    expect(hasSameStyle(stream, { ...stream, packets: hex("00") })).toBe(true);
  });

  it.each([
    ["another level count", { cod: hex("00 04 0001 01 01 04 04 00 01") }],
    ["other steps", { qcd: hex("40 48") }],
    ["more steps", { qcd: hex("40 40 48") }],
  ] satisfies [string, Partial<OneTileStream>][])("finds %s", (_, other) => {
    expect(hasSameStyle(stream, { ...stream, ...other })).toBe(false);
  });
});

describe("writeMainHeader()", () => {
  const plan = { tileWidth: 2048, tileHeight: 512, levels: 5, tiles: [] };
  const colour: OneTileStream = {
    cod: hex("00 04 0001 01 05 04 04 00 00"),
    qcd: hex("42 7112 7f01"),
    packets: hex(""),
  };
  const alpha: OneTileStream = { cod: hex("00 04 0001 00 05 04 04 00 01"), qcd: hex("40 40 48"), packets: hex("") };

  it("describes image, tiles and components", () => {
    expect(writeMainHeader(3000, 900, plan, { colour, colours: 3, alpha: undefined })).toEqual(
      hex(
        `ff4f ff51 002f 0000 00000bb8 00000384 00000000 00000000 00000800 00000200 00000000 00000000
        0003 070101 070101 070101 ff52 000c 00 04 0001 01 05 04 04 00 00 ff5c 0007 42 7112 7f01`.replaceAll(/\s/g, ""),
      ),
    );
  });

  it("gives alpha a coding style and a quantisation of its own", () => {
    const header = Buffer.from(writeMainHeader(8, 8, plan, { colour, colours: 3, alpha })).toString("hex");
    expect(header.slice(4 * 2, 6 * 2)).toBe("0032");
    expect(header).toMatch(/ff5300090300050404000[1]ff5d000603404048$/);
  });
});

describe("writeTilePartHeader()", () => {
  it("numbers the tile and counts itself", () => {
    expect(writeTilePartHeader(300, 1000)).toEqual(hex("ff90 000a 012c 000003f6 00 01 ff93"));
  });

  it("makes, with a main header and an end, what can be read again", () => {
    const one = read(onePixel);
    const plan = { tileWidth: 256, tileHeight: 256, levels: 0, tiles: [] };
    const header = writeMainHeader(1, 1, plan, { colour: one, colours: 1, alpha: undefined });
    const joined = [header, writeTilePartHeader(0, one.packets.length), one.packets, writeEnd()];
    expect(readOneTileStream(Uint8Array.from(joined.flatMap((part) => [...part])))).toEqual(one);
  });
});
