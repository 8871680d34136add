import { releaseBuffers } from "../bytes/release.ts";
import type { Orientation } from "../model/facts.ts";
import { AnsScratch, writeAnsStream } from "./ans-encoder.ts";
import { BitWriter, ceilLog2, writeU32 } from "./bit-writer.ts";
import { buildEntropyCode, writeEntropyCode } from "./entropy-code.ts";
import { isDensityCorrected } from "../metadata/exif.ts";
import { canCarryProfile } from "./icc-stream.ts";
import type { BandConsumer, CoefficientPlanes, JpegFrame } from "../jpeg/frame.ts";
import { AcTokeniser, type HeldCoefficients } from "./hf.ts";
import { balancedThresholds, buildBlockContexts, equalThresholds, writeBlockContexts } from "./block-context.ts";
import type { BlockContexts } from "./block-context.ts";
import { writeFrameHeader, writeImageHeader, writeSectionSizes } from "./header.ts";
import { groupBlocks, layOut } from "./layout.ts";
import type { JxlLayout } from "./layout.ts";
import { buildModularParts, writeLfGroup, writeModularGlobal, writeTables } from "./lf.ts";
import { noJxlForm } from "./error.ts";
import { half } from "./half.ts";
import { bandCount } from "./distance-bands.ts";
import type { DistanceBands } from "./distance-bands.ts";
import type { Steps } from "../steps.ts";

/** Where the coefficients come from. */
export interface CoefficientSource {
  readonly frame: JpegFrame;
  /** Size of the JPEG: what is kept in memory is bounded by it. */
  readonly sourceBytes: number;
  /** Hands them on band by band. */
  readonly stream: (consume: BandConsumer) => Steps<void>;
  /** DC of each component in raster order of its padded blocks, where that is known before: contexts are better chosen then. */
  readonly dcPlanes?: readonly Int16Array[];
  /** What the stream holds, where that becomes less while it is handed on. */
  readonly held?: HeldCoefficients;
}

export interface JxlOptions {
  /**
   * Switches off the bias that decoders add to small coefficients, at the cost of some bytes and of more memory in the
   * decoder: samples are then within 0.3 levels of an unrounded decode of the JPEG, else within a few levels.
   */
  readonly exact: boolean;
  /** Carried byte by byte. */
  readonly iccProfile: Uint8Array | undefined;
  /** Written to the header, so a decoder turns the picture. */
  readonly orientation: Orientation;
  /** For each component how the coefficients were quantised, where not as in the JPEG. Not with `exact`. */
  readonly quantisation?: readonly DistanceBands[];
}

/** Room for headers, distributions and sizes of sections in the first buffer of the writers, which grow if need be. */
const spareBytes = 16_384;

/**
 * Writes the coefficients of a JPEG, unchanged, as a JPEG XL codestream (ISO/IEC 18181-1). Throws an `ImagingError` where
 * that cannot be exact, and whatever the source throws.
 */
export function* writeJxl(source: CoefficientSource, options: JxlOptions): Steps<Uint8Array> {
  const { frame } = source;
  const layout = layOut(frame, options.quantisation);
  const profile = options.iccProfile;
  // Browsers read another natural size than that of the pixels from Exif in a JPEG only.
  if (isDensityCorrected(frame.density, frame)) throw noJxlForm("density");
  if (!canCarryProfile(frame, profile)) throw noJxlForm("icc-profile");
  const read = yield* readSource(source, layout);
  const data = new BitWriter(source.sourceBytes + spareBytes);
  const sizes = yield* writeSections(data, layout, read, options.exact);

  const writer = new BitWriter(data.byteLength + spareBytes + (profile?.length ?? 0));
  yield* writeImageHeader(writer, layout, options.orientation, profile);
  writeFrameHeader(writer, layout, options.exact ? 2 : 1);
  writeSectionSizes(writer, sizes);
  writer.writeBytes(data.bytes());
  data.release();
  releaseBuffers(read.dcPlanes);
  return writer.bytes();
}

/** What is kept of the coefficients: tokens of AC, and DC itself. */
interface ReadCoefficients {
  readonly ac: AcTokeniser;
  readonly dcPlanes: readonly Int16Array[];
  readonly blockContexts: BlockContexts;
}

function* readSource(
  { frame, sourceBytes, stream, dcPlanes: known, held }: CoefficientSource,
  layout: JxlLayout,
): Steps<ReadCoefficients> {
  for (const plane of known ?? []) checkDcRange(plane);
  const thresholds = known === undefined ? equalThresholds(layout) : balancedThresholds(layout, known[0]);
  const blockContexts = buildBlockContexts(layout, thresholds);
  const dcPlanes = known ?? createDcPlanes(frame);
  yield dcPlanes.reduce((sum, { length }) => sum + length, 0) * nanosecondsPerDc;
  const ac = new AcTokeniser(layout, blockContexts, dcPlanes[0], sourceBytes, held);
  yield* stream(function* (bandIndex, firstBlockRow, planes) {
    if (known === undefined) yield* copyBandDc(frame, firstBlockRow, planes, dcPlanes);
    yield* ac.addGroupRow(bandIndex, planes);
  });
  return { ac, dcPlanes, blockContexts };
}

/** Time to read a DC coefficient, or to copy one. */
const nanosecondsPerDc = 5;

