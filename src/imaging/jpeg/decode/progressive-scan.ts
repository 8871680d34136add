import type { DenseBand, DenseComponent } from "./dense-coefficients.ts";
import { EntropyReader } from "./entropy-reader.ts";
import { extend, lookupBits } from "./huffman-decoder.ts";
import type { HuffmanDecoder } from "./huffman-decoder.ts";
import type { HuffmanTables } from "./huffman-tables.ts";
import { damagedJpeg, unsupportedJpeg } from "../error.ts";
import { naturalOrder } from "../frame.ts";
import type { JpegFrame, JpegScan } from "../frame.ts";
import type { Steps } from "../../steps.ts";
import { maxAcSize, maxCoefficient, maxDcSize } from "./sequential-scan.ts";

const lookupMask = (1 << lookupBits) - 1;
const maxAcCoefficient = (1 << maxAcSize) - 1;

/** Time of a scan for each block, and for each byte of the file. */
const nanosecondsPerBlock = 30;
const nanosecondsPerByte = 100;

/** Blocks of which one scan is read without a pause, at most; a single MCU has 10. */
const blocksPerPiece = 1024;

/** Largest magnitude that a byte of a band holds by itself. */
const maxByte = 127;

/** What the four kinds of scan share while one is decoded. */
interface ScanState {
  readonly reader: EntropyReader;
  readonly scan: JpegScan;
  /** MCUs. */
  untilRestart: number;
  /** Blocks still to be passed over because their band has ended (T.81 §G.1.2.2). */
  endOfBandRun: number;
}

/**
 * Decodes a scan of DC coefficients of a progressive JPEG into planes of the padded grid (ITU T.81 §G.2): a first scan or a
 * refinement, interleaved or not. Throws like `decodeSequentialScan()`.
 */
export function* decodeProgressiveDcScan(
  bytes: Uint8Array,
  frame: JpegFrame,
  scan: JpegScan,
  tables: HuffmanTables,
  planes: readonly Int16Array[],
): Steps<void> {
  tables.advanceTo(scan);
  const state = beginScan(bytes, scan);
  yield* decodeDcScan(state, frame, tables, planes);
  state.reader.finish();
}

/** The same for a scan of AC coefficients, which is of one component alone. */
export function* decodeProgressiveAcScan(
  bytes: Uint8Array,
  frame: JpegFrame,
  scan: JpegScan,
  tables: HuffmanTables,
  dense: DenseComponent,
): Steps<void> {
  tables.advanceTo(scan);
  const state = beginScan(bytes, scan);
  yield* decodeAcScan(state, frame, tables.ac(scan.acTables[0]), dense);
  state.reader.finish();
}

function beginScan(bytes: Uint8Array, scan: JpegScan): ScanState {
  return { reader: new EntropyReader(bytes, scan), scan, untilRestart: scan.restartInterval, endOfBandRun: 0 };
}

/** What a scan of DC coefficients reads of one component. */
interface DcPart {
  readonly plane: Int16Array;
  readonly stride: number;
  /** Blocks per MCU. */
  readonly wide: number;
  readonly high: number;
  /** Undefined in refinements. */
  readonly table: HuffmanDecoder | undefined;
  predictor: number;
}

function* decodeDcScan(
  state: ScanState,
  frame: JpegFrame,
  tables: HuffmanTables,
  planes: readonly Int16Array[],
): Steps<void> {
  const { reader, scan } = state;
  const alone = scan.components.length === 1;
  const refining = scan.approximationHigh !== 0;
  const parts = scan.components.map((index, i): DcPart => {
    const { horizontalSampling, verticalSampling, paddedBlocksWide } = frame.components[index];
    return {
      plane: planes[index],
      stride: paddedBlocksWide,
      wide: alone ? 1 : horizontalSampling,
      high: alone ? 1 : verticalSampling,
      table: refining ? undefined : tables.dc(scan.dcTables[i]),
      predictor: 0,
    };
  });
  const only = frame.components[scan.components[0]];
  const mcusWide = alone ? only.blocksWide : frame.mcusWide;
  const mcusHigh = alone ? only.blocksHigh : frame.mcusHigh;
  const blocksPerMcu = parts.reduce((sum, { wide, high }) => sum + wide * high, 0);
  const mcusPerPiece = Math.floor(blocksPerPiece / blocksPerMcu);
  for (let mcuY = 0; mcuY < mcusHigh; mcuY++) {
    for (let first = 0; first < mcusWide; first += mcusPerPiece) {
      const end = Math.min(first + mcusPerPiece, mcusWide);
      const readBefore = reader.at;
      decodeDcMcus(state, parts, mcuY, first, end);
      yield (end - first) * blocksPerMcu * nanosecondsPerBlock + (reader.at - readBefore) * nanosecondsPerByte;
    }
    reader.checkOverrun();
  }
}

