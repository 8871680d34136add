import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import sharp from "sharp";
import { pausing, startReactor } from "../../src/imaging/wasm/reactor.ts";
import type { StartedWasm } from "../../src/imaging/wasm/wasm-instance.ts";
import { dissimilarityOfScore } from "../../src/imaging/cost/score.ts";
import { type Steps, workPerStep } from "../../src/imaging/steps.ts";
import { encodeWebpRows } from "../../src/imaging/webp/rows/encode-rows.ts";
import { searchIndex } from "../../src/imaging/webp/rows/search-index.ts";
import { baseIndexOfQuality } from "../../src/imaging/webp/rows/quality.ts";
import { estimateWebpRowsMemory } from "../../src/imaging/webp/rows/memory.ts";
import type { Pixels } from "../../src/imaging/model/picture.ts";
import { hasScores } from "../bytes/score.ts";
import { compareAtEqualScore, type EqualScoreResult } from "./equal-score.ts";
import { formatTable } from "../coefficients/table.ts";
import { makePicture } from "../encode/pictures.ts";
import { type Spread, spreadOf } from "../hit/statistics.ts";
import { describeRun, writeRecord } from "../record.ts";

/** Megapixels, and rounds: the larger ones take seconds each. */
const sizes = [
  { megapixels: 0.4, rounds: 9 },
  { megapixels: 1, rounds: 9 },
  { megapixels: 4, rounds: 5 },
  { megapixels: 24, rounds: 2 },
] as const;
const qualities = [75, 85] as const;
/** libwebp takes 17 bytes of each pixel: larger pictures are for rows alone. */
const maxPeerMegapixels = 4;

interface RowsResult {
  readonly megapixels: number;
  readonly quality: number;
  /** CPU milliseconds for each megapixel. */
  readonly rows: Spread;
  /** The same with the search for the quality before it. */
  readonly searched: Spread;
  readonly libwebp?: Spread;
  /** Rows' time over libwebp's, of each round. */
  readonly ratio?: Spread;
  readonly bytes: number;
  readonly bytesLibwebp?: number;
  /** CPU milliseconds of single steps. */
  readonly steps: number;
  readonly medianStep: number;
  readonly longestStep: number;
  /** What the memory of rows is predicted as. */
  readonly predictedBytes: number;
}

/** Exports of `wasm/adapters/webp-encode.c`. */
interface Libwebp {
  allocate(bytes: number): number;
  readonly encodeLossy: (
    rgba: number,
    width: number,
    height: number,
    method: number,
    quality: number,
    sharpYuv: number,
  ) => number;
  outputBytes(): number;
  discard(): void;
}

/** Bytes of libwebp's file with method 4. */
async function encodeByLibwebp(
  { api, memory }: StartedWasm<Libwebp>,
  pixels: Pixels,
  quality: number,
): Promise<number> {
  const { data, width, height } = pixels;
  const rgba = api.allocate(data.length);
  new Uint8Array(memory.buffer).set(data, rgba);
  await pausing(api.encodeLossy)(rgba, width, height, 4, quality, 0);
  const bytes = api.outputBytes();
  api.discard();
  return bytes;
}

function loadModule(url: string | URL): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(url));
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The finest and the coarsest index that the search may choose. */
const searched = { least: 5, most: 60, dissimilarity: dissimilarityOfScore("webp rows", 78) } as const;

function* encodeSearched(kernel: WebAssembly.Module, pixels: Pixels, guess: number): Steps<Uint8Array> {
  return yield* encodeWebpRows(kernel, pixels, yield* searchIndex(kernel, pixels, { guess, ...searched }));
}

/** Runs one encode, pausing as a Worker does. */
function timeRows(encode: Steps<Uint8Array>): { bytes: number; steps: number[] } {
  const steps: number[] = [];
  let work = 0;
  let began = cpuMilliseconds();
  for (;;) {
    const step = encode.next();
    if (step.done !== true && (work += step.value) < workPerStep) continue;
    steps.push(cpuMilliseconds() - began);
    if (step.done === true) return { bytes: step.value.length, steps };
    [work, began] = [0, cpuMilliseconds()];
  }
}

/** A sheet of photographs; from 4 megapixels on the one of 4, enlarged by repetition. */
async function makePixels(megapixels: number): Promise<Pixels> {
  const { data, width, height } = await makePicture(Math.min(megapixels, maxPeerMegapixels));
  if (megapixels <= maxPeerMegapixels) return { data: new Uint8ClampedArray(data), width, height };
  const [wide, high] = [6000, 4000];
  const tiled = await sharp({ create: { width: wide, height: high, channels: 4, background: "black" } })
    .composite([{ input: Buffer.from(data), raw: { width, height, channels: 4 }, tile: true, gravity: "northwest" }])
    .raw()
    .toBuffer();
  return { data: new Uint8ClampedArray(tiled), width: wide, height: high };
}

