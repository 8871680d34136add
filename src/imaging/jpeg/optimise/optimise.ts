import { releaseBuffers } from "../../bytes/release.ts";
import { chooseScans, totalBits } from "./choose-scans.ts";
import { JpegByteWriter } from "./byte-writer.ts";
import { naturalOrder } from "../frame.ts";
import type { JpegFrame } from "../frame.ts";
import { marker } from "../marker.ts";
import { writeMetadata } from "./metadata.ts";
import type { OptimisedMetadata } from "./metadata.ts";
import { tableOf, tokeniseScan } from "./scan-plan.ts";
import type { CodedScan, ScanPlan } from "./scan-plan.ts";
import type { SparseBlocks } from "../decode/sparse-blocks.ts";
import type { Steps } from "../../steps.ts";

/**
 * The same coefficients in fewer bytes: optimal Huffman tables, and the progressive or sequential scans that come out
 * smallest (ITU T.81), and the memory of the coefficients is given back. Restart intervals, fill bytes, thumbnails in JFIF and everything after EOI are dropped, and
 * coefficients that no pixel depends on: those of the blocks that pad the picture to whole MCUs.
 *
 * The caller judges `readJpegFrame()` and `estimateMemory()` before. The result may be larger than the source: compare.
 * @param bytes the source, for its metadata
 */
export function* writeOptimised(
  bytes: Uint8Array,
  frame: JpegFrame,
  sparse: SparseBlocks,
  metadata: OptimisedMetadata,
): Steps<Uint8Array<ArrayBuffer>> {
  const scans = yield* chooseScans(sparse, frame);
  const expectedDataBytes = Math.ceil(totalBits(scans) / 8);
  const writer = new JpegByteWriter(Math.ceil(expectedDataBytes * 1.02) + 100_000);
  writer.marker(marker.SOI);
  writeMetadata(writer, bytes, frame, metadata);
  yield* writeCodedPicture(writer, frame, sparse, scans);
  sparse.release();
  writer.marker(marker.EOI);
  return writer.finish();
}

/** Time to write a token. */
const nanosecondsPerToken = 10;

/** Everything between the metadata and EOI. */
function* writeCodedPicture(
  writer: JpegByteWriter,
  frame: JpegFrame,
  sparse: SparseBlocks,
  scans: readonly CodedScan[],
): Steps<void> {
  const { tables, tableOfComponent } = shareQuantisationTables(frame);
  writer.segment(marker.DQT, quantisationPayload(tables));
  writer.segment(frameMarker(scans, tables), framePayload(frame, tableOfComponent));
  for (const scan of scans) {
    if (scan.tables.length > 0) writer.segment(marker.DHT, huffmanPayload(scan));
    writer.segment(marker.SOS, scanPayload(frame, scan.plan));
    const data = writer.entropyCoded(scan);
    if (scan.tokens === undefined) yield* tokeniseScan(sparse, frame, scan.plan, 1, data.write);
    for (const tokens of scan.tokens ?? []) {
      data.write(tokens, tokens.length);
      const work = tokens.length * nanosecondsPerToken;
      releaseBuffers([tokens]);
      yield work;
    }
    data.end();
  }
}

/** Baseline has 8-bit quantisation tables only (T.81 §B.2.4.1); extended sequential and progressive may have longer ones. */
function frameMarker(scans: readonly CodedScan[], tables: readonly Uint16Array[]): number {
  if (scans[0].plan.kind !== "sequential") return marker.SOF2;
  return tables.some(isWide) ? marker.SOF1 : marker.SOF0;
}

function isWide(table: Uint16Array): boolean {
  return table.some((divisor) => divisor > 255);
}

/** Components with equal tables share one: there are four places (T.81 §B.2.4.1), and at most four components. */
function shareQuantisationTables(frame: JpegFrame): { tables: Uint16Array[]; tableOfComponent: number[] } {
  const tables: Uint16Array[] = [];
  const tableOfComponent = frame.components.map(({ quantisation }) => {
    const known = tables.findIndex((table) => table.every((divisor, i) => divisor === quantisation[i]));
    return known >= 0 ? known : tables.push(quantisation) - 1;
  });
  return { tables, tableOfComponent };
}

function quantisationPayload(tables: readonly Uint16Array[]): number[] {
  return tables.flatMap((table, destination) => {
    const wide = isWide(table);
    const inZigzag = Array.from(naturalOrder, (position) => table[position]);
    return [(wide ? 0x10 : 0) | destination, ...(wide ? inZigzag.flatMap((divisor) => u16(divisor)) : inZigzag)];
  });
}

/** T.81 §B.2.2. */
function framePayload({ width, height, components }: JpegFrame, tableOfComponent: readonly number[]): number[] {
  return [
    8,
    ...u16(height),
    ...u16(width),
    components.length,
    ...components.flatMap(({ id, horizontalSampling, verticalSampling }, index) => [
      id,
      (horizontalSampling << 4) | verticalSampling,
      tableOfComponent[index],
    ]),
  ];
}

/** T.81 §B.2.4.2. */
function huffmanPayload({ tables }: CodedScan): number[] {
  return tables.flatMap(({ class: tableClass, destination, encoder }) => [
    (tableClass << 4) | destination,
    ...encoder.counts,
    ...encoder.symbols,
  ]);
}

/** T.81 §B.2.3. An AC scan has one table, in place 0. */
function scanPayload(frame: JpegFrame, { kind, components, start, end, shift }: ScanPlan): number[] {
  const tables = (index: number) =>
    kind === "sequential" ? tableOf(index) * 0x11 : kind === "first-dc" ? tableOf(index) << 4 : 0;
  const high = kind === "dc-refinement" || kind === "ac-refinement" ? shift + 1 : 0;
  return [
    components.length,
    ...components.flatMap((index) => [frame.components[index].id, tables(index)]),
    start,
    end,
    (high << 4) | shift,
  ];
}

function u16(value: number): number[] {
  return [value >> 8, value & 255];
}
