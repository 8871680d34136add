import { readPacked } from "../../../../src/imaging/jpeg/decode/read-coefficients.ts";
import { HuffmanTables } from "../../../../src/imaging/jpeg/decode/huffman-tables.ts";
import { decodeSequentialScan } from "../../../../src/imaging/jpeg/decode/sequential-scan.ts";
import { naturalOrder } from "../../../../src/imaging/jpeg/frame.ts";
import type { CoefficientPlanes, JpegFrame } from "../../../../src/imaging/jpeg/frame.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";

/** All coefficients of a JPEG, two bytes for each, in the layout of `CoefficientPlanes`. */
export function readPlanes(bytes: Uint8Array, frame: JpegFrame): Int16Array[] {
  const planes = emptyPlanes(frame);
  if (frame.progressive) {
    runAtOnce(runAtOnce(readPacked(bytes, frame)).takeBands(collectInto(planes, frame)));
    return planes;
  }
  const tables = new HuffmanTables(bytes, frame);
  for (const scan of frame.layout.scans) {
    const read = decodeSequentialScan(bytes, frame, scan, tables, {
      nanosecondsPerBlock: 0,
      putBlock: (component, x, y, entries, count) => {
        const at = (y * frame.components[component].paddedBlocksWide + x) * 64;
        for (let i = 0; i < count; i++) planes[component][at + naturalOrder[entries[i] & 63]] = entries[i] >> 6;
      },
    });
    runAtOnce(read);
  }
  return planes;
}

export function emptyPlanes({ components }: JpegFrame): Int16Array[] {
  return components.map((c) => new Int16Array(c.paddedBlocksWide * c.paddedBlocksHigh * 64));
}

/** Puts bands together again. */
export function collectInto(planes: readonly Int16Array[], frame: JpegFrame) {
  // oxlint-disable-next-line require-yield -- what takes bands works in steps, and this is none
  return function* (_: number, firstBlockRow: number, bands: CoefficientPlanes): Generator<number, void, undefined> {
    for (const [index, { paddedBlocksWide, verticalSampling }] of frame.components.entries()) {
      const at = (firstBlockRow / frame.maxVerticalSampling) * verticalSampling * paddedBlocksWide * 64;
      planes[index].set(bands[index].subarray(0, planes[index].length - at), at);
    }
  };
}