/**
 * Measures the WebP encoder by rows beside libwebp, in one process of Node.js: CPU time, bytes at the same quality, and how
 * long a single step takes; and where there are tools, beside cwebp at equal scores. Prints tables and writes `bench/results/webp-rows.json`. Takes about two minutes.
 */
export async function runWebpRowsBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  const kernel = loadModule(new URL("../../wasm/built/webp-rows.wasm", import.meta.url));
  const peer = startReactor<Libwebp>(loadModule(new URL("../../wasm/built/webp-encode.wasm", import.meta.url)));

  const results: RowsResult[] = [];
  for (const { megapixels, rounds } of sizes) {
    const pixels = await makePixels(megapixels);
    const { width, height } = pixels;
    const millions = (width * height) / 1e6;
    for (const quality of qualities) {
      const times = { rows: [] as number[], searched: [] as number[], peer: [] as number[] };
      const steps: number[] = [];
      let bytes = 0;
      let bytesPeer = 0;
      // One more round, the first, in which the engine compiles.
      for (let round = 0; round <= rounds; round++) {
        const baseIndex = baseIndexOfQuality(quality);
        const made = timeRows(encodeWebpRows(kernel, pixels, baseIndex));
        bytes = made.bytes;
        if (round > 0) {
          steps.push(...made.steps);
          times.rows.push(sumOf(made.steps) / millions);
          times.searched.push(sumOf(timeRows(encodeSearched(kernel, pixels, baseIndex)).steps) / millions);
        }
        if (megapixels > maxPeerMegapixels) continue;
        const began = cpuMilliseconds();
        bytesPeer = await encodeByLibwebp(peer, pixels, quality);
        if (round > 0) times.peer.push((cpuMilliseconds() - began) / millions);
      }
      const { median: medianStep, highest: longestStep } = spreadOf(steps);
      const peerFigures = {
        libwebp: spreadOf(times.peer),
        ratio: spreadOf(times.rows.map((ms, round) => ms / times.peer[round])),
        bytesLibwebp: bytesPeer,
      };
      results.push({
        megapixels: millions,
        quality,
        rows: spreadOf(times.rows),
        searched: spreadOf(times.searched),
        bytes,
        ...(times.peer.length > 0 ? peerFigures : {}),
        steps: steps.length / rounds,
        medianStep,
        longestStep,
        predictedBytes: estimateWebpRowsMemory(width, height),
      });
    }
  }
  console.log(describeRows(results));
  const equalScore = hasScores ? await compareAtEqualScore(kernel) : [];
  console.log(describeEqualScore(equalScore));
  writeRecord("webp-rows", { ...describeRun("webp-rows", { loadBefore }), results, equalScore });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function describeEqualScore(results: readonly EqualScoreResult[]): string {
  const groups = [
    ["corpus", results.filter(({ isOther }) => !isOther)],
    ["others", results.filter(({ isOther }) => isOther)],
  ] as const;
  const rows = groups.flatMap(([group, members]) => [
    ...members.map(({ name, bytesAtScore, bytesAtDistance }) => [group, name, bytesAtScore, bytesAtDistance] as const),
    [
      group,
      `mean of ${members.length}`,
      sumOf(members.map(({ bytesAtScore }) => bytesAtScore)) / members.length,
      sumOf(members.map(({ bytesAtDistance }) => bytesAtDistance)) / members.length,
    ] as const,
  ]);
  return formatTable(
    ["pictures", "bytes, cwebp -m 4 = 1", "at equal SSIMULACRA 2", "at equal butteraugli 3-norm"],
    rows.map(([group, name, score, distance]) => [group, name, score.toFixed(3), distance.toFixed(3)]),
    2,
  );
}

function describeRows(results: readonly RowsResult[]): string {
  const header = [
    "MP",
    "quality",
    "rows ms/MP",
    "searched",
    "libwebp",
    "ratio",
    "bytes",
    "libwebp",
    "steps",
    "median ms",
    "longest",
  ];
  const rows = results.map((result) => [
    result.megapixels.toFixed(1),
    `${result.quality}`,
    result.rows.median.toFixed(0),
    result.searched.median.toFixed(0),
    result.libwebp?.median.toFixed(0) ?? "",
    result.ratio?.median.toFixed(2) ?? "",
    `${result.bytes}`,
    `${result.bytesLibwebp ?? ""}`,
    `${result.steps}`,
    result.medianStep.toFixed(1),
    result.longestStep.toFixed(1),
  ]);
  return formatTable(header, rows, 0);
}
