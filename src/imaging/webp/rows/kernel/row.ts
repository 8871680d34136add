import {
  chromaModeCosts,
  flagsAbove,
  flagsLeft,
  flagStride,
  layOut,
  lumaModeCosts,
  macroblocksHigh,
  macroblocksWide,
  modeOffset,
  modesAbove,
  rowLevels,
  rowModes,
  scoreOffset,
  segments,
  segmentStride,
  source,
  subblockCandidate,
} from "./layout";
import { beginRow, keepChoice, levelsAt, modesAt } from "./keep";
import { codeChroma, codeWholeLuma } from "./planes";
import { beginEdges, copySource, keepSamples } from "./samples";
import { codeSubblocks, modesCost } from "./subblocks";
import { scaledVariance } from "./transform";

/** Activities from which a macroblock belongs to the next segment. */
const secondSegment: i32 = 55;
const thirdSegment: i32 = 95;
const fourthSegment: i32 = 125;

/** Kept free in the first partition for the modes of each macroblock to come, in 1/256 bit: most that they take without subblocks. */
const reservedCost: i64 = 11 * 256;
/** Segment and "skipped". */
const flagsCost: i32 = 3 * 256;
/** Subblocks are tried where there is more room than this. */
const leastSubblocksRoom: i64 = 64 * 256;
/** How much dearer modes are made, in sixteenths. */
const leastPressure: i32 = 16;
const mostPressure: i32 = 4096;

/** What modes may take in the first partition and have taken, in 1/256 bit. */
let modesBudget: i64 = 0;
let modesTotal: i64 = 0;
let pressure: i32 = leastPressure;
let row: i32 = 0;
let column: i32 = 0;

/** Lays out a picture; once, and before the host writes its planes. */
export function begin(wide: i32, high: i32, budget: f64): void {
  layOut(wide, high);
  modesBudget = <i64>budget;
}

/**
 * Codes so many further macroblocks of the row that is in the planes, which hold their reconstruction once the whole row is
 * coded. Returns whether it is.
 */
export function encodeMacroblocks(count: i32): bool {
  if (column == 0) beginRow();
  const end = min(column + count, <i32>macroblocksWide);
  for (; column < end; column++) encodeMacroblock(column);
  if (end < <i32>macroblocksWide) return false;
  endRow();
  return true;
}

function endRow(): void {
  column = 0;
  row++;
  const isAhead = modesTotal * <i64>macroblocksHigh > modesBudget * <i64>row;
  pressure = isAhead ? min(mostPressure, (pressure * 5) >> 2) : max(leastPressure, (pressure * 4) / 5);
}

/** Bytes that the last row left at `rowModes` and at `rowLevels`. */
export function modeBytes(): i32 {
  return <i32>(modesAt - rowModes);
}

export function levelBytes(): i32 {
  return <i32>(levelsAt - rowLevels);
}

function encodeMacroblock(column: i32): void {
  beginEdges(column, row);
  copySource(column);
  const segment = chooseSegment();
  const quantiser = segments + segmentStride * <usize>segment;
  const above = flagsAbove + flagStride * <usize>column;
  const whole = codeWholeLuma(quantiser, above, flagsLeft);
  const toCome = <i32>macroblocksWide * (macroblocksHigh - row) - column;
  const room = modesBudget - modesTotal - <i64>toCome * reservedCost;
  const hasSubblocks =
    room > leastSubblocksRoom &&
    codeSubblocks(
      quantiser,
      above,
      flagsLeft,
      modesAbove + 4 * <usize>column,
      load<i64>(whole, scoreOffset),
      room,
      pressure,
    );
  const chroma = codeChroma(quantiser, above, flagsLeft);
  const lumaCost = hasSubblocks ? modesCost : load<i32>(lumaModeCosts + ((<usize>load<i32>(whole, modeOffset)) << 2));
  const chromaCost = load<i32>(chromaModeCosts + ((<usize>load<i32>(chroma, modeOffset)) << 2));
  modesTotal += lumaCost + chromaCost + flagsCost;
  keepSamples(column, hasSubblocks ? subblockCandidate : whole, chroma);
  keepChoice(column, segment, whole, hasSubblocks, chroma);
}

/** The segment of a macroblock by its activity: the mean logarithm of the variances of its 16 blocks of luma. */
function chooseSegment(): i32 {
  let logarithms = 0;
  for (let block: usize = 0; block < 16; block++) {
    const variance = scaledVariance(v128.load(source + (block << 4))) + 256;
    const exponent = 31 - clz(variance);
    logarithms += 16 * exponent + ((variance >> (exponent - 4)) & 15);
  }
  const activity = (logarithms >> 4) - 128;
  return activity < secondSegment ? 0 : activity < thirdSegment ? 1 : activity < fourthSegment ? 2 : 3;
}
