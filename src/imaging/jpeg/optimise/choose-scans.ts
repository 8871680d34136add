import type { JpegFrame } from "../frame.ts";
import { codeScan, measureScan } from "./scan-plan.ts";
import type { CodedScan, ScanPlan } from "./scan-plan.ts";
import type { SparseBlocks } from "../decode/sparse-blocks.ts";
import type { Steps } from "../../steps.ts";

/** Coefficients of a component that a choice is made by: every further one costs time and changes next to nothing. */
const sampledCoefficients = 12_000;

/** Block rows that a sample has at least, so that no single part of the picture decides. */
const sampledRows = 12;

/** Tokens that are kept from counting to writing (4 MB); later scans are walked again. */
export const maxKeptTokens = 1 << 20;

/** Time to make the Huffman codes of a scan, and to add up a number. */
const nanosecondsPerCode = 200_000;
const nanosecondsPerSum = 3;

/** Most blocks of an interleaved MCU, T.81 §B.2.3. */
const maxMcuBlocks = 10;

/** Below this size a sequential file, with fewer headers, may be the smaller one. */
const sequentialTrialBits = 8 * 16_384;

/** How the AC coefficients of a component may be cut up: bits left to refinement scans, and the last position of the first band. */
interface AcLayout {
  readonly shift: number;
  readonly split: number;
}

/** `split` of one band for everything. */
const whole = 63;

/**
 * Layouts worth trying, by what won on photographs, screenshots and flat pictures of quality 60 to 95: fine luma gains by
 * leaving bits to refinement (correction bits need no Huffman codes), sparse chroma only loses by further scans.
 */
const lumaLayouts: readonly AcLayout[] = [
  { shift: 0, split: whole },
  { shift: 0, split: 12 },
  { shift: 1, split: 2 },
  { shift: 1, split: 8 },
  { shift: 2, split: 2 },
  { shift: 2, split: 8 },
  { shift: 3, split: whole },
];
const chromaLayouts: readonly AcLayout[] = [
  { shift: 0, split: whole },
  { shift: 0, split: 2 },
  { shift: 0, split: 8 },
  { shift: 1, split: 2 },
];

/**
 * The scans of the smallest file that the tried ones make, in the order of the file: rough picture
 * first. Progressive, but for tiny pictures.
 */
export function* chooseScans(sparse: SparseBlocks, frame: JpegFrame): Steps<CodedScan[]> {
  const progressive = yield* codeScans(sparse, frame, yield* planProgressive(sparse, frame));
  if (totalBits(progressive) > sequentialTrialBits) return progressive;
  const sequential = yield* codeScans(
    sparse,
    frame,
    interleavable(frame).map((components) => ({ kind: "sequential", components, start: 0, end: 63, shift: 0 })),
  );
  return totalBits(sequential) <= totalBits(progressive) ? sequential : progressive;
}

function* codeScans(sparse: SparseBlocks, frame: JpegFrame, plans: readonly ScanPlan[]): Steps<CodedScan[]> {
  let maxKept = maxKeptTokens;
  const scans: CodedScan[] = [];
  for (const plan of plans) {
    const statistics = yield* measureScan(sparse, frame, plan, { rowStep: 1, maxKeptTokens: maxKept });
    for (const tokens of statistics.tokens ?? []) maxKept -= tokens.length;
    scans.push(codeScan(plan, statistics));
    yield nanosecondsPerCode;
  }
  return scans;
}

/** Bits of the file's scans, headers and tables included. */
export function totalBits(scans: readonly CodedScan[]): number {
  return scans.reduce((sum, { bits }) => sum + bits, 0);
}

function* planProgressive(sparse: SparseBlocks, frame: JpegFrame): Steps<ScanPlan[]> {
  const layouts: AcLayout[] = [];
  for (const index of frame.components.keys()) layouts.push(yield* chooseAcLayout(sparse, frame, index));
  // Leaving the lowest DC bit to a refinement never paid.
  const dc = interleavable(frame).map((components): ScanPlan => ({
    kind: "first-dc",
    components,
    start: 0,
    end: 0,
    shift: 0,
  }));
  const order = frame.components.map((_, index) => index);
  const lowBands = order.map((index) => firstScans(index, layouts[index])[0]);
  const highBands = order.flatMap((index) => firstScans(index, layouts[index]).slice(1));
  const refinements = order
    .flatMap((index) => refinementScans(index, layouts[index]))
    .toSorted((a, b) => b.shift - a.shift);
  return [...dc, ...lowBands, ...highBands, ...refinements];
}

/** Groups of components that one scan may hold. */
function interleavable(frame: JpegFrame): number[][] {
  const all = frame.components.map((_, index) => index);
  const blocks = frame.components.reduce((sum, { horizontalSampling: h, verticalSampling: v }) => sum + h * v, 0);
  return all.length === 1 || blocks <= maxMcuBlocks ? [all] : all.map((index) => [index]);
}

function* chooseAcLayout(sparse: SparseBlocks, frame: JpegFrame, index: number): Steps<AcLayout> {
  const { blocksHigh } = frame.components[index];
  const { counts } = sparse.components[index];
  const coefficients = counts.reduce((sum, count) => sum + count, 0);
  yield counts.length * nanosecondsPerSum;
  const rowStep = Math.max(
    1,
    Math.min(Math.floor(coefficients / sampledCoefficients), Math.floor(blocksHigh / sampledRows)),
  );
  const share = blocksHigh / Math.ceil(blocksHigh / rowStep);
  const measured = new Map<string, number>();
  const bitsOf = function* (plan: ScanPlan): Steps<number> {
    const key = `${plan.kind} ${plan.start} ${plan.end} ${plan.shift}`;
    const known = measured.get(key);
    if (known !== undefined) return known;
    const statistics = yield* measureScan(sparse, frame, plan, { rowStep, maxKeptTokens: 0 });
    const { bits } = codeScan(plan, statistics, share);
    yield nanosecondsPerCode;
    measured.set(key, bits);
    return bits;
  };
  const layouts = index === 0 || index === 3 ? lumaLayouts : chromaLayouts;
  let best = layouts[0];
  let bestBits = Infinity;
  for (const layout of layouts) {
    let bits = 0;
    for (const plan of [...firstScans(index, layout), ...refinementScans(index, layout)]) bits += yield* bitsOf(plan);
    if (bits >= bestBits) continue;
    best = layout;
    bestBits = bits;
  }
  return best;
}

function firstScans(index: number, { shift, split }: AcLayout): ScanPlan[] {
  const scan = (start: number, end: number): ScanPlan => ({ kind: "first-ac", components: [index], start, end, shift });
  return split === whole ? [scan(1, 63)] : [scan(1, split), scan(split + 1, 63)];
}

function refinementScans(index: number, { shift }: AcLayout): ScanPlan[] {
  return Array.from({ length: shift }, (_, i) => ({
    kind: "ac-refinement",
    components: [index],
    start: 1,
    end: 63,
    shift: shift - 1 - i,
  }));
}
