/** Files that were cut, damaged or built to take long: no wrong size, no other error, no endless work. */
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { type DecodedTiff, decodeTiff } from "../../../../src/imaging/tiff/decode.ts";
import { hasEndMarker } from "../../../../src/imaging/probe/end-marker.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { allocatedBytes } from "../../../support/allocated-bytes.ts";
import { sampleNumbers, writeTiff } from "../../../support/write-tiff.ts";

const bilevel = new Uint8Array(readFileSync(new URL("../../../fixtures/kodim10_bilevel_g4.tif", import.meta.url)));
const files = new Map<string, Uint8Array>([["Group 4 fax", bilevel]]);

beforeAll(async () => {
  const picture = sharp(new URL("../../../fixtures/stream.jpg", import.meta.url).pathname).resize(90, 60);
  for (const compression of ["none", "lzw", "deflate", "packbits", "jpeg"] as const) {
    files.set(compression, new Uint8Array(await picture.clone().tiff({ compression }).toBuffer()));
  }
  const shared = {
    width: 40,
    height: 30,
    bits: 8,
    channels: 4,
    photometric: 5,
    samples: sampleNumbers(4800, 8),
  } as const;
  files.set("planar", await writeTiff({ ...shared, compression: "deflate", planar: true, predictor: true }));
  files.set("tiled", await writeTiff({ ...shared, order: "MM", bigTiff: true, compression: "lzw", tile: [16, 16] }));
});

const names = ["Group 4 fax", "none", "lzw", "deflate", "packbits", "jpeg", "planar", "tiled"];

/** Undefined when it is refused, which is the only other thing that may happen. */
async function decodeOrRefuse(file: Uint8Array): Promise<DecodedTiff | undefined> {
  let picture: DecodedTiff | undefined;
  try {
    picture = await decodeTiff(file);
  } catch (error) {
    expect(error).toBeInstanceOf(ImagingError);
    expect(error).toMatchObject({ format: "tiff" });
    expect((error as ImagingError).kind).not.toBe("codec");
  }
  if (picture !== undefined) expect(picture.data.length).toBe(picture.width * picture.height * 4);
  return picture;
}

it("refuses JPEG tables and blocks that do not begin as a JPEG does, as libtiff does", async () => {
  const sound = files.get("jpeg") ?? new Uint8Array();
  const beginnings = [...sound.keys()].filter((at) => sound[at] === 0xff && sound[at + 1] === 0xd8);
  expect(beginnings.length).toBeGreaterThanOrEqual(2);
  for (const at of beginnings) {
    const file = sound.with(at + 1, 3);
    await expect(decodeTiff(file)).rejects.toMatchObject({ kind: "damaged" });
  }
});

describe("decodeTiff() of cut files", () => {
  it.each(names)("refuses every cut of %s, or gives the whole picture", async (name) => {
    const file = files.get(name) ?? new Uint8Array();
    const whole = await decodeOrRefuse(file);
    expect(whole).toBeDefined();
    for (let length = 0; length < file.length; length += 1 + Math.floor(file.length / 160)) {
      const cut = file.subarray(0, length);
      const picture = await decodeOrRefuse(cut);
      if (picture !== undefined) expect(picture.data).toEqual(whole?.data);
      // What the header gives away before anything is decoded is enough to see it.
      const facts = await probeImage(cut);
      if (facts?.width !== undefined) expect(hasEndMarker("tiff", cut)).toBe(picture !== undefined);
    }
  });
});

