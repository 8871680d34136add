/** Cut, changed and hostile files: a typed error, or a file that shows what the source shows. Never a hang, never grey. */
import { runAtOnce } from "../../../../src/imaging/steps.ts";
import sharp from "sharp";
import type { JpegOptions } from "sharp";
import { describe, expect, it } from "vitest";
import { estimateMemory } from "../../../../src/imaging/recompress/memory.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { optimiseJpeg } from "./optimise-jpeg.ts";
import { streamBands } from "../../../../src/imaging/jpeg/decode/read-coefficients.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { bytes, eoi, frame, segment, soi, u16 } from "../probe/bytes.ts";
import type { Part } from "../probe/bytes.ts";
import { hasCorpus } from "../../../support/pictures.ts";
import {
  djpegPixels,
  hasJpegTools,
  readCorpus,
  seededNumbers,
  sharpPixels,
  testPicture,
  withoutCorpus,
} from "./oracles.ts";
import { writeJpeg } from "./written-jpeg.ts";

/** The optimised file, or the reason why there is none. Anything thrown that is not one of the two errors fails the test. */
function tryToOptimise(jpeg: Uint8Array): Uint8Array | string {
  try {
    return optimiseJpeg(jpeg, { metadata: "keep" });
  } catch (error) {
    if (error instanceof ImagingError) return error.reason;
    throw error;
  }
}

async function sources(): Promise<[string, Uint8Array][]> {
  const open = () => sharp(testPicture(120, 88).data, { raw: { width: 120, height: 88, channels: 3 } });
  const make = async (options: JpegOptions) =>
    new Uint8Array(
      await open()
        .jpeg({ quality: 80, ...options })
        .toBuffer(),
    );
  const sequential = writeJpeg({
    width: 64,
    height: 48,
    components: [0, 1, 2].map((index) => ({
      h: 1,
      v: 1,
      coefficient: (x, y, k) => (k < 9 ? ((x + y + k + index) % 5) - 2 : 0),
    })),
    interleaved: false,
    divisor: 9,
    restartInterval: 5,
  });
  return [
    ["baseline 4:2:0", await make({})],
    ["baseline 4:4:4", await make({ chromaSubsampling: "4:4:4" })],
    ["progressive", await make({ progressive: true })],
    ["mozjpeg", await make({ mozjpeg: true })],
    ["several scans with restarts", sequential],
  ];
}

/** As sharp shows it; undefined when it does not. */
async function tryPixels(jpeg: Uint8Array): Promise<Buffer | undefined> {
  try {
    return await sharp(jpeg, { failOn: "none", autoOrient: false }).raw().toBuffer();
  } catch {
    return undefined;
  }
}

describe("writeOptimised() of damaged files", () => {
  it("refuses every file that was cut before the end of its last scan", async () => {
    for (const [title, jpeg] of await sources()) {
      const random = seededNumbers(3);
      for (let i = 0; i < 30; i++) {
        // The last few bytes may be padding and EOI, without which a picture is still whole.
        const length = Math.floor(random() * (jpeg.length - 8));
        expect(tryToOptimise(jpeg.subarray(0, length)), `${title}, ${length} bytes`).toBeTypeOf("string");
      }
    }
  });

  it("makes of every cut at the end either an error or the same picture", async () => {
    for (const [title, jpeg] of await sources()) {
      const expected = await sharpPixels(jpeg);
      for (let missing = 1; missing <= 8; missing++) {
        const optimised = tryToOptimise(jpeg.subarray(0, jpeg.length - missing));
        if (typeof optimised === "string") continue;
        expect((await sharpPixels(optimised)).equals(expected), `${title}, ${missing} bytes missing`).toBe(true);
      }
    }
  });

  it("makes of changed bytes either an error or a file with the same pixels", async () => {
    for (const [title, jpeg] of await sources()) {
      const random = seededNumbers(jpeg.length);
      let optimisedFiles = 0;
      for (let i = 0; i < 60; i++) {
        const changed = jpeg.slice();
        for (let count = 1 + Math.floor(random() ** 3 * 4); count > 0; count--)
          changed[2 + Math.floor(random() * (jpeg.length - 2))] ^= 1 << Math.floor(random() * 8);
        const optimised = tryToOptimise(changed);
        if (typeof optimised === "string") continue;
        optimisedFiles++;
        const expected = hasJpegTools ? djpegPixels(changed) : await tryPixels(changed);
        const pixels = hasJpegTools ? djpegPixels(optimised) : await tryPixels(optimised);
        expect(expected !== undefined && pixels?.equals(expected), `${title}, change ${i}`).toBe(true);
      }
      expect(optimisedFiles, title).toBeGreaterThan(0);
    }
  });

  it("survives random bytes after a valid header", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededNumbers(seed);
      const jpeg = writeJpeg({
        width: 200,
        height: 200,
        components: [{ h: 1, v: 1, coefficient: () => 0 }],
        end: bytes(),
      });
      const noise = Uint8Array.from({ length: 4000 }, () => Math.floor(random() * 256));
      expect(tryToOptimise(bytes(jpeg.subarray(0, jpeg.length - 900), noise, eoi))).toBeTypeOf("string");
    }
  });

  it.skipIf(!hasCorpus)(
    `refuses what is cut in the corpus, and does not choke on the rest of its broken files${withoutCorpus}`,
    () => {
      for (const name of [
        "trunc_1pct",
        "trunc_10pct",
        "trunc_50pct",
        "trunc_95pct",
        "bomb_65500x65500_header",
        "empty",
      ])
        expect(tryToOptimise(readCorpus(`broken/${name}.jpg`)), name).toBeTypeOf("string");
      for (const flips of [1, 4, 16, 64, 256, 1024]) tryToOptimise(readCorpus(`broken/bitflip_${flips}.jpg`));
      expect(tryToOptimise(readCorpus("broken/zero_dims_header.jpg"))).toBe("undefined-height");
      expect(tryToOptimise(readCorpus("broken/polyglot_jpeg_then_zip.jpg"))).not.toBeTypeOf("string");
    },
  );
});