/** Decodes the MCUs from `first` to `end` of a row. */
function decodeDcMcus(state: ScanState, parts: readonly DcPart[], mcuY: number, first: number, end: number): void {
  const { reader, scan } = state;
  const shift = scan.approximationLow;
  for (let mcuX = first; mcuX < end; mcuX++) {
    if (isRestart(state)) for (const part of parts) part.predictor = 0;
    for (const part of parts) {
      for (let y = 0; y < part.high; y++) {
        let at = (mcuY * part.high + y) * part.stride + mcuX * part.wide;
        for (let x = 0; x < part.wide; x++, at++) {
          if (part.table === undefined) {
            // §G.1.2.1: the point transform of DC is an arithmetic shift, so the bit is the same for either sign.
            if (reader.take(1) === 1) part.plane[at] |= 1 << shift;
            checkRange(part.plane[at], shift);
            continue;
          }
          const size = reader.decode(part.table);
          if (size > maxDcSize) throw unsupportedJpeg("coefficient-range");
          if (size > 0) part.predictor += extend(reader.take(size), size);
          checkRange(part.predictor * (1 << shift), shift);
          part.plane[at] = part.predictor << shift;
        }
      }
    }
  }
}

/** To be called before each MCU: whether a new interval begins with it, whose marker is read then (T.81 §F.2.1.3.1). */
function isRestart(state: ScanState): boolean {
  const { restartInterval } = state.scan;
  if (restartInterval === 0) return false;
  const restarts = state.untilRestart === 0;
  if (restarts) {
    state.reader.restart();
    state.untilRestart = restartInterval;
    state.endOfBandRun = 0;
  }
  state.untilRestart--;
  return restarts;
}

/** While the lowest bits are missing, −2047 looks like −2048. */
function checkRange(value: number, shift: number): void {
  if (value > maxCoefficient || value < -maxCoefficient - Math.min(shift, 1))
    throw unsupportedJpeg("coefficient-range");
}

function* decodeAcScan(state: ScanState, frame: JpegFrame, table: HuffmanDecoder, dense: DenseComponent): Steps<void> {
  const { reader, scan } = state;
  const [index] = scan.components;
  const { blocksWide, blocksHigh, paddedBlocksWide } = frame.components[index];
  const { bandRows } = dense;
  for (let y = 0; y < blocksHigh; y++) {
    const band = dense.band(Math.floor(y / bandRows));
    const firstBlock = (y % bandRows) * paddedBlocksWide;
    for (let first = 0; first < blocksWide; first += blocksPerPiece) {
      const end = Math.min(first + blocksPerPiece, blocksWide);
      const readBefore = reader.at;
      decodeAcBlocks(state, table, band, firstBlock + first, firstBlock + end);
      yield (end - first) * nanosecondsPerBlock + (reader.at - readBefore) * nanosecondsPerByte;
    }
    reader.checkOverrun();
  }
}

/** Decodes the blocks from `first` to `end` of a band. */
function decodeAcBlocks(state: ScanState, table: HuffmanDecoder, band: DenseBand, first: number, end: number): void {
  const decodeBlock = state.scan.approximationHigh === 0 ? decodeFirst : decodeRefinement;
  for (let block = first; block < end; block++) {
    isRestart(state);
    decodeBlock(state, table, band, block);
  }
}

