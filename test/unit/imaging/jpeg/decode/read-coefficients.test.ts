/** Coefficients against those that were written, and against jpegtran's reading of the same file. */
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { describe, expect, it } from "vitest";
import type { JpegFrame } from "../../../../../src/imaging/jpeg/frame.ts";
import { naturalOrder } from "../../../../../src/imaging/jpeg/frame.ts";
import { streamBands } from "../../../../../src/imaging/jpeg/decode/read-coefficients.ts";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import { bytes } from "../../probe/bytes.ts";
import { hasCorpus } from "../../../../support/pictures.ts";
import {
  canonical,
  corpusJpegs,
  hasJpegTools,
  readCorpus,
  seededNumbers,
  withoutCorpus,
  withoutTools,
} from "../oracles.ts";
import { collectInto, emptyPlanes, readPlanes } from "../read-planes.ts";
import { writeJpeg } from "../written-jpeg.ts";
import type { WrittenComponent } from "../written-jpeg.ts";

/** A hash of the place, so that a block in a wrong place has wrong values; most coefficients 0, some as large as they get. */
function coefficientOf(component: number): WrittenComponent["coefficient"] {
  return (x, y, k) => {
    const random = seededNumbers(1 + k + 64 * (x + 1000 * (y + 1000 * component)));
    random();
    const kind = random();
    if (k === 0) return Math.floor(random() * 2040) - 1020;
    if (kind < 0.8) return 0;
    if (kind < 0.98) return Math.floor(random() * 9) - 4;
    return random() < 0.5 ? 1023 : -1023;
  };
}

function components(...factors: readonly (readonly [number, number])[]): WrittenComponent[] {
  return factors.map(([h, v], index) => ({ h, v, coefficient: coefficientOf(index) }));
}

/** Blocks whose coefficients differ from what was written; only those that the scans carry. */
function countWrongBlocks(frame: JpegFrame, planes: readonly Int16Array[], interleaved: boolean): number {
  let wrong = 0;
  for (const [index, component] of frame.components.entries()) {
    const coefficient = coefficientOf(index);
    const wide = interleaved ? component.paddedBlocksWide : component.blocksWide;
    const high = interleaved ? component.paddedBlocksHigh : component.blocksHigh;
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const at = (y * component.paddedBlocksWide + x) * 64;
        for (let k = 0; k < 64; k++) {
          if (planes[index][at + naturalOrder[k]] === coefficient(x, y, k)) continue;
          wrong++;
          break;
        }
      }
    }
  }
  return wrong;
}

/** All bands put together again. */
function collectBands(jpeg: Uint8Array, frame: JpegFrame): Int16Array[] {
  const planes = emptyPlanes(frame);
  let expectedBand = 0;
  const read = streamBands(jpeg, frame, (band, firstBlockRow, bandPlanes) => {
    expect(band).toBe(expectedBand++);
    expect(firstBlockRow).toBe(band * frame.bandBlockRows);
    return collectInto(planes, frame)(band, firstBlockRow, bandPlanes);
  });
  runAtOnce(read);
  expect(expectedBand).toBe(Math.ceil((frame.mcusHigh * frame.maxVerticalSampling) / frame.bandBlockRows));
  return planes;
}

const factorPairs: [number, number][] = [1, 2, 3, 4].flatMap((h) => [1, 2, 3, 4].map((v): [number, number] => [h, v]));

