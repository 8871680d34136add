import { releaseBuffers } from "../../bytes/release.ts";
import { DenseCoefficients } from "./dense-coefficients.ts";
import { HuffmanTables } from "./huffman-tables.ts";
import { naturalOrder } from "../frame.ts";
import type { BandConsumer, CoefficientPlanes, JpegFrame } from "../frame.ts";
import { decodeProgressiveScan } from "./progressive-scan.ts";
import { decodeSequentialScan } from "./sequential-scan.ts";
import type { BlockConsumer } from "./sequential-scan.ts";
import type { Requantiser } from "../requantise/requantiser.ts";
import type { Steps } from "../../steps.ts";

/** Time to clear a byte of a band. */
const nanosecondsPerClearedByte = 0.1;

/**
 * Decodes a JPEG of the `streamed` shape and hands on its coefficients band by band, top to bottom. Holds one band. A
 * fault may show only after bands were handed on: nothing may be done with them before this returns.
 *
 * @param requantiser changes all coefficients on the way
 * @throws ImagingError for what the file holds; RangeError for a frame of the dense shape
 */
export function* streamBands(
  bytes: Uint8Array,
  frame: JpegFrame,
  consume: BandConsumer,
  requantiser?: Requantiser,
): Steps<void> {
  if (frame.shape !== "streamed") throw new RangeError("this JPEG cannot be read in bands");
  const mcuRowsPerBand = frame.bandBlockRows / frame.maxVerticalSampling;
  const planes = frame.components.map(
    ({ paddedBlocksWide, verticalSampling }) =>
      new Int16Array(paddedBlocksWide * Math.min(mcuRowsPerBand, frame.mcusHigh) * verticalSampling * 64),
  );
  const scatter = scatterInto(frame, planes);
  let band = 0;
  yield* decodeSequentialScan(bytes, frame, frame.layout.scans[0], new HuffmanTables(bytes, frame), {
    nanosecondsPerBlock: 50,
    putBlock(component, x, y, entries, count) {
      const firstRow = band * mcuRowsPerBand * frame.components[component].verticalSampling;
      if (requantiser === undefined) return scatter(component, x, y - firstRow, entries, count);
      entries[0] = requantiser.dc(component, entries[0] >> 6) << 6;
      scatter(component, x, y - firstRow, entries, requantiser.ac(component, entries, 1, count));
    },
    *endMcuRow(row) {
      if ((row + 1) % mcuRowsPerBand !== 0 && row + 1 < frame.mcusHigh) return;
      yield* consume(band, band * frame.bandBlockRows, planes);
      band++;
      if (row + 1 === frame.mcusHigh) {
        releaseBuffers(planes);
        return;
      }
      for (const plane of planes) {
        plane.fill(0);
        yield plane.byteLength * nanosecondsPerClearedByte;
      }
    },
  });
}

/** Decodes a JPEG of either shape and holds all its coefficients, `estimateDenseMemory()`. Throws an `ImagingError`. */
export function* readDense(bytes: Uint8Array, frame: JpegFrame): Steps<DenseCoefficients> {
  const dense = new DenseCoefficients(frame);
  const tables = new HuffmanTables(bytes, frame);
  if (frame.progressive) {
    for (const scan of frame.layout.scans) yield* decodeProgressiveScan(bytes, frame, scan, tables, dense);
    return dense;
  }
  const consumer: BlockConsumer = { putBlock: putInto(frame, dense), nanosecondsPerBlock: 100 };
  for (const scan of frame.layout.scans) yield* decodeSequentialScan(bytes, frame, scan, tables, consumer);
  return dense;
}

/** From entries in zigzag order to places in natural order; the planes are 0 there. */
function scatterInto(frame: JpegFrame, planes: CoefficientPlanes): BlockConsumer["putBlock"] {
  const widths = frame.components.map(({ paddedBlocksWide }) => paddedBlocksWide);
  return (component, x, y, entries, count) => {
    const plane = planes[component];
    const at = (y * widths[component] + x) * 64;
    for (let i = 0; i < count; i++) {
      const entry = entries[i];
      plane[at + naturalOrder[entry & 63]] = entry >> 6;
    }
  };
}

function putInto(frame: JpegFrame, dense: DenseCoefficients): BlockConsumer["putBlock"] {
  const widths = frame.components.map(({ paddedBlocksWide }) => paddedBlocksWide);
  const bandRows = frame.components.map((_, index) => dense.bandRows(index));
  return (component, x, y, entries, count) => {
    const rows = bandRows[component];
    const band = dense.band(component, Math.floor(y / rows));
    const block = (y % rows) * widths[component] + x;
    dense.dc[component][y * widths[component] + x] = entries[0] >> 6;
    for (let i = 1; i < count; i++) band.set(block, naturalOrder[entries[i] & 63], entries[i] >> 6);
    band.lastPositions[block] = entries[count - 1] & 63;
  };
}
