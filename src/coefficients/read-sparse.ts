import { HuffmanTables } from "./huffman-tables.ts";
import type { JpegFrame } from "./jpeg-frame.ts";
import { readProgressivePlanes } from "./read-coefficients.ts";
import { decodeSequentialScan } from "./sequential-scan.ts";
import { SparseBlocks } from "./sparse-blocks.ts";

/**
 * Decodes a JPEG of either shape to its coefficients that are not 0. A sequential one needs no planes at all; of a
 * progressive one, each component's plane is let go before the next is taken over. Throws `DamagedJpeg` or `UnsupportedJpeg`.
 */
export function readSparseBlocks(bytes: Uint8Array, frame: JpegFrame): SparseBlocks {
  const sparse = new SparseBlocks(frame, bytes.length);
  if (frame.progressive) {
    const { planes, lastPositions } = readProgressivePlanes(bytes, frame);
    for (let index = planes.length - 1; index >= 0; index--) {
      sparse.putPlane(index, planes[index], lastPositions[index], frame.components[index].paddedBlocksWide);
      planes.pop();
    }
    return sparse;
  }
  const tables = new HuffmanTables(bytes, frame);
  for (const scan of frame.layout.scans) decodeSequentialScan(bytes, frame, scan, tables, sparse);
  return sparse;
}
