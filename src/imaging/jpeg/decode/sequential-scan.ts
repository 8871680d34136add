import { findLongCode, skipStuffing } from "./entropy-reader.ts";
import { EntropyReader } from "./entropy-reader.ts";
import { extend, lookupBits } from "./huffman-decoder.ts";
import type { HuffmanDecoder } from "./huffman-decoder.ts";
import type { HuffmanTables } from "./huffman-tables.ts";
import { damagedJpeg, unsupportedJpeg } from "../error.ts";
import type { JpegFrame, JpegScan } from "../frame.ts";
import type { Steps } from "../../steps.ts";

/**
 * Takes one block at a time: `entries[0 … count - 1]` are value × 64 + zigzag position, in ascending position, the first
 * of them the DC coefficient whatever its value, the others not 0. The array is overwritten after the call.
 */
export interface BlockConsumer {
  putBlock(component: number, blockX: number, blockY: number, entries: Int32Array, count: number): void;
  /** What that typically takes. */
  readonly nanosecondsPerBlock: number;
  /** All blocks of an MCU row (of the whole frame, or of the component when it is alone in its scan) were put. */
  endMcuRow?(mcuRow: number): Steps<void>;
}

/** DC and AC coefficients of 8-bit samples lie well inside (T.81 §F.1.2.1: 11 bits); what is outside has no form in any writer here. */
export const maxCoefficient = 2047;

/** Value bits of a DC difference and of an AC coefficient of 8-bit samples (T.81 §F.1.2.1, §F.1.2.2). */
export const maxDcSize = 11;
export const maxAcSize = 10;
const lookupMask = (1 << lookupBits) - 1;

/** Time to read, for each block and for each byte of the file. */
const nanosecondsPerBlock = 100;
const nanosecondsPerByte = 40;

/** Blocks that are read without a pause, at most; a single MCU has 10. */
const blocksPerPiece = 2048;

/** A scan while it is read. */
interface SequentialScan {
  readonly reader: EntropyReader;
  readonly components: readonly ScanComponent[];
  readonly restartInterval: number;
  /** MCUs. */
  untilRestart: number;
  readonly entries: Int32Array;
}

interface ScanComponent {
  readonly index: number;
  readonly dc: HuffmanDecoder;
  readonly ac: HuffmanDecoder;
  /** Blocks per MCU. */
  readonly wide: number;
  readonly high: number;
  predictor: number;
}

/**
 * Decodes a scan of a sequential JPEG (ITU T.81 §F.2), one component alone or several interleaved (§A.2). Padding
 * blocks of interleaved scans are handed on like others. Throws an `ImagingError` when the data does not fit the frame.
 */
export function* decodeSequentialScan(
  bytes: Uint8Array,
  frame: JpegFrame,
  scan: JpegScan,
  tables: HuffmanTables,
  consumer: BlockConsumer,
): Steps<void> {
  tables.advanceTo(scan);
  const alone = scan.components.length === 1;
  const components = scan.components.map((index, i): ScanComponent => {
    const { horizontalSampling, verticalSampling } = frame.components[index];
    return {
      index,
      dc: tables.dc(scan.dcTables[i]),
      ac: tables.ac(scan.acTables[i]),
      wide: alone ? 1 : horizontalSampling,
      high: alone ? 1 : verticalSampling,
      predictor: 0,
    };
  });
  const only = frame.components[scan.components[0]];
  const mcusWide = alone ? only.blocksWide : frame.mcusWide;
  const mcusHigh = alone ? only.blocksHigh : frame.mcusHigh;
  const reader = new EntropyReader(bytes, scan);
  const { restartInterval } = scan;
  const state = { reader, components, restartInterval, untilRestart: restartInterval, entries: new Int32Array(64) };
  const blocksPerMcu = components.reduce((sum, { wide, high }) => sum + wide * high, 0);
  const mcusPerPiece = Math.floor(blocksPerPiece / blocksPerMcu);
  const blockNanoseconds = nanosecondsPerBlock + consumer.nanosecondsPerBlock;
  for (let mcuY = 0; mcuY < mcusHigh; mcuY++) {
    for (let first = 0; first < mcusWide; first += mcusPerPiece) {
      const end = Math.min(first + mcusPerPiece, mcusWide);
      const readBefore = reader.at;
      decodeMcus(state, mcuY, first, end, consumer);
      yield (end - first) * blocksPerMcu * blockNanoseconds + (reader.at - readBefore) * nanosecondsPerByte;
    }
    reader.checkOverrun();
    if (consumer.endMcuRow !== undefined) yield* consumer.endMcuRow(mcuY);
  }
  reader.finish();
}

