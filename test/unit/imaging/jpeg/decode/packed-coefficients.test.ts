/** Coefficients that are held in few bytes, against planes of them as sequential files bring them. */
import { describe, expect, it } from "vitest";
import { DenseComponent, estimateDenseMemory } from "../../../../../src/imaging/jpeg/decode/dense-coefficients.ts";
import { estimateMemory } from "../../../../../src/imaging/recompress/memory.ts";
import { countPaddedBlocks, naturalOrder } from "../../../../../src/imaging/jpeg/frame.ts";
import type { BandConsumer, CoefficientPlanes, JpegFrame } from "../../../../../src/imaging/jpeg/frame.ts";
import type { PackedCoefficients } from "../../../../../src/imaging/jpeg/decode/packed-coefficients.ts";
import { readPacked } from "../../../../../src/imaging/jpeg/decode/read-coefficients.ts";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import { writeJxl } from "../../../../../src/imaging/jpeg-xl/write.ts";
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { writeDense } from "../../jpeg-xl/synthetic.ts";
import { busyComponents } from "../four-components.ts";
import { hasJpegTools, runTool, seededNumbers, withoutTools } from "../oracles.ts";
import { collectInto, emptyPlanes, readPlanes } from "../read-planes.ts";
import { writeJpeg } from "../written-jpeg.ts";
import type { WrittenComponent } from "../written-jpeg.ts";

/** A frame of one component with the given divisors. */
function grayFrame(width: number, height: number, divisor = 1): JpegFrame {
  return readJpegFrame(writeJpeg({ width, height, divisor, components: [{ h: 1, v: 1, coefficient: () => 0 }] }));
}

/** All bands put together again. */
function collect(packed: PackedCoefficients, frame: JpegFrame): CoefficientPlanes {
  const planes = emptyPlanes(frame);
  runAtOnce(packed.takeBands(collectInto(planes, frame)));
  return planes;
}

/** Every magnitude that a coefficient can have, most of them where one byte is not enough. */
const loud: WrittenComponent["coefficient"] = (x, y, k) => {
  const random = seededNumbers(1 + k + 64 * (x + 1000 * y));
  random();
  if (k === 0) return Math.floor(random() * 2040) - 1020;
  return random() < 0.5 ? 0 : Math.floor(random() * 2047) - 1023;
};

describe("DenseBand", () => {
  it("holds every magnitude of either sign, also when it grows", () => {
    const band = new DenseComponent(grayFrame(64, 8), 0).band(0);
    for (let magnitude = 1; magnitude <= 8191; magnitude++) {
      band.set(3, 9, magnitude);
      band.set(3, 10, -magnitude);
      expect(band.get(3, 9)).toBe(magnitude);
      expect(band.get(3, 10)).toBe(-magnitude);
      expect(Math.sign(band.low[3 * 64 + 9])).toBe(1);
    }
    expect(band.get(3, 11)).toBe(0);
    expect(band.get(2, 9)).toBe(0);
    expect([band.hasPage(2), band.hasPage(3)]).toEqual([false, true]);
  });

  it("reads a block in zigzag order", () => {
    const band = new DenseComponent(grayFrame(64, 8), 0).band(0);
    const entries = new Int32Array(64);
    band.set(1, naturalOrder[2], -5);
    band.set(1, naturalOrder[40], 900);
    band.lastPositions[1] = 40;
    expect(band.readBlock(1, entries)).toBe(2);
    expect([...entries.subarray(0, 2)]).toEqual([(-5 << 6) | 2, (900 << 6) | 40]);
    expect(band.readBlock(0, entries)).toBe(0);
  });

  it("refuses more large coefficients than were planned for", () => {
    // 160,000 blocks; divisors of 8 leave one large coefficient in fifty of them.
    const frame = grayFrame(3200, 3200, 8);
    const dense = new DenseComponent(frame, 0);
    const fill = () => {
      for (let index = 0; index < 12; index++) {
        const band = dense.band(index);
        for (let block = 0; block < band.blocks; block++) band.set(block, 1, 128);
      }
    };
    expect(fill).toThrow("jpeg limit: too-many-coefficients");
    expect(estimateDenseMemory({ ...frame, progressive: true })).toBeLessThan((69 + 0.1 * 64) * 160_000);
  });
});