/** T.81 §G.2.2, Figure G.3 read backwards. */
function decodeFirst(state: ScanState, table: HuffmanDecoder, band: DenseBand, block: number): void {
  if (state.endOfBandRun > 0) {
    state.endOfBandRun--;
    return;
  }
  const { reader } = state;
  const { coefficients } = table;
  const { low, lastPositions } = band;
  const { spectralEnd, approximationLow } = state.scan;
  let last = lastPositions[block];
  for (let k = state.scan.spectralStart; k <= spectralEnd; k++) {
    if (reader.count < 16) reader.fill();
    const coefficient = coefficients[(reader.bits >>> (reader.count - lookupBits)) & lookupMask];
    let value = coefficient >> 10;
    if (coefficient !== 0) {
      reader.count -= coefficient & 15;
      k += (coefficient >> 4) & 63;
    } else {
      const symbol = reader.decode(table);
      const size = symbol & 15;
      const run = symbol >> 4;
      if (size === 0) {
        if (run < 15) {
          state.endOfBandRun = (1 << run) - 1;
          if (run > 0) state.endOfBandRun += reader.take(run);
          break;
        }
        k += 15;
        continue;
      }
      if (size > maxAcSize) throw unsupportedJpeg("coefficient-range");
      value = extend(reader.take(size), size);
      k += run;
    }
    if (k > spectralEnd) throw damagedJpeg("bad-coefficient-position");
    value *= 1 << approximationLow;
    if (value > maxAcCoefficient || value < -maxAcCoefficient) throw unsupportedJpeg("coefficient-range");
    if (value > maxByte || value < -maxByte) band.set(block, naturalOrder[k], value);
    else low[(block << 6) + naturalOrder[k]] = value;
    if (k > last) last = k;
  }
  lastPositions[block] = last;
}

/** T.81 §G.2.3: new coefficients between correction bits for those that are known already. */
function decodeRefinement(state: ScanState, table: HuffmanDecoder, band: DenseBand, block: number): void {
  const { reader } = state;
  const { lastPositions } = band;
  const { spectralEnd } = state.scan;
  const step = 1 << state.scan.approximationLow;
  /** Of those known before this scan: the new ones come after `k` already when they matter. */
  const lastKnown = lastPositions[block];
  let k = state.scan.spectralStart;
  if (state.endOfBandRun === 0) {
    for (; k <= spectralEnd; k++) {
      const symbol = reader.decode(table);
      const size = symbol & 15;
      const run = symbol >> 4;
      let value = 0;
      if (size === 0) {
        if (run < 15) {
          state.endOfBandRun = 1 << run;
          if (run > 0) state.endOfBandRun += reader.take(run);
          break;
        }
      } else {
        if (size !== 1) throw damagedJpeg("bad-huffman-code");
        value = reader.take(1) === 1 ? step : -step;
      }
      k = correct(reader, band, block, k, spectralEnd, lastKnown, run, step);
      if (value === 0) continue;
      if (k > spectralEnd) throw damagedJpeg("bad-coefficient-position");
      // The step itself may be more than a byte.
      band.set(block, naturalOrder[k], value);
      if (k > lastPositions[block]) lastPositions[block] = k;
    }
  }
  if (state.endOfBandRun > 0) {
    if (k <= lastKnown) correct(reader, band, block, k, spectralEnd, lastKnown, 64, step);
    state.endOfBandRun--;
  }
}

/** Takes the correction bits up to the zero coefficient after `run` others; returns its position, or `last` + 1. */
function correct(
  reader: EntropyReader,
  band: DenseBand,
  block: number,
  from: number,
  last: number,
  lastKnown: number,
  run: number,
  step: number,
): number {
  const end = last < lastKnown ? last : lastKnown;
  const { low } = band;
  const at = block << 6;
  const paged = band.hasPage(block);
  let zeros = run;
  let k = from;
  for (; k <= end; k++) {
    const position = at + naturalOrder[k];
    const coefficient = low[position];
    if (coefficient === 0) {
      if (zeros-- === 0) return k;
    } else if (reader.take(1) === 1) {
      const corrected = coefficient > 0 ? coefficient + step : coefficient - step;
      if (paged || corrected > maxByte || corrected < -maxByte) grow(band, block, naturalOrder[k], step);
      else low[position] = corrected;
    }
  }
  return Math.min(k + zeros, last + 1);
}

function grow(band: DenseBand, block: number, place: number, step: number): void {
  const coefficient = band.get(block, place);
  band.set(block, place, coefficient > 0 ? coefficient + step : coefficient - step);
}