const quantisation = segment(0xdb, 0, ...Array.from({ length: 64 }, () => 1));
const dcTable = segment(0xc4, 0x00, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 11]);
const acTable = segment(0xc4, 0x10, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0xf1]);
const gray = (options: Parameters<typeof frame>[0] = {}) => frame({ width: 8, height: 8, factors: [0x11], ...options });
const scanHeader = (start = 0, end = 63, bits = 0) => segment(0xda, 1, 1, 0x00, start, end, bits);
/** DC 0, end of block, padding. */
const blockData = 0b0000_1111;
const whole: Part[] = [quantisation, dcTable, acTable, gray(), scanHeader(), blockData];

function file(...parts: readonly Part[]): Uint8Array {
  return bytes(soi, ...parts, eoi);
}

describe("readJpegFrame() and writeOptimised() name the reason", () => {
  it.each<[string, Uint8Array]>([
    ["not-a-jpeg", bytes(0x89, "PNG")],
    ["missing-scan", file(quantisation, gray())],
    ["missing-frame", file(quantisation, dcTable, acTable, scanHeader(), blockData)],
    ["missing-quantisation-table", file(dcTable, acTable, gray(), scanHeader(), blockData)],
    [
      "missing-huffman-table",
      file(quantisation, dcTable, acTable, gray(), segment(0xda, 1, 1, 0x40, 0, 63, 0), blockData),
    ],
    ["bad-segment", file(segment(0xf0), ...whole)],
    ["missing-huffman-table", file(quantisation, dcTable, gray(), scanHeader(), blockData)],
    ["bad-quantisation-table", file(segment(0xdb, 0, ...Array.from({ length: 64 }, () => 0)), ...whole.slice(1))],
    ["bad-segment", file(segment(0xdb, 0, 1, 2, 3), ...whole.slice(1))],
    ["bad-segment", file([0xff, 0xe0, 0, 1], ...whole)],
    [
      "bad-huffman-table",
      file(
        quantisation,
        segment(0xc4, 0x00, [2, ...Array.from({ length: 15 }, () => 0)], [0, 1]),
        acTable,
        gray(),
        scanHeader(),
        blockData,
      ),
    ],
    ["bad-frame", file(quantisation, dcTable, acTable, gray({ factors: [0x51] }), scanHeader(), blockData)],
    ["bad-frame", file(quantisation, dcTable, acTable, gray({ width: 0 }), scanHeader(), blockData)],
    ["bad-scan", file(quantisation, dcTable, acTable, gray(), segment(0xda, 1, 2, 0, 0, 63, 0), blockData)],
    [
      "bad-scan",
      file(
        quantisation,
        dcTable,
        acTable,
        frame({ factors: [0x42, 0x21, 0x11] }),
        segment(0xda, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0),
        blockData,
      ),
    ],
    [
      "truncated",
      file(quantisation, dcTable, acTable, gray({ width: 60_000, height: 60_000 }), scanHeader(), blockData),
    ],
    ["truncated", file(quantisation, dcTable, acTable, gray({ width: 64 }), scanHeader(), 0)],
    ["bad-huffman-code", file(quantisation, dcTable, acTable, gray(), scanHeader(), 0b1111_1111, 0)],
    [
      "bad-coefficient-position",
      file(quantisation, dcTable, acTable, gray(), scanHeader(), 0b0001_1011, 0b0110_1101, 0b1011_0110, 0),
    ],
    ["extraneous-data", file(...whole, 1, 2, 3)],
    ["truncated", file(quantisation, dcTable, acTable, gray({ width: 32 }), scanHeader(), [0, 0xff, 0xff, 0], 0)],
    [
      "bad-restart-marker",
      file(
        quantisation,
        dcTable,
        acTable,
        gray({ width: 16 }),
        segment(0xdd, u16(1)),
        scanHeader(),
        blockData,
        [0xff, 0xd1],
        blockData,
      ),
    ],
    ["bad-progression", file(quantisation, dcTable, acTable, gray({ marker: 0xc2 }), scanHeader(0, 63), blockData)],
    [
      "bad-progression",
      file(quantisation, dcTable, acTable, gray({ marker: 0xc2 }), scanHeader(0, 0, 0x10), blockData),
    ],
    ["bad-progression", file(quantisation, dcTable, acTable, gray({ marker: 0xc2 }), scanHeader(1, 63), blockData)],
    [
      "incomplete-progression",
      file(quantisation, dcTable, acTable, gray({ marker: 0xc2 }), scanHeader(0, 0), blockData),
    ],
    ["repeated-scan", file(...whole, scanHeader(), blockData)],
    ["several-frames", file(quantisation, gray(), ...whole)],
    ["lossless", file(quantisation, dcTable, acTable, gray({ marker: 0xc3 }), scanHeader(), blockData)],
    ["hierarchical", file(quantisation, dcTable, acTable, gray({ marker: 0xc5 }), scanHeader(), blockData)],
    ["arithmetic-coding", file(quantisation, dcTable, acTable, gray({ marker: 0xc9 }), scanHeader(), blockData)],
    ["precision", file(quantisation, dcTable, acTable, gray({ precision: 12 }), scanHeader(), blockData)],
    [
      "components",
      file(quantisation, dcTable, acTable, gray({ factors: [0x11, 0x11, 0x11, 0x11, 0x11] }), scanHeader(), blockData),
    ],
    ["undefined-height", file(quantisation, dcTable, acTable, gray({ height: 0 }), scanHeader(), blockData)],
    ["undefined-height", file(...whole, segment(0xdc, u16(8)))],
    ["too-many-scans", file(...whole, ...Array.from({ length: 101 }, () => bytes(scanHeader(), blockData)))],
    ["too-many-segments", file(...Array.from({ length: 10_001 }, () => segment(0xfe)), ...whole)],
  ])("%s (%#)", (reason, jpeg) => {
    expect(tryToOptimise(file(...whole))).not.toBeTypeOf("string");
    expect(tryToOptimise(jpeg)).toBe(reason);
  });

  it("coefficient-range: DC coefficients that add up to more than 12 bits", () => {
    const rising = writeJpeg({
      width: 24,
      height: 8,
      components: [{ h: 1, v: 1, coefficient: (x, _, k) => (k === 0 ? x * 1500 : 0) }],
    });
    expect(tryToOptimise(rising)).toBe("coefficient-range");
  });
});

