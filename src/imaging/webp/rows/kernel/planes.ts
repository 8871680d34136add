import {
  blockBytes,
  chromaCandidate,
  chromaLambdaOffset,
  chromaModeCosts,
  chromaSteps,
  coefficientsOffset,
  endsOffset,
  lambdaOffset,
  lumaEdges,
  lumaModeCosts,
  lumaSteps,
  meansOffset,
  modeOffset,
  otherChromaCandidate,
  otherWholeCandidate,
  predictionOffset,
  samplesOffset,
  scoreOffset,
  source,
  transformed,
  typeChroma,
  typeLumaWithoutDc,
  typeY2,
  uEdges,
  vEdges,
  wholeCandidate,
  y2Flag,
  y2Steps,
} from "./layout";
import { chromaContext, lumaContext } from "./contexts";
import { predictBlock } from "./predict";
import { blockCost, quantiseByTrellis, quantisePlainly } from "./quantise";
import { forwardDct, forwardWht, inverseWht, reconstruct, reconstructDc, satd, squaredError } from "./transform";

/** Rounding of levels that are not chosen by the trellis, in 1/256 of a step. */
const acBias: i32 = 110;
const y2DcBias: i32 = 96;
const y2AcBias: i32 = 108;

const modeCount: i32 = 4;
/** SATDs of modes, i32. */
const satds: usize = memory.data(16, 16);
const dequantised: usize = memory.data(32, 16);
/** Coefficients of Y2. */
const means: usize = memory.data(32, 16);

function addSatds(edges: usize, firstBlock: i32, size: i32): void {
  for (let mode = 0; mode < modeCount; mode++) {
    let sum = load<i32>(satds + ((<usize>mode) << 2));
    let block = transformed + 32 * <usize>firstBlock;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, block += 32) {
        sum += satd(v128.load(block), v128.load(block, 16), predictBlock(edges, mode, x, y));
      }
    }
    store<i32>(satds + ((<usize>mode) << 2), sum);
  }
}

/** The mode with the smallest SATD, the first of equal ones, leaving one out. */
function bestMode(except: i32): i32 {
  let best = except == 0 ? 1 : 0;
  for (let mode = best + 1; mode < modeCount; mode++) {
    if (mode != except && load<i32>(satds + ((<usize>mode) << 2)) < load<i32>(satds + ((<usize>best) << 2)))
      best = mode;
  }
  return best;
}

/**
 * Codes luma with one mode for all of it: the two modes with the smallest SATD are tried, then the levels of the better one
 * are chosen by the trellis. Returns the candidate.
 */
export function codeWholeLuma(segment: usize, above: usize, left: usize): usize {
  v128.store(satds, i32x4.splat(0));
  addSatds(lumaEdges, 0, 4);
  const first = bestMode(-1);
  tryWholeLuma(wholeCandidate, first, segment, above, left);
  tryWholeLuma(otherWholeCandidate, bestMode(first), segment, above, left);
  const best =
    load<i64>(otherWholeCandidate, scoreOffset) < load<i64>(wholeCandidate, scoreOffset)
      ? otherWholeCandidate
      : wholeCandidate;
  improveLevels(best, segment, above, left);
  return best;
}

function tryWholeLuma(candidate: usize, mode: i32, segment: usize, above: usize, left: usize): void {
  const coefficients = candidate + coefficientsOffset;
  const ends = candidate + endsOffset;
  for (let block = 0; block < 16; block++) {
    const prediction = predictBlock(lumaEdges, mode, block & 3, block >> 2);
    v128.store(candidate + predictionOffset + ((<usize>block) << 4), prediction);
    const to = coefficients + blockBytes * <usize>block;
    forwardDct(v128.load(source + ((<usize>block) << 4)), prediction, to);
    store<i16>(dequantised + ((<usize>block) << 1), load<i16>(to));
  }
  forwardWht(dequantised, means);
  const y2Levels = candidate + blockBytes * 16;
  const y2End = quantisePlainly(means, 0, segment + y2Steps, y2DcBias, y2AcBias, y2Levels, dequantised);
  store<u8>(ends + 16, y2End);
  inverseWht(dequantised, candidate + meansOffset);
  store<i32>(candidate, mode, modeOffset);
  let cost = 0;
  let error = 0;
  for (let block = 0; block < 16; block++) {
    const at = blockBytes * <usize>block;
    const end = quantisePlainly(coefficients + at, 1, segment + lumaSteps, 0, acBias, candidate + at, dequantised);
    cost += blockCost(typeLumaWithoutDc, lumaContext(ends, block, above, left), candidate + at, 1, end);
    store<u8>(ends + block, end);
    error += reconstructLuma(candidate, block, end);
  }
  setLumaScore(candidate, segment, above, left, cost, error);
}