/** Decodes the MCUs from `first` to `end` of a row. */
function decodeMcus(scan: SequentialScan, mcuY: number, first: number, end: number, consumer: BlockConsumer): void {
  const { reader, components, restartInterval, entries } = scan;
  for (let mcuX = first; mcuX < end; mcuX++) {
    if (restartInterval > 0) {
      if (scan.untilRestart === 0) {
        reader.restart();
        scan.untilRestart = restartInterval;
        for (const component of components) component.predictor = 0;
      }
      scan.untilRestart--;
    }
    for (let i = 0; i < components.length; i++) {
      const component = components[i];
      const { wide, high } = component;
      for (let y = 0; y < high; y++) {
        for (let x = 0; x < wide; x++) {
          const count = decodeBlock(reader, component, entries);
          consumer.putBlock(component.index, mcuX * wide + x, mcuY * high + y, entries, count);
        }
      }
    }
  }
}

/** T.81 §F.2.2.1 and §F.2.2.2; returns the number of entries. The reader's state is kept in local variables: this is where the time goes. */
function decodeBlock(reader: EntropyReader, component: ScanComponent, entries: Int32Array): number {
  const size = reader.decode(component.dc);
  if (size > maxDcSize) throw unsupportedJpeg("coefficient-range");
  if (size > 0) {
    component.predictor += extend(reader.take(size), size);
    if (component.predictor > maxCoefficient || component.predictor < -maxCoefficient)
      throw unsupportedJpeg("coefficient-range");
  }
  entries[0] = component.predictor << 6;

  const table = component.ac;
  const { codes, coefficients } = table;
  const { bytes, end } = reader;
  let { at, bits, count, padding } = reader;
  let written = 1;
  let k = 1;
  while (k < 64) {
    if (count < 16) {
      do {
        let byte = 0;
        if (at < end && (byte = bytes[at]) !== 0xff) at++;
        else {
          const after = at < end ? skipStuffing(bytes, at, end) : 0;
          if (after > 0) at = after;
          else {
            byte = 0;
            padding += 8;
          }
        }
        bits = (bits << 8) | byte;
        count += 8;
      } while (count <= 24);
    }
    const next = (bits >>> (count - lookupBits)) & lookupMask;
    const coefficient = coefficients[next];
    if (coefficient !== 0) {
      k += (coefficient >> 4) & 63;
      if (k > 63) throw damagedJpeg("bad-coefficient-position");
      count -= coefficient & 15;
      entries[written++] = ((coefficient >> 10) << 6) | k;
      k++;
      continue;
    }
    const code = codes[next] || findLongCode(table, (bits >>> (count - 16)) & 0xffff);
    count -= code >> 8;
    const run = (code >> 4) & 15;
    const valueSize = code & 15;
    if (valueSize === 0) {
      if (run === 0) break;
      if (run !== 15) throw damagedJpeg("bad-huffman-code");
      k += 16;
      continue;
    }
    if (valueSize > maxAcSize) throw unsupportedJpeg("coefficient-range");
    k += run;
    if (k > 63) throw damagedJpeg("bad-coefficient-position");
    if (count < valueSize) {
      reader.at = at;
      reader.bits = bits;
      reader.count = count;
      reader.padding = padding;
      reader.fill();
      ({ at, bits, count, padding } = reader);
    }
    count -= valueSize;
    entries[written++] = (extend((bits >>> count) & ((1 << valueSize) - 1), valueSize) << 6) | k;
    k++;
  }
  reader.at = at;
  reader.bits = bits;
  reader.count = count;
  reader.padding = padding;
  return written;
}
