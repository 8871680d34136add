import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { decodeTiff } from "../../../../src/imaging/tiff/decode.ts";
import { sampleNumbers, type TiffSpec, writeTiff } from "../../../support/write-tiff.ts";

/** The compressions lean on the runtime's streams and typed arrays, so they are tried in the real one too. */
const base = {
  width: 61,
  height: 37,
  bits: 8,
  channels: 4,
  photometric: 5,
  samples: sampleNumbers(61 * 37 * 4, 8),
} as const satisfies TiffSpec;

describe("decodeTiff() in workerd", () => {
  it.each<[string, Partial<TiffSpec>]>([
    ["uncompressed", {}],
    ["Deflate", { compression: "deflate" }],
    ["Deflate in many strips", { compression: "deflate", rowsPerStrip: 1 }],
    ["Deflate in planes, of differences", { compression: "deflate", planar: true, predictor: true }],
    ["LZW in tiles", { compression: "lzw", tile: [16, 16] }],
    ["PackBits, big-endian BigTIFF", { compression: "packbits", order: "MM", bigTiff: true }],
  ])("gives the CMYK that was written: %s", async (_, layout) => {
    const picture = await decodeTiff(await writeTiff({ ...base, ...layout }));
    expect(picture).toMatchObject({ width: 61, height: 37, kind: "cmyk", orientation: 1 });
    expect(picture.data).toEqual(Uint8ClampedArray.from(base.samples));
  });

  it("gives the nearest 8 bits of 16, in either byte order, of differences too", async () => {
    const samples = sampleNumbers(61 * 37 * 3, 16);
    const expected = Uint8ClampedArray.from({ length: 61 * 37 * 4 }, (__, at) =>
      at % 4 === 3 ? 255 : Math.round((samples[Math.floor(at / 4) * 3 + (at % 4)] ?? 0) / 257),
    );
    for (const order of ["II", "MM"] as const) {
      const spec: TiffSpec = { ...base, bits: 16, channels: 3, photometric: 2, samples, order };
      const picture = await decodeTiff(await writeTiff({ ...spec, compression: "deflate", predictor: true }));
      expect(picture.kind).toBe("rgb");
      expect(picture.data).toEqual(expected);
    }
  });

  it("refuses a Deflate strip that is cut, damaged or wrongly summed", async () => {
    const file = await writeTiff({ ...base, compression: "deflate" });
    const strip = 8;
    const end = stripEnd(file, strip);
    for (const at of [strip, strip + 20, end - 1]) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x11;
      await expect(decodeTiff(damaged)).rejects.toThrow(ImagingError);
    }
    const cut = await writeTiff({ ...base, compression: "deflate", fields: { 279: { long: [end - strip - 200] } } });
    await expect(decodeTiff(cut)).rejects.toThrow(ImagingError);
  });

  it("decodes many at once", async () => {
    const file = await writeTiff({ ...base, compression: "deflate", rowsPerStrip: 5 });
    const pictures = await Promise.all(Array.from({ length: 8 }, () => decodeTiff(file)));
    for (const { data } of pictures) expect(data).toEqual(Uint8ClampedArray.from(base.samples));
  });
});

/** After the only strip of a little-endian file, from the field StripByteCounts. */
function stripEnd(file: Uint8Array<ArrayBuffer>, start: number): number {
  const view = new DataView(file.buffer);
  const directory = view.getUint32(4, true);
  for (let entry = directory + 2; entry < file.length - 12; entry += 12) {
    if (view.getUint16(entry, true) === 279) return start + view.getUint32(entry + 8, true);
  }
  throw new Error("no StripByteCounts");
}
