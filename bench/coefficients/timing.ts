import { type Spread, spreadOf } from "../hit/statistics.ts";
import { type Spent, startEngine, type Work } from "./engine-process.ts";
import { type Detail, makeSheet } from "./pictures.ts";

/**
 * Milliseconds per megapixel that the project allows itself, by what is written and nominal megapixels. Judged by
 * processor time, which counts helper threads as well and depends little on what else the machine does.
 */
export const timeTargets: readonly TimeTarget[] = [
  { work: "optimised", megapixels: [1, 12, 24], msPerMegapixel: 60 },
  { work: "jxl", megapixels: [1], msPerMegapixel: 80 },
  { work: "jxl", megapixels: [12, 24], msPerMegapixel: 50 },
  { work: "jxl-lossy", megapixels: [12, 24], msPerMegapixel: 50 },
];

interface TimeTarget {
  readonly work: Work;
  readonly megapixels: readonly number[];
  readonly msPerMegapixel: number;
}

interface Case {
  readonly nominalMegapixels: number;
  readonly detail: Detail;
  readonly progressive: boolean;
  readonly works: readonly Work[];
  /** A run in a new process is timed as well. */
  readonly cold: boolean;
}

const all = ["read", "optimised", "jpeg-lossy", "jxl", "jxl-exact", "jxl-lossy"] as const;
const withWebp = [...all, "webp"] as const;
const most = ["read", "optimised", "jpeg-lossy", "jxl", "jxl-lossy"] as const;

const cases: readonly Case[] = [
  { nominalMegapixels: 1, detail: "detailed", progressive: false, works: withWebp, cold: true },
  { nominalMegapixels: 1, detail: "detailed", progressive: true, works: all, cold: true },
  { nominalMegapixels: 12, detail: "detailed", progressive: false, works: all, cold: true },
  { nominalMegapixels: 12, detail: "smooth", progressive: false, works: most, cold: false },
  { nominalMegapixels: 12, detail: "detailed", progressive: true, works: all, cold: true },
  { nominalMegapixels: 24, detail: "detailed", progressive: false, works: most, cold: false },
  { nominalMegapixels: 24, detail: "smooth", progressive: false, works: most, cold: false },
];

const rounds = 4;
/** No round begins after this. */
const timeLimitMs = 100_000;
/** One request repeats short work until it takes about this long, so that the round trip does not count. */
const requestMs = 200;
/** What each work goes through at least before it is timed. */
const warmUpMegapixels = 4;

export interface TimingResult {
  readonly work: Work;
  readonly megapixels: number;
  readonly detail: Detail;
  readonly progressive: boolean;
  readonly bytesBefore: number;
  /** 0 where nothing is written. */
  readonly bytesAfter: number;
  readonly rounds: number;
  /** Wall time, warm. */
  readonly msPerMegapixel: Spread;
  /** All threads of workerd, warm. Other programs on the machine disturb it far less. */
  readonly cpuMsPerMegapixel: Spread;
  /** Processor time of JPEG → WebP per megapixel, at 1 MP in the same run, over this one's. */
  readonly timesFasterThanWebp: number;
  /** Processor time of the whole first run in a new process, whose code is not compiled yet; only for some. */
  readonly coldMilliseconds?: number;
  readonly target?: number;
  readonly met?: boolean;
}

interface Job {
  readonly work: Work;
  readonly case: Case;
  readonly megapixels: number;
  readonly jpeg: Uint8Array;
  readonly milliseconds: number[];
  readonly cpuMilliseconds: number[];
  repeat: number;
  bytesAfter: number;
}

/**
 * Times all works over all cases, warm, one round of each in turn so that a change of the machine's speed meets all alike;
 * and with them what the pixel codecs take for JPEG → WebP (method 4, quality 80) at 1 MP.
 */
export async function timeWorks(): Promise<TimingResult[]> {
  const jobs: Job[] = [];
  for (const entry of cases) {
    const { megapixels, toJpeg } = await makeSheet(entry.nominalMegapixels, entry.detail);
    const jpeg = await toJpeg({ progressive: entry.progressive, chromaSubsampling: "4:2:0" });
    for (const work of entry.works) {
      jobs.push({
        work,
        case: entry,
        megapixels,
        jpeg,
        milliseconds: [],
        cpuMilliseconds: [],
        repeat: Math.max(1, Math.round(warmUpMegapixels / megapixels)),
        bytesAfter: 0,
      });
    }
  }
  const engine = await startEngine();
  try {
    const endBy = performance.now() + timeLimitMs;
    let kept: Uint8Array | undefined;
    // Round 0 heats up the code.
    for (let round = 0; round <= rounds && (round < 2 || performance.now() < endBy); round++) {
      for (const job of jobs) {
        if (job.jpeg !== kept) await engine.keep((kept = job.jpeg));
        const spent = await engine.run(job.work, job.repeat);
        job.bytesAfter = spent.bytes;
        if (round > 0) {
          job.milliseconds.push(spent.milliseconds / job.megapixels);
          job.cpuMilliseconds.push(spent.cpuMilliseconds / job.megapixels);
        } else job.repeat = Math.max(1, Math.round(requestMs / spent.milliseconds));
      }
    }
  } finally {
    await engine.stop();
  }
  const webp = jobs.find(({ work }) => work === "webp");
  const webpMs = webp === undefined ? Number.NaN : judgedMs(webp);
  const results: TimingResult[] = [];
  for (const job of jobs) results.push(summarise(job, webpMs, await timeCold(job)));
  return results;
}

/** Processor time, or wall time where the system does not report it. */
function costOf({ milliseconds, cpuMilliseconds }: Spent): number {
  return Number.isNaN(cpuMilliseconds) ? milliseconds : cpuMilliseconds;
}

/** The median that is judged, per megapixel. */
function judgedMs({ milliseconds, cpuMilliseconds }: Job): number {
  const { median } = spreadOf(cpuMilliseconds);
  return Number.isNaN(median) ? spreadOf(milliseconds).median : median;
}

async function timeCold({ work, case: { cold }, jpeg }: Job): Promise<number | undefined> {
  if (!cold || work === "read") return undefined;
  const engine = await startEngine();
  try {
    await engine.keep(jpeg);
    return costOf(await engine.run(work));
  } finally {
    await engine.stop();
  }
}

function summarise(job: Job, webpMs: number, coldMilliseconds: number | undefined): TimingResult {
  const { nominalMegapixels, detail, progressive } = job.case;
  const judged = judgedMs(job);
  const target = timeTargets.find(
    ({ work, megapixels }) => work === job.work && megapixels.includes(nominalMegapixels),
  )?.msPerMegapixel;
  return {
    work: job.work,
    megapixels: job.megapixels,
    detail,
    progressive,
    bytesBefore: job.jpeg.length,
    bytesAfter: job.bytesAfter,
    rounds: job.milliseconds.length,
    msPerMegapixel: spreadOf(job.milliseconds),
    cpuMsPerMegapixel: spreadOf(job.cpuMilliseconds),
    timesFasterThanWebp: webpMs / judged,
    ...(coldMilliseconds === undefined ? {} : { coldMilliseconds }),
    ...(target === undefined ? {} : { target, met: judged <= target }),
  };
}
