/**
 * Finds the encoder quality at which each lossy format reaches a score that is fixed for each source quality, and how the
 * score is predicted from what the Worker itself measures. Writes `src/plan/quality-map.generated.ts` and
 * `bench/results/quality.json`. Needs the shared corpus and the tools of `bench/bytes/score.ts`.
 *
 *   node scripts/calibrate-quality.ts           every row; resumes where it was interrupted
 *   node scripts/calibrate-quality.ts webp jp2  only rows whose name begins so; the others stay
 *   node scripts/calibrate-quality.ts --gain    only what correcting saves; takes the written table
 *
 * Takes about an hour of one core the first time. What was scored once is kept in `node_modules/.cache`: delete
 * `edge-imaging/calibration.jsonl` there when an encoder or its fixed settings have changed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { hasScores, scoresHint } from "../bench/bytes/score.ts";
import { checkedFormats } from "../src/codecs/codec.ts";
import { targetScore } from "../src/plan/look.ts";
import { fitLook, type FittedLooks, type Observation } from "./calibration/fit-look.ts";
import { type LoopGain, measureLoopGain } from "./calibration/loop-gain.ts";
import { startEngine } from "./calibration/node-engine.ts";
import {
  type CalibratedRow,
  calibratedRows,
  floorScore,
  settingsOf,
  sourceChromas,
  sourceQualities,
} from "./calibration/rows.ts";
import { findQuality, median } from "./calibration/search.ts";
import { makeSource, type PristinePicture, readPristinePictures } from "./calibration/source-pictures.ts";
import { openSource, type Trial, TrialStore } from "./calibration/trials.ts";

/** One support point and what it gives on the photographs. */
interface Point {
  readonly sourceQuality: number;
  readonly target: number;
  readonly quality: number;
  readonly medianScore: number;
  readonly leastScore: number;
  readonly meanSavingPercent: number;
  /** The same quality on screenshots, logos and coloured text, which have no say in it. */
  readonly leastScoreOfDrawings: number;
}

interface Results {
  readonly date: string;
  readonly photographs: readonly string[];
  readonly points: Readonly<Record<string, readonly Point[]>>;
  readonly look: FittedLooks;
  readonly gain: Readonly<Record<string, readonly LoopGain[]>>;
}

const firstGuess = 75;
const tableFile = new URL("../src/plan/quality-map.generated.ts", import.meta.url);
const resultsFile = new URL("../bench/results/quality.json", import.meta.url);

const observedSourceQuality = 86;
const observedQualities = [48, 56, 64, 72, 80, 88];

/** Enough to see what correcting is worth. */
const gainSourceQualities = [76, 86, 90];

if (!hasScores) throw new Error(scoresHint);
const engine = await startEngine();
const store = new TrialStore();
const pictures = await readPristinePictures();
const photographs = pictures.filter(({ content }) => content === "photograph");
const drawings = pictures.filter(({ content }) => content === "drawing");
const wanted = process.argv.slice(2);
const observations: Record<string, Observation[]> = {};
const before = JSON.parse(readFileSync(resultsFile, "utf8")) as Results;
const base = {
  ...before,
  date: new Date().toISOString().slice(0, 10),
  photographs: photographs.map(({ name }) => name),
};
if (wanted.includes("--gain")) {
  write({ ...base, gain: await measureGain(before.points) });
} else {
  const rows = calibratedRows.filter(({ key }) => wanted.length === 0 || wanted.some((name) => key.startsWith(name)));
  const points: Record<string, Point[]> = {};
  for (const row of rows) {
    points[row.key] = await calibrate(row);
    if (row.isCorrected) await observeMore(row);
  }
  const fitted = checkedFormats.flatMap((format) => {
    const seen = observations[format];
    return seen === undefined ? [] : [[format, fitLook(seen)] as const];
  });
  write({
    ...base,
    points: Object.fromEntries(calibratedRows.map(({ key }) => [key, points[key] ?? before.points[key] ?? []])),
    look: { ...before.look, ...Object.fromEntries(fitted) },
  });
}

/** More pictures, so that what predicts a score has seen more than a few. */
async function observeMore(row: CalibratedRow): Promise<void> {
  const others = pictures.filter(({ content }) => content === "other photograph");
  for (const source of await openSources(row, observedSourceQuality, others)) {
    for (const quality of observedQualities) await source.run(quality);
    source.close();
  }
}

async function measureGain(points: Results["points"]): Promise<Results["gain"]> {
  const gain: Record<string, LoopGain[]> = {};
  for (const row of calibratedRows) {
    const format = checkedFormats.find((checked) => checked === row.format);
    if (format === undefined || !row.isCorrected) continue;
    gain[row.key] = [];
    for (const sourceQuality of gainSourceQualities) {
      const quality = points[row.key]?.find((point) => point.sourceQuality === sourceQuality)?.quality;
      if (quality === undefined) continue;
      const sources = await openSources(row, sourceQuality, photographs);
      const measured = await measureLoopGain(format, sources, sourceQuality, quality);
      gain[row.key]?.push(measured);
      for (const source of sources) source.close();
      console.log(row.key, sourceQuality, JSON.stringify(measured, rounded));
    }
  }
  return gain;
}