/** Chooses the levels of a candidate's blocks by the trellis; Y2 stays as it is. */
function improveLevels(candidate: usize, segment: usize, above: usize, left: usize): void {
  const ends = candidate + endsOffset;
  const lambda = load<i32>(segment, lambdaOffset);
  let cost = 0;
  let error = 0;
  for (let block = 0; block < 16; block++) {
    const at = blockBytes * <usize>block;
    const context = lumaContext(ends, block, above, left);
    const end = quantiseByTrellis(
      candidate + coefficientsOffset + at,
      1,
      segment + lumaSteps,
      lambda,
      typeLumaWithoutDc,
      context,
      candidate + at,
      dequantised,
    );
    cost += blockCost(typeLumaWithoutDc, context, candidate + at, 1, end);
    store<u8>(ends + block, end);
    error += reconstructLuma(candidate, block, end);
  }
  setLumaScore(candidate, segment, above, left, cost, error);
}

/** Reconstructs a block from its mean and the other coefficients in `dequantised`, which are all 0 where `end` is 0. */
function reconstructLuma(candidate: usize, block: i32, end: i32): i32 {
  const at = (<usize>block) << 4;
  const prediction = v128.load(candidate + at, predictionOffset);
  const mean = load<i16>(candidate + ((<usize>block) << 1), meansOffset);
  let samples: v128;
  if (end == 0) samples = reconstructDc(mean, prediction);
  else {
    store<i16>(dequantised, mean);
    samples = reconstruct(dequantised, prediction);
  }
  v128.store(candidate + at, samples, samplesOffset);
  return squaredError(samples, v128.load(source + at));
}

function setLumaScore(candidate: usize, segment: usize, above: usize, left: usize, cost: i32, error: i32): void {
  const mode = load<i32>(candidate, modeOffset);
  const context = <i32>load<u8>(above, y2Flag) + <i32>load<u8>(left, y2Flag);
  const y2Cost = blockCost(typeY2, context, candidate + blockBytes * 16, 0, load<u8>(candidate + 16, endsOffset));
  const bits = cost + y2Cost + load<i32>(lumaModeCosts + ((<usize>mode) << 2));
  store<i64>(candidate, 256 * <i64>error + <i64>load<i32>(segment, lambdaOffset) * <i64>bits, scoreOffset);
}

/** Codes both planes of chroma with one mode, the better of the two with the smallest SATD. Returns the candidate. */
export function codeChroma(segment: usize, above: usize, left: usize): usize {
  v128.store(satds, i32x4.splat(0));
  addSatds(uEdges, 16, 2);
  addSatds(vEdges, 20, 2);
  const first = bestMode(-1);
  tryChroma(chromaCandidate, first, segment, above, left);
  tryChroma(otherChromaCandidate, bestMode(first), segment, above, left);
  return load<i64>(otherChromaCandidate, scoreOffset) < load<i64>(chromaCandidate, scoreOffset)
    ? otherChromaCandidate
    : chromaCandidate;
}

function tryChroma(candidate: usize, mode: i32, segment: usize, above: usize, left: usize): void {
  const ends = candidate + endsOffset;
  const lambda = load<i32>(segment, chromaLambdaOffset);
  let cost = load<i32>(chromaModeCosts + ((<usize>mode) << 2));
  let error = 0;
  for (let block = 0; block < 8; block++) {
    const edges = block < 4 ? uEdges : vEdges;
    const prediction = predictBlock(edges, mode, block & 1, (block >> 1) & 1);
    const samples = v128.load(source + 256 + ((<usize>block) << 4));
    const coefficients = candidate + coefficientsOffset;
    const levels = candidate + blockBytes * <usize>block;
    forwardDct(samples, prediction, coefficients);
    const context = chromaContext(ends, block, above, left);
    const end = quantiseByTrellis(
      coefficients,
      0,
      segment + chromaSteps,
      lambda,
      typeChroma,
      context,
      levels,
      dequantised,
    );
    cost += blockCost(typeChroma, context, levels, 0, end);
    store<u8>(ends + block, end);
    const shown = end < 2 ? reconstructDc(load<i16>(dequantised), prediction) : reconstruct(dequantised, prediction);
    v128.store(candidate + ((<usize>block) << 4), shown, samplesOffset);
    error += squaredError(shown, samples);
  }
  store<i32>(candidate, mode, modeOffset);
  store<i64>(candidate, 256 * <i64>error + <i64>load<i32>(segment, lambdaOffset) * <i64>cost, scoreOffset);
}
