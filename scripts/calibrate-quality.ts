/**
 * Finds the encoder quality at which each lossy format reaches a score that is fixed for each source quality, and how the
 * score is predicted from what the Worker itself measures. Writes `src/imaging/cost/calibration.generated.ts` and
 * `bench/results/quality.json`. Needs the shared corpus and the tools of `bench/bytes/score.ts`.
 *
 *   node scripts/calibrate-quality.ts           every row; resumes where it was interrupted
 *   node scripts/calibrate-quality.ts webp jp2  only rows whose name begins so; the others stay
 *   node scripts/calibrate-quality.ts --gain    only what correcting saves, with the written table
 *
 * Takes about an hour of one core the first time. What was scored once is kept in `node_modules/.cache`: delete
 * `edge-imaging/calibration.jsonl` there when an encoder or its fixed settings have changed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { hasScores, scoresHint } from "../bench/bytes/score.ts";
import {
  type EncodeSettings,
  isLossyWebp,
  isScored,
  type LossyWebp,
  type ScoredSettings,
} from "../src/imaging/model/settings.ts";
import { scoreScaleOf, targetScore } from "../src/imaging/cost/score.ts";
import { mapQuality } from "../src/edge/plan/quality-map.ts";
import { fitScore, type FittedScores, type Observation } from "./calibration/fit-score.ts";
import { type LoopGain, measureLoopGain } from "./calibration/loop-gain.ts";
import { startImaging } from "../node/imaging.ts";
import {
  type CalibratedRow,
  calibratedRows,
  floorScore,
  settingsOf,
  sourceChromas,
  sourceQualities,
} from "./calibration/rows.ts";
import { findQuality, median } from "./calibration/search.ts";
import {
  makeSource,
  type PristinePicture,
  readJpegPhotographs,
  readPristinePictures,
} from "./calibration/source-pictures.ts";
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
  readonly leastScoreOfGraphics: number;
}

interface Results {
  readonly date: string;
  readonly photographs: readonly string[];
  readonly points: Readonly<Record<string, readonly Point[]>>;
  readonly score: FittedScores;
  readonly gain: Readonly<Record<string, LoopGain>>;
}

const firstGuess = 75;
const tableFile = new URL("../src/imaging/cost/calibration.generated.ts", import.meta.url);
const resultsFile = new URL("../bench/results/quality.json", import.meta.url);

/** From what the prediction of scores is fitted: every photograph as a JPEG of these qualities, encoded with those. */
const observedSourceQualities = [76, 90];
const observedQualities = { webp: [50, 62, 72, 80, 86, 92], avif: [42, 48, 54, 60, 66, 74] } as const;

/** libwebp's scale has a knee at 75; AVIF's bends slowly. */
const bends = { webp: [40, 75, 100], avif: [40, 48, 60, 100] } as const;

if (!hasScores) throw new Error(scoresHint);
const imaging = await startImaging();
const store = new TrialStore();
const pictures = await readPristinePictures();
const photographs = pictures.filter(({ content }) => content === "photograph");
const graphics = pictures.filter(({ content }) => content === "graphics");
const wanted = process.argv.slice(2);
const observations: Record<string, Observation[]> = {};
const before = JSON.parse(readFileSync(resultsFile, "utf8")) as Results;
const base = {
  ...before,
  date: new Date().toISOString().slice(0, 10),
  photographs: photographs.map(({ name }) => name),
};
if (wanted.includes("--gain")) {
  write({ ...base, gain: await measureGain() });
} else {
  const rows = calibratedRows.filter(({ key }) => wanted.length === 0 || wanted.some((name) => key.startsWith(name)));
  const points: Record<string, Point[]> = {};
  for (const row of rows) {
    points[row.key] = await calibrate(row);
    if (row.isCorrected) await observe(row);
  }
  const fitted = Object.entries(observations).map(
    ([scale, seen]) => [scale, fitScore(seen, scale.startsWith("webp") ? bends.webp : bends.avif)] as const,
  );
  write({
    ...base,
    points: Object.fromEntries(calibratedRows.map(({ key }) => [key, points[key] ?? before.points[key] ?? []])),
    score: { ...before.score, ...Object.fromEntries(fitted) },
  });
}

/** Whether its scores are predicted. */
function hasScale(settings: EncodeSettings): settings is ScoredSettings | LossyWebp<"rows"> {
  return isScored(settings) || isLossyWebp(settings, "rows");
}

