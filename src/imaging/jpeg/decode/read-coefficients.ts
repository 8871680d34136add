import { releaseBuffers } from "../../bytes/release.ts";
import { DenseComponent } from "./dense-coefficients.ts";
import { HuffmanTables } from "./huffman-tables.ts";
import { naturalOrder } from "../frame.ts";
import type { BandConsumer, CoefficientPlanes, JpegFrame, JpegScan } from "../frame.ts";
import { PackedCoefficients } from "./packed-coefficients.ts";
import { decodeProgressiveAcScan, decodeProgressiveDcScan } from "./progressive-scan.ts";
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

/** Decodes a JPEG of the dense shape and holds all its coefficients, `estimatePackedMemory()`. Throws an `ImagingError`. */
export function* readPacked(bytes: Uint8Array, frame: JpegFrame): Steps<PackedCoefficients> {
  const packed = new PackedCoefficients(frame);
  yield* readComponents(bytes, frame, packed.dc, (index, dense) => packed.pack(index, dense));
  return packed;
}

/**
 * Decodes a JPEG one component after the other, each of which `take` releases: all that a scan of AC coefficients of a
 * progressive JPEG depends on are earlier ones of its own component (ITU T.81 §G.1.1.1.1). Those of a sequential one bring
 * whole blocks.
 * @param dc planes of the padded grid for the DC coefficients
 */
export function* readComponents(
  bytes: Uint8Array,
  frame: JpegFrame,
  dc: readonly Int16Array[],
  take: (index: number, dense: DenseComponent) => Steps<void>,
): Steps<void> {
  const { scans } = frame.layout;
  if (!frame.progressive) {
    const tables = new HuffmanTables(bytes, frame);
    for (const scan of scans) yield* readWholeScan(bytes, frame, scan, tables, dc, take);
    return;
  }
  const dcTables = new HuffmanTables(bytes, frame);
  for (const scan of scans)
    if (scan.spectralStart === 0) yield* decodeProgressiveDcScan(bytes, frame, scan, dcTables, dc);
  for (const index of frame.components.keys()) {
    const tables = new HuffmanTables(bytes, frame);
    const dense = new DenseComponent(frame, index);
    for (const scan of scans) {
      if (scan.spectralStart === 0 || scan.components[0] !== index) continue;
      yield* decodeProgressiveAcScan(bytes, frame, scan, tables, dense);
    }
    yield* take(index, dense);
  }
}

function* readWholeScan(
  bytes: Uint8Array,
  frame: JpegFrame,
  scan: JpegScan,
  tables: HuffmanTables,
  dc: readonly Int16Array[],
  take: (index: number, dense: DenseComponent) => Steps<void>,
): Steps<void> {
  const components = new Map(scan.components.map((index) => [index, new DenseComponent(frame, index)]));
  const widths = frame.components.map(({ paddedBlocksWide }) => paddedBlocksWide);
  yield* decodeSequentialScan(bytes, frame, scan, tables, {
    nanosecondsPerBlock: 100,
    putBlock(component, x, y, entries, count) {
      const dense = components.get(component);
      if (dense === undefined) return;
      const rows = dense.bandRows;
      const band = dense.band(Math.floor(y / rows));
      const block = (y % rows) * widths[component] + x;
      dc[component][y * widths[component] + x] = entries[0] >> 6;
      for (let i = 1; i < count; i++) band.set(block, naturalOrder[entries[i] & 63], entries[i] >> 6);
      band.lastPositions[block] = entries[count - 1] & 63;
    },
  });
  for (const [index, dense] of components) yield* take(index, dense);
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
