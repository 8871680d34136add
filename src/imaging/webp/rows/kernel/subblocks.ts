import { lumaContext } from "./contexts";
import {
  blockBytes,
  canvasOrigin,
  canvasStride,
  endsOffset,
  lambdaOffset,
  lumaModeCosts,
  lumaSteps,
  modesLeft,
  samplesOffset,
  scoreOffset,
  source,
  subblockCandidate,
  subblockModeCosts,
  subblockModes,
  transformed,
  typeLuma,
} from "./layout";
import { predictSubblock } from "./predict";
import { pathCost, quantiseByTrellis } from "./quantise";
import { forwardDct, reconstruct, reconstructDc, satd, squaredError } from "./transform";

/** Beside its bits, a macroblock of subblocks has to save this much, in 1/256 bit. */
const subblocksPenalty: i32 = 3376;

const modeCount: i32 = 10;

const predictions: usize = memory.data(160, 16);
const coefficients: usize = memory.data(32, 16);
const dequantised: usize = memory.data(32, 16);
const levels: usize = memory.data(32, 16);
/** Keys of the four best modes, i64 with the mode in the lowest four bits. */
const keys: usize = memory.data(32, 16);

/** Cost of all modes of the macroblock that was coded last. */
export let modesCost: i32 = 0;

/**
 * Codes luma block by block. Returns false as soon as that cannot come below `limit`, or its modes need more than `room` (in
 * 1/256 bit). `pressure` makes modes dearer, in sixteenths.
 */
export function codeSubblocks(
  segment: usize,
  above: usize,
  left: usize,
  modesAbove: usize,
  limit: i64,
  room: i64,
  pressure: i32,
): bool {
  const steps = segment + lumaSteps;
  const lambda = load<i32>(segment, lambdaOffset);
  const ends = subblockCandidate + endsOffset;
  const keyWeight = <i64>((load<i32>(steps, 4) * 128 * pressure) >> 4);
  spreadAboveRight();
  const subblocksCost = load<i32>(lumaModeCosts, 16);
  let score = <i64>lambda * <i64>(subblocksCost + subblocksPenalty);
  let cost = subblocksCost;
  for (let block = 0; block < 16; block++) {
    const at = (<usize>block) << 4;
    const modeAbove = <i32>(block < 4 ? load<u8>(modesAbove + block) : load<u8>(subblockModes + block - 4));
    const modeLeft = <i32>((block & 3) == 0 ? load<u8>(modesLeft + (block >> 2)) : load<u8>(subblockModes + block - 1));
    const modeCosts = subblockModeCosts + 2 * 10 * (10 * modeAbove + modeLeft);
    const context = lumaContext(ends, block, above, left);
    const samples = v128.load(source + at);
    const place = canvasOrigin + <usize>(block & ~3) * canvasStride + 4 * (block & 3);
    predictSubblock(place, predictions);
    chooseModes(block, modeCosts, keyWeight);

    let best = i64.MAX_VALUE;
    let bestMode = 0;
    let bestSamples = samples;
    for (let i: usize = 0; i < 32; i += 8) {
      const mode = <i32>load<u64>(keys + i) & 15;
      const prediction = v128.load(predictions + ((<usize>mode) << 4));
      forwardDct(samples, prediction, coefficients);
      const end = quantiseByTrellis(coefficients, 0, steps, lambda, typeLuma, context, levels, dequantised);
      const modeCost = (<i32>load<u16>(modeCosts + ((<usize>mode) << 1)) * pressure) >> 4;
      const bits = <i64>pathCost + <i64>lambda * <i64>modeCost;
      if (bits >= best) continue;
      const shown = end < 2 ? reconstructDc(load<i16>(dequantised), prediction) : reconstruct(dequantised, prediction);
      const total = bits + 256 * <i64>squaredError(shown, samples);
      if (total >= best) continue;
      best = total;
      bestMode = mode;
      bestSamples = shown;
      store<u8>(ends + block, end);
      v128.store(subblockCandidate + blockBytes * <usize>block, v128.load(levels));
      v128.store(subblockCandidate + blockBytes * <usize>block, v128.load(levels, 16), 16);
    }
    store<u8>(subblockModes + block, bestMode);
    v128.store(subblockCandidate + at, bestSamples, samplesOffset);
    store<u32>(place, i32x4.extract_lane(bestSamples, 0));
    store<u32>(place, i32x4.extract_lane(bestSamples, 1), canvasStride);
    store<u32>(place, i32x4.extract_lane(bestSamples, 2), 2 * canvasStride);
    store<u32>(place, i32x4.extract_lane(bestSamples, 3), 3 * canvasStride);
    score += best;
    cost += load<u16>(modeCosts + ((<usize>bestMode) << 1));
    if (score >= limit || <i64>cost > room) return false;
  }
  store<i64>(subblockCandidate, score, scoreOffset);
  modesCost = cost;
  return true;
}

/** The blocks at the right edge all have the same four samples above right: those of the macroblock row above. */
function spreadAboveRight(): void {
  const from = canvasOrigin - canvasStride + 16;
  const samples = load<u32>(from);
  store<u32>(from, samples, 4 * canvasStride);
  store<u32>(from, samples, 8 * canvasStride);
  store<u32>(from, samples, 12 * canvasStride);
}

/** Puts the four modes with the smallest keys into `keys`, smallest first, the lowest of equal ones. */
function chooseModes(block: i32, modeCosts: usize, keyWeight: i64): void {
  const from = transformed + 32 * <usize>block;
  const sums = v128.load(from);
  const differences = v128.load(from, 16);
  let first = i64.MAX_VALUE;
  let second = i64.MAX_VALUE;
  let third = i64.MAX_VALUE;
  let fourth = i64.MAX_VALUE;
  for (let mode = 0; mode < modeCount; mode++) {
    const difference = satd(sums, differences, v128.load(predictions + ((<usize>mode) << 4)));
    const modeCost = <i64>load<u16>(modeCosts + ((<usize>mode) << 1));
    const key = ((256 * <i64>difference + ((modeCost * keyWeight) >> 8)) << 4) | mode;
    if (key >= fourth) continue;
    if (key >= third) fourth = key;
    else {
      fourth = third;
      if (key >= second) third = key;
      else {
        third = second;
        if (key >= first) second = key;
        else {
          second = first;
          first = key;
        }
      }
    }
  }
  store<i64>(keys, first);
  store<i64>(keys, second, 8);
  store<i64>(keys, third, 16);
  store<i64>(keys, fourth, 24);
}
