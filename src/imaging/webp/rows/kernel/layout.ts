/**
 * Where everything is in the module's memory. There is no allocation: what does not grow with the picture is in static data,
 * lines of the picture begin at `__heap_base`.
 */

/** Written by the host, once: see `kernel.ts`. */
export const tokenOfLevel: usize = memory.data(2048, 16);
export const extraCosts: usize = memory.data(4 * 2048, 16);
/** Of 16×16 luma; the fifth is that of the bit which says "subblocks". */
export const lumaModeCosts: usize = memory.data(4 * 5, 16);
export const chromaModeCosts: usize = memory.data(4 * 4, 16);
/** u16: `[mode above 10][mode left 10][mode 10]`. */
export const subblockModeCosts: usize = memory.data(2 * 1000, 16);
/** Four segments of `segmentStride` bytes. */
export const segments: usize = memory.data(4 * 64, 16);

/** Written by the host before each row: costs of tokens, i32 in rows of 16. */
export const tokenCosts: usize = memory.data(4 * 8 * 3 * 64, 16);

/** Read by the host: counts of tokens, u32 in the same rows; of macroblocks by segment; of skipped ones. */
export const tokenCounts: usize = memory.data(4 * 8 * 3 * 64, 16);
export const segmentCounts: usize = memory.data(4 * 4, 16);
export const skippedCount: usize = memory.data(16, 16);

export const segmentStride: usize = 64;
/** Offsets of i32 in a segment: steps of DC and AC and their reciprocals, for luma, Y2 and chroma; then the two lambdas. */
export const lumaSteps: usize = 0;
export const y2Steps: usize = 16;
export const chromaSteps: usize = 32;
export const lambdaOffset: usize = 48;
export const chromaLambdaOffset: usize = 52;

/** Bytes of a row of token costs and counts: of one context, one band, one type. */
export const contextStride: usize = 64;
const bandStride: usize = 3 * contextStride;
const typeStride: usize = 8 * bandStride;
/** Bytes in such a row at which the end of a block is, and "no end". */
export const endToken: usize = 4 * 11;
export const moreToken: usize = 4 * 12;

export const typeLumaWithoutDc: usize = 0;
export const typeY2: usize = typeStride;
export const typeChroma: usize = 2 * typeStride;
export const typeLuma: usize = 3 * typeStride;

/** The macroblock: 16 blocks of luma, four of U, four of V, 16 samples each; and their Hadamard transforms. */
export const source: usize = memory.data(24 * 16, 16);
export const transformed: usize = memory.data(24 * 32, 16);

/** A plane's edges: 16 samples above, 16 at the left, i32 of the corner and of the mean. */
export const lumaEdges: usize = memory.data(48, 16);
export const uEdges: usize = memory.data(48, 16);
export const vEdges: usize = memory.data(48, 16);
export const edgeLeft: usize = 16;
export const edgeCorner: usize = 32;
export const edgeMean: usize = 36;

/** Luma with its edges, in lines of 32: the corner is at 7, above it are 16 and four more from 8 on. */
export const canvasStride: usize = 32;
const canvas: usize = memory.data(17 * 32, 16);
export const canvasOrigin: usize = canvas + canvasStride + 8;

/** Candidates: levels in coding order, coefficients row by row (i16), predictions, samples, ends of blocks. */
export const blockBytes: usize = 32;
export const coefficientsOffset: usize = 17 * 32;
export const predictionOffset: usize = 34 * 32;
export const samplesOffset: usize = predictionOffset + 16 * 16;
export const endsOffset: usize = samplesOffset + 16 * 16;
export const meansOffset: usize = endsOffset + 32;
export const modeOffset: usize = meansOffset + 32;
export const scoreOffset: usize = modeOffset + 8;
const candidateBytes: i32 = 17 * 32 * 2 + 16 * 16 * 2 + 32 + 32 + 16;
export const wholeCandidate: usize = memory.data(candidateBytes, 16);
export const otherWholeCandidate: usize = memory.data(candidateBytes, 16);
export const subblockCandidate: usize = memory.data(candidateBytes, 16);
export const chromaCandidate: usize = memory.data(candidateBytes, 16);
export const otherChromaCandidate: usize = memory.data(candidateBytes, 16);
/** Modes of the 16 blocks. */
export const subblockModes: usize = memory.data(16, 16);

/** Flags of edges, 16 bytes: of luma four, of U and V two each, of Y2; and modes of the blocks at the left. */
export const flagStride: usize = 16;
export const flagsLeft: usize = memory.data(16, 16);
export const modesLeft: usize = memory.data(4, 4);
export const firstChromaFlag: usize = 4;
export const y2Flag: usize = 8;

/** Lines of the picture, by `layOut()`. */
export let macroblocksWide: usize = 0;
export let macroblocksHigh: i32 = 0;
export let lumaPlane: usize = 0;
export let uPlane: usize = 0;
export let vPlane: usize = 0;
export let lumaLine: usize = 0;
export let uLine: usize = 0;
export let vLine: usize = 0;
/** Flags of the lowest blocks of each macroblock above, and their modes. */
export let flagsAbove: usize = 0;
export let modesAbove: usize = 0;
/** What a row leaves for the host. */
export let rowModes: usize = 0;
export let rowLevels: usize = 0;

/** Most that a macroblock takes: nine bytes of modes; a map, and 25 blocks of 16 escaped levels. */
const maxModeBytes: i32 = 9;
const maxLevelBytes: i32 = 4 + (25 * 16 * 5) / 2;
/** Vectors may be read and written beyond the end. */
const spare: i32 = 64;

export function layOut(wide: i32, high: i32): void {
  macroblocksWide = <usize>wide;
  macroblocksHigh = high;
  let at = (__heap_base + 15) & ~15;
  lumaPlane = at;
  at += 256 * wide;
  uPlane = at;
  at += 64 * wide;
  vPlane = at;
  at += 64 * wide;
  lumaLine = at;
  at += 16 * wide + spare;
  uLine = at;
  at += 8 * wide + spare;
  vLine = at;
  at += 8 * wide + spare;
  flagsAbove = at;
  at += flagStride * wide;
  modesAbove = at;
  at += 4 * wide;
  rowModes = at;
  at += maxModeBytes * wide + spare;
  rowLevels = at;
  at += maxLevelBytes * wide + spare;
  const pages = <i32>((at + 0xffff) >> 16) - memory.size();
  if (pages > 0) memory.grow(pages);
}
