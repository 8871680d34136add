import { type EncodeSettings, isLossyWebp, type OxipngPreset } from "../../src/imaging/model/settings.ts";
import { type Spread, spreadOf } from "../hit/statistics.ts";
import { type BenchCase, benchCases, giveInput, inputOf, runInWorkerd } from "./cases.ts";
import { type CodecWorker, launchCodecWorker } from "./launch.ts";
import { type BenchPicture, makePicture } from "./pictures.ts";
import { hasTools, startToolBench, type ToolBench } from "./tools.ts";

export interface EncodeResult {
  readonly codec: string;
  readonly settings: string;
  /** Only for encoders; by this the cost model's promises are checked against the results. */
  readonly encodeSettings?: EncodeSettings;
  /** Only for optimising PNG. */
  readonly oxipngPreset?: OxipngPreset;
  /** Only of what starts from a file. */
  readonly sourceBytes?: number;
  readonly width: number;
  readonly height: number;
  readonly megapixels: number;
  readonly rounds: number;
  /** Milliseconds per megapixel. */
  readonly workerd: Spread;
  readonly native?: Spread;
  /** Workerd's time over sharp's, of each round. */
  readonly ratio?: Spread;
  readonly tool?: { readonly name: string; readonly msPerMegapixel: Spread; readonly ratio: Spread };
  /** Of the largest instance; 0 where the codec is code of the Worker itself. */
  readonly wasmMegabytes: number;
  readonly bytesWorkerd: number;
  readonly bytesNative?: number;
  readonly bytesTool?: number;
}

/** Megapixels, and their part of the time: the comparison is made at 1 MP; the others show how it grows. */
const sizes = [
  { megapixels: 1, weight: 4 },
  { megapixels: 0.25, weight: 1 },
  { megapixels: 2, weight: 1 },
] as const;
const maxRounds = 5;
/** Rounds of the case with a target, at 1 MP, whatever time they take. */
const judgedRounds = 9;
/** One request repeats short work until it takes about this long, so that the round trip does not count. */
const roundMs = 120;
const maxRepeat = 8;

/** The encode whose time against native code has a target. */
function isTarget({ work }: BenchCase): boolean {
  return work.kind === "encode" && isLossyWebp(work.settings, "libwebp") && work.settings.method === 4;
}

/** Times every case, workerd and native code taking turns. Rounds beyond the first are left out after `timeLimitMs`. */
export async function timeCodecs(timeLimitMs: number, cases = benchCases): Promise<EncodeResult[]> {
  const endBy = performance.now() + timeLimitMs;
  const jobs = sizes.flatMap(({ megapixels, weight }) =>
    cases.filter(({ upTo = Infinity }) => megapixels <= upTo).map((benchCase) => ({ megapixels, weight, benchCase })),
  );
  const worker = await launchCodecWorker();
  const results: EncodeResult[] = [];
  try {
    for (const { megapixels, weight } of sizes) {
      const picture = await makePicture(megapixels);
      const tools = hasTools ? await startToolBench(picture) : undefined;
      try {
        for (const { benchCase } of jobs.filter((job) => job.megapixels === megapixels)) {
          const left = jobs.slice(results.length).reduce((sum, job) => sum + job.weight, 0);
          const shareMs = ((endBy - performance.now()) * weight) / left;
          results.push(await timeCase(worker, benchCase, picture, tools, shareMs));
        }
      } finally {
        tools?.close();
      }
    }
  } finally {
    await worker.close();
  }
  return results;
}

async function timeCase(
  worker: CodecWorker,
  benchCase: BenchCase,
  picture: BenchPicture,
  tools: ToolBench | undefined,
  shareMs: number,
): Promise<EncodeResult> {
  const { codec, settings, work, native, tool } = benchCase;
  const { width, height, megapixels } = picture;
  const input = await inputOf(benchCase, picture);
  await giveInput(worker, benchCase, input);
  // The first run on a new instance: for its memory, and to have the code optimised before anything is timed.
  const first = await runInWorkerd(worker, benchCase, { fresh: true });
  let bytesNative: number | undefined;
  const flags = tool?.flags((3 * width * height) / first.bytes.length);
  const repeat = Math.min(maxRepeat, Math.max(1, Math.round(roundMs / first.milliseconds)));
  const isJudged = isTarget(benchCase) && Math.abs(megapixels - 1) < 0.1;
  const rounds = isJudged ? judgedRounds : maxRounds;
  const endBy = isJudged ? Infinity : performance.now() + shareMs;
  const workerdMs: number[] = [];
  const nativeMs: number[] = [];
  const toolMs: number[] = [];
  let bytesTool: number | undefined;
  do {
    workerdMs.push((await runInWorkerd(worker, benchCase, { repeat, output: false })).milliseconds);
    if (native !== undefined) {
      const started = performance.now();
      for (let run = 0; run < repeat; run++) bytesNative = (await native(input)).length;
      nativeMs.push((performance.now() - started) / repeat);
    }
    if (tools !== undefined && tool !== undefined) {
      const made = await tools.encode(tool.name, flags ?? []);
      toolMs.push(made.milliseconds);
      bytesTool = made.bytes;
    }
  } while (workerdMs.length < rounds && performance.now() < endBy);

  const perMegapixel = (milliseconds: readonly number[]): Spread => spreadOf(milliseconds.map((ms) => ms / megapixels));
  const ratioTo = (milliseconds: readonly number[]): Spread =>
    spreadOf(milliseconds.map((ms, round) => (workerdMs[round] ?? Number.NaN) / ms));
  return {
    codec,
    settings,
    ...(work.kind === "encode" && { encodeSettings: work.settings }),
    ...(work.kind === "optimise" && { oxipngPreset: work.effort }),
    ...(work.kind !== "encode" && { sourceBytes: input.data.length }),
    width,
    height,
    megapixels,
    rounds: workerdMs.length,
    workerd: perMegapixel(workerdMs),
    ...(bytesNative !== undefined && { native: perMegapixel(nativeMs), ratio: ratioTo(nativeMs), bytesNative }),
    ...(tool !== undefined &&
      bytesTool !== undefined && {
        tool: { name: tool.name, msPerMegapixel: perMegapixel(toolMs), ratio: ratioTo(toolMs) },
        bytesTool,
      }),
    wasmMegabytes: first.wasmBytes / 1e6,
    bytesWorkerd: first.bytes.length,
  };
}