describe("decodeTiff() of damaged files", () => {
  it.each(names)("survives flipped bits in %s, with the size that the header says", async (name) => {
    const original = files.get(name) ?? new Uint8Array();
    const random = sampleNumbers(4000, 16, 7);
    for (let round = 0, drawn = 0; round < 160; round++) {
      const file = original.slice();
      for (let flips = 1 << (round % 4); flips > 0; flips--) {
        const at = ((random[drawn++] ?? 0) * 65_536 + (random[drawn++] ?? 0)) % file.length;
        file[at] = (file[at] ?? 0) ^ (1 << ((random[drawn] ?? 0) & 7));
      }
      const facts = await probeImage(file);
      // A larger size than that of the original would be the planner's to refuse.
      if ((facts?.width ?? 0) * (facts?.height ?? 0) > 1e6) continue;
      const picture = await decodeOrRefuse(file);
      if (picture !== undefined) expect([picture.width, picture.height]).toEqual([facts?.width, facts?.height]);
    }
  });

  it.each(names)("survives numbers set to extremes in the directory of %s", async (name) => {
    const original = files.get(name) ?? new Uint8Array();
    const at = directoryOf(original) + 2;
    for (let field = at; field < Math.min(at + 300, original.length - 4); field += 4) {
      for (const extreme of [0, 1, 0x7fffffff, 0xffffffff, 0x00010000]) {
        const file = original.slice();
        new DataView(file.buffer).setUint32(field, extreme, true);
        const facts = await probeImage(file);
        if ((facts?.width ?? 0) * (facts?.height ?? 0) > 1e6) continue;
        const picture = await decodeOrRefuse(file);
        if (picture !== undefined) expect([picture.width, picture.height]).toEqual([facts?.width, facts?.height]);
      }
    }
  });

  it("notices a wrong checksum of Deflate", async () => {
    const file = (files.get("planar") ?? new Uint8Array()).slice();
    const packed = deflateSync(new Uint8Array(100));
    expect(packed.length).toBeGreaterThan(6);
    const view = new DataView(file.buffer);
    const firstStrip = 8;
    // The last four bytes of the first strip, whose length is in the directory.
    const lengths = fieldOf(file, 279);
    const end = firstStrip + view.getUint32(lengths, true);
    file[end - 1] = (file[end - 1] ?? 0) ^ 1;
    expect(await decodeOrRefuse(file)).toBeUndefined();
  });
});

describe("decodeTiff() of files built to take long", () => {
  const shape = { width: 100, height: 100, bits: 8, channels: 1, photometric: 1, samples: [] } as const;

  it("holds no more than the picture for a Deflate strip that inflates to 400 MB", async () => {
    const bomb = deflateSync(new Uint8Array(400_000_000), { level: 1 });
    const file = await writeTiff({
      ...shape,
      fields: { 259: { short: [8] }, 273: { long: [8] }, 279: { long: [bomb.length] } },
    });
    const joined = new Uint8Array(file.length + bomb.length);
    joined.set(file);
    joined.set(bomb, file.length);
    new DataView(joined.buffer).setUint32(fieldOf(file, 273), file.length, true);
    const allocated = await allocatedBytes(async () => {
      await expect(decodeTiff(joined)).rejects.toThrow("more bytes than the block has");
    });
    expect(allocated).toBeLessThan(1_000_000);
  });

  it("stops at the end of the picture in an LZW or PackBits strip that goes on", async () => {
    for (const compression of ["lzw", "packbits"] as const) {
      const long = await writeTiff({ ...shape, height: 400, rowsPerStrip: 400, samples: [], compression });
      const view = new DataView(long.buffer);
      view.setUint16(fieldOf(long, 257), 3, true);
      expect((await decodeOrRefuse(long))?.height).toBe(3);
    }
  });

  it("refuses 2^16 directories in a row", async () => {
    const thumbnail = { 254: { long: [1] } };
    const file = await writeTiff({ ...shape, further: Array.from({ length: 300 }, () => thumbnail) });
    expect(await decodeOrRefuse(file)).toBeUndefined();
  });
});

/** Offset of the directory of a file with 4-byte offsets or 8-byte ones. */
function directoryOf(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const little = file[0] === 0x49;
  return view.getUint16(2, little) === 43 ? Number(view.getBigUint64(8, little)) : view.getUint32(4, little);
}

/** Offset of the first value of a field that fits its entry; little-endian, 4-byte offsets. */
function fieldOf(file: Uint8Array, tag: number): number {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const directory = directoryOf(file);
  for (let index = 0; index < view.getUint16(directory, true); index++) {
    const entry = directory + 2 + index * 12;
    if (view.getUint16(entry, true) !== tag) continue;
    const size = view.getUint16(entry + 2, true) === 3 ? 2 : 4;
    return view.getUint32(entry + 4, true) * size <= 4 ? entry + 8 : view.getUint32(entry + 8, true);
  }
  throw new Error(`no field ${tag}`);
}
