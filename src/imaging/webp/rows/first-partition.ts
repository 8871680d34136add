import type { BooleanEncoder } from "./boolean-encoder.ts";
import {
  type Branch,
  chromaModePaths,
  chromaModeProbabilities,
  firstSubblockProbability,
  lumaModePaths,
  lumaModeProbabilities,
  subblockModePaths,
  subblockModes,
  subblocksProbability,
} from "./mode-costs.ts";
import type { MacroblockModes } from "./mode-reader.ts";
import { probabilityOfZero } from "./probabilities.ts";
import { defaultProbabilities, probabilitiesOfUpdates } from "./probability-tables.ts";
import { chromaDcDelta } from "./quantisers.ts";
import { segmentCount } from "./segments.ts";
import { subblockModeProbabilities } from "./tables.ts";

/** A probability of this is not sent. */
const certain = 255;

/** How macroblocks are said to be of a segment, and skipped. */
export interface ModeProbabilities {
  /** Of the segments' tree: 0 and 1 or 2 and 3; 0 or 1; 2 or 3. */
  readonly segments: readonly [number, number, number];
  /** Undefined where none is skipped. */
  readonly notSkipped: number | undefined;
}

/** From the macroblocks of each segment, and how many of all are skipped. */
export function chooseModeProbabilities(segments: Uint32Array, skipped: number): ModeProbabilities {
  const macroblocks = segments.reduce((sum, count) => sum + count);
  const probability = (zeros: number, total: number): number =>
    total === 0 ? certain : probabilityOfZero(zeros, total);
  const [first, second, third, fourth] = segments;
  return {
    segments: [
      probability(first + second, macroblocks),
      probability(first, first + second),
      probability(third, third + fourth),
    ],
    notSkipped: skipped === 0 ? undefined : probability(macroblocks - skipped, macroblocks),
  };
}

/** What the frame's header says beside its size (RFC 6386 §9.3–9.11, §19.2). */
export interface FrameHeader {
  readonly baseIndex: number;
  readonly segmentIndices: readonly number[];
  readonly probabilities: Uint8Array;
  readonly modes: ModeProbabilities;
}

export function writeFrameHeader(encoder: BooleanEncoder, header: FrameHeader): void {
  // Colour space and clamping: as decoders know them.
  encoder.writeNumber(0, 2);
  writeSegmentation(encoder, header);
  // Loop filter: type, level, sharpness, no deltas. Every level made files of this encoder score worse.
  encoder.writeNumber(0, 1 + 6 + 3 + 1);
  // One partition of tokens.
  encoder.writeNumber(0, 2);
  encoder.writeNumber(header.baseIndex, 7);
  for (const delta of [0, 0, 0, chromaDcDelta, 0]) encoder.writeOptionalSigned(delta, 4);
  // Probabilities are not kept for a next frame.
  encoder.writeNumber(0, 1);
  header.probabilities.forEach((probability, index) => {
    const replaced = probability !== defaultProbabilities[index];
    encoder.writeBit(replaced, probabilitiesOfUpdates[index]);
    if (replaced) encoder.writeNumber(probability, 8);
  });
  const { notSkipped } = header.modes;
  encoder.writeBit(notSkipped !== undefined, 128);
  if (notSkipped !== undefined) encoder.writeNumber(notSkipped, 8);
}

/** Segments with absolute quantiser indices, without loop filter levels. */
function writeSegmentation(encoder: BooleanEncoder, { segmentIndices, modes }: FrameHeader): void {
  // Enabled; with a map, with data, which are absolute.
  encoder.writeNumber(0b1111, 4);
  for (const index of segmentIndices) encoder.writeOptionalSigned(index, 7);
  for (let segment = 0; segment < segmentCount; segment++) encoder.writeOptionalSigned(0, 6);
  for (const probability of modes.segments) {
    encoder.writeBit(probability !== certain, 128);
    if (probability !== certain) encoder.writeNumber(probability, 8);
  }
}

/**
 * Writes the modes of a macroblock (RFC 6386 §19.3). Of the subblock modes above and at the left of it, four each, those of
 * this macroblock take the place.
 */
export function writeModes(
  encoder: BooleanEncoder,
  modes: MacroblockModes,
  probabilities: ModeProbabilities,
  modesAbove: Uint8Array,
  firstAbove: number,
  modesLeft: Uint8Array,
): void {
  const { segment, skipped, subblocks, lumaMode, chromaMode } = modes;
  const [upper, first, second] = probabilities.segments;
  encoder.writeBit(segment > 1, upper);
  encoder.writeBit((segment & 1) === 1, segment > 1 ? second : first);
  if (probabilities.notSkipped !== undefined) encoder.writeBit(skipped, probabilities.notSkipped);
  encoder.writeBit(!subblocks, subblocksProbability);
  if (subblocks) {
    modes.subblockModes.forEach((mode, block) => {
      const column = firstAbove + (block & 3);
      const context = subblockModes * modesAbove[column] + modesLeft[block >> 2];
      writePath(encoder, subblockModePaths[mode], subblockModeProbabilities, firstSubblockProbability(context));
      modesAbove[column] = mode;
      modesLeft[block >> 2] = mode;
    });
  } else {
    writePath(encoder, lumaModePaths[lumaMode], lumaModeProbabilities, 0);
    // Blocks of it count as predicted by the mode of the same number.
    modesAbove.fill(lumaMode, firstAbove, firstAbove + 4);
    modesLeft.fill(lumaMode);
  }
  writePath(encoder, chromaModePaths[chromaMode], chromaModeProbabilities, 0);
}

function writePath(
  encoder: BooleanEncoder,
  path: readonly Branch[],
  probabilities: ArrayLike<number>,
  first: number,
): void {
  for (const [node, bit] of path) encoder.writeBit(bit === 1, probabilities[first + node]);
}
