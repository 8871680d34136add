import type { Orientation } from "../model/facts.ts";
import { AnsScratch, writeAnsStream } from "./ans-encoder.ts";
import { BitWriter, ceilLog2, writeU32 } from "./bit-writer.ts";
import type { DenseCoefficients } from "../jpeg/decode/dense-coefficients.ts";
import { buildEntropyCode, writeEntropyCode } from "./entropy-code.ts";
import { isDensityCorrected } from "../metadata/exif.ts";
import { canCarryProfile } from "./icc-stream.ts";
import type { BandConsumer, CoefficientPlanes, JpegFrame } from "../jpeg/frame.ts";
import { AcTokeniser } from "./hf.ts";
import { balancedThresholds, buildBlockContexts, equalThresholds, writeBlockContexts } from "./block-context.ts";
import type { BlockContexts } from "./block-context.ts";
import { writeFrameHeader, writeImageHeader, writeSectionSizes } from "./header.ts";
import { groupBlocks, layOut } from "./layout.ts";
import type { JxlLayout } from "./layout.ts";
import { buildModularParts, writeLfGroup, writeModularGlobal, writeTables } from "./lf.ts";
import { noJxlForm } from "./error.ts";

/** Where the coefficients come from: handed on band by band while the JPEG is read, or all there, in either form. */
export type CoefficientSource = StreamedSource | DenseSource | PlanesSource;

interface SourceFile {
  readonly frame: JpegFrame;
  /** Size of the JPEG: what is kept in memory is bounded by it. */
  readonly sourceBytes: number;
}

interface StreamedSource extends SourceFile {
  readonly stream: (consume: BandConsumer) => void;
}

interface DenseSource extends SourceFile {
  /** Taken: nothing but DC is left in them behind the call. */
  readonly coefficients: DenseCoefficients;
}

interface PlanesSource extends SourceFile {
  readonly planes: CoefficientPlanes;
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
}

/** Room for headers, distributions and sizes of sections in the first buffer of the writers, which grow if need be. */
const spareBytes = 16_384;

/**
 * Writes the coefficients of a JPEG, unchanged, as a JPEG XL codestream (ISO/IEC 18181-1). Throws an `ImagingError` where
 * that cannot be exact, and whatever the source throws.
 */
export function writeJxl(source: CoefficientSource, options: JxlOptions): Uint8Array {
  const { frame } = source;
  const layout = layOut(frame);
  const profile = options.iccProfile;
  // Browsers read another natural size than that of the pixels from Exif in a JPEG only.
  if (isDensityCorrected(frame.density, frame)) throw noJxlForm("density");
  if (!canCarryProfile(frame, profile)) throw noJxlForm("icc-profile");
  const { ac, dcPlanes, blockContexts } = readSource(source, layout);
  const data = new BitWriter(source.sourceBytes + spareBytes);
  const sizes = writeSections(data, layout, ac, dcPlanes, blockContexts, options.exact);

  const writer = new BitWriter(data.byteLength + spareBytes + (profile?.length ?? 0));
  writeImageHeader(writer, layout, options.orientation, profile);
  writeFrameHeader(writer, layout, options.exact ? 2 : 1);
  writeSectionSizes(writer, sizes);
  writer.writeBytes(data.bytes());
  return writer.bytes();
}

/** What is kept of the coefficients: tokens of AC, and DC itself. */
interface ReadCoefficients {
  readonly ac: AcTokeniser;
  readonly dcPlanes: readonly Int16Array[];
  readonly blockContexts: BlockContexts;
}

function readSource(source: CoefficientSource, layout: JxlLayout): ReadCoefficients {
  if ("stream" in source) return readStreamed(source, layout);
  return "planes" in source ? readPlanes(source, layout) : readDense(source, layout);
}

