import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { canReadMemory, markPeak, readPeak } from "../coefficients/resident-memory.ts";
import { type BenchCase, benchCases, type CaseInput, giveInput, inputOf, runInWorkerd } from "./cases.ts";
import { bundleCodecWorker, launchBundled } from "./launch.ts";
import { makePicture } from "./pictures.ts";

/** Resident memory at the peak of one run above what the process held before, its input not counted. */
export interface MemoryResult {
  readonly codec: string;
  readonly settings: string;
  readonly megapixels: number;
  readonly workerdMegabytes: number;
  /** Undefined where sharp cannot do it. */
  readonly nativeMegabytes?: number;
}

/** A small picture is done first, so that code and libraries are there. */
const tinyMegapixels = 0.01;

/**
 * Every case in a process of its own, twice: in workerd, and by sharp in Node.js. At 1 MP, or the largest size below that
 * a case is measured with. Nothing is timed, so both go on at once. Empty where the system does not report it.
 */
export async function measureMemory(cases = benchCases): Promise<MemoryResult[]> {
  if (!canReadMemory) return [];
  const codecs = await bundleCodecWorker();
  const tiny = await makePicture(tinyMegapixels);
  const pictures = [await makePicture(1), await makePicture(0.25)];
  const jobs = await Promise.all(
    cases.map(async (benchCase) => {
      const picture = pictures.find(({ megapixels }) => megapixels <= (benchCase.upTo ?? Infinity)) ?? tiny;
      const [small, input] = [await inputOf(benchCase, tiny), await inputOf(benchCase, picture)];
      return { benchCase, megapixels: picture.megapixels, small, input };
    }),
  );
  async function inWorkerd(): Promise<number[]> {
    const peaks: number[] = [];
    for (const { benchCase, small, input } of jobs) {
      const worker = await launchBundled(codecs);
      try {
        const { pid = Number.NaN } = worker;
        await giveInput(worker, benchCase, small);
        await runInWorkerd(worker, benchCase, { output: false });
        await giveInput(worker, benchCase, input);
        const before = markPeak(pid);
        await runInWorkerd(worker, benchCase, { output: false });
        peaks.push((readPeak(pid) - before) / 1e6);
      } finally {
        await worker.close();
      }
    }
    return peaks;
  }
  async function natively(): Promise<(number | undefined)[]> {
    const peaks: (number | undefined)[] = [];
    for (const { benchCase, small, input } of jobs) {
      peaks.push(benchCase.native && (await nativePeak(benchCase, [small, input])));
    }
    return peaks;
  }
  const [workerd, native] = await Promise.all([inWorkerd(), natively()]);
  return jobs.map(({ benchCase: { codec, settings }, megapixels }, index) => ({
    codec,
    settings,
    megapixels,
    workerdMegabytes: workerd[index] ?? Number.NaN,
    ...(native[index] !== undefined && { nativeMegabytes: native[index] }),
  }));
}

async function nativePeak(benchCase: BenchCase, inputs: readonly CaseInput[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-native-"));
  try {
    const files = inputs.flatMap(({ data, width, height }, index) => {
      const file = join(folder, `${index}`);
      writeFileSync(file, data);
      return [file, `${width}`, `${height}`];
    });
    const script = fileURLToPath(new URL("native-peak.ts", import.meta.url));
    const args = [script, `${benchCases.indexOf(benchCase)}`, ...files];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return Number(stdout) / 1e6;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