describe("PackedCoefficients", () => {
  it("gives what was written, by scans that are each of one component", () => {
    for (const factors of [
      [[1, 1]],
      [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
      [
        [1, 3],
        [1, 1],
        [2, 1],
      ],
    ] as const) {
      for (const [width, height] of [
        [20, 700],
        [333, 40],
      ] as const) {
        const components = factors.map(([h, v]) => ({ h, v, coefficient: loud }));
        const jpeg = writeJpeg({ width, height, components, interleaved: false });
        const frame = readJpegFrame(jpeg);
        const packed = runAtOnce(readPacked(jpeg, frame));
        // Int16 planes take another way through the reader.
        expect(collect(packed, frame)).toEqual(readPlanes(jpeg, frame));
      }
    }
  });

  it.skipIf(!hasJpegTools)(`gives the same from progressive files${withoutTools}`, () => {
    for (const factors of [
      [[1, 1]],
      [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
      [
        [1, 1],
        [2, 2],
        [2, 1],
        [1, 1],
      ],
    ] as const) {
      const components = factors.map(([h, v]) => ({ h, v, coefficient: loud }));
      // Whole MCUs: jpegtran gives padding blocks other coefficients.
      const jpeg = writeJpeg({ width: 96, height: 608, components });
      const progressive = new Uint8Array(runTool("jpegtran", ["-progressive"], jpeg).output);
      const frame = readJpegFrame(progressive);
      expect(frame.layout.scans.some((scan) => scan.approximationHigh > 0)).toBe(true);
      expect(collect(runAtOnce(readPacked(progressive, frame)), frame)).toEqual(readPlanes(jpeg, readJpegFrame(jpeg)));
    }
  });

  it("releases bands as they are taken", () => {
    const jpeg = writeJpeg({ width: 16, height: 520, components: busyComponents([[1, 1]]), interleaved: false });
    const packed = runAtOnce(readPacked(jpeg, readJpegFrame(jpeg)));
    const rest: boolean[] = [];
    const bands = packed.takeBands(function* (index) {
      rest.push(index === 0 || isGone(packed, index - 1));
      yield 0;
    });
    runAtOnce(bands);
    expect(rest).toEqual([true, true, true]);
    expect(isGone(packed, 2)).toBe(true);
  });

  it.skipIf(!hasJpegTools)(`makes the JPEG XL file that whole planes make${withoutTools}`, () => {
    const components = busyComponents([
      [2, 2],
      [1, 1],
      [1, 1],
    ]);
    const jpeg = writeJpeg({ width: 300, height: 600, divisor: 3, components });
    const progressive = new Uint8Array(runTool("jpegtran", ["-progressive"], jpeg).output);
    const frame = readJpegFrame(progressive);
    const file = { frame, sourceBytes: progressive.length };
    const options = { exact: false, iccProfile: undefined, orientation: 1 } as const;
    const picture = { ...file, planes: readPlanes(progressive, frame) };
    const packed = runAtOnce(readPacked(progressive, frame));
    const source = { ...file, stream: (consume: BandConsumer) => packed.takeBands(consume), dcPlanes: packed.dc };
    expect(runAtOnce(writeJxl(source, options))).toEqual(writeDense(picture, options));
  });
});

describe("estimateMemory()", () => {
  it("leaves room for progressive photographs of 24 megapixels in 96 MB, the source included", () => {
    const frame = progressiveFrame(6000, 4000, 1);
    // Sizes and divisors of qualities 80 and 85, without subsampling.
    for (const [divisor, megabytes] of [
      [4, 4.2],
      [3, 5.3],
    ] as const) {
      const sourceBytes = megabytes * 1e6;
      const { jxl, jpeg, packed } = estimateMemory(withData(withDivisor(frame, divisor), sourceBytes), sourceBytes);
      expect(jxl + sourceBytes).toBeLessThan(96e6);
      expect(jpeg + sourceBytes).toBeLessThan(96e6);
      expect(packed).toBeLessThan(0.4 * 2 * 64 * countPaddedBlocks(frame));
    }
  });
});

function isGone(packed: PackedCoefficients, index: number): boolean {
  try {
    packed.read(0, index);
    return false;
  } catch (error) {
    return error instanceof RangeError;
  }
}

/** The header of a file that nobody needs to write. */
function progressiveFrame(width: number, height: number, luma: number): JpegFrame {
  const components = [luma, 1, 1].map((factor) => ({ h: factor, v: factor, coefficient: () => 0 }));
  const small = readJpegFrame(writeJpeg({ width: 8, height: 8, components }));
  const [mcusWide, mcusHigh] = [width, height].map((pixels) => Math.ceil(pixels / (8 * luma)));
  return {
    ...small,
    width,
    height,
    mcusWide,
    mcusHigh,
    progressive: true,
    shape: "dense",
    components: small.components.map((component) => ({
      ...component,
      blocksWide: mcusWide * component.horizontalSampling,
      blocksHigh: mcusHigh * component.verticalSampling,
      paddedBlocksWide: mcusWide * component.horizontalSampling,
      paddedBlocksHigh: mcusHigh * component.verticalSampling,
    })),
  };
}

function withDivisor(frame: JpegFrame, divisor: number): JpegFrame {
  const quantisation = new Uint16Array(64).fill(divisor);
  return { ...frame, components: frame.components.map((component) => ({ ...component, quantisation })) };
}

/** As if all bytes were of its scans. */
function withData(frame: JpegFrame, dataEnd: number): JpegFrame {
  const scans = frame.layout.scans.slice(0, 1).map((scan) => ({ ...scan, dataStart: 0, dataEnd }));
  return { ...frame, layout: { ...frame.layout, scans } };
}
