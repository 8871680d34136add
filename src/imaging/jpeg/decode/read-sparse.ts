import { releaseBuffers } from "../../bytes/release.ts";
import { HuffmanTables } from "./huffman-tables.ts";
import type { DenseComponent } from "./dense-coefficients.ts";
import type { JpegComponent, JpegFrame } from "../frame.ts";
import { createDcPlanes } from "./packed-coefficients.ts";
import { readComponents } from "./read-coefficients.ts";
import { decodeSequentialScan } from "./sequential-scan.ts";
import { SparseBlocks } from "./sparse-blocks.ts";
import type { Steps } from "../../steps.ts";

/**
 * Decodes a JPEG of either shape to its coefficients that are not 0. A sequential one needs nothing else; of a
 * progressive one, one component at a time is dense. Throws an `ImagingError`.
 */
export function* readSparseBlocks(bytes: Uint8Array, frame: JpegFrame): Steps<SparseBlocks> {
  const sparse = new SparseBlocks(frame, bytes.length);
  if (frame.progressive) {
    const dc = createDcPlanes(frame);
    yield* readComponents(bytes, frame, dc, (index, dense) =>
      takeOver(sparse, frame.components[index], dense, dc[index], index),
    );
    releaseBuffers(dc);
    return sparse;
  }
  const tables = new HuffmanTables(bytes, frame);
  for (const scan of frame.layout.scans) yield* decodeSequentialScan(bytes, frame, scan, tables, sparse);
  return sparse;
}

/** Time to take over a block. */
const nanosecondsPerBlock = 150;

function* takeOver(
  sparse: SparseBlocks,
  { blocksWide, blocksHigh, paddedBlocksWide }: JpegComponent,
  dense: DenseComponent,
  dc: Int16Array,
  index: number,
): Steps<void> {
  const { bandRows } = dense;
  const entries = new Int32Array(64);
  const acEntries = entries.subarray(1);
  for (let firstRow = 0; firstRow < blocksHigh; firstRow += bandRows) {
    const band = dense.band(firstRow / bandRows);
    const rows = Math.min(bandRows, blocksHigh - firstRow);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < blocksWide; x++) {
        const block = y * paddedBlocksWide + x;
        entries[0] = dc[firstRow * paddedBlocksWide + block] << 6;
        sparse.putBlock(index, x, firstRow + y, entries, 1 + band.readBlock(block, acEntries));
      }
      yield blocksWide * nanosecondsPerBlock;
    }
    dense.drop(firstRow / bandRows);
  }
}