async function calibrate(row: CalibratedRow): Promise<Point[]> {
  const points: Point[] = [];
  let guesses: readonly number[] = [];
  // From the good sources down: a support point never lies above the one of a better source.
  for (const sourceQuality of sourceQualities.toReversed()) {
    const sources = await openSources(row, sourceQuality, photographs);
    const others = await openSources(row, sourceQuality, drawings);
    try {
      const target = targetScore(sourceQuality);
      const found: number[] = [];
      for (const [index, source] of sources.entries()) {
        found.push(await findQuality((quality) => source.run(quality), target, guesses[index] ?? firstGuess));
      }
      guesses = found;
      const ceiling = points.at(-1)?.quality ?? 100;
      const floor = row.isCorrected ? 0 : floorScore(sourceQuality);
      const settled = await settle(sources, sourceQuality, Math.round(median(found)), { floor, ceiling });
      const drawn = await runAll(others, settled.quality);
      const point = { ...settled, leastScoreOfDrawings: Math.min(...drawn.map(({ score }) => score)) };
      points.push(point);
      console.log(
        `${row.key} ${sourceQuality} → ${point.quality} (${Math.min(...found).toFixed(0)}–${Math.max(...found).toFixed(0)})`,
        `score ${point.medianScore.toFixed(1)}, least ${point.leastScore.toFixed(1)}, target ${target.toFixed(1)},`,
        `saved ${point.meanSavingPercent.toFixed(1)} %, least of drawings ${point.leastScoreOfDrawings.toFixed(1)}`,
      );
    } finally {
      for (const source of [...sources, ...others]) source.close();
    }
  }
  return points.toReversed();
}

/** A source with the encoder of one row. */
interface RowSource {
  readonly bytes: number;
  run(quality: number): Promise<Trial>;
  close(): void;
}

async function openSources(
  row: CalibratedRow,
  sourceQuality: number,
  from: readonly PristinePicture[],
): Promise<RowSource[]> {
  const sources: RowSource[] = [];
  for (const chroma of sourceChromas) {
    for (const picture of from) {
      const file = new Uint8Array(await makeSource(picture, sourceQuality, chroma));
      const source = openSource(store, engine, file);
      const series = `${row.key}, ${picture.name}, ${sourceQuality}, ${chroma}`;
      const run = async (quality: number): Promise<Trial> => {
        const trial = await source.run(settingsOf(row, quality, chroma));
        if (picture.content !== "drawing")
          (observations[row.format] ??= []).push({ picture: picture.name, series, quality, ...trial });
        return trial;
      };
      sources.push({ ...source, run });
    }
  }
  return sources;
}

/** Raises the quality until the worst photograph is good enough, but not above what a better source gets. */
async function settle(
  sources: readonly RowSource[],
  sourceQuality: number,
  middle: number,
  { floor, ceiling }: { readonly floor: number; readonly ceiling: number },
): Promise<Omit<Point, "leastScoreOfDrawings">> {
  for (let quality = Math.min(middle, ceiling); ; quality++) {
    const trials = await runAll(sources, quality);
    const scores = trials.map(({ score }) => score);
    const least = Math.min(...scores);
    if (least < floor && quality < ceiling) continue;
    const savings = trials.map(({ bytes }, index) => 100 * (1 - bytes / (sources[index]?.bytes ?? NaN)));
    return {
      sourceQuality,
      target: targetScore(sourceQuality),
      quality,
      medianScore: median(scores),
      leastScore: least,
      meanSavingPercent: savings.reduce((sum, saving) => sum + saving, 0) / savings.length,
    };
  }
}

/** One after the other: the encoders are instances of one engine. */
async function runAll(sources: readonly RowSource[], quality: number): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const source of sources) trials.push(await source.run(quality));
  return trials;
}

function write(results: Results): void {
  const lines = Object.entries(results.points).map(
    ([key, row]) =>
      `  "${key}": [${row.map(({ sourceQuality, quality }) => `[${sourceQuality}, ${quality}]`).join(", ")}],`,
  );
  const looks = Object.entries(results.look).map(([format, { scale, power, pointsPerStep }]) => {
    const numbers = Object.entries({ scale, power, pointsPerStep });
    return `  "${format}": { ${numbers.map(([name, value]) => `${name}: ${value.toFixed(3)}`).join(", ")} },`;
  });
  const table = `/**
 * Made by \`node scripts/calibrate-quality.ts\` on ${results.date}; see docs/decisions/011. Encoder quality by JPEG source
 * quality, as support points of a line: by encoder, its chroma, and its speed where that matters.
 */
// prettier-ignore
export const calibratedQuality = {
${lines.join("\n")}
} as const satisfies Record<string, readonly (readonly [sourceQuality: number, encoderQuality: number])[]>;

/** SSIMULACRA 2 is 100 − scale × dissimilarity ^ power; a step of the encoder's quality is worth some points of it. */
// prettier-ignore
export const calibratedLook = {
${looks.join("\n")}
} as const;
`;
  writeFileSync(tableFile, table);
  writeFileSync(resultsFile, `${JSON.stringify(results, rounded, 2)}\n`);
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(2)) : value;
}
