/** The header's facts against what was written into it, and against ExifTool's reading of the corpus. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { bytes, fixture, segment, soi } from "../probe/bytes.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { corpusJpegs, readCorpus, withoutCorpus } from "./oracles.ts";
import { writeJpeg } from "./written-jpeg.ts";
import type { WrittenJpeg } from "./written-jpeg.ts";

const flat = (h: number, v: number) => ({ h, v, coefficient: () => 0 });
const colour = [flat(2, 2), flat(1, 1), flat(1, 1)];

function read(description: Partial<WrittenJpeg> = {}): ReturnType<typeof readJpegFrame> {
  return readJpegFrame(writeJpeg({ width: 35, height: 19, components: colour, ...description }));
}

describe("readJpegFrame()", () => {
  it("reads sizes, sampling factors and block grids (T.81 §A.2.4)", () => {
    const frame = read();
    expect(frame).toMatchObject({ width: 35, height: 19, precision: 8, progressive: false, mcusWide: 3, mcusHigh: 2 });
    expect(frame).toMatchObject({
      maxHorizontalSampling: 2,
      maxVerticalSampling: 2,
      bandBlockRows: 32,
      shape: "streamed",
    });
    expect(frame.components[0]).toMatchObject({ id: 1, horizontalSampling: 2, verticalSampling: 2 });
    expect(frame.components[0]).toMatchObject({
      blocksWide: 5,
      blocksHigh: 3,
      paddedBlocksWide: 6,
      paddedBlocksHigh: 4,
    });
    expect(frame.components[2]).toMatchObject({
      blocksWide: 3,
      blocksHigh: 2,
      paddedBlocksWide: 3,
      paddedBlocksHigh: 2,
    });
  });

  it("makes bands of whole MCU rows", () => {
    expect(read({ components: [flat(1, 3), flat(1, 1), flat(1, 1)] }).bandBlockRows).toBe(30);
    expect(read({ components: [flat(1, 4), flat(1, 1), flat(1, 1)] }).bandBlockRows).toBe(32);
  });

  it("calls several scans dense", () => {
    expect(read({ interleaved: false }).shape).toBe("dense");
    expect(read({ interleaved: false, components: [flat(1, 1)] }).shape).toBe("streamed");
  });

  it("takes the quantisation table in force at the component's first scan, in natural order", () => {
    const rising = segment(0xdb, 0, ...Array.from({ length: 64 }, (_, k) => k + 1));
    const late = bytes(rising, [0xff, 0xd9]);
    expect(read({ divisor: 7, end: late }).components[0].quantisation).toEqual(new Uint16Array(64).fill(7));
    // Zigzag positions 0 to 5 lie at (0,0), (1,0), (0,1), (0,2), (1,1), (2,0): T.81 Figure A.6.
    const table = read({ extra: [rising] }).components[0].quantisation;
    expect([table[0], table[1], table[8], table[16], table[9], table[2], table[63]]).toEqual([1, 2, 3, 4, 5, 6, 64]);
    expect(read({ divisor: 300 }).components[0].quantisation[5]).toBe(300);
  });

  it("reads JFIF, Adobe and the restart interval, and leaves alone what is too short to be one", () => {
    const jfif = segment(0xe0, "JFIF\0", 1, 2, 0, 0, 72, 0, 72, 0, 0);
    const adobe = segment(0xee, "Adobe", 0, 100, 0, 0, 0, 0, 2);
    expect(read()).toMatchObject({ jfif: false, adobeTransform: undefined, restartInterval: 0, orientation: 1 });
    expect(read({ extra: [jfif, adobe], restartInterval: 4 })).toMatchObject({
      jfif: true,
      adobeTransform: 2,
      restartInterval: 4,
    });
    const short = [segment(0xe0, "JFIF\0", 1, 2), segment(0xee, "Adobe", 0, 100)];
    expect(read({ extra: short })).toMatchObject({ jfif: false, adobeTransform: undefined });
  });

  it("joins the chunks of a profile in their order, and drops those that contradict each other", async () => {
    const chunk = (number: number, count: number, text: string) => segment(0xe2, "ICC_PROFILE\0", number, count, text);
    expect(read({ extra: [chunk(2, 2, "cd"), chunk(1, 2, "ab")] }).iccProfile).toEqual(bytes("abcd"));
    expect(read()).toMatchObject({ iccProfile: undefined, hasIcc: false });
    for (const extra of [
      [chunk(1, 2, "ab")],
      [chunk(1, 1, "ab"), chunk(1, 1, "ab")],
      [chunk(1, 2, "ab"), chunk(2, 2, "")],
    ])
      expect(read({ extra })).toMatchObject({ iccProfile: undefined, hasIcc: true });
    const jpeg = fixture("sideways_bench_orient5_icc.jpg");
    const { icc } = await sharp(jpeg).metadata();
    expect(icc).toBeDefined();
    expect(readJpegFrame(jpeg).iccProfile).toEqual(new Uint8Array(icc ?? []));
    expect(readJpegFrame(jpeg).orientation).toBe(5);
  });

  it("does not read beyond the end of the image", () => {
    const behind = bytes([0xff, 0xd9], soi, segment(0xc0, 8, 0, 1, 0, 1, 1, 1, 0x11, 0));
    expect(read({ end: behind }).width).toBe(35);
  });

  it.skipIf(!hasCorpus)(`agrees with ExifTool about every JPEG of the corpus${withoutCorpus}`, () => {
    const expectations = JSON.parse(readFileSync(`${corpus}expected.json`, "utf8")) as Record<
      string,
      {
        ImageWidth: number;
        ImageHeight: number;
        Orientation?: number;
        EncodingProcess: number;
        ColorComponents: number;
      }
    >;
    for (const path of corpusJpegs) {
      const expected = expectations[path];
      const frame = readJpegFrame(readCorpus(path));
      expect([frame.width, frame.height], path).toEqual([expected.ImageWidth, expected.ImageHeight]);
      expect(frame.orientation, path).toBe(expected.Orientation ?? 1);
      // ExifTool: 0 baseline, 1 extended, 2 progressive.
      expect(frame.progressive, path).toBe(expected.EncodingProcess === 2);
      expect(frame.components.length, path).toBe(expected.ColorComponents);
    }
  });
});