function readStreamed({ frame, sourceBytes, stream }: StreamedSource, layout: JxlLayout): ReadCoefficients {
  const blockContexts = buildBlockContexts(layout, equalThresholds(layout));
  const dcPlanes = createDcPlanes(frame);
  const ac = new AcTokeniser(layout, blockContexts, dcPlanes[0], sourceBytes);
  stream((bandIndex, firstBlockRow, planes) => {
    frame.components.forEach(({ verticalSampling, paddedBlocksWide, paddedBlocksHigh }, index) => {
      const firstRow = (firstBlockRow / frame.maxVerticalSampling) * verticalSampling;
      const rows = Math.min((groupBlocks / frame.maxVerticalSampling) * verticalSampling, paddedBlocksHigh - firstRow);
      copyDc(planes[index], dcPlanes[index], firstRow * paddedBlocksWide, rows * paddedBlocksWide);
    });
    ac.addGroupRow(bandIndex, planes, 0);
  });
  return { ac, dcPlanes, blockContexts };
}

function readDense({ sourceBytes, coefficients }: DenseSource, layout: JxlLayout): ReadCoefficients {
  const dcPlanes = coefficients.dc;
  for (const plane of dcPlanes) checkDcRange(plane);
  const blockContexts = buildBlockContexts(layout, balancedThresholds(layout, dcPlanes[0]));
  const ac = new AcTokeniser(layout, blockContexts, dcPlanes[0], sourceBytes);
  coefficients.takeBands((bandIndex, _, planes) => {
    ac.addGroupRow(bandIndex, planes, 0);
  });
  return { ac, dcPlanes, blockContexts };
}

function readPlanes({ frame, sourceBytes, planes }: PlanesSource, layout: JxlLayout): ReadCoefficients {
  const dcPlanes = createDcPlanes(frame);
  dcPlanes.forEach((plane, index) => {
    copyDc(planes[index], plane, 0, plane.length);
  });
  const blockContexts = buildBlockContexts(layout, balancedThresholds(layout, dcPlanes[0]));
  const ac = new AcTokeniser(layout, blockContexts, dcPlanes[0], sourceBytes);
  for (let row = 0; row < layout.groupsHigh; row++) ac.addGroupRow(row, planes, row * groupBlocks);
  return { ac, dcPlanes, blockContexts };
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
function writeSections(
  data: BitWriter,
  layout: JxlLayout,
  ac: AcTokeniser,
  dcPlanes: readonly Int16Array[],
  blockContexts: BlockContexts,
  exact: boolean,
): number[] {
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

  const modular = buildModularParts(layout, dcPlanes);
  writeLfGlobalScales(data, layout);
  writeBlockContexts(data, blockContexts);
  writeDefaultChromaFromLuma(data);
  writeModularGlobal(data, layout, modular);
  endSection();
  for (let group = 0; group < modular.lfGroups.length; group++) {
    writeLfGroup(data, layout, modular, group, scratch);
    endSection();
  }

  // Quantisation tables: raw for DCT8, from the library for the 16 transforms that do not occur.
  data.write(1, 0);
  data.write(3, rawTable);
  data.write(16, exact ? half(1 / 16320) : half(1 / 2040));
  writeTables(data, modular, scratch);
  for (let table = 1; table < quantisationTables; table++) data.write(3, 0);
  // One set of distributions for all groups.
  data.write(ceilLog2(ac.groups), 0);
  const code = buildEntropyCode(ac.histograms, { zeroContexts: ac.zeroContexts });
  data.write(2, naturalCoefficientOrder);
  writeEntropyCode(data, code);
  if (exact) writeEmptyPass(data);
  endSection();

  for (let group = 0; group < ac.groups; group++) {
    writeAnsStream(data, code, ac.tokensOf(group), scratch);
    endSection();
  }
  data.align();
  if (single) sizes.push(data.byteLength);
  else if (exact) sizes.push(...new Uint8Array(ac.groups));
  return sizes;
}

const rawTable = 7;
const quantisationTables = 17;

/** Selector of "no order but the natural one". */
const naturalCoefficientOrder = 2;

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

/** A positive number as IEEE 754 half precision, rounded to nearest. */
function half(value: number): number {
  const exponent = Math.max(Math.floor(Math.log2(value)), -14);
  // A mantissa rounded up to 2 carries into the exponent, as it should.
  return ((exponent + 14) << 10) + Math.round((value / 2 ** exponent) * 1024);
}