async function observe(row: CalibratedRow): Promise<void> {
  const settings = settingsOf(row, 0);
  if (!hasScale(settings)) return;
  const scale = scoreScaleOf(settings);
  for (const picture of pictures.filter(({ content }) => content !== "graphics")) {
    for (const sourceQuality of observedSourceQualities) {
      const source = openSource(store, imaging, new Uint8Array(await makeSource(picture, sourceQuality, "4:2:0")));
      const series = `${row.key}, ${picture.name}, ${sourceQuality}`;
      for (const quality of observedQualities[settings.format]) {
        const trial = await source.run({ ...settings, quality }, true);
        (observations[scale] ??= []).push({ picture: picture.name, series, quality, ...trial });
      }
      source.close();
    }
  }
}

/** On JPEGs of the corpus, which nothing is calibrated with. */
async function measureGain(): Promise<Results["gain"]> {
  const gain: Record<string, LoopGain> = {};
  const files = await readJpegPhotographs();
  for (const row of calibratedRows) {
    const settings = settingsOf(row, 0);
    if (!hasScale(settings) || !row.isCorrected) continue;
    const scale = scoreScaleOf(settings);
    const sources = files.map(({ bytes, sourceQuality }) => {
      const source = openSource(store, imaging, bytes);
      return {
        ...source,
        quality: mapQuality(settings, sourceQuality),
        target: targetScore(sourceQuality),
        run: (quality: number) => source.run({ ...settings, quality }, true),
        ...(isLossyWebp(settings, "rows") && {
          search: (quality: number, score: number) =>
            source.run({ ...settings, quality, target: { score, isMinimum: false } }),
        }),
      };
    });
    gain[row.key] = await measureLoopGain(scale, sources);
    for (const source of sources) source.close();
    console.log(row.key, JSON.stringify(gain[row.key], rounded));
  }
  return gain;
}

async function calibrate(row: CalibratedRow): Promise<Point[]> {
  const points: Point[] = [];
  let guesses: readonly number[] = [];
  // From the good sources down: a support point never lies above the one of a better source.
  for (const sourceQuality of sourceQualities.toReversed()) {
    const sources = await openSources(row, sourceQuality, photographs);
    const others = await openSources(row, sourceQuality, graphics);
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
      const onGraphics = await runAll(others, settled.quality);
      const point = { ...settled, leastScoreOfGraphics: Math.min(...onGraphics.map(({ score }) => score)) };
      points.push(point);
      console.log(
        `${row.key} ${sourceQuality} → ${point.quality} (${Math.min(...found).toFixed(0)}–${Math.max(...found).toFixed(0)})`,
        `score ${point.medianScore.toFixed(1)}, least ${point.leastScore.toFixed(1)}, target ${target.toFixed(1)},`,
        `saved ${point.meanSavingPercent.toFixed(1)} %, least of graphics ${point.leastScoreOfGraphics.toFixed(1)}`,
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
      const source = openSource(store, imaging, file);
      sources.push({ ...source, run: (quality) => source.run(settingsOf(row, quality)) });
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
): Promise<Omit<Point, "leastScoreOfGraphics">> {
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
  const scores = Object.entries(results.score).map(([scale, { factor, power, typical }]) => {
    const points = typical.map(([quality, score]) => `[${quality}, ${score.toFixed(1)}]`).join(", ");
    return `  "${scale}": { factor: ${factor.toFixed(3)}, power: ${power.toFixed(3)}, typical: [${points}] },`;
  });
  const table = `/**
 * Made by \`node scripts/calibrate-quality.ts\` on ${results.date}; see docs/decisions/011. Encoder quality by JPEG source
 * quality, as support points of a line: by encoder, its chroma, and its speed where that matters.
 */
// prettier-ignore
export const calibratedQuality = {
${lines.join("\n")}
} as const satisfies Record<string, readonly (readonly [sourceQuality: number, encoderQuality: number])[]>;

/** SSIMULACRA 2 is 100 − factor × dissimilarity ^ power; and that of a typical picture by quality, from an arbitrary zero. */
// prettier-ignore
export const calibratedScore = {
${scores.join("\n")}
} as const;
`;
  writeFileSync(tableFile, table);
  writeFileSync(resultsFile, `${JSON.stringify(results, rounded, 2)}\n`);
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(3)) : value;
}
