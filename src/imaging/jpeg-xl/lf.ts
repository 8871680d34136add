import { writeAnsStream } from "./ans-encoder.ts";
import type { AnsScratch, TokenStream } from "./ans-encoder.ts";
import type { BitWriter } from "./bit-writer.ts";
import { ceilLog2, packSigned } from "./bit-writer.ts";
import { countTokens, createHistograms } from "./context-histograms.ts";
import { buildEntropyCode, writeEntropyCode } from "./entropy-code.ts";
import type { EntropyCode } from "./entropy-code.ts";
import { binsPerChannel, buildChannelTree, errorBinOf } from "./error-bins.ts";
import { codableValues } from "./hybrid-uint.ts";
import { lfGroupBlocks } from "./layout.ts";
import type { JxlLayout } from "./layout.ts";
import { noJxlForm } from "./error.ts";
import { runAtOnce, type Steps } from "../steps.ts";
import { predictor, property, writeMaTree } from "./ma-tree.ts";
import type { MaTree } from "./ma-tree.ts";
import { WeightedPredictor } from "./predictor.ts";

/** Contexts before bins are merged: the bins of each channel, then the raw quantisation tables, then what is always 0. */
const tableContext = 3 * binsPerChannel;
const zeroContext = tableContext + 1;
const lfContexts = zeroContext + 1;

/** Time to predict a DC coefficient, and to count its token. */
const nanosecondsPerPrediction = 100;
const nanosecondsPerCount = 5;

/** Everything in a frame that is coded in modular streams: DC coefficients, quantisation tables, and metadata that are all 0. */
export interface ModularParts {
  /** Per LF group: the DC coefficients of its channels. */
  readonly lfGroups: readonly TokenStream[];
  /** The raw quantisation tables; undefined where the steps are given by bands. */
  readonly tables: TokenStream | undefined;
  readonly code: EntropyCode;
}

/**
 * Predicts the DC coefficients, given per component in raster order of its padded blocks, and the quantisation tables,
 * and chooses the code for them.
 */
export function* buildModularParts(layout: JxlLayout, dcPlanes: readonly Int16Array[]): Steps<ModularParts> {
  const lfGroups: TokenStream[] = [];
  for (let y = 0; y < layout.lfGroupsHigh; y++) {
    for (let x = 0; x < layout.lfGroupsWide; x++) lfGroups.push(yield* tokeniseLfGroup(layout, dcPlanes, x, y));
  }
  const tables = layout.channels[0].bands === undefined ? tokeniseTables(layout) : undefined;
  const histograms = createHistograms(lfContexts);
  for (const stream of lfGroups) {
    countTokens(histograms, stream);
    yield stream.length * nanosecondsPerCount;
  }
  if (tables !== undefined) countTokens(histograms, tables);
  return { lfGroups, tables, code: yield* buildEntropyCode(histograms, { zeroContexts: [zeroContext] }) };
}

function* tokeniseLfGroup(
  layout: JxlLayout,
  dcPlanes: readonly Int16Array[],
  groupX: number,
  groupY: number,
): Steps<TokenStream> {
  const regions = layout.channels.flatMap((channel, index) => {
    const { component, componentIndex, horizontalShift, verticalShift } = channel;
    if (component === undefined) return [];
    const left = (groupX * lfGroupBlocks) >> horizontalShift;
    const top = (groupY * lfGroupBlocks) >> verticalShift;
    const width = Math.min(component.paddedBlocksWide - left, lfGroupBlocks >> horizontalShift);
    const height = Math.min(component.paddedBlocksHigh - top, lfGroupBlocks >> verticalShift);
    return [{ plane: dcPlanes[componentIndex], stride: component.paddedBlocksWide, index, left, top, width, height }];
  });
  const length = regions.reduce((sum, { width, height }) => sum + width * height, 0);
  const stream = { length, contexts: new Uint16Array(length), values: new Uint16Array(length) };
  let start = 0;
  for (const { plane, stride, index, left, top, width, height } of regions) {
    const origin = top * stride + left;
    const weighted = new WeightedPredictor(width);
    for (let y = 0; y < height; y++) {
      tokeniseDcRow(plane, origin + y * stride, stride, width, y, index * binsPerChannel, weighted, stream, start);
      start += width;
      yield width * nanosecondsPerPrediction;
    }
  }
  return stream;
}

function tokeniseDcRow(
  plane: Int16Array,
  origin: number,
  stride: number,
  width: number,
  y: number,
  firstContext: number,
  weighted: WeightedPredictor,
  { contexts, values }: TokenStream,
  start: number,
): void {
  for (let x = 0, at = origin, next = start; x < width; x++, at++, next++) {
    const west = x > 0 ? plane[at - 1] : y > 0 ? plane[at - stride] : 0;
    const north = y > 0 ? plane[at - stride] : west;
    const northEast = y > 0 && x + 1 < width ? plane[at - stride + 1] : north;
    const value = plane[at];
    const residual = value - weighted.predict(x, y, north, west, northEast);
    weighted.update(value, x, y);
    contexts[next] = firstContext + errorBinOf(weighted.maxError);
    const packed = packSigned(residual);
    // Only a picture made for it jumps so far against its own trend.
    if (packed >= codableValues) throw noJxlForm("coefficient-range");
    values[next] = packed;
  }
}