function* copyBandDc(
  frame: JpegFrame,
  firstBlockRow: number,
  planes: CoefficientPlanes,
  dcPlanes: readonly Int16Array[],
): Steps<void> {
  for (const [index, { verticalSampling, paddedBlocksWide, paddedBlocksHigh }] of frame.components.entries()) {
    const firstRow = (firstBlockRow / frame.maxVerticalSampling) * verticalSampling;
    const rows = Math.min((groupBlocks / frame.maxVerticalSampling) * verticalSampling, paddedBlocksHigh - firstRow);
    copyDc(planes[index], dcPlanes[index], firstRow * paddedBlocksWide, rows * paddedBlocksWide);
    yield rows * paddedBlocksWide * nanosecondsPerDc;
  }
}

function createDcPlanes(frame: JpegFrame): Int16Array[] {
  return frame.components.map(
    ({ paddedBlocksWide, paddedBlocksHigh }) => new Int16Array(paddedBlocksWide * paddedBlocksHigh),
  );
}

function copyDc(coefficients: Int16Array, dc: Int16Array, first: number, count: number): void {
  for (let i = 0; i < count; i++) dc[first + i] = coefficients[i * 64];
  checkDcRange(dc.subarray(first, first + count));
}

function checkDcRange(dc: Int16Array): void {
  for (const value of dc) if (value > 2047 || value < -2047) throw noJxlForm("coefficient-range");
}

/** Writes the sections of the frame one after the other; returns their sizes in bytes (ISO/IEC 18181-1 §F.3, §G). */
function* writeSections(
  data: BitWriter,
  layout: JxlLayout,
  { ac, dcPlanes, blockContexts }: ReadCoefficients,
  exact: boolean,
): Steps<number[]> {
  const scratch = new AnsScratch();
  const sizes: number[] = [];
  // One group in one pass is one section, without padding inside.
  const single = ac.groups === 1 && !exact;
  let start = 0;
  const endSection = (): void => {
    if (single) return;
    data.align();
    sizes.push(data.byteLength - start);
    start = data.byteLength;
  };

  const modular = yield* buildModularParts(layout, dcPlanes);
  writeLfGlobalScales(data, layout);
  writeBlockContexts(data, blockContexts);
  writeDefaultChromaFromLuma(data);
  writeModularGlobal(data, layout, modular);
  endSection();
  for (let group = 0; group < modular.lfGroups.length; group++) {
    yield* writeLfGroup(data, layout, modular, group, scratch);
    releaseBuffers([modular.lfGroups[group].contexts, modular.lfGroups[group].values]);
    endSection();
  }

  // Quantisation tables: one for DCT8, and from the library for the 16 transforms that do not occur.
  data.write(1, 0);
  if (modular.tables === undefined) writeDistanceBands(data, layout);
  else {
    data.write(3, rawTable);
    data.write(16, exact ? half(1 / 16320) : half(1 / 2040));
    writeTables(data, modular.tables, modular.code, scratch);
  }
  for (let table = 1; table < quantisationTables; table++) data.write(3, 0);
  // One set of distributions for all groups.
  data.write(ceilLog2(ac.groups), 0);
  const code = yield* buildEntropyCode(ac.histograms, { zeroContexts: ac.zeroContexts });
  data.write(2, naturalCoefficientOrder);
  writeEntropyCode(data, code);
  if (exact) writeEmptyPass(data);
  endSection();

  for (let group = 0; group < ac.groups; group++) {
    yield* writeAnsStream(data, code, yield* ac.takeTokens(group), scratch);
    endSection();
  }
  ac.close();
  releaseBuffers([scratch.fields, scratch.widths, code.tables.slots]);
  data.align();
  if (single) sizes.push(data.byteLength);
  else if (exact) sizes.push(...new Uint8Array(ac.groups));
  return sizes;
}

/** Ways to write a table (ISO/IEC 18181-1 §I.2.4). */
const rawTable = 7;
const bandsTable = 6;
const quantisationTables = 17;

/** Selector of "no order but the natural one". */
const naturalCoefficientOrder = 2;

/** For Cb, Y, Cr. Fewer bits than the raw tables, which have whole steps only. */
function writeDistanceBands(writer: BitWriter, { channels: [y, cb, cr] }: JxlLayout): void {
  writer.write(3, bandsTable);
  writer.write(4, bandCount - 1);
  for (const { bands } of [cb, y, cr]) for (const field of bands ?? []) writer.write(16, field);
}

/** DC steps and the scale of the quantiser, chosen so that they are exact in half precision (ISO/IEC 18181-1 §G.1.2). */
function writeLfGlobalScales(writer: BitWriter, { channels: [y, cb, cr] }: JxlLayout): void {
  writer.write(1, 0);
  for (const { quantisation } of [cb, y, cr]) writer.write(16, half(16 * quantisation[0]));
  writeU32(writer, 65536, [
    [11, 1],
    [11, 2049],
    [12, 4097],
    [16, 8193],
  ]);
  writeU32(writer, 255, [
    [0, 16],
    [5, 1],
    [8, 1],
    [16, 1],
  ]);
}

/** The defaults predict blue from luma: both base correlations are set to 0 (ISO/IEC 18181-1 §I.2.3). */
function writeDefaultChromaFromLuma(writer: BitWriter): void {
  writer.write(1, 0);
  writer.write(2, 0);
  writer.write(16, 0);
  writer.write(16, 0);
  writer.write(8, 128);
  writer.write(8, 128);
}

/**
 * The second of two passes adds nothing. With it the coefficients of the first are shifted up by 3 bits, and the steps
 * are smaller by 8: what decoders add to small coefficients becomes negligible.
 */
function writeEmptyPass(writer: BitWriter): void {
  writer.write(2, naturalCoefficientOrder);
  // No LZ77; one cluster; a prefix code whose only symbol has no bits.
  writer.write(1, 0);
  writer.write(1, 1);
  writer.write(2, 0);
  writer.write(1, 1);
  writer.write(4, 0);
  writer.write(1, 0);
}
