/**
 * Finds the encoder quality at which each lossy format reaches a score that is fixed for each source quality, and writes
 * `src/plan/quality-map.generated.ts` and `bench/results/quality.json`. Needs the shared corpus and the tools of
 * `bench/bytes/score.ts`.
 *
 *   node scripts/calibrate-quality.ts           every row; resumes where it was interrupted
 *   node scripts/calibrate-quality.ts webp jp2  only rows whose name begins so; nothing is written
 *
 * Takes about half an hour of one core the first time. What was scored once is kept in `node_modules/.cache`: delete
 * `edge-imaging/calibration.jsonl` there when an encoder or its fixed settings have changed.
 */
import { writeFileSync } from "node:fs";
import { hasScores, scoresHint } from "../bench/bytes/score.ts";
import { startEngine } from "./calibration/node-engine.ts";
import {
  type CalibratedRow,
  calibratedRows,
  floorScore,
  settingsOf,
  sourceChromas,
  sourceQualities,
  targetScore,
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

const firstGuess = 75;

if (!hasScores) throw new Error(scoresHint);
const engine = await startEngine();
const store = new TrialStore();
const pictures = await readPristinePictures();
const photographs = pictures.filter(({ content }) => content === "photograph");
const drawings = pictures.filter(({ content }) => content === "drawing");
const wanted = process.argv.slice(2);
const rows = calibratedRows.filter(({ key }) => wanted.length === 0 || wanted.some((name) => key.startsWith(name)));
const map: Record<string, Point[]> = {};
for (const row of rows) map[row.key] = await calibrate(row);
if (wanted.length === 0) write(map);

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
      const settled = await settle(sources, sourceQuality, Math.round(median(found)), ceiling);
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
      sources.push({ ...source, run: (quality) => source.run(settingsOf(row, quality, chroma)) });
    }
  }
  return sources;
}

/** Raises the quality until the worst photograph is good enough, but not above what a better source gets. */
async function settle(
  sources: readonly RowSource[],
  sourceQuality: number,
  middle: number,
  ceiling: number,
): Promise<Omit<Point, "leastScoreOfDrawings">> {
  for (let quality = Math.min(middle, ceiling); ; quality++) {
    const trials = await runAll(sources, quality);
    const scores = trials.map(({ score }) => score);
    const least = Math.min(...scores);
    if (least < floorScore(sourceQuality) && quality < ceiling) continue;
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

function write(points: Readonly<Record<string, readonly Point[]>>): void {
  const date = new Date().toISOString().slice(0, 10);
  const lines = Object.entries(points).map(
    ([key, row]) =>
      `  "${key}": [${row.map(({ sourceQuality, quality }) => `[${sourceQuality}, ${quality}]`).join(", ")}],`,
  );
  const table = `/**
 * Made by \`node scripts/calibrate-quality.ts\` on ${date}; see docs/decisions/011. Encoder quality by JPEG source
 * quality, as support points of a line: by encoder, its chroma, and its speed where that matters.
 */
// prettier-ignore
export const calibratedQuality = {
${lines.join("\n")}
} as const satisfies Record<string, readonly (readonly [sourceQuality: number, encoderQuality: number])[]>;
`;
  writeFileSync(new URL("../src/plan/quality-map.generated.ts", import.meta.url), table);
  const results = { date, photographs: photographs.map(({ name }) => name), points };
  writeFileSync(
    new URL("../bench/results/quality.json", import.meta.url),
    `${JSON.stringify(results, (_, value: unknown) => (typeof value === "number" ? Number(value.toFixed(2)) : value), 2)}\n`,
  );
}