/** The raw tables of the DCT8 transform: Cb, Y, Cr, each as an 8 × 8 picture, transposed as all of JPEG XL's blocks are. */
function tokeniseTables({ channels: [y, cb, cr] }: JxlLayout): TokenStream {
  const values = new Uint16Array(3 * 64);
  let next = 0;
  for (const { quantisation } of [cb, y, cr]) {
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 8; column++) {
        const at = (r: number, c: number): number => quantisation[c * 8 + r];
        const west = column > 0 ? at(row, column - 1) : row > 0 ? at(row - 1, column) : 0;
        const north = row > 0 ? at(row - 1, column) : west;
        const northWest = row > 0 && column > 0 ? at(row - 1, column - 1) : west;
        const gradient = north + west - northWest;
        const prediction = Math.max(Math.min(gradient, Math.max(north, west)), Math.min(north, west));
        values[next++] = packSigned(at(row, column) - prediction);
      }
    }
  }
  return { length: values.length, contexts: new Uint16Array(values.length).fill(tableContext), values };
}

/** Writes the tree and the code that all modular streams use (ISO/IEC 18181-1 §G.1.3). */
export function writeModularGlobal(writer: BitWriter, layout: JxlLayout, { code }: ModularParts): void {
  writer.write(1, 1);
  const leaves = writeMaTree(writer, buildTree(layout, code.distributionOf));
  writeEntropyCode(writer, {
    ...code,
    contexts: leaves.length,
    distributionOf: Uint8Array.from(leaves, (context) => code.distributionOf[context]),
  });
}

/** Streams have numbers: those of the DC coefficients come first, then unused ones, metadata, and tables (§H.4.1). */
function buildTree(layout: JxlLayout, distributionOf: Uint8Array): MaTree {
  const lfGroups = layout.lfGroupsWide * layout.lfGroupsHigh;
  const zero: MaTree = { predictor: predictor.zero, id: zeroContext };
  const channelTree = (channel: number): MaTree => buildChannelTree(channel * binsPerChannel, distributionOf);
  const choose = (asked: number, threshold: number, above: MaTree, notAbove: MaTree): MaTree => ({
    property: asked,
    threshold,
    above,
    notAbove,
  });
  const tables: MaTree = { predictor: predictor.gradient, id: tableContext };
  const hasTables = layout.channels[0].bands === undefined;
  const chroma = layout.gray ? zero : choose(property.channel, 1, channelTree(2), channelTree(1));
  return choose(
    property.stream,
    lfGroups,
    hasTables ? choose(property.stream, 3 * lfGroups, tables, zero) : zero,
    choose(property.channel, 0, chroma, channelTree(0)),
  );
}

/** Header of a modular stream: the global tree, default predictor parameters, no transforms (ISO/IEC 18181-1 §H.2). */
function writeModularHeader(writer: BitWriter): void {
  writer.write(1, 1);
  writer.write(1, 1);
  writer.write(2, 0);
}

/** An LF group: DC coefficients, then metadata that say DCT8 everywhere, multiplier 1 (ISO/IEC 18181-1 §G.2). */
export function* writeLfGroup(
  writer: BitWriter,
  layout: JxlLayout,
  { lfGroups, code }: ModularParts,
  index: number,
  scratch: AnsScratch,
): Steps<void> {
  // No extra precision.
  writer.write(2, 0);
  writeModularHeader(writer);
  yield* writeAnsStream(writer, code, lfGroups[index], scratch);
  const x = index % layout.lfGroupsWide;
  const y = Math.floor(index / layout.lfGroupsWide);
  const width = Math.min(layout.blocksWide - x * lfGroupBlocks, lfGroupBlocks);
  const height = Math.min(layout.blocksHigh - y * lfGroupBlocks, lfGroupBlocks);
  const blocks = width * height;
  writer.write(ceilLog2(blocks), blocks - 1);
  writeModularHeader(writer);
  // All of its symbols are 0 and have a distribution of their own: they change nothing in the state.
  yield* writeAnsStream(writer, code, emptyStream, scratch);
}

const emptyStream: TokenStream = { length: 0, contexts: new Uint16Array(0), values: new Uint16Array(0) };

/** The raw quantisation tables (ISO/IEC 18181-1 §I.2.4). */
export function writeTables(writer: BitWriter, tables: TokenStream, code: EntropyCode, scratch: AnsScratch): void {
  writeModularHeader(writer);
  runAtOnce(writeAnsStream(writer, code, tables, scratch));
}