describe("decodeSequentialScan() and readDense()", () => {
  it("reads components of any sampling factors, each alone in its scan", () => {
    for (const first of factorPairs) {
      const jpeg = writeJpeg({
        width: 71,
        height: 45,
        components: components(first, [2, 1], [1, 3]),
        interleaved: false,
      });
      const frame = readJpegFrame(jpeg);
      expect(frame.shape).toBe("dense");
      expect(countWrongBlocks(frame, readPlanes(jpeg, frame), false), first.join("x")).toBe(0);
    }
  });

  it("reads interleaved components of any sampling factors that an MCU may hold, padding blocks included", () => {
    for (const first of factorPairs) {
      for (const second of factorPairs) {
        if (first[0] * first[1] + second[0] * second[1] > 9) continue;
        const jpeg = writeJpeg({ width: 71, height: 45, components: components(first, second, [1, 1]) });
        const frame = readJpegFrame(jpeg);
        expect(frame.shape).toBe("streamed");
        expect(countWrongBlocks(frame, readPlanes(jpeg, frame), true), `${first.join("x")} ${second.join("x")}`).toBe(
          0,
        );
      }
    }
  });

  it.each([1, 2, 3, 4])("reads %i components", (count) => {
    const jpeg = writeJpeg({
      width: 33,
      height: 17,
      components: components(...Array.from({ length: count }, () => [1, 1] as const)),
    });
    const frame = readJpegFrame(jpeg);
    expect(frame.components).toHaveLength(count);
    expect(countWrongBlocks(frame, readPlanes(jpeg, frame), true)).toBe(0);
  });

  it("takes a single component by its blocks, whatever its sampling factors", () => {
    const jpeg = writeJpeg({ width: 33, height: 17, components: components([2, 2]) });
    const frame = readJpegFrame(jpeg);
    expect(frame).toMatchObject({ mcusWide: 5, mcusHigh: 3 });
    expect(countWrongBlocks(frame, readPlanes(jpeg, frame), true)).toBe(0);
  });

  it("reads restart intervals of every length, with fill bytes in front of the markers", () => {
    for (const restartInterval of [1, 2, 3, 7, 8, 9, 200]) {
      const jpeg = writeJpeg({
        width: 100,
        height: 60,
        components: components([2, 2], [1, 1], [1, 1]),
        restartInterval,
        fill: [0xff, 0xff],
      });
      const frame = readJpegFrame(jpeg);
      expect(frame.restartInterval).toBe(restartInterval);
      expect(countWrongBlocks(frame, readPlanes(jpeg, frame), true)).toBe(0);
    }
  });

  it("reads every size from 1 × 1 to 17 × 33", () => {
    for (let width = 1; width <= 17; width++) {
      for (let height = 1; height <= 33; height += width % 3 === 0 ? 1 : 4) {
        const jpeg = writeJpeg({ width, height, components: components([2, 2], [1, 1], [1, 1]) });
        const frame = readJpegFrame(jpeg);
        expect(countWrongBlocks(frame, readPlanes(jpeg, frame), true), `${width} × ${height}`).toBe(0);
      }
    }
  });

  it("accepts what decoders accept after the last scan: nothing, garbage, zeros, one restart marker too many", () => {
    for (const end of [
      [],
      [0xff, 0xd9, 1, 2, 0xff, 0xd8, 3],
      [0, 0, 0, 0xff, 0xd9],
      [0xff, 0xd0, 0xff, 0xd9],
      [0xff, 0xff, 0xff, 0xd9],
    ]) {
      const jpeg = writeJpeg({ width: 20, height: 20, components: components([1, 1]), end: bytes(end) });
      const frame = readJpegFrame(jpeg);
      expect(countWrongBlocks(frame, readPlanes(jpeg, frame), true)).toBe(0);
    }
  });

  it.skipIf(!hasCorpus || !hasJpegTools)(
    `reads what jpegtran reads, in every JPEG of the corpus${withoutCorpus || withoutTools}`,
    () => {
      for (const path of corpusJpegs) {
        const source = readCorpus(path);
        const sequential = new Uint8Array(canonical(source));
        const frame = readJpegFrame(source);
        const other = readJpegFrame(sequential);
        const planes = readPlanes(source, frame);
        const otherPlanes = readPlanes(sequential, other);
        expect(other.progressive, path).toBe(false);
        for (const [index, component] of frame.components.entries()) {
          expect(other.components[index].quantisation, path).toEqual(component.quantisation);
          const { blocksWide, blocksHigh, paddedBlocksWide } = component;
          let wrongRows = 0;
          for (let y = 0; y < blocksHigh; y++) {
            const row = (from: readonly Int16Array[]) =>
              bufferOf(from[index].subarray(y * paddedBlocksWide * 64, (y * paddedBlocksWide + blocksWide) * 64));
            if (!row(planes).equals(row(otherPlanes))) wrongRows++;
          }
          expect(wrongRows, `${path}, component ${index}`).toBe(0);
        }
      }
    },
  );
});

function bufferOf(values: Int16Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

describe("streamBands()", () => {
  it.each([
    [
      "4:2:0",
      [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      "4:4:4",
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      "three rows of luma",
      [
        [1, 3],
        [1, 1],
        [1, 2],
      ],
    ],
    [
      "four rows of luma",
      [
        [1, 4],
        [1, 2],
        [1, 1],
      ],
    ],
    ["gray", [[1, 1]]],
    [
      "luma subsampled",
      [
        [1, 1],
        [2, 2],
        [2, 2],
      ],
    ],
  ] as [string, [number, number][]][])("hands on the same coefficients in bands: %s", (_, factors) => {
    for (const height of [1, 255, 256, 257, 600]) {
      const jpeg = writeJpeg({ width: 19, height, components: components(...factors) });
      const frame = readJpegFrame(jpeg);
      expect(countWrongBlocks(frame, collectBands(jpeg, frame), true), `height ${height}`).toBe(0);
    }
  });

  it("refuses the dense shape", () => {
    const jpeg = writeJpeg({ width: 8, height: 8, components: components([1, 1], [1, 1], [1, 1]), interleaved: false });
    const frame = readJpegFrame(jpeg);
    expect(() => collectBands(jpeg, frame)).toThrow(RangeError);
  });

  it("takes MCUs into account when a single component has factors of its own", () => {
    const jpeg = writeJpeg({ width: 40, height: 300, components: components([2, 4]) });
    const frame = readJpegFrame(jpeg);
    expect(frame.bandBlockRows).toBe(32);
    expect(countWrongBlocks(frame, collectBands(jpeg, frame), true)).toBe(0);
  });
});