describe("estimateMemory()", () => {
  it("bounds what bands take", async () => {
    let streamed = 0;
    for (const [title, jpeg] of await sources()) {
      const header = readJpegFrame(jpeg);
      const { bands } = estimateMemory(header, jpeg.length);
      expect(bands === undefined, title).toBe(header.shape === "dense");
      if (bands === undefined) continue;
      const read = streamBands(jpeg, header, function* (_, __, planes) {
        expect(
          planes.reduce((sum, plane) => sum + plane.byteLength, 0),
          title,
        ).toBeLessThanOrEqual(bands);
        yield 0;
      });
      runAtOnce(read);
      streamed++;
    }
    expect(streamed).toBeGreaterThan(0);
  });

  it("grows with the file, not with the pixels, where the coefficients are streamed", () => {
    const make = (height: number) =>
      readJpegFrame(writeJpeg({ width: 2400, height, components: [{ h: 1, v: 1, coefficient: () => 0 }] }));
    const small = estimateMemory(make(256), 100_000);
    const large = estimateMemory(make(1024), 100_000);
    expect(large.bands).toBe(small.bands);
    // Four times the blocks, 2 bytes a coefficient.
    expect(large.jpeg - small.jpeg).toBeLessThan((300 * (128 - 32) * 64 * 2) / 10);
  });
});
