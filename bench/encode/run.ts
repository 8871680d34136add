import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { EncodeSettings } from "../../src/codecs/codec.ts";
import { type BenchCase, benchCases } from "./cases.ts";
import { type CodecWorker, launchCodecWorker } from "./launch.ts";
import { type BenchPicture, makePicture } from "./pictures.ts";

interface Timing {
  /** Milliseconds per megapixel. */
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

interface EncodeResult {
  readonly codec: string;
  readonly settings: string;
  /** Only for encoders; by this the cost model's promises are checked against the results. */
  readonly encodeSettings: EncodeSettings | undefined;
  readonly width: number;
  readonly height: number;
  readonly megapixels: number;
  readonly rounds: number;
  readonly workerd: Timing;
  readonly native: Timing;
  /** Workerd's median over sharp's. */
  readonly ratio: number;
  readonly wasmMegabytes: number;
  readonly wasmMegabytesPerMegapixel: number;
  readonly bytesWorkerd: number;
  readonly bytesNative: number;
}

const defaultMegapixels = [0.25, 1, 2];
const maxRounds = 5;
/** One request repeats short work until it takes about this long, so that the round trip does not count. */
const roundMs = 120;
const maxRepeat = 8;
/** Rounds beyond the first are left out after this. */
const timeLimitMs = 90_000;

/**
 * Times every codec in workerd against sharp, alternating in the same run, and prints a table of milliseconds and WASM
 * megabytes per megapixel. Writes `bench/results/encode.json`.
 */
export async function runEncodeBench(megapixels: readonly number[] = defaultMegapixels): Promise<void> {
  sharp.concurrency(1);
  sharp.cache(false);
  const endBy = performance.now() + timeLimitMs;
  const worker = await launchCodecWorker();
  const results: EncodeResult[] = [];
  try {
    const jobs: { picture: BenchPicture; benchCase: BenchCase }[] = [];
    for (const size of megapixels) {
      const picture = await makePicture(size);
      jobs.push(...benchCases.map((benchCase) => ({ picture, benchCase })));
    }
    for (const [index, { picture, benchCase }] of jobs.entries()) {
      const shareMs = (endBy - performance.now()) / (jobs.length - index);
      results.push(await measure(worker, benchCase, picture, shareMs));
    }
  } finally {
    await worker.close();
  }
  console.log(table(results));
  const file = fileURLToPath(new URL("../results/encode.json", import.meta.url));
  mkdirSync(fileURLToPath(new URL("../results/", import.meta.url)), { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    node: process.version,
    sharp: sharp.versions,
  };
  writeFileSync(file, `${JSON.stringify({ date: new Date().toISOString(), machine, results }, undefined, 2)}\n`);
}

async function measure(
  worker: CodecWorker,
  benchCase: BenchCase,
  picture: BenchPicture,
  shareMs: number,
): Promise<EncodeResult> {
  const endBy = performance.now() + shareMs;
  await benchCase.prepare(worker, picture);
  // The first run on a new instance: for its memory, and to have the code optimised before anything is timed.
  const first = await benchCase.inWorkerd(worker, { fresh: true });
  const nativeOutput = await benchCase.native(picture);
  const repeat = Math.min(maxRepeat, Math.max(1, Math.round(roundMs / first.milliseconds)));
  const workerdMs: number[] = [];
  const nativeMs: number[] = [];
  do {
    workerdMs.push((await benchCase.inWorkerd(worker, { repeat, output: false })).milliseconds);
    const started = performance.now();
    for (let run = 0; run < repeat; run++) await benchCase.native(picture);
    nativeMs.push((performance.now() - started) / repeat);
  } while (workerdMs.length < maxRounds && performance.now() < endBy);

  const workerd = timingOf(workerdMs, picture.megapixels);
  const native = timingOf(nativeMs, picture.megapixels);
  return {
    codec: benchCase.codec,
    settings: benchCase.settings,
    encodeSettings: benchCase.encodeSettings,
    width: picture.width,
    height: picture.height,
    megapixels: picture.megapixels,
    rounds: workerdMs.length,
    workerd,
    native,
    ratio: workerd.median / native.median,
    wasmMegabytes: first.wasmBytes / 1e6,
    wasmMegabytesPerMegapixel: first.wasmBytes / 1e6 / picture.megapixels,
    bytesWorkerd: first.bytes.length,
    bytesNative: nativeOutput.length,
  };
}

function timingOf(milliseconds: readonly number[], megapixels: number): Timing {
  const sorted = milliseconds.map((value) => value / megapixels).toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
  return { median, fastest: sorted[0] ?? NaN, slowest: sorted.at(-1) ?? NaN };
}

function table(results: readonly EncodeResult[]): string {
  const header = [
    "codec",
    "settings",
    "MP",
    "workerd ms/MP",
    "(spread)",
    "native ms/MP",
    "(spread)",
    "ratio",
    "WASM MB",
    "MB/MP",
    "bytes",
    "native",
  ];
  const rows = results.map((result) => [
    result.codec,
    result.settings,
    result.megapixels.toFixed(2),
    result.workerd.median.toFixed(0),
    `${result.workerd.fastest.toFixed(0)}–${result.workerd.slowest.toFixed(0)}`,
    result.native.median.toFixed(0),
    `${result.native.fastest.toFixed(0)}–${result.native.slowest.toFixed(0)}`,
    result.ratio.toFixed(2),
    result.wasmMegabytes.toFixed(1),
    result.wasmMegabytesPerMegapixel.toFixed(1),
    `${result.bytesWorkerd}`,
    `${result.bytesNative}`,
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return [line(header), ...rows.map(line)].join("\n");
}
