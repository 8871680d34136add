import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { streamPngRgba } from "../../../../src/imaging/png/stream-rows.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { bytes, chunk, ihdr, pngSignature } from "../probe/bytes.ts";

/** Soft colours and some grain: encoders choose all filters for it. */
function paint(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: 3 * width * height }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return 128 + 90 * Math.sin(x / 37 + (at % 3)) * Math.cos(y / 29) + ((Math.imul(at, 2_654_435_761) >>> 28) - 8);
  });
}

/** RGB of all rows. */
function readRows(file: Uint8Array): number[] {
  const samples: number[] = [];
  runAtOnce(streamPngRgba(file, (line) => line.forEach((sample, at) => void (at % 4 < 3 && samples.push(sample)))));
  return samples;
}

function errorOf(file: Uint8Array): unknown {
  try {
    readRows(file);
  } catch (error) {
    return error instanceof ImagingError ? error.kind : error;
  }
  return undefined;
}

describe("streamPngRgba()", () => {
  it.each([
    ["adaptive filters", { adaptiveFiltering: true }],
    ["no filters", { adaptiveFiltering: false }],
    ["stored blocks", { compressionLevel: 0 }],
  ] as const)("gives the samples that libpng was given: %s", async (_, options) => {
    const raw = { width: 131, height: 67, channels: 3 } as const;
    const samples = paint(131, 67);
    const file = await sharp(samples, { raw }).png(options).toBuffer();
    expect(readRows(new Uint8Array(file))).toEqual([...samples]);
  });

  it("gives gray as red, green and blue", async () => {
    const samples = paint(40, 30).subarray(0, 1200);
    const file = await sharp(samples, { raw: { width: 40, height: 30, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toBuffer();
    expect(readRows(new Uint8Array(file))).toEqual([...samples].flatMap((sample) => [sample, sample, sample]));
  });

  it("knows every filter (PNG 3rd edition §9.2)", () => {
    // Rows of 6 pixels: 0 none, 1 sub, 2 up, 3 average, 4 Paeth; filtered by hand from rows of one gray level each.
    const levels = [10, 20, 25, 40, 60];
    const filtered = [
      [0, 10, 10, 10, 10, 10, 10],
      [1, 20, 0, 0, 0, 0, 0],
      [2, 5, 5, 5, 5, 5, 5],
      [3, 28, 8, 8, 8, 8, 8],
      [4, 20, 0, 0, 0, 0, 0],
    ];
    const idat = chunk("IDAT", deflateSync(Uint8Array.from(filtered.flat())));
    const file = bytes(pngSignature, ihdr({ width: 6, height: 5, colourType: 0 }), idat, chunk("IEND"));
    expect(readRows(file)).toEqual(levels.flatMap((level) => Array.from({ length: 18 }, () => level)));
  });

  const rows = (count: number, filter = 0) => {
    const row = new Uint8Array(19);
    row[0] = filter;
    return Uint8Array.from(Array.from({ length: count }, () => [...row]).flat());
  };
  const withWrongEnd = (data: Uint8Array) => data.with(data.length - 1, data[data.length - 1] ^ 1);
  const rgb = (data: Uint8Array, changes = {}) =>
    bytes(pngSignature, ihdr({ width: 6, height: 4, ...changes }), chunk("IDAT", data), chunk("IEND"));

  it.each([
    ["too few rows", rgb(deflateSync(rows(3))), "damaged"],
    ["an unknown filter", rgb(deflateSync(rows(4, 5))), "damaged"],
    ["a broken stream", rgb(deflateSync(rows(4)).fill(255, 4, 9)), "damaged"],
    ["a wrong checksum", rgb(withWrongEnd(deflateSync(rows(4)))), "damaged"],
    ["a wrong CRC", rgb(deflateSync(rows(4))).with(40, 7), "damaged"],
    ["more than its rows", rgb(deflateSync(rows(5))), "unsupported"],
    ["an alpha channel", rgb(deflateSync(rows(4)), { colourType: 6 }), "unsupported"],
    ["16 bits", rgb(deflateSync(rows(4)), { depth: 16 }), "unsupported"],
  ])("refuses %s", (_, file, kind) => {
    expect(errorOf(file)).toBe(kind);
  });

  it("refuses rows in another order", async () => {
    const file = await sharp(paint(30, 20), { raw: { width: 30, height: 20, channels: 3 } })
      .png({ progressive: true })
      .toBuffer();
    expect(errorOf(new Uint8Array(file))).toBe("unsupported");
  });
});
